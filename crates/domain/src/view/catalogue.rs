//! The catalogue and a dataset's page.

use serde::{Deserialize, Serialize};

use super::{Entry, Person, Team};
use crate::{
    Timestamp,
    choices::{DataClass, Environment, StorageKind},
    cluster::Placement,
    ids::{DatasetId, EventId, RequestId},
    spec::{FactSheet, Visibility},
};

/// Whether a dataset works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetStatus {
    /// Approved, not provisioned yet.
    Planned,
    Live,
}

impl DatasetStatus {
    pub const ALL: &'static [Self] = &[Self::Planned, Self::Live];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Live => "live",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Live => "Live",
        }
    }
}

/// A catalogue entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetRow {
    pub id: DatasetId,
    pub full_name: String,
    pub status: DatasetStatus,
    pub environment: Environment,
    pub storage: StorageKind,
    pub team: String,
    pub owner: String,
    pub tier: u8,
    pub class: DataClass,
    pub size_bytes: i64,
    pub peak_qps: i64,
    pub cluster: String,
    pub created_at: Timestamp,
}

/// How many datasets have a value of a facet, under the other filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    pub value: String,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CataloguePage {
    pub rows: Vec<DatasetRow>,
    pub teams: Vec<Facet>,
    pub environments: Vec<Facet>,
    pub storage: Vec<Facet>,
    pub total: i64,
    pub next: Option<String>,
    pub now: Timestamp,
}

/// A dataset's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetView {
    pub row: DatasetRow,
    pub visibility: Visibility,
    pub owner: Option<Person>,
    pub team: Option<Team>,
    pub placement: Placement,
    pub physical_shards: u64,
    pub description_html: Option<String>,
    pub facts: Vec<FactSheet>,
    /// Next runs of the update schedule, in UTC.
    pub next_updates: Vec<Timestamp>,
    pub next_backups: Vec<Timestamp>,
    /// The request that made it.
    pub request: RequestId,
    /// Whether the viewer may ask for changes of it.
    pub may_change: bool,
    /// The open request about it.
    pub open_request: Option<RequestId>,
    pub history: Vec<Entry>,
    pub now: Timestamp,
    pub last_event: EventId,
}
