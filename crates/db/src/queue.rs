//! The queue: which requests a view shows, in which order, and how many there are.
//!
//! Filtering, sorting, searching and paging are done by the database, along indexes; the order is that of
//! [`QueueRow::compare`].

use domain::{
    bounds::COUNT_CAP,
    ids::RequestId,
    lifecycle::Status,
    query::{Column, DueFilter, QueueQuery, ReviewerFilter, Scope, SortKey},
    view::{QueueRow, StatusCount},
};
use sqlx::FromRow;

use crate::{
    Audience, Db, QueueEntry, QueueSlice, Result,
    cursor::{Key, KeyKind, Order, Term},
    rows::{ENTRY_COLUMNS, EntryRaw, rank, ranked_status, status_rank},
    search::{Document, Query, REQUESTS},
    sql::{Dialect, Sql},
    time::{NOT_WAITING, day_number, due_number, micros, micros_or_none},
};

/// The statuses of which some requests were never submitted: drafts, and drafts that were withdrawn.
const UNSUBMITTED: [Status; 2] = [Status::Draft, Status::Cancelled];

/// How many ids one statement is asked for.
const IDS_MAX: usize = 500;

impl Db {
    /// A page of a view. A page that goes back and reaches the beginning is the first page, and so full.
    pub async fn queue_page(&self, q: &QueueQuery, who: &Audience) -> Result<QueueSlice> {
        let order = order(q);
        let size = q.page_size() as usize;
        if let Some(keys) = order.keys(q.before.as_deref()) {
            let mut rows = self.queue_rows(q, who, &order.reversed(), Some(keys)).await?;
            if rows.len() > size {
                rows.truncate(size);
                rows.reverse();
                let next = rows.last().map(|entry| cursor(q, &order, entry));
                let previous = rows.first().map(|entry| cursor(q, &order, entry));
                return Ok(QueueSlice { rows, next, previous });
            }
        }
        let after = order.keys(q.after.as_deref());
        let came_from = after.clone();
        let mut rows = self.queue_rows(q, who, &order, after).await?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(|entry| cursor(q, &order, entry)) } else { None };
        let previous =
            came_from.map(|keys| rows.first().map_or_else(|| order.cursor(keys), |entry| cursor(q, &order, entry)));
        Ok(QueueSlice { rows, next, previous })
    }

    async fn queue_rows(
        &self,
        q: &QueueQuery,
        who: &Audience,
        order: &Order,
        after: Option<Vec<Key>>,
    ) -> Result<Vec<QueueEntry>> {
        let sql = page(q, who, self.dialect(), order, after);
        let rows: Vec<EntryRaw> = self.all(sql).await?;
        rows.into_iter().map(QueueEntry::try_from).collect()
    }

    /// Single requests as rows of a view, each with whether the view shows it on some page. Those that the viewer may
    /// not know of are left out.
    pub async fn queue_entries(
        &self,
        q: &QueueQuery,
        who: &Audience,
        ids: &[RequestId],
    ) -> Result<Vec<(QueueEntry, bool)>> {
        let mut entries = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_MAX) {
            let mut sql = Sql::default();
            let matches = matches(&mut sql, self.dialect(), q, who);
            let ids = sql.list(ids.iter().copied());
            let visible = visible(&mut sql, who);
            sql.push(&format!(
                "select {ENTRY_COLUMNS}, cast(case when {matches} then 1 else 0 end as bigint) as matches \
                 from requests r where r.id in {ids} and {visible}"
            ));
            let rows: Vec<MatchRaw> = self.all(sql).await?;
            for row in rows {
                entries.push((row.entry.try_into()?, row.matches != 0));
            }
        }
        Ok(entries)
    }

    /// How many requests of a view there are in each status, whatever statuses it shows. Counting stops above
    /// [`COUNT_CAP`]: `COUNT_CAP + 1` means more than the cap.
    pub async fn queue_counts(&self, q: &QueueQuery, who: &Audience) -> Result<Vec<StatusCount>> {
        let sql = counts(q, who, self.dialect());
        let found: Vec<(i64, i64)> = self.all(sql).await?;
        found.into_iter().map(|(rank, count)| Ok(StatusCount { status: ranked_status(rank)?, count })).collect()
    }
}

#[derive(FromRow)]
struct MatchRaw {
    #[sqlx(flatten)]
    entry: EntryRaw,
    matches: i64,
}

/// The statement of a page: at most one row more than it holds.
fn page(q: &QueueQuery, who: &Audience, dialect: Dialect, order: &Order, after: Option<Vec<Key>>) -> Sql {
    let mut sql = Sql::default();
    sql.push(&format!("select {ENTRY_COLUMNS} from requests r where "));
    let mut conditions = vec![matches(&mut sql, dialect, q, who)];
    conditions.extend(after.map(|keys| order.after(keys, &mut sql)));
    sql.push(&conditions.join(" and "));
    order.push_order_by(&mut sql);
    let limit = sql.arg(q.page_size() + 1);
    sql.push(&format!(" limit {limit}"));
    sql
}

/// The statement of the counts: one line for each status.
fn counts(q: &QueueQuery, who: &Audience, dialect: Dialect) -> Sql {
    let mut sql = Sql::default();
    let conditions = filters(&mut sql, dialect, q, who);
    let limit = sql.arg(COUNT_CAP + 1);
    for (index, status) in Status::ALL.iter().enumerate() {
        let mut conditions = conditions.clone();
        if UNSUBMITTED.contains(status) {
            conditions.push(visible(&mut sql, who));
        }
        let rank = status_rank(*status);
        conditions.insert(0, format!("r.status = {rank}"));
        let union = if index == 0 { "" } else { " union all " };
        sql.push(&format!(
            "{union}select cast({rank} as bigint) as status, count(*) as found from \
             (select r.id from requests r where {} limit {limit}) c",
            conditions.join(" and ")
        ));
    }
    sql
}

/// The condition that a view shows a request.
fn matches(sql: &mut Sql, dialect: Dialect, q: &QueueQuery, who: &Audience) -> String {
    let mut conditions = filters(sql, dialect, q, who);
    let draft = status_rank(Status::Draft);
    if !q.statuses.is_empty() {
        // Ranks are numbers of ours, and as literals they let the planner see how rare a status is.
        let ranks: Vec<String> = q.statuses.iter().map(|status| status_rank(*status).to_string()).collect();
        conditions.push(format!("r.status in ({})", ranks.join(", ")));
    } else if q.scope == Scope::All {
        conditions.push(format!("r.status <> {draft}"));
    }
    // Without the condition where it says nothing: an index may then be all that is read.
    let may_have_private = q.statuses.is_empty() || UNSUBMITTED.iter().any(|status| q.statuses.contains(status));
    if may_have_private && !who.reads_all {
        conditions.push(visible(sql, who));
    }
    if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" and ") }
}

/// The conditions of a view besides its statuses.
fn filters(sql: &mut Sql, dialect: Dialect, q: &QueueQuery, who: &Audience) -> Vec<String> {
    let mut conditions = Vec::new();
    match q.scope {
        Scope::Mine => {
            let me = sql.arg(who.user);
            conditions.push(format!("(r.requester_id = {me} or r.owner_id = {me} or r.reviewer_id = {me})"));
        }
        Scope::Team => conditions.push(format!("r.team_id in {}", sql.list(who.teams.iter().copied()))),
        Scope::All => {}
    }
    if let Some(team) = &q.team {
        conditions.push(format!("r.team_slug = {}", sql.arg(team.as_str())));
    }
    if let Some(owner) = &q.owner {
        conditions.push(format!("r.owner_handle = {}", sql.arg(owner.as_str())));
    }
    match &q.reviewer {
        ReviewerFilter::Any => {}
        ReviewerFilter::Nobody => conditions.push("r.reviewer_handle = ''".to_owned()),
        ReviewerFilter::Is(handle) => conditions.push(format!("r.reviewer_handle = {}", sql.arg(handle.as_str()))),
    }
    match q.due {
        DueFilter::Any => {}
        // This crate knows no clock: without a moment every promise counts.
        DueFilter::Overdue => conditions.push(format!("r.due_at < {NOT_WAITING}")),
        DueFilter::Before(moment) => conditions.push(format!("r.due_at < {}", sql.arg(micros(moment)))),
    }
    let mut is = |column: &str, rank: Option<i64>| {
        conditions.extend(rank.map(|rank| format!("r.{column} = {rank}")));
    };
    is("environment", q.environment.map(rank));
    is("storage", q.storage.map(rank));
    is("priority", q.priority.map(rank));
    if let Some(query) = Query::parse(&q.text) {
        conditions.push(found(sql, dialect, &query, who));
    }
    conditions
}

/// Guarded use cases are searched for those alone who may read them.
fn found(sql: &mut Sql, dialect: Dialect, query: &Query, who: &Audience) -> String {
    let full = query.hits(sql, dialect, REQUESTS, Document::Full);
    if who.reads_all {
        return format!("r.id in {full}");
    }
    let public = query.hits(sql, dialect, REQUESTS, Document::Public);
    let own = own(sql, who);
    format!("(r.id in {public} or (r.id in {full} and {own}))")
}

/// The condition that the viewer may know of a request: what was never submitted is private, also after it was withdrawn.
fn visible(sql: &mut Sql, who: &Audience) -> String {
    if who.reads_all {
        return "1 = 1".to_owned();
    }
    let own = own(sql, who);
    format!("(r.submitted_at > 0 or {own})")
}

/// The condition that a request is the viewer's or their team's.
pub(crate) fn own(sql: &mut Sql, who: &Audience) -> String {
    let me = sql.arg(who.user);
    let teams = sql.list(who.teams.iter().copied());
    format!("(r.requester_id = {me} or r.owner_id = {me} or r.team_id in {teams})")
}

/// The sort of a view, up to the number: numbers are unique, and what follows one orders nothing.
fn sort(q: &QueueQuery) -> Vec<SortKey> {
    let mut sort = q.effective_sort();
    let number = sort.iter().position(|key| key.column == Column::Number);
    sort.truncate(number.map_or(sort.len(), |at| at + 1));
    sort
}

fn order(q: &QueueQuery) -> Order {
    let term = |key: SortKey| Term { column: column(key.column), direction: key.direction, kind: kind(key.column) };
    Order(sort(q).into_iter().map(term).collect())
}

fn cursor(q: &QueueQuery, order: &Order, entry: &QueueEntry) -> String {
    order.cursor(sort(q).into_iter().map(|by| key(by.column, &entry.row)).collect())
}

fn column(column: Column) -> &'static str {
    match column {
        Column::Number => "r.id",
        Column::Name => "r.full_name",
        Column::Status => "r.status",
        Column::Priority => "r.priority",
        Column::Environment => "r.environment",
        Column::Storage => "r.storage",
        Column::Size => "r.size_bytes",
        Column::Qps => "r.peak_qps",
        Column::Team => "r.team_slug",
        Column::Owner => "r.owner_handle",
        Column::Reviewer => "r.reviewer_handle",
        Column::NeededBy => "r.needed_by",
        Column::Submitted => "r.submitted_at",
        Column::Updated => "r.updated_at",
        Column::Due => "r.due_at",
    }
}

fn kind(column: Column) -> KeyKind {
    match column {
        Column::Name | Column::Team | Column::Owner | Column::Reviewer => KeyKind::Text,
        _ => KeyKind::Int,
    }
}

/// What [`column`] holds for a row.
fn key(column: Column, row: &QueueRow) -> Key {
    match column {
        Column::Number => Key::Int(row.id.0),
        Column::Name => Key::Text(row.full_name.clone()),
        Column::Status => Key::Int(status_rank(row.status)),
        Column::Priority => Key::Int(rank(row.priority)),
        Column::Environment => Key::Int(rank(row.environment)),
        Column::Storage => Key::Int(rank(row.storage)),
        Column::Size => Key::Int(row.size_bytes),
        Column::Qps => Key::Int(row.peak_qps),
        Column::Team => Key::Text(row.team.clone()),
        Column::Owner => Key::Text(row.owner.clone()),
        Column::Reviewer => Key::Text(row.reviewer.clone()),
        Column::NeededBy => Key::Int(day_number(row.needed_by)),
        Column::Submitted => Key::Int(micros_or_none(row.submitted_at)),
        Column::Updated => Key::Int(micros(row.updated_at)),
        Column::Due => Key::Int(due_number(row.due_at)),
    }
}

#[cfg(test)]
mod figures;
#[cfg(test)]
mod plans;
