//! Clusters, and where a dataset goes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    bounds,
    choices::{Choice, Environment, StorageKind},
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

    /// Judges environment, storage type, region and room.
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
