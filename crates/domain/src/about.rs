//! Requests about a dataset that exists: which fields belong to each kind, and how they are judged.
//!
//! Such a request holds the whole metadata as it would be afterwards; [`RequestKind::fields`] are the ones that its form
//! asks for, the others stay as the dataset has them.

use crate::{
    Timestamp, bounds,
    choices::RequestKind,
    form::{Field, FieldErrors, RequestForm},
    spec::DatasetSpec,
};

impl RequestKind {
    /// The kinds that are about a dataset, in the order that its page offers them.
    pub const ABOUT: &'static [Self] =
        &[Self::Change, Self::Migrate, Self::Restore, Self::Transfer, Self::Deprecate, Self::Delete];

    /// The fields of the form of this kind, in its order; all fields where it creates a dataset.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Create => Field::ALL,
            Self::Change => &[
                Field::DataSizeGb,
                Field::GrowthPercent,
                Field::ExpectedKeys,
                Field::PeakFactor,
                Field::QpsGet,
                Field::QpsSet,
                Field::QpsDelete,
                Field::TtlSeconds,
                Field::TtlPerKey,
                Field::Criticality,
                Field::BackupOwner,
                Field::BackupEnabled,
                Field::BackupSchedule,
                Field::BackupKeep,
                Field::Priority,
                Field::NeededBy,
                Field::Justification,
            ],
            Self::Migrate => &[Field::Region, Field::Priority, Field::NeededBy, Field::Justification],
            Self::Restore => &[Field::Priority, Field::NeededBy, Field::Justification],
            Self::Transfer => &[
                Field::Team,
                Field::Owner,
                Field::BackupOwner,
                Field::CostCentre,
                Field::Priority,
                Field::NeededBy,
                Field::Justification,
            ],
            Self::Deprecate | Self::Delete => &[Field::Priority, Field::NeededBy, Field::Justification],
        }
    }

    /// The fields of the form that change the dataset; the others say when and why.
    pub fn changed_fields(self) -> impl Iterator<Item = Field> {
        self.fields().iter().copied().filter(|field| !PLANNING.contains(field))
    }

    /// What a request of this kind asks for, and what its reason should say.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Create => "A new dataset.",
            Self::Change => "Resize it, change how long keys live, or how critical it is. Say why below.",
            Self::Migrate => {
                "Move it to another cluster; a reviewer chooses which. Name a region where you have a wish, and say why below."
            }
            Self::Restore => {
                "Put an earlier state in the place of the present one; writes since then are lost. Say below which backup or moment, and why."
            }
            Self::Transfer => {
                "Hand it to another owner or team. They answer for it from the approval on. Say why below."
            }
            Self::Deprecate => {
                "Tell its callers to leave: it goes on working until the day it is needed no more. Say below what replaces it."
            }
            Self::Delete => "Remove it with all its data. Say below how you know that nobody needs it any more.",
        }
    }
}

/// Fields that say when and why, and change nothing of the dataset.
const PLANNING: &[Field] = &[Field::Priority, Field::NeededBy, Field::Justification];

impl DatasetSpec {
    /// What the form of a request about this dataset starts from: its metadata, without what belonged to the request
    /// that made it.
    #[must_use]
    pub fn to_form_about(&self) -> RequestForm {
        let mut form = self.to_form();
        for field in [
            Field::NeededBy,
            Field::Justification,
            Field::TicketLink,
            Field::Migration,
            Field::MigrationSystem,
            Field::MigrationLocator,
            Field::MigrationRows,
            Field::MigrationCutoverBy,
            Field::MigrationDualWrite,
        ] {
            form.set(field, "");
        }
        form.set(Field::Priority, crate::choices::Priority::Normal.to_string());
        form
    }

    /// What a form of `kind` asks for of this dataset: the fields of the kind as they were typed, the others as the
    /// dataset has them.
    #[must_use]
    pub fn with_typed(&self, kind: RequestKind, typed: &RequestForm) -> RequestForm {
        let mut form = self.to_form_about();
        for field in kind.fields() {
            form.set(*field, typed.get(*field));
        }
        form
    }

    /// Judges a form of `kind` about this dataset.
    ///
    /// # Errors
    /// One message for each field that is wrong; where nothing would change, at the first field of the kind.
    pub fn judge_about(
        &self,
        kind: RequestKind,
        typed: &RequestForm,
        now: Timestamp,
    ) -> Result<(RequestForm, DatasetSpec), FieldErrors> {
        let form = self.with_typed(kind, typed);
        let mut errors = FieldErrors::default();
        let length = form.get(Field::Justification).trim().chars().count();
        if length < bounds::DENY_REASON_MIN {
            errors.add(
                Field::Justification,
                format!("Give a reason of at least {} characters.", bounds::DENY_REASON_MIN),
            );
        }
        let spec = match form.parse(now) {
            Ok(spec) => Some(spec),
            Err(found) => {
                for (field, message) in found.iter() {
                    errors.add(field, message);
                }
                None
            }
        };
        if let (Some(spec), RequestKind::Change | RequestKind::Transfer) = (&spec, kind) {
            let (before, after) = (self.to_form(), spec.to_form());
            if !kind.changed_fields().any(|field| before.get(field) != after.get(field)) {
                errors.add(kind.fields()[0], "Nothing would change; type what it should be.");
            }
        }
        match spec {
            Some(spec) if errors.is_empty() => Ok((form, spec)),
            _ => Err(errors),
        }
    }

    /// The form of a request for the same dataset in the next environment; none where it is in production.
    #[must_use]
    pub fn to_form_promoted(&self) -> Option<RequestForm> {
        use crate::choices::Environment;
        let next = match self.environment {
            Environment::Dev => Environment::Staging,
            Environment::Staging => Environment::Prod,
            Environment::Prod => return None,
        };
        let mut form = self.to_form_about();
        form.set(Field::Environment, next.to_string());
        Some(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{choices::Environment, form::sample_now};

    fn spec() -> DatasetSpec {
        RequestForm::sample().parse(sample_now()).unwrap()
    }

    fn typed(changes: &[(Field, &str)]) -> RequestForm {
        let mut form = spec().to_form_about();
        form.set(Field::Justification, "Twice the catalogue since last week.");
        for (field, value) in changes {
            form.set(*field, *value);
        }
        form
    }

    #[test]
    fn a_kind_takes_its_own_fields_alone() {
        let form = typed(&[(Field::DataSizeGb, "300"), (Field::Consistency, "eventual")]);
        let (form, after) = spec().judge_about(RequestKind::Change, &form, sample_now()).unwrap();
        assert_eq!(after.size_bytes, 300_000_000_000);
        assert_eq!(after.consistency, spec().consistency);
        assert_eq!(form.get(Field::Consistency), spec().to_form().get(Field::Consistency));
    }

    #[test]
    fn a_reason_and_a_change_are_needed() {
        let errors = |kind, changes: &[(Field, &str)]| {
            let found = spec().judge_about(kind, &typed(changes), sample_now());
            found.map_or_else(|errors| errors.iter().map(|(field, _)| field).collect(), |_| Vec::new())
        };
        assert_eq!(errors(RequestKind::Change, &[]), [Field::DataSizeGb]);
        assert_eq!(errors(RequestKind::Delete, &[]), []);
        assert_eq!(errors(RequestKind::Delete, &[(Field::Justification, "no")]), [Field::Justification]);
        assert_eq!(errors(RequestKind::Change, &[(Field::DataSizeGb, "-1")]), [Field::DataSizeGb]);
        assert_eq!(errors(RequestKind::Transfer, &[(Field::Owner, "omar.haddad")]), []);
    }

    #[test]
    fn a_promotion_goes_one_environment_up() {
        let mut spec = spec();
        for (from, to) in
            [(Environment::Dev, Some("staging")), (Environment::Staging, Some("prod")), (Environment::Prod, None)]
        {
            spec.environment = from;
            let form = spec.to_form_promoted();
            assert_eq!(form.as_ref().map(|form| form.get(Field::Environment)), to);
        }
    }
}
