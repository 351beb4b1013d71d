//! A store that fails or hangs when it is told to, and one that can do less than the one behind it.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use async_trait::async_trait;
use kv::{
    Capabilities, Capability, Entry, Error, ErrorKind, FeedId, Key, ListQuery, Outcome, Page, Space, Store, Txn,
    TxnOutcome, TxnScope, WatchStream, Write,
};

/// How a store fails right now.
#[derive(Default)]
pub struct Fault(AtomicU8);

impl Fault {
    pub fn none(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Every call fails at once.
    pub fn down(&self) {
        self.0.store(1, Ordering::SeqCst);
    }

    /// No call ever ends.
    pub fn hang(&self) {
        self.0.store(2, Ordering::SeqCst);
    }

    /// What is stored cannot be read.
    pub fn corrupt(&self) {
        self.0.store(3, Ordering::SeqCst);
    }

    /// A fault of our own code.
    pub fn panic(&self) {
        self.0.store(4, Ordering::SeqCst);
    }

    async fn strike(&self) -> Result<(), Error> {
        match self.0.load(Ordering::SeqCst) {
            1 => Err(Error::unavailable("db-7.internal refused the connection")),
            2 => pending().await,
            3 => Err(Error::corrupt("a header that is none")),
            4 => panic!("a fault that a test asked for"),
            _ => Ok(()),
        }
    }
}

pub struct Faulty {
    inner: Arc<dyn Store>,
    fault: Arc<Fault>,
    capabilities: Capabilities,
}

impl Faulty {
    pub fn new(inner: Arc<dyn Store>, fault: Arc<Fault>) -> Self {
        Self { capabilities: *inner.capabilities(), inner, fault }
    }

    /// A store that can do no more than `capabilities`.
    pub fn able(inner: Arc<dyn Store>, capabilities: Capabilities) -> Self {
        Self { inner, fault: Arc::default(), capabilities }
    }
}

#[async_trait]
impl Store for Faulty {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        self.fault.strike().await?;
        self.inner.read(space, keys).await
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        if let Err(error) = self.fault.strike().await {
            return writes.iter().map(|_| Err(Error::new(error.kind()))).collect();
        }
        self.inner.write(space, writes).await
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        self.fault.strike().await?;
        self.inner.list(space, query).await
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        self.inner.purge(space, limit).await
    }

    async fn ping(&self) -> Result<(), Error> {
        self.fault.strike().await
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        self.fault.strike().await?;
        match self.capabilities.txn {
            TxnScope::None => Err(Error::new(ErrorKind::Unsupported(Capability::Txn))),
            _ => self.inner.txn(space, txn).await,
        }
    }

    async fn watch(&self, space: &Space, after: Option<FeedId>) -> Result<WatchStream, Error> {
        self.fault.strike().await?;
        if !self.capabilities.watch {
            return Err(Error::unsupported(Capability::Watch));
        }
        self.inner.watch(space, after).await
    }
}
