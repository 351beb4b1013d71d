//! The review policy: what requests are judged by, and how admins change it.
//!
//! A version never changes, so versions are kept in memory for ever and only the number of the one in force is asked
//! for, by one row and its key, each time somebody is judged: what another server enabled holds here at once.
//!
//! An open request keeps the requirements that it was judged by until it is edited, answered with a change, or
//! reopened: what people have voted on does not move under them.

mod admin;
mod replay;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    error::{Error, Result},
    policy::Policy,
};

pub use self::admin::Wording;
use crate::{Ops, error::from_db};

/// Versions that were read.
#[derive(Default)]
pub(crate) struct Policies {
    known: Mutex<HashMap<u32, Arc<Policy>>>,
}

impl Ops {
    /// The policy in force: what a request that is submitted now is judged by.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn policy(&self) -> Result<Arc<Policy>> {
        let version = self.db().policy_in_force().await.map_err(from_db)?.version;
        self.policy_version(version).await
    }

    /// One version of the policy.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such number.
    pub async fn policy_version(&self, version: u32) -> Result<Arc<Policy>> {
        let known = || self.inner.policies.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(policy) = known().get(&version) {
            return Ok(policy.clone());
        }
        let row = self.db().policy_find(version).await.map_err(from_db)?;
        let policy = Arc::new(row.ok_or_else(|| Error::not_found(format!("policy version {version}")))?.policy);
        known().insert(version, policy.clone());
        Ok(policy)
    }
}
