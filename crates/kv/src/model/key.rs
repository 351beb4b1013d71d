//! Keys, and the spaces that they are in.

use std::{borrow::Borrow, fmt, sync::Arc};

use bytes::Bytes;

/// The most bytes of a key: what DynamoDB takes as a sort key.
pub const MAX_KEY_BYTES: usize = 1_024;

/// The most shards of a space.
pub const MAX_SHARDS: u16 = 64;

/// A key: 1 to [`MAX_KEY_BYTES`] bytes, any bytes at all. Keys are ordered by their bytes, unsigned.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Bytes);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    #[error("a key needs at least one byte")]
    Empty,
    #[error("a key has at most {MAX_KEY_BYTES} bytes, this one has {0}")]
    TooLong(usize),
}

impl Key {
    /// # Errors
    /// No bytes, or more than [`MAX_KEY_BYTES`].
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, InvalidKey> {
        let bytes = bytes.into();
        match bytes.len() {
            0 => Err(InvalidKey::Empty),
            1..=MAX_KEY_BYTES => Ok(Self(bytes)),
            more => Err(InvalidKey::TooLong(more)),
        }
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key as text, where it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

// Equality, order and hash of a key are those of its bytes, as `Borrow` asks.
impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Where a dataset's entries are: a name, and over how many shards its keys are spread for good.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Space {
    name: Arc<str>,
    shards: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpace {
    #[error("a space's name has 1 to 100 of the characters a-z, 0-9, `_`, `-` and `.`")]
    Name,
    #[error("a space has 1 to {MAX_SHARDS} shards")]
    Shards,
}

impl Space {
    /// # Errors
    /// A name that is not 1 to 100 of `a-z 0-9 _ - .`, or shards out of 1 to [`MAX_SHARDS`].
    pub fn new(name: impl Into<Arc<str>>, shards: u16) -> Result<Self, InvalidSpace> {
        let name = name.into();
        let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
        if name.is_empty() || name.len() > 100 || !name.bytes().all(plain) {
            return Err(InvalidSpace::Name);
        }
        if shards == 0 || shards > MAX_SHARDS {
            return Err(InvalidSpace::Shards);
        }
        Ok(Self { name, shards })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub const fn shards(&self) -> u16 {
        self.shards
    }

    /// The shard of a key, from 0: FNV-1a (64 bit, folded) modulo the number of shards. It is part of the format of
    /// the stores that spread a space, and must never change.
    #[must_use]
    pub fn shard(&self, key: &Key) -> u16 {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in key.as_bytes() {
            hash ^= u64::from(*byte);
            hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
        }
        let folded = (hash >> 32) ^ (hash & 0xffff_ffff);
        u16::try_from(folded % u64::from(self.shards)).unwrap_or(0)
    }
}
