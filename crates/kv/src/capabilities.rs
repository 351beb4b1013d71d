//! How stores differ, as data that is published, instead of as `if`s.

use std::fmt;

/// What one store can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The store's name in configuration and in the capability matrix.
    pub store: &'static str,
    /// What an acknowledged write has survived.
    pub durability: Durability,
    /// Which keys one transaction may touch.
    pub txn: TxnScope,
    /// Whether changes of keys can be followed.
    pub watch: bool,
    /// The largest value in bytes.
    pub max_value_bytes: u64,
    /// Whether several servers may use the store at once.
    pub shared: bool,
}

/// What an acknowledged write has survived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk: a power cut loses nothing.
    Fsync,
    /// It is on several machines.
    Replicated,
    /// It is in memory and written soon: a crash of the store can lose the last second or more.
    Async,
    /// It ends with the process.
    None,
}

/// Which keys one transaction may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxnScope {
    /// There are no transactions.
    None,
    /// Keys of one shard.
    Shard,
    /// Any keys of one space.
    Space,
}

/// Something that a store may lack, by its published name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    Txn,
    TxnCrossShard,
    Watch,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fsync => "fsync",
            Self::Replicated => "replicated",
            Self::Async => "async",
            Self::None => "none",
        })
    }
}

impl fmt::Display for TxnScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Shard => "shard",
            Self::Space => "space",
        })
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Txn => "txn",
            Self::TxnCrossShard => "txn.cross_shard",
            Self::Watch => "watch",
        })
    }
}
