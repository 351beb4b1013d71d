//! Where an approved dataset goes: cluster and partitions, filled by a reviewer.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::{
    bounds,
    cluster::{ClusterName, Partitions, Placement},
    format::count,
};

/// What a reviewer typed into the decision form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct PlacementForm {
    #[validate(length(max = bounds::LINE_MAX))]
    pub cluster: String,
    pub partitions: String,
    /// Why the dataset goes there although it does not fit.
    #[validate(length(max = bounds::JUSTIFICATION_MAX))]
    pub override_reason: String,
}

/// What is wrong with a placement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlacementErrors {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
}

impl PlacementForm {
    /// # Errors
    /// Says for each field what to do.
    pub fn parse(&self) -> Result<Placement, PlacementErrors> {
        let mut errors = PlacementErrors::default();
        if self.validate().is_err() {
            if self.cluster.chars().count() as u64 > bounds::LINE_MAX {
                errors.cluster = Some("Choose a cluster from the list.".into());
            } else {
                errors.override_reason = Some(format!("Use at most {} characters.", count(bounds::JUSTIFICATION_MAX)));
            }
        }
        let cluster = self.cluster.parse::<ClusterName>();
        if cluster.is_err() {
            errors.cluster = Some("Choose a cluster: approval needs one.".into());
        }
        let partitions = self.partitions.trim().parse::<u16>().ok().and_then(|n| Partitions::try_from(n).ok());
        if partitions.is_none() {
            errors.partitions = Some(format!(
                "Enter a whole number from {} to {}.",
                bounds::PARTITIONS_MIN,
                count(bounds::PARTITIONS_MAX)
            ));
        }
        match (cluster, partitions) {
            (Ok(cluster), Some(partitions)) if errors == PlacementErrors::default() => {
                Ok(Placement { cluster, partitions })
            }
            _ => Err(errors),
        }
    }
}
