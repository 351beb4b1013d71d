//! What a page of the catalogue is asked for, as its address writes it.

use serde::{Deserialize, Serialize};

use super::{plain, search_text};
use crate::{
    bounds,
    choices::{Choice, Environment, StorageKind},
    view::DatasetStatus,
};

/// A page of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CatalogueQuery {
    pub text: String,
    pub team: Option<String>,
    pub environment: Option<Environment>,
    pub storage: Option<StorageKind>,
    /// Handle of an owner.
    pub owner: Option<String>,
    pub tag: Option<String>,
    pub status: Option<DatasetStatus>,
    /// `name` (the default), `-size`, `-created`.
    pub sort: CatalogueSort,
    pub after: Option<String>,
    pub limit: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueSort {
    #[default]
    Name,
    Largest,
    Newest,
}

impl CatalogueSort {
    pub const ALL: &'static [Self] = &[Self::Name, Self::Largest, Self::Newest];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Largest => "largest",
            Self::Newest => "newest",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Largest => "Largest first",
            Self::Newest => "Newest first",
        }
    }
}

impl CatalogueQuery {
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            let Some(value) = plain(value) else { continue };
            match name {
                "q" => query.text = search_text(value),
                "team" => query.team = Some(value.to_owned()),
                "environment" => query.environment = value.parse().ok(),
                "storage" => query.storage = value.parse().ok(),
                "owner" => query.owner = Some(value.to_owned()),
                "tag" => query.tag = Some(value.to_owned()),
                "status" => {
                    query.status = DatasetStatus::ALL.iter().copied().find(|status| status.word() == value);
                }
                "sort" => {
                    query.sort =
                        CatalogueSort::ALL.iter().copied().find(|sort| sort.word() == value).unwrap_or_default();
                }
                "after" => query.after = Some(value.to_owned()),
                "limit" => query.limit = value.parse::<u32>().unwrap_or(0).min(bounds::PAGE_SIZE_MAX),
                _ => {}
            }
        }
        query
    }

    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let sort = (self.sort != CatalogueSort::Name).then(|| self.sort.word().to_owned());
        [
            ("q", (!self.text.is_empty()).then(|| self.text.clone())),
            ("team", self.team.clone()),
            ("environment", self.environment.map(|e| e.word().to_owned())),
            ("storage", self.storage.map(|s| s.word().to_owned())),
            ("owner", self.owner.clone()),
            ("tag", self.tag.clone()),
            ("status", self.status.map(|status| status.word().to_owned())),
            ("sort", sort),
            ("limit", (self.limit != 0).then(|| self.limit.to_string())),
            ("after", self.after.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }

    #[must_use]
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { bounds::PAGE_SIZE_DEFAULT } else { self.limit.min(bounds::PAGE_SIZE_MAX) }
    }
}
