//! What a form says of a field beside its help: when it counts, and what the typed value means.

use domain::{
    Timestamp,
    choices::Environment,
    form::{Field, RequestForm},
    format::{minute, span},
    names::DatasetName,
    schedule::Schedule,
};

/// Under which condition a field counts; none for a field that always does.
///
/// Shown where no script can hide the field. The rule itself is [`RequestForm::applies`].
#[must_use]
pub fn condition(field: Field) -> Option<&'static str> {
    match field {
        Field::QpsSet | Field::QpsDelete | Field::P99WriteMs => Some("Counts unless the storage type is read-only."),
        Field::JsonSchema => Some("Counts when the value format is JSON."),
        Field::SchemaEnforcement => Some("Counts when there is a JSON Schema."),
        Field::PersonalDataKinds | Field::RetentionDays => Some("Counts when there is personal data."),
        Field::BackupEnabled => Some("Counts for tiers 2 and 3; tiers 0 and 1 are always backed up."),
        Field::BackupSchedule | Field::BackupKeep => Some("Counts when backups are on, and for tiers 0 and 1."),
        Field::MigrationSystem | Field::MigrationLocator | Field::MigrationRows | Field::MigrationCutoverBy => {
            Some("Counts when data is moved from another system.")
        }
        Field::MigrationDualWrite => Some("Counts when data is moved, unless the storage type is read-only."),
        _ => None,
    }
}

/// What the typed value comes to: the full name, a span of time, the next three runs.
#[must_use]
pub fn hint(field: Field, form: &RequestForm, now: Timestamp) -> Option<String> {
    let raw = form.get(field).trim();
    match field {
        Field::Name => {
            let name: DatasetName = raw.parse().ok()?;
            let environment: Environment = form.environment.parse().ok()?;
            Some(format!("Full name: {}", name.full(environment)))
        }
        Field::TtlSeconds => {
            raw.parse().ok().filter(|seconds| *seconds >= 60).map(|seconds| format!("That is {}.", span(seconds)))
        }
        Field::UpdateSchedule | Field::BackupSchedule => {
            let runs = raw.parse::<Schedule>().ok()?.next_runs(now, 3);
            let runs: Vec<String> = runs.into_iter().map(minute).collect();
            Some(if runs.is_empty() {
                "It never runs.".to_owned()
            } else {
                format!("Next runs, in UTC: {}", runs.join(", "))
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::form::sample_now;

    use super::*;

    /// Forms in which, taken together, every conditional field is out of play once.
    fn variants() -> Vec<RequestForm> {
        let mut read_only = RequestForm::new();
        read_only.set(Field::StorageType, "READONLY");
        let mut text = RequestForm::new();
        text.set(Field::ValueFormat, "text");
        let mut critical = RequestForm::new();
        critical.set(Field::Criticality, "0");
        vec![RequestForm::new(), read_only, text, critical]
    }

    #[test]
    fn every_field_that_may_not_apply_says_when_it_does() {
        for field in Field::ALL {
            let conditional = variants().iter().any(|form| !form.applies(*field));
            assert_eq!(condition(*field).is_some(), conditional, "{field}");
        }
    }

    #[test]
    fn typed_values_are_explained() {
        let form = RequestForm::sample();
        let hint = |field| hint(field, &form, sample_now());
        assert_eq!(hint(Field::Name).as_deref(), Some("Full name: user_profiles"));
        assert_eq!(hint(Field::TtlSeconds).as_deref(), Some("That is 90 d."));
        assert_eq!(
            hint(Field::UpdateSchedule).as_deref(),
            Some("Next runs, in UTC: 2026-03-03 03:00, 2026-03-04 03:00, 2026-03-05 03:00")
        );
        assert_eq!(hint(Field::Tags), None);
    }
}
