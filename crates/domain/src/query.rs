//! What a page of the queue or the catalogue is asked for. All of it lives in the URL.
//!
//! `/queue?scope=team&status=new,in_review&sort=-priority,name&q=profile&after=…`

mod catalogue;

use serde::{Deserialize, Serialize};

pub use self::catalogue::{CatalogueQuery, CatalogueSort};
use crate::{
    Timestamp, bounds,
    choices::{Choice, Environment, Priority, StorageKind},
    lifecycle::Status,
};

/// Whose requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Filed or owned by the viewer, or theirs to review.
    Mine,
    /// Of the viewer's teams.
    Team,
    #[default]
    All,
}

/// A column that a queue can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Number,
    Name,
    Status,
    Priority,
    Environment,
    Storage,
    Size,
    Qps,
    Team,
    Owner,
    Reviewer,
    NeededBy,
    Submitted,
    Updated,
    /// When the promised decision is due.
    Due,
}

impl Column {
    pub const ALL: &'static [Self] = &[
        Self::Number,
        Self::Name,
        Self::Status,
        Self::Priority,
        Self::Environment,
        Self::Storage,
        Self::Size,
        Self::Qps,
        Self::Team,
        Self::Owner,
        Self::Reviewer,
        Self::NeededBy,
        Self::Submitted,
        Self::Updated,
        Self::Due,
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Environment => "environment",
            Self::Storage => "storage",
            Self::Size => "size",
            Self::Qps => "qps",
            Self::Team => "team",
            Self::Owner => "owner",
            Self::Reviewer => "reviewer",
            Self::NeededBy => "needed_by",
            Self::Submitted => "submitted",
            Self::Updated => "updated",
            Self::Due => "due",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Number => "Request",
            Self::Name => "Dataset",
            Self::Status => "Status",
            Self::Priority => "Priority",
            Self::Environment => "Env",
            Self::Storage => "Storage",
            Self::Size => "Size",
            Self::Qps => "Peak QPS",
            Self::Team => "Team",
            Self::Owner => "Owner",
            Self::Reviewer => "Reviewer",
            Self::NeededBy => "Needed by",
            Self::Submitted => "Submitted",
            Self::Updated => "Updated",
            Self::Due => "Due",
        }
    }

    /// The direction that a first click gives: newest, largest and most urgent first, names from a to z.
    #[must_use]
    pub fn first_direction(self) -> Direction {
        match self {
            Self::Number | Self::Size | Self::Qps | Self::Submitted | Self::Updated => Direction::Descending,
            _ => Direction::Ascending,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.word() == word)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// One sort key. Rows that are equal in all keys are ordered by number, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    pub column: Column,
    pub direction: Direction,
}

/// Which reviewer a row must have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewerFilter {
    #[default]
    Any,
    Nobody,
    /// A handle.
    Is(String),
}

/// How a row must stand against the decision that was promised for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueFilter {
    #[default]
    Any,
    /// It should have been decided by now. What is now, [`QueueQuery::judged_at`] says.
    Overdue,
    /// It should be decided before a moment. Not in a URL.
    Before(Timestamp),
}

/// A page of the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueQuery {
    pub scope: Scope,
    /// Empty: every status but drafts of others.
    pub statuses: Vec<Status>,
    /// Slug of a team.
    pub team: Option<String>,
    /// Handle of an owner.
    pub owner: Option<String>,
    pub reviewer: ReviewerFilter,
    pub due: DueFilter,
    pub environment: Option<Environment>,
    pub storage: Option<StorageKind>,
    pub priority: Option<Priority>,
    /// Words; each must be the beginning of a word of the request.
    pub text: String,
    /// Empty: newest first.
    pub sort: Vec<SortKey>,
    /// Opaque, from [`crate::view::QueuePage`].
    pub after: Option<String>,
    pub before: Option<String>,
    /// 0: [`bounds::PAGE_SIZE_DEFAULT`].
    pub limit: u32,
}

impl QueueQuery {
    /// Reads the parameters of a URL. What is not understood is left out, so that an old link still opens.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            let Some(value) = plain(value) else { continue };
            match name {
                "scope" => {
                    query.scope = match value {
                        "mine" => Scope::Mine,
                        "team" => Scope::Team,
                        _ => Scope::All,
                    }
                }
                // Repeated parameters (check boxes of a plain form) and comma lists mean the same.
                "status" => {
                    for word in value.split(',') {
                        let found = match word.trim() {
                            "open" => Status::OPEN.to_vec(),
                            word => word.parse().into_iter().collect(),
                        };
                        query.statuses.extend(found);
                    }
                    query.statuses.sort_unstable();
                    query.statuses.dedup();
                }
                "team" => query.team = Some(value.to_owned()),
                "owner" => query.owner = Some(value.to_owned()),
                "reviewer" => {
                    query.reviewer = match value {
                        "any" => ReviewerFilter::Any,
                        "none" => ReviewerFilter::Nobody,
                        handle => ReviewerFilter::Is(handle.to_owned()),
                    }
                }
                "due" if value == "overdue" => query.due = DueFilter::Overdue,
                "environment" => query.environment = value.parse().ok(),
                "storage" => query.storage = value.parse().ok(),
                "priority" => query.priority = value.parse().ok(),
                "q" => query.text = search_text(value),
                "sort" => query.sort = parse_sort(value),
                "after" => query.after = Some(value.to_owned()),
                "before" => query.before = Some(value.to_owned()),
                "limit" => query.limit = value.parse::<u32>().unwrap_or(0).min(bounds::PAGE_SIZE_MAX),
                _ => {}
            }
        }
        query
    }

    /// The parameters that give this query again; defaults are left out.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        match self.scope {
            Scope::Mine => pairs.push(("scope", "mine".to_owned())),
            Scope::Team => pairs.push(("scope", "team".to_owned())),
            Scope::All => {}
        }
        if self.statuses == Status::OPEN {
            pairs.push(("status", "open".to_owned()));
        } else if !self.statuses.is_empty() {
            let words: Vec<&str> = self.statuses.iter().map(|status| status.word()).collect();
            pairs.push(("status", words.join(",")));
        }
        let mut optional = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        optional("team", self.team.clone());
        optional("owner", self.owner.clone());
        optional(
            "reviewer",
            match &self.reviewer {
                ReviewerFilter::Any => None,
                ReviewerFilter::Nobody => Some("none".to_owned()),
                ReviewerFilter::Is(handle) => Some(handle.clone()),
            },
        );
        optional(
            "due",
            match self.due {
                DueFilter::Any => None,
                DueFilter::Overdue => Some("overdue".to_owned()),
                DueFilter::Before(moment) => Some(moment.timestamp_micros().to_string()),
            },
        );
        optional("environment", self.environment.map(|e| e.word().to_owned()));
        optional("storage", self.storage.map(|s| s.word().to_owned()));
        optional("priority", self.priority.map(|p| p.word().to_owned()));
        optional("q", (!self.text.is_empty()).then(|| self.text.clone()));
        optional("sort", (!self.sort.is_empty()).then(|| sort_words(&self.sort)));
        optional("limit", (self.limit != 0).then(|| self.limit.to_string()));
        optional("after", self.after.clone());
        optional("before", self.before.clone());
        pairs
    }

    /// The same view with what is overdue judged at a moment, as the database needs it.
    #[must_use]
    pub fn judged_at(&self, now: Timestamp) -> Self {
        let due = match self.due {
            DueFilter::Overdue => DueFilter::Before(now),
            other => other,
        };
        Self { due, ..self.clone() }
    }

    /// The same view from its first page.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, before: None, ..self.clone() }
    }

    /// What a click on a column's header asks for: the column alone, or with `add` as one more key; again to reverse.
    #[must_use]
    pub fn sorted_by(&self, column: Column, add: bool) -> Self {
        let present = self.sort.iter().position(|key| key.column == column);
        let direction = present.map_or(column.first_direction(), |at| self.sort[at].direction.reversed());
        let key = SortKey { column, direction };
        let mut sort = if add { self.sort.clone() } else { Vec::new() };
        match sort.iter().position(|key| key.column == column) {
            Some(at) => sort[at] = key,
            None => sort.push(key),
        }
        sort.truncate(bounds::SORT_KEYS_MAX);
        Self { sort, ..self.first_page() }
    }

    /// The sort keys in force, with the one that every view ends in.
    #[must_use]
    pub fn effective_sort(&self) -> Vec<SortKey> {
        let mut sort = self.sort.clone();
        if !sort.iter().any(|key| key.column == Column::Number) {
            sort.push(SortKey { column: Column::Number, direction: Direction::Descending });
        }
        sort
    }

    /// Rows on a page.
    #[must_use]
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { bounds::PAGE_SIZE_DEFAULT } else { self.limit.min(bounds::PAGE_SIZE_MAX) }
    }

    /// Whether anything narrows the view besides scope and status.
    #[must_use]
    pub fn has_filters(&self) -> bool {
        self.team.is_some()
            || self.owner.is_some()
            || self.reviewer != ReviewerFilter::Any
            || self.due != DueFilter::Any
            || self.environment.is_some()
            || self.storage.is_some()
            || self.priority.is_some()
            || !self.text.is_empty()
    }
}

/// A parameter that says something: not empty, and without control characters, which databases refuse.
fn plain(value: &str) -> Option<&str> {
    let value = value.trim();
    (!value.is_empty() && !value.chars().any(char::is_control)).then_some(value)
}

/// The beginning of a search text that is looked at.
fn search_text(value: &str) -> String {
    value.chars().take(bounds::SEARCH_MAX).collect::<String>().trim_end().to_owned()
}

fn parse_sort(text: &str) -> Vec<SortKey> {
    let mut sort: Vec<SortKey> = Vec::new();
    for word in text.split(',').map(str::trim) {
        let (word, direction) = match word.strip_prefix('-') {
            Some(word) => (word, Direction::Descending),
            None => (word, Direction::Ascending),
        };
        if let Some(column) = Column::parse(word)
            && !sort.iter().any(|key| key.column == column)
        {
            sort.push(SortKey { column, direction });
        }
    }
    sort.truncate(bounds::SORT_KEYS_MAX);
    sort
}

fn sort_words(sort: &[SortKey]) -> String {
    let words: Vec<String> = sort
        .iter()
        .map(|key| match key.direction {
            Direction::Ascending => key.column.word().to_owned(),
            Direction::Descending => format!("-{}", key.column.word()),
        })
        .collect();
    words.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        text.split('&').filter_map(|pair| pair.split_once('=')).collect()
    }

    #[test]
    fn a_view_round_trips_through_its_url() {
        let text = "scope=team&status=open&team=search&reviewer=none&environment=prod&priority=high&q=user prof&sort=-size,name&limit=25";
        let query = QueueQuery::from_pairs(pairs(text));
        let again: Vec<(String, String)> =
            query.to_pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let back = QueueQuery::from_pairs(again.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        assert_eq!(query, back);
        assert_eq!(query.statuses, Status::OPEN);
        assert_eq!(query.sort[0], SortKey { column: Column::Size, direction: Direction::Descending });
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let query = QueueQuery::from_pairs(pairs("status=nope,new&sort=bogus,-name,name&limit=9999&colour=red"));
        assert_eq!(query.statuses, [Status::New]);
        assert_eq!(query.sort, [SortKey { column: Column::Name, direction: Direction::Descending }]);
        assert_eq!(query.limit, bounds::PAGE_SIZE_MAX);
    }

    #[test]
    fn a_header_click_sorts_then_reverses_and_may_add() {
        let query = QueueQuery::default().sorted_by(Column::Size, false);
        assert_eq!(query.sort[0].direction, Direction::Descending);
        let query = query.sorted_by(Column::Size, false);
        assert_eq!(query.sort[0].direction, Direction::Ascending);
        let query = query.sorted_by(Column::Name, true);
        assert_eq!(query.sort.len(), 2);
    }
}
