//! The metadata of a dataset, after it was judged: what the pages show and what provisioning reads.

mod facts;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::facts::{Fact, FactSheet, Visibility};
use crate::{
    bounds,
    choices::{
        Availability, Choice, Consistency, DataClass, Environment, KeyFormat, MigrationSystem, Priority,
        SchemaEnforcement, ServiceAccess, StorageKind, ValueFormat,
    },
    form::{Field, RequestForm},
    format::gigabytes,
    names::{DatasetName, Handle, ServiceName},
    schedule::Schedule,
};

/// All that a requester says of a dataset. Made by [`RequestForm::parse`] alone, so every bound holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSpec {
    pub name: DatasetName,
    pub environment: Environment,
    pub description: String,
    pub owner: Handle,
    /// Slug of the team.
    pub team: Handle,
    pub backup_owner: Option<Handle>,
    pub services: Vec<CallingService>,
    /// 0..=3, 0 the most critical.
    pub tier: u8,
    pub storage: Storage,
    pub size_bytes: u64,
    /// Per cent a month.
    pub growth_percent: u16,
    pub expected_keys: u64,
    pub key_format: KeyFormat,
    pub key_bytes: MeanAndMax,
    pub value_format: ValueFormat,
    pub value_bytes: MeanAndMax,
    pub schema: Option<JsonSchema>,
    pub qps_get: u32,
    /// Peak over mean, in tenths.
    pub peak_tenths: u16,
    pub p99_read_ms: u32,
    pub availability: Availability,
    pub consistency: Consistency,
    pub ttl_seconds: Option<u32>,
    pub ttl_per_key: bool,
    pub versions_to_keep: u8,
    pub update_schedule: Option<Schedule>,
    pub source_uri: Option<String>,
    pub personal_data: Option<PersonalData>,
    pub data_class: DataClass,
    pub backup: Option<BackupPolicy>,
    pub migration: Option<MigrationSource>,
    pub region: Option<String>,
    pub needed_by: Option<NaiveDate>,
    pub priority: Priority,
    pub justification: Option<String>,
    pub ticket_link: Option<String>,
    pub cost_centre: Option<String>,
    pub tags: Vec<String>,
}

/// The storage type with what exists only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Storage {
    #[serde(rename = "READONLY")]
    ReadOnly,
    #[serde(rename = "MUTABLE")]
    Mutable(WriteTraffic),
    #[serde(rename = "STREAMING")]
    Streaming(WriteTraffic),
}

/// What a dataset that takes writes declares of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteTraffic {
    pub qps_set: u32,
    pub qps_delete: u32,
    pub p99_write_ms: u32,
}

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeanAndMax {
    pub mean: u32,
    pub max: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingService {
    pub name: ServiceName,
    pub access: ServiceAccess,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonSchema {
    pub text: String,
    pub enforcement: SchemaEnforcement,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalData {
    pub kinds: Vec<String>,
    pub retention_days: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPolicy {
    pub schedule: Schedule,
    pub keep: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationSource {
    pub system: MigrationSystem,
    pub locator: String,
    pub rows: u64,
    pub cutover_by: Option<NaiveDate>,
    pub dual_write: bool,
}

impl Storage {
    #[must_use]
    pub fn kind(&self) -> StorageKind {
        match self {
            Self::ReadOnly => StorageKind::ReadOnly,
            Self::Mutable(_) => StorageKind::Mutable,
            Self::Streaming(_) => StorageKind::Streaming,
        }
    }

    #[must_use]
    pub fn writes(&self) -> Option<&WriteTraffic> {
        match self {
            Self::ReadOnly => None,
            Self::Mutable(writes) | Self::Streaming(writes) => Some(writes),
        }
    }
}

impl DatasetSpec {
    #[must_use]
    pub fn full_name(&self) -> String {
        self.name.full(self.environment)
    }

    /// Mean writes (set and delete) per second.
    #[must_use]
    pub fn write_qps(&self) -> u64 {
        self.storage.writes().map_or(0, |writes| u64::from(writes.qps_set) + u64::from(writes.qps_delete))
    }

    /// (get + set + delete) × peak, rounded up: what a policy rule calls QPS.
    #[must_use]
    pub fn peak_qps(&self) -> u64 {
        ((u64::from(self.qps_get) + self.write_qps()) * u64::from(self.peak_tenths)).div_ceil(10)
    }

    /// `max(1, ⌈GB / 10⌉, ⌈write QPS / 1000⌉)`, at most 64.
    #[must_use]
    pub fn physical_shards(&self) -> u64 {
        let by_size = self.size_bytes.div_ceil(bounds::GB_PER_SHARD * bounds::BYTES_PER_GB);
        let by_writes = self.write_qps().div_ceil(bounds::WRITE_QPS_PER_SHARD);
        by_size.max(by_writes).clamp(1, bounds::SHARDS_MAX)
    }

    /// Partitions that the decision form offers: 300 in production, else one for each shard.
    #[must_use]
    pub fn advised_partitions(&self) -> u64 {
        match self.environment {
            Environment::Prod => bounds::PARTITIONS_DEFAULT_PROD,
            Environment::Dev | Environment::Staging => self.physical_shards(),
        }
    }

    /// Tier 0 or 1.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.tier <= 1
    }

    /// The form that parses to this again: for editing, cloning, comparing and writing out.
    #[must_use]
    pub fn to_form(&self) -> RequestForm {
        let mut form = RequestForm::default();
        let mut set = |field: Field, value: String| form.set(field, value);
        let date = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let text = |line: &Option<String>| line.clone().unwrap_or_default();
        let tick = |yes: bool| if yes { "on".to_owned() } else { String::new() };

        set(Field::Name, self.name.to_string());
        set(Field::Environment, self.environment.to_string());
        set(Field::Description, self.description.clone());
        set(Field::Owner, self.owner.to_string());
        set(Field::Team, self.team.to_string());
        set(Field::BackupOwner, self.backup_owner.as_ref().map(ToString::to_string).unwrap_or_default());
        let services: Vec<String> =
            self.services.iter().map(|service| format!("{}:{}", service.name, service.access)).collect();
        set(Field::Services, services.join("\n"));
        set(Field::Criticality, self.tier.to_string());
        set(Field::StorageType, self.storage.kind().word().to_owned());
        set(Field::DataSizeGb, gigabytes(self.size_bytes));
        set(Field::GrowthPercent, self.growth_percent.to_string());
        set(Field::ExpectedKeys, self.expected_keys.to_string());
        set(Field::KeyFormat, self.key_format.to_string());
        set(Field::KeyBytesMean, self.key_bytes.mean.to_string());
        set(Field::KeyBytesMax, self.key_bytes.max.to_string());
        set(Field::ValueFormat, self.value_format.to_string());
        set(Field::ValueBytesMean, self.value_bytes.mean.to_string());
        set(Field::ValueBytesMax, self.value_bytes.max.to_string());
        if let Some(schema) = &self.schema {
            set(Field::JsonSchema, schema.text.clone());
            set(Field::SchemaEnforcement, schema.enforcement.to_string());
        }
        set(Field::QpsGet, self.qps_get.to_string());
        if let Some(writes) = self.storage.writes() {
            set(Field::QpsSet, writes.qps_set.to_string());
            set(Field::QpsDelete, writes.qps_delete.to_string());
            set(Field::P99WriteMs, writes.p99_write_ms.to_string());
        }
        set(Field::PeakFactor, tenths(self.peak_tenths));
        set(Field::P99ReadMs, self.p99_read_ms.to_string());
        set(Field::Availability, self.availability.to_string());
        set(Field::Consistency, self.consistency.to_string());
        set(Field::TtlSeconds, self.ttl_seconds.map(|ttl| ttl.to_string()).unwrap_or_default());
        set(Field::TtlPerKey, tick(self.ttl_per_key));
        set(Field::VersionsToKeep, self.versions_to_keep.to_string());
        set(Field::UpdateSchedule, self.update_schedule.as_ref().map(ToString::to_string).unwrap_or_default());
        set(Field::SourceUri, text(&self.source_uri));
        if let Some(personal) = &self.personal_data {
            set(Field::PersonalData, tick(true));
            set(Field::PersonalDataKinds, personal.kinds.join(", "));
            set(Field::RetentionDays, personal.retention_days.to_string());
        }
        set(Field::DataClass, self.data_class.to_string());
        if let Some(backup) = &self.backup {
            set(Field::BackupEnabled, tick(true));
            set(Field::BackupSchedule, backup.schedule.to_string());
            set(Field::BackupKeep, backup.keep.to_string());
        }
        if let Some(migration) = &self.migration {
            set(Field::Migration, tick(true));
            set(Field::MigrationSystem, migration.system.to_string());
            set(Field::MigrationLocator, migration.locator.clone());
            set(Field::MigrationRows, migration.rows.to_string());
            set(Field::MigrationCutoverBy, date(migration.cutover_by));
            set(Field::MigrationDualWrite, tick(migration.dual_write));
        }
        set(Field::Region, text(&self.region));
        set(Field::NeededBy, date(self.needed_by));
        set(Field::Priority, self.priority.to_string());
        set(Field::Justification, text(&self.justification));
        set(Field::TicketLink, text(&self.ticket_link));
        set(Field::CostCentre, text(&self.cost_centre));
        set(Field::Tags, self.tags.join(", "));
        form
    }
}

/// `25` tenths as `2.5`, `20` as `2`.
pub(crate) fn tenths(tenths: u16) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}
