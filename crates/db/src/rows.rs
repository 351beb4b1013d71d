//! What the database gives and takes, in the words of the domain, and how rows become that.

use chrono::NaiveDate;
use domain::{
    Timestamp,
    account::AccountKind,
    audit::AdminAct,
    choices::{Choice, DataClass, Environment, Priority, RequestKind, Role, StorageKind},
    cluster::Placement,
    event::Subject,
    form::RequestForm,
    ids::{DatasetId, RequestId, Revision, SessionId, TeamId, UserId},
    lifecycle::{ActionKind, AgeClock, Request, State, Status, Vote},
    rules::Requirements,
    spec::DatasetSpec,
    view::{DatasetRow, DatasetStatus, Facet, QueueRow},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::FromRow;

use crate::{
    Error, Result,
    time::{day_or_none, due_or_none, moment, moment_or_none},
};

/// A request with its present content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    pub request: Request,
    pub form: RequestForm,
    /// None for a draft that does not parse yet.
    pub spec: Option<DatasetSpec>,
    /// The owner that the content names, where there is such a person. Derived from the content on every write.
    pub owner: Option<UserId>,
    /// The full name; of a draft that does not parse, what was typed so far. Derived from the content on every write.
    pub full_name: String,
    pub submitted_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The submission token of the form that made it.
    pub token: String,
}

/// A request as lists need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    pub request: Request,
    /// Without `allowed_actions`: who may do what is not decided here.
    pub row: QueueRow,
    pub owner: Option<UserId>,
    pub class: DataClass,
    pub team: TeamId,
}

/// A page of the queue. Cursors are opaque, and none at the ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSlice {
    pub rows: Vec<QueueEntry>,
    pub next: Option<String>,
    pub previous: Option<String>,
}

/// Who looks at a list: drafts are for the own team, the requester, the owner, and those who read everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    pub user: UserId,
    pub teams: Vec<TeamId>,
    pub reads_all: bool,
}

/// The content of a request at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionRow {
    pub revision: Revision,
    pub form: RequestForm,
    pub spec: Option<DatasetSpec>,
    /// None for the system.
    pub by: Option<UserId>,
    pub at: Timestamp,
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub id: i64,
    pub at: Timestamp,
    /// None for the system.
    pub by: Option<UserId>,
    pub action: ActionKind,
    pub note: Option<String>,
    pub status_after: Status,
    pub revision: Revision,
}

/// What somebody did. A comment is one with [`ActionKind::Comment`] and its text as the note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    pub at: Timestamp,
    /// None for the system.
    pub by: Option<UserId>,
    pub request: Option<RequestId>,
    pub dataset: Option<DatasetId>,
    pub action: ActionKind,
    pub note: Option<String>,
    pub status_before: Status,
    pub status_after: Status,
    pub revision: Revision,
    /// Small JSON of what was; none where there was nothing.
    pub before: Option<String>,
    /// Small JSON of what is now.
    pub after: Option<String>,
    /// The address that it was asked from; empty for the system.
    pub origin: String,
    /// The id of the HTTP request, as the logs have it.
    pub request_ref: String,
}

/// What somebody did that is no transition of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdminAct {
    pub at: Timestamp,
    /// None for the system and for whoever is not known.
    pub by: Option<UserId>,
    pub act: AdminAct,
    /// What it was done to, as a person reads it: `person U-7`, `policy v3`, `session`.
    pub subject: String,
    /// Small JSON of what was; none where there was nothing.
    pub before: Option<String>,
    /// Small JSON of what is now.
    pub after: Option<String>,
    /// The address that it was asked from; empty for the system and for commands.
    pub origin: String,
    /// The id of the HTTP request, as the logs have it.
    pub request_ref: String,
}

/// A [`domain::event::Event`] that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub at: Timestamp,
    pub subject: Subject,
    pub action: ActionKind,
    pub team: TeamId,
    pub status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub id: UserId,
    pub handle: String,
    pub name: String,
    pub role: Role,
    pub privacy_approver: bool,
    /// Whether they may still sign in.
    pub active: bool,
    pub kind: AccountKind,
    /// In lower case; empty for none.
    pub email: String,
    /// Whether there is a password to sign in with.
    pub has_password: bool,
    pub signed_in_at: Option<Timestamp>,
    /// With their slugs, by slug.
    pub teams: Vec<(TeamId, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    pub handle: String,
    pub name: String,
    pub role: Role,
    pub privacy_approver: bool,
    pub teams: Vec<TeamId>,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub user: UserId,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    /// What the browser called itself, cut to 200 characters.
    pub agent: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    pub user: UserId,
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub agent: String,
}

/// A dataset of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetEntry {
    pub row: DatasetRow,
    pub spec: DatasetSpec,
    pub placement: Placement,
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// The request that made it.
    pub request: RequestId,
}

/// A dataset that was approved.
#[derive(Debug, Clone, Copy)]
pub struct NewDataset<'a> {
    pub full_name: &'a str,
    pub spec: &'a DatasetSpec,
    pub placement: &'a Placement,
    pub status: DatasetStatus,
    pub owner: Option<UserId>,
    pub team: TeamId,
    pub request: RequestId,
    pub now: Timestamp,
}

/// A page of the catalogue. Each facet counts under the other filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueSlice {
    pub rows: Vec<DatasetRow>,
    pub next: Option<String>,
    pub total: i64,
    pub teams: Vec<Facet>,
    pub environments: Vec<Facet>,
    pub storage: Vec<Facet>,
}

/// The part of a [`Request`] that no column holds, as it is kept in JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Life {
    filed: Option<Revision>,
    decided: Option<Revision>,
    requirements: Requirements,
    placement: Option<Placement>,
    override_reason: Option<String>,
    votes: Vec<Vote>,
    age: AgeClock,
    state: State,
}

impl From<&Request> for Life {
    fn from(request: &Request) -> Self {
        let Request { filed, decided, requirements, placement, override_reason, votes, age, state, .. } =
            request.clone();
        Self { filed, decided, requirements, placement, override_reason, votes, age, state }
    }
}

/// The columns of [`EntryRaw`], of `requests r`.
pub(crate) const ENTRY_COLUMNS: &str = "r.id, r.kind, r.dataset_id, r.requester_id, r.team_id, r.owner_id, r.revision, r.life, \
     r.full_name, r.priority, r.environment, r.storage, r.class, r.size_bytes, r.peak_qps, r.team_slug, \
     r.owner_handle, r.reviewer_handle, r.needed_by, r.submitted_at, r.updated_at, r.due_at";

#[derive(Debug, FromRow)]
pub(crate) struct EntryRaw {
    id: i64,
    kind: String,
    dataset_id: Option<i64>,
    requester_id: i64,
    team_id: i64,
    owner_id: Option<i64>,
    revision: i64,
    life: String,
    full_name: String,
    priority: i64,
    environment: i64,
    storage: i64,
    class: i64,
    size_bytes: i64,
    peak_qps: i64,
    team_slug: String,
    owner_handle: String,
    reviewer_handle: String,
    needed_by: i64,
    submitted_at: i64,
    updated_at: i64,
    due_at: i64,
}

impl EntryRaw {
    fn request(&self) -> Result<Request> {
        let Life { filed, decided, requirements, placement, override_reason, votes, age, state } =
            json("request", &self.life)?;
        Ok(Request {
            id: RequestId(self.id),
            kind: self.kind.parse::<RequestKind>().map_err(|error| Error::corrupt("request kind", error))?,
            dataset: self.dataset_id.map(DatasetId),
            requester: UserId(self.requester_id),
            team: TeamId(self.team_id),
            revision: Revision(self.revision),
            filed,
            decided,
            requirements,
            placement,
            override_reason,
            votes,
            age,
            state,
        })
    }
}

impl TryFrom<EntryRaw> for QueueEntry {
    type Error = Error;

    fn try_from(raw: EntryRaw) -> Result<Self> {
        let request = raw.request()?;
        let row = QueueRow {
            id: request.id,
            revision: request.revision,
            full_name: raw.full_name,
            status: request.status(),
            priority: ranked::<Priority>(raw.priority)?,
            environment: ranked::<Environment>(raw.environment)?,
            storage: ranked::<StorageKind>(raw.storage)?,
            size_bytes: raw.size_bytes,
            peak_qps: raw.peak_qps,
            team: raw.team_slug,
            owner: raw.owner_handle,
            reviewer: raw.reviewer_handle,
            needed_by: day_or_none(raw.needed_by)?,
            submitted_at: moment_or_none(raw.submitted_at)?,
            updated_at: moment(raw.updated_at)?,
            due_at: due_or_none(raw.due_at)?,
            allowed_actions: Vec::new(),
        };
        let team = request.team;
        Ok(Self { request, row, owner: raw.owner_id.map(UserId), class: ranked::<DataClass>(raw.class)?, team })
    }
}

/// What [`RequestRaw`] has beyond [`ENTRY_COLUMNS`].
pub(crate) const CONTENT_COLUMNS: &str = "r.form, r.spec, r.decided_at, r.created_at, r.token";

#[derive(Debug, FromRow)]
pub(crate) struct RequestRaw {
    #[sqlx(flatten)]
    entry: EntryRaw,
    form: String,
    spec: Option<String>,
    decided_at: i64,
    created_at: i64,
    token: String,
}

impl TryFrom<RequestRaw> for RequestRow {
    type Error = Error;

    fn try_from(raw: RequestRaw) -> Result<Self> {
        Ok(Self {
            request: raw.entry.request()?,
            form: json("form", &raw.form)?,
            spec: json_or_none("specification", raw.spec.as_deref())?,
            owner: raw.entry.owner_id.map(UserId),
            full_name: raw.entry.full_name,
            submitted_at: moment_or_none(raw.entry.submitted_at)?,
            decided_at: moment_or_none(raw.decided_at)?,
            created_at: moment(raw.created_at)?,
            updated_at: moment(raw.entry.updated_at)?,
            token: raw.token,
        })
    }
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

pub(crate) fn json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(what, error))
}

pub(crate) fn json_or_none<T: DeserializeOwned>(what: &'static str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| json(what, text)).transpose()
}

pub(crate) fn action(word: &str) -> Result<ActionKind> {
    word.parse().map_err(|error| Error::corrupt("action", error))
}

/// Where a choice stands in its list: what is stored and sorted by. New choices are added at the end of a list, or a
/// migration moves the ranks; a test pins them.
pub(crate) fn rank<C: Choice + PartialEq>(choice: C) -> i64 {
    rank_in(C::ALL, choice)
}

pub(crate) fn ranked<C: Choice>(rank: i64) -> Result<C> {
    at_rank(C::ALL, rank)
}

pub(crate) fn status_rank(status: Status) -> i64 {
    rank_in(Status::ALL, status)
}

pub(crate) fn ranked_status(rank: i64) -> Result<Status> {
    at_rank(Status::ALL, rank)
}

const DATASET_STATUSES: &[DatasetStatus] = &[DatasetStatus::Planned, DatasetStatus::Live];

pub(crate) fn dataset_status_rank(status: DatasetStatus) -> i64 {
    rank_in(DATASET_STATUSES, status)
}

pub(crate) fn ranked_dataset_status(rank: i64) -> Result<DatasetStatus> {
    at_rank(DATASET_STATUSES, rank)
}

fn rank_in<T: PartialEq>(all: &[T], value: T) -> i64 {
    // A list has fewer than 2⁶³ choices, and holds every choice that there is.
    all.iter().zip(0_i64..).find(|(one, _)| **one == value).map_or(i64::MAX, |(_, rank)| rank)
}

fn at_rank<T: Copy>(all: &[T], rank: i64) -> Result<T> {
    let at = usize::try_from(rank).ok().and_then(|rank| all.get(rank));
    at.copied().ok_or_else(|| Error::corrupt("choice", format!("no choice has the rank {rank}")))
}

/// Days of a chart.
pub(crate) type DayCounts = Vec<(NaiveDate, i64, i64)>;

#[cfg(test)]
mod tests {
    use super::*;

    /// These numbers are in databases. A change here needs a migration.
    #[test]
    fn ranks_are_pinned() {
        let words = |all: &[&str]| all.join(" ");
        let of = |all: Vec<&'static str>| words(&all);
        assert_eq!(of(Environment::ALL.iter().map(|c| c.word()).collect()), "dev staging prod");
        assert_eq!(of(StorageKind::ALL.iter().map(|c| c.word()).collect()), "READONLY MUTABLE STREAMING");
        assert_eq!(of(Priority::ALL.iter().map(|c| c.word()).collect()), "urgent high normal low");
        assert_eq!(of(DataClass::ALL.iter().map(|c| c.word()).collect()), "public internal confidential restricted");
        assert_eq!(
            of(Status::ALL.iter().map(|c| c.word()).collect()),
            "draft new in_review needs_info approved in_progress completed failed denied cancelled expired"
        );
        assert_eq!(rank(Environment::Prod), 2);
        assert_eq!(ranked::<Environment>(2).unwrap(), Environment::Prod);
        assert!(ranked::<Environment>(3).is_err());
        assert!(ranked_status(-1).is_err());
    }
}
