//! What is filtered, sorted and searched, taken out of the content of a request.
//!
//! A content that parsed says all of it. A draft that does not parse yet says what can be understood: the name as it
//! was typed, choices that are choices; of numbers nothing, so it has no size and no traffic.

use std::str::FromStr;

use domain::{
    bounds,
    choices::{DataClass, Environment, Priority, StorageKind},
    form::RequestForm,
    ids::RequestId,
    names::{DatasetName, Handle},
    spec::DatasetSpec,
};

use crate::time::{NO_DAY, day_number};

/// The derived columns of a content.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub full_name: String,
    pub priority: Priority,
    pub environment: Environment,
    pub storage: StorageKind,
    pub class: DataClass,
    pub size_bytes: i64,
    pub peak_qps: i64,
    /// A handle, or empty.
    pub owner: String,
    pub needed_by: i64,
    /// Name, tags, services: what everybody may find it by.
    words: String,
    description: String,
}

impl Content {
    pub(crate) fn of(form: &RequestForm, spec: Option<&DatasetSpec>) -> Self {
        spec.map_or_else(|| Self::of_form(form), Self::of_spec)
    }

    pub(crate) fn of_spec(spec: &DatasetSpec) -> Self {
        let services = spec.services.iter().map(|service| service.name.as_str());
        let tags = spec.tags.iter().map(String::as_str);
        let words: Vec<&str> = tags.chain(services).collect();
        Self {
            full_name: spec.full_name(),
            priority: spec.priority,
            environment: spec.environment,
            storage: spec.storage.kind(),
            class: spec.data_class,
            // Bounded far below 2⁶³ by the metadata table.
            size_bytes: i64::try_from(spec.size_bytes).unwrap_or(i64::MAX),
            peak_qps: i64::try_from(spec.peak_qps()).unwrap_or(i64::MAX),
            owner: spec.owner.to_string(),
            needed_by: day_number(spec.needed_by),
            words: words.join(" "),
            description: spec.description.clone(),
        }
    }

    fn of_form(form: &RequestForm) -> Self {
        let environment = typed(&form.environment, Environment::Dev);
        let full_name = match form.name.trim().parse::<DatasetName>() {
            Ok(name) => name.full(environment),
            // Whatever was typed, in the length of a name: an index takes no more than some 2 700 bytes.
            Err(_) => form.name.trim().chars().take(bounds::NAME_MAX as usize).collect(),
        };
        Self {
            full_name,
            priority: typed(&form.priority, Priority::Normal),
            environment,
            storage: typed(&form.storage_type, StorageKind::Mutable),
            // What is not classified is not shown around.
            class: typed(&form.data_class, DataClass::Confidential),
            size_bytes: 0,
            peak_qps: 0,
            owner: form.owner.parse::<Handle>().map(String::from).unwrap_or_default(),
            needed_by: form.needed_by.trim().parse().map_or(NO_DAY, |day| day_number(Some(day))),
            words: format!("{} {}", form.tags, form.services),
            description: form.description.clone(),
        }
    }

    /// The public and the full document of a request, as texts that are not cut into words yet.
    pub(crate) fn documents(&self, id: RequestId, requester: &str, team: &str) -> [String; 2] {
        let Self { full_name, owner, words, .. } = self;
        let public = format!("{id} {full_name} {words} {owner} {team} {requester}");
        let full = format!("{public} {}", self.description);
        if self.class.is_guarded() { [public, full] } else { [full.clone(), full] }
    }

    /// What everybody may find a dataset by.
    pub(crate) fn public_document(&self, id: impl ToString, team: &str) -> String {
        let Self { full_name, owner, words, .. } = self;
        let public = format!("{} {full_name} {words} {owner} {team}", id.to_string());
        if self.class.is_guarded() { public } else { format!("{public} {}", self.description) }
    }
}

fn typed<T: FromStr>(text: &str, otherwise: T) -> T {
    text.parse().unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use domain::form::{Field, sample_now};

    use super::*;

    #[test]
    fn a_draft_says_what_can_be_understood() {
        let mut form = RequestForm::default();
        form.set(Field::Name, "Not a name yet".to_owned() + &"x".repeat(5_000));
        form.set(Field::Priority, "urgent");
        form.set(Field::Owner, "nobody at all");
        let content = Content::of(&form, None);
        assert_eq!(content.full_name.chars().count(), 63);
        assert_eq!(content.priority, Priority::Urgent);
        assert_eq!(content.owner, "");
        assert_eq!((content.size_bytes, content.needed_by), (0, NO_DAY));
    }

    #[test]
    fn form_and_specification_say_the_same() {
        let form = RequestForm::sample();
        let spec = form.parse(sample_now()).unwrap();
        let (typed, parsed) = (Content::of(&form, None), Content::of(&form, Some(&spec)));
        assert_eq!(typed.full_name, parsed.full_name);
        assert_eq!(typed.owner, parsed.owner);
        assert_eq!(typed.class, parsed.class);
        assert_eq!(typed.storage, parsed.storage);
        assert_eq!(parsed.size_bytes, 250_500_000_000);
    }

    #[test]
    fn the_use_case_of_a_guarded_request_is_in_the_full_document_alone() {
        let mut form = RequestForm::sample();
        form.set(Field::DataClass, "restricted");
        let [public, full] = Content::of(&form, None).documents(RequestId(2001), "maya.chen", "search");
        assert!(!public.contains("page view") && full.contains("page view"));
        form.set(Field::DataClass, "internal");
        let [public, _] = Content::of(&form, None).documents(RequestId(2001), "maya.chen", "search");
        assert!(public.contains("page view"));
    }
}
