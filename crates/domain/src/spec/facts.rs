//! The metadata as sections of labelled values, for request and dataset pages alike.

use serde::{Deserialize, Serialize};

use super::DatasetSpec;
use crate::{
    choices::{Choice, SchemaEnforcement},
    form::{Control, Field, RequestForm, Section},
    format::{count, size, span},
};

/// How much of a guarded dataset somebody may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    Full,
    /// Without description, source and locator: for other teams where the data class is guarded.
    Summary,
}

/// One labelled value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub field: Field,
    pub value: String,
}

/// The facts of one section of the form; sections without facts are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactSheet {
    pub title: String,
    pub facts: Vec<Fact>,
}

/// Shown only to the own team, reviewers, admins and auditors where the data class is guarded.
pub(crate) const GUARDED: &[Field] =
    &[Field::Description, Field::SourceUri, Field::MigrationLocator, Field::Justification];

impl RequestForm {
    /// The content as somebody with this visibility reads it: without the guarded fields in a summary.
    #[must_use]
    pub fn seen(mut self, visibility: Visibility) -> Self {
        if visibility == Visibility::Summary {
            for field in GUARDED {
                self.set(*field, "");
            }
        }
        self
    }
}

impl DatasetSpec {
    /// Every value that was given, in the order of the form. The description is left out: pages show it as text.
    #[must_use]
    pub fn facts(&self, visibility: Visibility) -> Vec<FactSheet> {
        let form = self.to_form();
        let fact = |field: Field| {
            let raw = form.get(field);
            let hidden = visibility == Visibility::Summary && GUARDED.contains(&field);
            (!raw.is_empty() && !hidden && field != Field::Description)
                .then(|| Fact { field, value: self.readable(field, raw) })
        };
        Section::ALL
            .iter()
            .map(|section| FactSheet {
                title: section.title().to_owned(),
                facts: section.fields().into_iter().filter_map(fact).collect(),
            })
            .filter(|sheet| !sheet.facts.is_empty())
            .collect()
    }

    fn readable(&self, field: Field, raw: &str) -> String {
        match field {
            Field::DataSizeGb => size(self.size_bytes),
            Field::TtlSeconds => self.ttl_seconds.map_or_else(String::new, |ttl| span(u64::from(ttl))),
            Field::Services => self
                .services
                .iter()
                .map(|service| format!("{} ({})", service.name, service.access.label()))
                .collect::<Vec<_>>()
                .join(", "),
            Field::SchemaEnforcement => {
                self.schema.as_ref().map_or(SchemaEnforcement::Off, |schema| schema.enforcement).label().to_owned()
            }
            _ => match field.control() {
                Control::Check => "Yes".to_owned(),
                Control::Select(options) => options()
                    .into_iter()
                    .find(|(word, _)| *word == raw)
                    .map_or_else(|| raw.to_owned(), |(_, label)| label.to_owned()),
                Control::Whole(unit) => {
                    let number = raw.parse().map_or_else(|_| raw.to_owned(), count);
                    // The units that count things are plural words; `1 version` is one.
                    let unit = if raw == "1" {
                        unit.strip_suffix('s').filter(|one| one.len() > 1).unwrap_or(unit)
                    } else {
                        unit
                    };
                    format!("{number} {unit}")
                }
                Control::Decimal(unit) => format!("{raw} {unit}"),
                _ => raw.to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_keeps_guarded_fields_back() {
        let spec = RequestForm::sample().parse(crate::form::sample_now()).unwrap();
        let full = spec.facts(Visibility::Full);
        let summary = spec.facts(Visibility::Summary);
        let names = |sheets: &[FactSheet]| -> Vec<Field> {
            sheets.iter().flat_map(|sheet| sheet.facts.iter().map(|fact| fact.field)).collect()
        };
        assert!(names(&full).contains(&Field::MigrationLocator));
        for field in GUARDED {
            assert!(!names(&summary).contains(field), "{field}");
        }
    }
}
