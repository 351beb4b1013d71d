//! Clusters, and where a dataset goes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    bounds,
    choices::{Choice, Consistency, Environment, StorageKind},
    cost::{Currency, Price},
    format::size,
    names::{Handle, NameError},
    spec::DatasetSpec,
};

/// The name of a cluster; the same letters as a [`Handle`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterName(Handle);

impl FromStr for ClusterName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl ClusterName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The number of partitions is out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use {} to {} partitions", bounds::PARTITIONS_MIN, bounds::PARTITIONS_MAX)]
pub struct PartitionsError;

/// 1 to 4 096.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Partitions(u16);

impl TryFrom<u16> for Partitions {
    type Error = PartitionsError;

    fn try_from(number: u16) -> Result<Self, PartitionsError> {
        if (bounds::PARTITIONS_MIN..=bounds::PARTITIONS_MAX).contains(&u64::from(number)) {
            Ok(Self(number))
        } else {
            Err(PartitionsError)
        }
    }
}

impl From<Partitions> for u16 {
    fn from(partitions: Partitions) -> u16 {
        partitions.0
    }
}

impl fmt::Display for Partitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an approved dataset goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    pub cluster: ClusterName,
    pub partitions: Partitions,
}

/// A cluster as configuration names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    pub name: ClusterName,
    pub environments: Vec<Environment>,
    pub storage: Vec<StorageKind>,
    #[serde(default)]
    pub region: Option<String>,
    /// GB (10⁹ bytes) that declared sizes may sum to.
    pub capacity_gb: u64,
    /// The consistencies that its store offers; empty where configuration does not say, which takes every one.
    #[serde(default)]
    pub consistency: Vec<Consistency>,
    /// Copies of each entry, 1 to [`bounds::REPLICATION_MAX`].
    #[serde(default = "one_copy")]
    pub replication: u8,
    /// What the store adds to the bytes of entries, per cent, up to [`bounds::OVERHEAD_PERCENT_MAX`].
    #[serde(default)]
    pub overhead_percent: u16,
    #[serde(default)]
    pub currency: Currency,
    /// For each GB that is stored, copies and overhead counted, a month. Without it no cost is shown.
    #[serde(default)]
    pub price_per_gb_month: Option<Price>,
    #[serde(default)]
    pub price_per_million_reads: Option<Price>,
    #[serde(default)]
    pub price_per_million_writes: Option<Price>,
}

const fn one_copy() -> u8 {
    1
}

impl Cluster {
    /// Whether it is for datasets of this environment and storage type at all.
    #[must_use]
    pub fn serves(&self, spec: &DatasetSpec) -> bool {
        self.environments.contains(&spec.environment) && self.storage.contains(&spec.storage.kind())
    }

    /// What is wrong with the numbers that configuration gives, beyond what their types refuse.
    ///
    /// # Errors
    /// One sentence that names the key and its bounds.
    pub fn check(&self) -> Result<(), String> {
        if self.environments.is_empty() || self.storage.is_empty() || self.capacity_gb == 0 {
            return Err("needs an environment, a storage type and a capacity_gb above 0".to_owned());
        }
        if !(1..=bounds::REPLICATION_MAX).contains(&self.replication) {
            return Err(format!("needs a replication from 1 to {}", bounds::REPLICATION_MAX));
        }
        if self.overhead_percent > bounds::OVERHEAD_PERCENT_MAX {
            return Err(format!("needs an overhead_percent of at most {}", bounds::OVERHEAD_PERCENT_MAX));
        }
        if self.price_per_gb_month.is_none()
            && (self.price_per_million_reads.is_some() || self.price_per_million_writes.is_some())
        {
            return Err("has prices of calls but no price_per_gb_month, without which no cost is shown".to_owned());
        }
        Ok(())
    }
}

/// A cluster with what is declared on it already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterLoad {
    pub cluster: Cluster,
    /// Sum of the declared sizes of datasets placed there.
    pub used_bytes: u64,
}

/// Whether a dataset fits a cluster; the reasons are whole sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fit {
    Fits,
    DoesNot(Vec<String>),
}

impl ClusterLoad {
    #[must_use]
    pub fn capacity_bytes(&self) -> u64 {
        self.cluster.capacity_gb.saturating_mul(bounds::BYTES_PER_GB)
    }

    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        self.capacity_bytes().saturating_sub(self.used_bytes)
    }

    /// Judges environment, storage type, consistency, region and room.
    #[must_use]
    pub fn fit(&self, spec: &DatasetSpec) -> Fit {
        let mut reasons = Vec::new();
        if !self.cluster.environments.contains(&spec.environment) {
            reasons.push(format!("It does not serve {}.", spec.environment.label().to_lowercase()));
        }
        let kind = spec.storage.kind();
        if !self.cluster.storage.contains(&kind) {
            reasons.push(format!("It does not take {} datasets.", kind.word()));
        }
        if !self.cluster.consistency.is_empty() && !self.cluster.consistency.contains(&spec.consistency) {
            reasons.push(format!("Its store does not offer {} consistency.", spec.consistency.word()));
        }
        if let (Some(wish), Some(region)) = (&spec.region, &self.cluster.region)
            && wish != region
        {
            reasons.push(format!("It is in {region}; the wish is {wish}."));
        }
        if spec.size_bytes > self.free_bytes() {
            reasons.push(format!(
                "It has {} free; the dataset needs {}.",
                size(self.free_bytes()),
                size(spec.size_bytes)
            ));
        }
        if reasons.is_empty() { Fit::Fits } else { Fit::DoesNot(reasons) }
    }
}

/// The least-filled cluster that fits, with the advised partitions: what an automatic approval takes.
#[must_use]
pub fn least_filled(clusters: &[ClusterLoad], spec: &DatasetSpec) -> Option<Placement> {
    let share = |load: &ClusterLoad| u128::from(load.used_bytes) * 1_000_000 / u128::from(load.capacity_bytes().max(1));
    let load = clusters.iter().filter(|load| load.fit(spec) == Fit::Fits).min_by_key(|load| share(load))?;
    let partitions = u16::try_from(spec.advised_partitions()).ok().and_then(|n| Partitions::try_from(n).ok())?;
    Some(Placement { cluster: load.cluster.name.clone(), partitions })
}
