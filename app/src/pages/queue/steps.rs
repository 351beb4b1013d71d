//! Where each link and chip of the queue leads. Pure.

use domain::{
    bounds, format,
    lifecycle::Status,
    query::{Column, Direction, QueueQuery, Scope, SortKey},
    view::StatusCount,
};

use crate::links;

/// The page.
pub const PATH: &str = "/queue";

/// The sort orders that the form offers, as the URL names them.
pub const SORT_PRESETS: &[(&str, &str)] = &[
    ("", "Newest first"),
    ("number", "Oldest first"),
    ("-updated", "Last changed first"),
    ("priority,number", "Most urgent first"),
    ("due", "Decision due first"),
    ("needed_by", "Needed soonest first"),
    ("-size", "Largest first"),
    ("-qps", "Busiest first"),
    ("name", "Dataset, a to z"),
];

/// The address of a view.
#[must_use]
pub fn href(query: &QueueQuery) -> String {
    links::href(PATH, &query.to_pairs())
}

/// The view of somebody else's requests.
#[must_use]
pub fn with_scope(query: &QueueQuery, scope: Scope) -> QueueQuery {
    QueueQuery { scope, ..query.first_page() }
}

/// The view with exactly these statuses.
#[must_use]
pub fn with_statuses(query: &QueueQuery, statuses: &[Status]) -> QueueQuery {
    QueueQuery { statuses: statuses.to_vec(), ..query.first_page() }
}

/// The view with a status added where it was not chosen, or taken out where it was.
#[must_use]
pub fn toggled(query: &QueueQuery, status: Status) -> QueueQuery {
    let mut statuses = query.statuses.clone();
    match statuses.iter().position(|known| *known == status) {
        Some(at) => drop(statuses.remove(at)),
        None => statuses.push(status),
    }
    statuses.sort_unstable();
    QueueQuery { statuses, ..query.first_page() }
}

/// The same scope and order without any filter.
#[must_use]
pub fn unfiltered(query: &QueueQuery) -> QueueQuery {
    QueueQuery { scope: query.scope, sort: query.sort.clone(), limit: query.limit, ..QueueQuery::default() }
}

/// The same view in the order that it has by itself.
#[must_use]
pub fn unsorted(query: &QueueQuery) -> QueueQuery {
    QueueQuery { sort: Vec::new(), ..query.first_page() }
}

/// The page that begins after a cursor, or ends before one.
#[must_use]
pub fn turned(query: &QueueQuery, turn: Turn, cursor: String) -> QueueQuery {
    let first = query.first_page();
    match turn {
        Turn::Next => QueueQuery { after: Some(cursor), ..first },
        Turn::Previous => QueueQuery { before: Some(cursor), ..first },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Next,
    Previous,
}

/// The value of a parameter of a view; empty where it is left out.
#[must_use]
pub fn parameter(query: &QueueQuery, name: &str) -> String {
    query.to_pairs().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap_or_default()
}

/// How a column takes part in the order: its direction, its rank from 1, and of how many.
#[must_use]
pub fn sorted_at(query: &QueueQuery, column: Column) -> Option<(Direction, usize, usize)> {
    let at = query.sort.iter().position(|key| key.column == column)?;
    Some((query.sort[at].direction, at + 1, query.sort.len()))
}

/// The order in words: `size descending, then dataset ascending`.
#[must_use]
pub fn sort_text(sort: &[SortKey]) -> String {
    let keys: Vec<String> = sort
        .iter()
        .map(|key| {
            let way = match key.direction {
                Direction::Ascending => "ascending",
                Direction::Descending => "descending",
            };
            format!("{} {way}", key.column.label().to_lowercase())
        })
        .collect();
    keys.join(", then ")
}

/// The statuses of a view that chooses none. Drafts are among them only where the view is one's own or the team's.
#[must_use]
pub fn shown_unchosen(query: &QueueQuery) -> Vec<Status> {
    let drafts = query.scope != Scope::All;
    Status::ALL.iter().copied().filter(|status| drafts || *status != Status::Draft).collect()
}

/// The count of some statuses together as a chip says it; `10 000+` where counting stopped.
#[must_use]
pub fn count_text(counts: &[StatusCount], statuses: &[Status]) -> String {
    let chosen = || counts.iter().filter(|count| statuses.contains(&count.status)).map(|count| count.count);
    let sum: i64 = chosen().sum();
    if sum >= bounds::COUNT_CAP {
        return format!("{}+", format::count(bounds::COUNT_CAP.unsigned_abs()));
    }
    format::count(u64::try_from(sum).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> QueueQuery {
        QueueQuery::from_pairs(pairs.iter().copied())
    }

    #[test]
    fn links_keep_the_view_and_start_at_its_first_page() {
        let present = query(&[("scope", "team"), ("q", "user profiles"), ("after", "cursor"), ("limit", "25")]);
        assert_eq!(href(&toggled(&present, Status::New)), "/queue?scope=team&status=new&q=user+profiles&limit=25");
        assert_eq!(href(&with_scope(&present, Scope::Mine)), "/queue?scope=mine&q=user+profiles&limit=25");
        assert_eq!(href(&unfiltered(&present)), "/queue?scope=team&limit=25");
        assert_eq!(
            href(&turned(&present, Turn::Previous, "c2".to_owned())),
            "/queue?scope=team&q=user+profiles&limit=25&before=c2"
        );
        assert_eq!(href(&QueueQuery::default()), "/queue");
    }

    #[test]
    fn chips_add_and_take_out() {
        let open = with_statuses(&QueueQuery::default(), Status::OPEN);
        assert_eq!(href(&open), "/queue?status=open");
        assert_eq!(toggled(&open, Status::InReview).statuses, [Status::New, Status::NeedsInfo]);
        assert_eq!(toggled(&QueueQuery::default(), Status::Denied).statuses, [Status::Denied]);
    }

    #[test]
    fn all_of_a_view_leaves_out_drafts_of_everybody() {
        assert!(!shown_unchosen(&QueueQuery::default()).contains(&Status::Draft));
        assert_eq!(shown_unchosen(&query(&[("scope", "team")])), Status::ALL);
    }

    #[test]
    fn counts_add_up_and_stop() {
        let counts = [
            StatusCount { status: Status::New, count: 9_000 },
            StatusCount { status: Status::InReview, count: 999 },
            StatusCount { status: Status::Completed, count: 10_000 },
        ];
        assert_eq!(count_text(&counts, Status::OPEN), "9\u{202f}999");
        assert_eq!(count_text(&counts, &[Status::Completed]), "10\u{202f}000+");
        assert_eq!(count_text(&counts, &[Status::Denied]), "0");
    }

    #[test]
    fn the_presets_are_orders_that_the_url_reads_back() {
        for (word, _) in SORT_PRESETS {
            assert_eq!(parameter(&query(&[("sort", word)]), "sort"), *word);
        }
    }

    #[test]
    fn a_column_knows_its_rank() {
        let present = query(&[("sort", "-size,name")]);
        assert_eq!(sorted_at(&present, Column::Name), Some((Direction::Ascending, 2, 2)));
        assert_eq!(sorted_at(&present, Column::Team), None);
        assert_eq!(sort_text(&present.sort), "size descending, then dataset ascending");
    }
}
