//! The quick dev dataset: name, use case and team; everything else is the small default.

use serde::{Deserialize, Serialize};

use super::{Field, RequestForm};
use crate::choices::{Choice, Environment};

/// Three answers that make a whole request for a small development dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuickForm {
    pub name: String,
    pub description: String,
    pub team: String,
}

impl QuickForm {
    /// The whole form: 0.1 GB, 100 000 keys, 10 reads and 5 writes a second, in `dev`, owned by `owner`.
    #[must_use]
    pub fn expand(&self, owner: &str) -> RequestForm {
        let mut form = RequestForm::new();
        for (field, value) in [
            (Field::Name, self.name.as_str()),
            (Field::Description, &self.description),
            (Field::Team, &self.team),
            (Field::Owner, owner),
            (Field::Environment, Environment::Dev.word()),
            (Field::Criticality, "3"),
            (Field::DataSizeGb, "0.1"),
            (Field::ExpectedKeys, "100000"),
            (Field::QpsGet, "10"),
            (Field::QpsSet, "5"),
            (Field::QpsDelete, "1"),
        ] {
            form.set(field, value);
        }
        form
    }
}
