//! What can be said in terms of [`Store`], so that no store has to.

use async_trait::async_trait;

use crate::{Condition, Content, Entry, Error, Key, Outcome, Space, Store, Write};

/// Convenience on every store.
#[async_trait]
pub trait StoreExt: Store {
    /// One entry.
    ///
    /// # Errors
    /// As [`Store::read`].
    async fn get(&self, space: &Space, key: &Key) -> Result<Option<Entry>, Error> {
        let mut entries = self.read(space, std::slice::from_ref(key)).await?;
        Ok(entries.pop().flatten())
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// As [`Store::write`].
    async fn put(&self, space: &Space, key: Key, content: Content, condition: Condition) -> Result<Outcome, Error> {
        self.write_one(space, Write::put(key, content, condition)).await
    }

    /// Deletes one entry.
    ///
    /// # Errors
    /// As [`Store::write`].
    async fn delete(&self, space: &Space, key: Key, condition: Condition) -> Result<Outcome, Error> {
        self.write_one(space, Write::delete(key, condition)).await
    }

    /// One write.
    ///
    /// # Errors
    /// As [`Store::write`].
    async fn write_one(&self, space: &Space, write: Write) -> Result<Outcome, Error> {
        let mut results = self.write(space, vec![write]).await;
        results.pop().unwrap_or_else(|| Err(Error::corrupt("no result for a write")))
    }

    /// Removes all of a space, and says how many entries that were.
    ///
    /// # Errors
    /// As [`Store::purge`].
    async fn purge_all(&self, space: &Space) -> Result<u64, Error> {
        let mut removed = 0;
        loop {
            match self.purge(space, 1_000).await? {
                0 => return Ok(removed),
                some => removed += some,
            }
        }
    }
}

impl<S: Store + ?Sized> StoreExt for S {}
