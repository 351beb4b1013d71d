//! A whole, valid form for tests, here and in other crates.

use super::{Field, RequestForm};
use crate::Timestamp;

/// A day on which [`RequestForm::sample`] is valid: 2026-03-02 09:00 UTC, a Monday.
#[must_use]
pub fn sample_now() -> Timestamp {
    Timestamp::from_timestamp(1_772_442_000, 0).unwrap_or_default()
}

impl RequestForm {
    /// A production dataset of tier 1 with every section filled.
    #[must_use]
    pub fn sample() -> Self {
        let mut form = Self::new();
        for (field, value) in [
            (Field::Name, "user_profiles"),
            (Field::Environment, "prod"),
            (Field::Description, "Profiles of all signed-in people, read on **every** page view."),
            (Field::Team, "search"),
            (Field::Owner, "maya.chen"),
            (Field::Criticality, "1"),
            (Field::BackupOwner, "jonas.weber"),
            (Field::Services, "web-frontend:read\nprofile-writer:write"),
            (Field::StorageType, "MUTABLE"),
            (Field::DataSizeGb, "250.5"),
            (Field::GrowthPercent, "5"),
            (Field::ExpectedKeys, "120000000"),
            (Field::QpsGet, "4200"),
            (Field::QpsSet, "310"),
            (Field::QpsDelete, "12"),
            (Field::PeakFactor, "2.5"),
            (Field::TtlSeconds, "7776000"),
            (Field::UpdateSchedule, "0 3 * * *"),
            (Field::SourceUri, "s3://warehouse/profiles/"),
            (Field::BackupSchedule, "30 2 * * *"),
            (Field::BackupKeep, "14"),
            (Field::Migration, "on"),
            (Field::MigrationSystem, "redis"),
            (Field::MigrationLocator, "profiles.cache.internal:6379/2"),
            (Field::MigrationRows, "118000000"),
            (Field::Priority, "high"),
            (Field::TicketLink, "https://tickets.example.com/KV-7"),
            (Field::CostCentre, "CC-4410"),
            (Field::Tags, "profiles, serving"),
        ] {
            form.set(field, value);
        }
        form
    }
}
