//! A store that is further away than it is, to measure and to test what latency does.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::sleep;

use crate::{
    Capabilities, Entry, Error, FeedId, Key, ListQuery, Outcome, Page, Space, Store, Txn, TxnOutcome, WatchStream,
    Write,
};

/// A store whose every call takes `latency` longer.
pub struct Slow {
    inner: Arc<dyn Store>,
    latency: Duration,
}

impl Slow {
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, latency: Duration) -> Self {
        Self { inner, latency }
    }
}

#[async_trait]
impl Store for Slow {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        sleep(self.latency).await;
        self.inner.read(space, keys).await
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        sleep(self.latency).await;
        self.inner.write(space, writes).await
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        sleep(self.latency).await;
        self.inner.list(space, query).await
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        sleep(self.latency).await;
        self.inner.purge(space, limit).await
    }

    async fn ping(&self) -> Result<(), Error> {
        sleep(self.latency).await;
        self.inner.ping().await
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        sleep(self.latency).await;
        self.inner.txn(space, txn).await
    }

    async fn watch(&self, space: &Space, after: Option<FeedId>) -> Result<WatchStream, Error> {
        self.inner.watch(space, after).await
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        self.inner.sweep(limit).await
    }
}
