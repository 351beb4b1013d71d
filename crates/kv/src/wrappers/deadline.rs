//! No call hangs: what takes longer than the deadline is given up.

use std::{future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;

use crate::{
    Capabilities, Entry, Error, ErrorKind, FeedId, Key, ListQuery, Outcome, Page, Space, Store, Txn, TxnOutcome,
    WatchStream, Write,
};

/// A store whose calls end within a time: reads as `Unavailable`, writes as `Unknown`, because the store may still do
/// them.
pub struct Deadline {
    inner: Arc<dyn Store>,
    within: Duration,
}

impl Deadline {
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, within: Duration) -> Self {
        Self { inner, within }
    }

    async fn within<T>(
        &self,
        late: ErrorKind,
        call: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        timeout(self.within, call).await.unwrap_or_else(|elapsed| Err(Error::because(late, elapsed)))
    }
}

#[async_trait]
impl Store for Deadline {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        self.within(ErrorKind::Unavailable, self.inner.read(space, keys)).await
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        let count = writes.len();
        match timeout(self.within, self.inner.write(space, writes)).await {
            Ok(results) => results,
            Err(_) => (0..count).map(|_| Err(Error::new(ErrorKind::Unknown))).collect(),
        }
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        self.within(ErrorKind::Unavailable, self.inner.list(space, query)).await
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        self.within(ErrorKind::Unknown, self.inner.purge(space, limit)).await
    }

    async fn ping(&self) -> Result<(), Error> {
        self.within(ErrorKind::Unavailable, self.inner.ping()).await
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        self.within(ErrorKind::Unknown, self.inner.txn(space, txn)).await
    }

    async fn watch(&self, space: &Space, after: Option<FeedId>) -> Result<WatchStream, Error> {
        self.within(ErrorKind::Unavailable, self.inner.watch(space, after)).await
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        self.within(ErrorKind::Unknown, self.inner.sweep(limit)).await
    }
}
