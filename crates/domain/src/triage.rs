//! What triage shows besides the queue: named views, how decisions went, and who is looking.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    choices::Priority,
    ids::{JobId, SavedViewId},
    lifecycle::Status,
    query::{Column, Direction, DueFilter, QueueQuery, ReviewerFilter, SortKey},
    view::Person,
};

/// Characters of a saved view's name.
pub const VIEW_NAME_MAX: usize = 60;
/// Views that one person may keep.
pub const VIEWS_MAX: usize = 50;

/// A page that is open says so this often.
pub const RENEW_SECONDS: i64 = 15;

/// A named view of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: SavedViewId,
    pub name: String,
    /// The parameters of the queue's address.
    pub view: String,
    pub shared: bool,
    /// Who made it.
    pub owner: Person,
    /// Whether the viewer may change or delete it.
    pub may_change: bool,
}

/// What the queue page offers besides the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    pub views: Vec<SavedView>,
    /// Whether the viewer may share a view; everybody may keep one.
    pub may_share: bool,
    /// The viewer's handle, where they review; then the rest is filled as well.
    pub reviewer: Option<String>,
    /// Who can be assigned.
    pub reviewers: Vec<Person>,
    /// Names of the clusters that an approval can go to.
    pub clusters: Vec<String>,
    /// The viewer's last bulk actions, newest first, with what each was.
    pub bulks: Vec<(JobId, String)>,
}

/// The views that everybody has; `me` is the viewer's handle where they review.
#[must_use]
pub fn default_views(me: Option<&str>) -> Vec<(&'static str, QueueQuery)> {
    let open = QueueQuery { statuses: Status::OPEN.to_vec(), ..QueueQuery::default() };
    let due_first = vec![SortKey { column: Column::Due, direction: Direction::Ascending }];
    let mut views =
        vec![("Unassigned", QueueQuery { reviewer: ReviewerFilter::Nobody, sort: due_first.clone(), ..open.clone() })];
    if let Some(me) = me {
        let mine = QueueQuery { reviewer: ReviewerFilter::Is(me.to_owned()), sort: due_first.clone(), ..open };
        views.push(("Mine to review", mine));
    }
    views.push(("Overdue", QueueQuery { due: DueFilter::Overdue, sort: due_first, ..QueueQuery::default() }));
    views.push(("Approved, waiting", QueueQuery { statuses: vec![Status::Approved], ..QueueQuery::default() }));
    views
}

/// How long decisions of one kind took, in microseconds of working time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    pub decisions: usize,
    pub median_us: i64,
    /// Nine of ten were decided by then.
    pub p90_us: i64,
}

impl Spread {
    /// Of times in any order; none where there are none.
    #[must_use]
    pub fn of(mut times: Vec<i64>) -> Option<Self> {
        times.sort_unstable();
        let at = |share: usize| times.get((times.len() * share).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { decisions: times.len(), median_us: at(50)?, p90_us: at(90)? })
    }
}

/// What requesters are told: `usually decided in N hours`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// Working hours within which nine of ten were decided, rounded up.
    pub hours: u32,
    /// How many decisions say so.
    pub decisions: usize,
}

/// How the queue was decided lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analytics {
    /// Oldest first; weeks begin on Mondays (UTC).
    pub weeks: Vec<Week>,
    /// By urgency, of the same weeks.
    pub priorities: Vec<PriorityLine>,
    /// Of the same weeks: how many ended approved, denied, expired or withdrawn.
    pub outcomes: Vec<(Outcome, i64)>,
    /// Open requests by how long they have waited: under 4 h, under 1 d, under 3 d, longer.
    pub ages: [i64; 4],
    pub overdue: i64,
    /// For reviewers alone.
    pub reviewers: Option<Vec<ReviewerLine>>,
    /// Whether there were more decisions than are counted: then the oldest weeks lack some.
    pub cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Its Monday.
    pub monday: NaiveDate,
    /// None without a decision by a person.
    pub spread: Option<Spread>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityLine {
    pub priority: Priority,
    pub spread: Option<Spread>,
    /// How many of them were decided in the time that was promised.
    pub in_time: usize,
    /// Open now.
    pub open: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerLine {
    pub person: Person,
    pub approved: i64,
    pub denied: i64,
}

/// How a request's way to a decision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Approved,
    ApprovedByRule,
    Denied,
    Expired,
    Withdrawn,
}

impl Outcome {
    pub const ALL: &'static [Self] =
        &[Self::Approved, Self::ApprovedByRule, Self::Denied, Self::Expired, Self::Withdrawn];

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::ApprovedByRule => "Approved by a rule",
            Self::Denied => "Denied",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// None for a request that was decided once and is open again.
    #[must_use]
    pub fn of(status: Status, by_person: bool) -> Option<Self> {
        match status {
            Status::Approved | Status::InProgress | Status::Completed | Status::Failed => {
                Some(if by_person { Self::Approved } else { Self::ApprovedByRule })
            }
            Status::Denied => Some(Self::Denied),
            Status::Expired => Some(Self::Expired),
            Status::Cancelled => Some(Self::Withdrawn),
            Status::Draft | Status::New | Status::InReview | Status::NeedsInfo => None,
        }
    }
}

/// Who else has a request open, as a sentence.
#[must_use]
pub fn looking(others: &[Person]) -> Option<String> {
    let names: Vec<&str> = others.iter().map(|person| person.name.as_str()).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is looking too.")),
        [one, other] => Some(format!("{one} and {other} are looking too.")),
        [one, other, more @ ..] => Some(format!("{one}, {other} and {} more are looking too.", more.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_takes_the_middle_and_the_ninth_of_ten() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![7]), Some(Spread { decisions: 1, median_us: 7, p90_us: 7 }));
        let ten = (1..=10).rev().collect();
        assert_eq!(Spread::of(ten), Some(Spread { decisions: 10, median_us: 5, p90_us: 9 }));
    }

    #[test]
    fn default_views_are_addresses_that_read_back() {
        for (name, query) in default_views(Some("lena.park")) {
            let pairs = query.to_pairs();
            let again = QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
            assert_eq!(again, query, "{name}");
        }
        assert_eq!(default_views(None).len(), 3);
    }
}
