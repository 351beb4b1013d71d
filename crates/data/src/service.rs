//! The door to everything.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use kv::Clock;

use crate::{
    Access, Dataset, Error, Grant, Result,
    cursor::Cursors,
    quota::{Kind, Standing},
};

/// Everything that the data plane can do; cheap to clone.
#[derive(Clone)]
pub struct Data {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    datasets: RwLock<BTreeMap<String, Arc<Dataset>>>,
    pub(crate) cursors: Cursors,
    pub(crate) clock: Clock,
}

impl Data {
    /// Serves `datasets`. `cursor_key` signs cursors: servers that share it take each other's.
    #[must_use]
    pub fn new(datasets: impl IntoIterator<Item = Dataset>, cursor_key: [u8; 32], clock: Clock) -> Self {
        let datasets = datasets.into_iter().map(|dataset| (dataset.name.clone(), Arc::new(dataset))).collect();
        Self { inner: Arc::new(Inner { datasets: RwLock::new(datasets), cursors: Cursors::new(cursor_key), clock }) }
    }

    /// Serves one more dataset, or another under the same name.
    pub fn serve(&self, dataset: Dataset) {
        let mut datasets = self.inner.datasets.write().unwrap_or_else(PoisonError::into_inner);
        datasets.insert(dataset.name.clone(), Arc::new(dataset));
    }

    /// The datasets that the caller sees, by name.
    #[must_use]
    pub fn datasets(&self, grant: &Grant) -> Vec<Arc<Dataset>> {
        let datasets = self.inner.datasets.read().unwrap_or_else(PoisonError::into_inner);
        datasets.values().filter(|dataset| grant.sees(&dataset.name)).cloned().collect()
    }

    /// The dataset of this name.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`] where there is none or the caller sees nothing of it.
    pub fn dataset(&self, grant: &Grant, name: &str) -> Result<Arc<Dataset>> {
        let found = {
            let datasets = self.inner.datasets.read().unwrap_or_else(PoisonError::into_inner);
            datasets.get(name).cloned()
        };
        found.filter(|_| grant.sees(name)).ok_or_else(|| Error::NoSuchDataset(name.chars().take(80).collect()))
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }
}

impl Dataset {
    /// That the caller may do this with every key that begins with `prefix`.
    pub(crate) fn authorize(&self, grant: &Grant, access: Access, prefix: &[u8]) -> Result<()> {
        if grant.allows(access, &self.name, prefix) {
            Ok(())
        } else {
            Err(Error::Forbidden { needs: Grant::needed(access, &self.name) })
        }
    }

    pub(crate) fn spend(&self, kind: Kind, count: usize) -> Result<Option<Standing>> {
        self.quota.take(kind, count).map_err(Error::Quota)
    }
}
