//! The contract.

use async_trait::async_trait;

use crate::{
    Capabilities, Capability, Entry, Error, FeedId, Key, ListQuery, Outcome, Page, Space, Txn, TxnOutcome, WatchStream,
    Write,
};

/// A store of entries by space and key. Every method may be called from many tasks at once; all of it is strict: a read
/// that begins after a write was acknowledged sees it, and of two writes under the same condition one is refused.
///
/// Entries whose time has passed on the store's [`Clock`](crate::Clock) are absent to every method.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// What this store can do.
    fn capabilities(&self) -> &Capabilities;

    /// The entries of `keys`, in their order.
    ///
    /// # Errors
    /// `Unavailable`, `Unknown`, `Corrupt`.
    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error>;

    /// Does each write by itself, in no order; the keys must differ from each other. Each result stands at the place of
    /// its write, and one may fail where another is done.
    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>>;

    /// A page of entries in the order of the keys' bytes. A key that is there throughout is in exactly one page of a
    /// walk, whatever is written meanwhile.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error>;

    /// Removes up to about `limit` entries of `space`, expired ones too, and says how many; 0 means that none is left.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error>;

    /// Whether the store answers.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn ping(&self) -> Result<(), Error>;

    /// Compares, and does one of two lists of operations, as one step.
    ///
    /// # Errors
    /// `Unsupported` where [`Capabilities::txn`] does not cover the keys; else as [`read`](Self::read).
    async fn txn(&self, _space: &Space, _txn: Txn) -> Result<TxnOutcome, Error> {
        Err(Error::unsupported(Capability::Txn))
    }

    /// Changes of keys from now on, or after `after`.
    ///
    /// # Errors
    /// `Unsupported` where [`Capabilities::watch`] is false.
    async fn watch(&self, _space: &Space, _after: Option<FeedId>) -> Result<WatchStream, Error> {
        Err(Error::unsupported(Capability::Watch))
    }

    /// Removes up to about `limit` entries whose time has passed, and says how many. They are never served anyhow:
    /// this gives the room back.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    async fn sweep(&self, _limit: u32) -> Result<u64, Error> {
        Ok(0)
    }
}
