//! What pages get: everything already judged for the viewer, nothing that they may not see.

mod catalogue;
mod notices;
mod webhooks;

use serde::{Deserialize, Serialize};

pub use self::{
    catalogue::{CataloguePage, DatasetRow, DatasetStatus, DatasetView, Facet},
    notices::{Mentionable, NoticePage, NoticePreference, NoticePreferences, NoticeView},
    webhooks::{HookDelivery, HookView, HooksView},
};
use crate::{
    Timestamp,
    choices::{DataClass, Environment, Priority, RequestKind, Role, StorageKind},
    cluster::{Cluster, Fit, Placement},
    cost::Estimate,
    form::{Field, RequestForm},
    ids::{CommentId, DatasetId, EventId, RequestId, Revision, TeamId, UserId},
    lifecycle::{ActionKind, Status, VoteKind},
    policy::{Explanation, Policy},
    query::{Column, Direction, SortKey},
    rules::Requirements,
    spec::{FactSheet, Visibility},
};

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub handle: String,
    pub name: String,
    pub role: Role,
    pub privacy_approver: bool,
    /// Slugs.
    pub teams: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub id: TeamId,
    pub slug: String,
    pub name: String,
}

/// Who is signed in, for the shell of every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub person: Person,
    pub may_file: bool,
    pub is_reviewer: bool,
    /// Whether the audit trail is for them.
    pub may_audit: bool,
    pub may_read_policies: bool,
    /// The last event before this page was made; live updates go on from here.
    pub last_event: EventId,
    /// Open requests that wait for the viewer: to review, or to answer.
    pub waiting: i64,
    /// Notices that the viewer has not read; stops at [`crate::bounds::UNREAD_CAP`].
    pub unread: u32,
}

/// One row of the queue: every column that it can be sorted by, and what the viewer can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    pub id: RequestId,
    pub revision: Revision,
    pub full_name: String,
    pub status: Status,
    pub priority: Priority,
    pub environment: Environment,
    pub storage: StorageKind,
    pub size_bytes: i64,
    pub peak_qps: i64,
    /// Slug.
    pub team: String,
    /// Handle.
    pub owner: String,
    /// Handle; empty where nobody has it.
    pub reviewer: String,
    pub needed_by: Option<chrono::NaiveDate>,
    /// None for drafts.
    pub submitted_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// When the promised decision is due; none while the clock stands.
    pub due_at: Option<Timestamp>,
    pub allowed_actions: Vec<ActionKind>,
}

/// How many requests there are in a status; stops at [`crate::bounds::COUNT_CAP`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCount {
    pub status: Status,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    pub rows: Vec<QueueRow>,
    /// Of all pages, under the same scope and filters, whatever statuses are chosen.
    pub counts: Vec<StatusCount>,
    /// Cursors; none at the ends.
    pub next: Option<String>,
    pub previous: Option<String>,
    /// The last event that this page knows.
    pub last_event: EventId,
    /// When it was made, for ages.
    pub now: Timestamp,
}

/// One changed row, as a live page asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowUpdate {
    pub id: RequestId,
    /// None where it does not exist for this viewer.
    pub row: Option<QueueRow>,
    /// Whether it belongs to the view that asked.
    pub matches: bool,
    pub counts: Vec<StatusCount>,
    pub now: Timestamp,
}

impl QueueRow {
    /// Where the row belongs in a view: the order that the database gives.
    #[must_use]
    pub fn compare(&self, other: &Self, sort: &[SortKey]) -> std::cmp::Ordering {
        sort.iter()
            .map(|key| {
                let order = self.compare_by(other, key.column);
                if key.direction == Direction::Ascending { order } else { order.reverse() }
            })
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }

    fn compare_by(&self, other: &Self, column: Column) -> std::cmp::Ordering {
        match column {
            Column::Number => self.id.cmp(&other.id),
            Column::Name => self.full_name.cmp(&other.full_name),
            Column::Status => self.status.cmp(&other.status),
            Column::Priority => self.priority.cmp(&other.priority),
            Column::Environment => self.environment.cmp(&other.environment),
            Column::Storage => self.storage.cmp(&other.storage),
            Column::Size => self.size_bytes.cmp(&other.size_bytes),
            Column::Qps => self.peak_qps.cmp(&other.peak_qps),
            Column::Team => self.team.cmp(&other.team),
            Column::Owner => self.owner.cmp(&other.owner),
            Column::Reviewer => self.reviewer.cmp(&other.reviewer),
            // Without a date: after every date.
            Column::NeededBy => {
                (self.needed_by.is_none(), self.needed_by).cmp(&(other.needed_by.is_none(), other.needed_by))
            }
            // Not submitted yet: before every submission.
            Column::Submitted => self.submitted_at.cmp(&other.submitted_at),
            Column::Updated => self.updated_at.cmp(&other.updated_at),
            // Without a running clock: after every promise.
            Column::Due => (self.due_at.is_none(), self.due_at).cmp(&(other.due_at.is_none(), other.due_at)),
        }
    }
}

/// A request's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    pub id: RequestId,
    pub revision: Revision,
    pub full_name: String,
    pub status: Status,
    pub priority: Priority,
    pub class: DataClass,
    pub visibility: Visibility,
    pub requester: Person,
    /// None while a draft names nobody who exists.
    pub owner: Option<Person>,
    pub team: Option<Team>,
    pub reviewer: Option<Person>,
    pub submitted_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub now: Timestamp,
    /// Seconds that it has waited for the platform team, pauses left out.
    pub waited_seconds: i64,
    /// Working hours promised for its priority.
    pub sla_hours: u32,
    /// When they are over; none while the clock stands.
    pub due_at: Option<Timestamp>,
    /// What real decisions of its priority took, while it waits for one.
    pub usual: Option<crate::triage::Usual>,
    pub requirements: Requirements,
    /// Why it needs what it needs, by the version that judged it; none where none did or the content is hidden.
    pub explanation: Option<Explanation>,
    pub votes: Vec<VoteView>,
    /// What is missing until it is approved.
    pub missing_votes: Option<String>,
    pub placement: Option<Placement>,
    /// The open question, with the fields it is about.
    pub question: Option<QuestionView>,
    /// Why it was denied, cancelled or failed.
    pub reason: Option<String>,
    pub override_reason: Option<String>,
    /// Sanitised HTML made from the use case; none where it is hidden.
    pub description_html: Option<String>,
    /// Empty for drafts that do not parse yet.
    pub facts: Vec<FactSheet>,
    /// For drafts and for editing; none for who may not.
    pub form: Option<RequestForm>,
    /// None where the thread is hidden.
    pub thread: Option<Vec<Entry>>,
    /// What differs between the snapshots.
    pub changes: Vec<Change>,
    pub kind: RequestKind,
    /// What would become of the dataset that it is about.
    pub effect: Option<Effect>,
    /// Until when an expired request can be reopened.
    pub reopen_until: Option<Timestamp>,
    /// Who hears of comments: requester, owner, reviewer, whoever acted, said something or was mentioned, and whoever
    /// chose to; without those who chose not to. By name.
    pub watchers: Vec<Person>,
    /// Whether the viewer is one of them.
    pub is_watching: bool,
    pub allowed_actions: Vec<ActionKind>,
    /// For reviewers, while a decision is due.
    pub clusters: Vec<ClusterOption>,
    /// Who could review it, for reviewers.
    pub reviewers: Vec<Person>,
    pub dataset: Option<DatasetId>,
    pub last_event: EventId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteView {
    pub by: Person,
    pub kind: VoteKind,
    /// What it was given on; a newer revision voids it.
    pub revision: Revision,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionView {
    pub html: String,
    pub fields: Vec<Field>,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
}

/// One entry of a request's timeline: what somebody did, or said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// None for the system.
    pub by: Option<Person>,
    pub at: Timestamp,
    pub action: ActionKind,
    pub comment: Option<CommentId>,
    /// Sanitised HTML; none of a comment that was withdrawn, except for who keeps the trail.
    pub html: Option<String>,
    pub status: Status,
    /// What a comment said before, oldest first; empty where it was never edited.
    pub versions: Vec<CommentVersion>,
    /// When its author took a comment back.
    pub withdrawn_at: Option<Timestamp>,
    /// The Markdown of a comment that the viewer may edit or withdraw.
    pub source: Option<String>,
}

/// What a comment said from `at` on, until it was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentVersion {
    pub at: Timestamp,
    /// Sanitised HTML.
    pub html: String,
}

/// What a request about a dataset would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    pub dataset: DatasetId,
    pub full_name: String,
    /// Label of a field, what it is and what it would be.
    pub changes: Vec<(Field, String, String)>,
}

/// The form of a request about a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutView {
    pub dataset: DatasetId,
    pub full_name: String,
    pub kind: RequestKind,
    /// The request that is edited; none files a new one.
    pub request: Option<RequestId>,
    pub revision: Option<Revision>,
    pub form: RequestForm,
    /// Another one about the dataset that is open.
    pub open: Option<RequestId>,
    /// Made anew for each new form: a second post of the same form files nothing twice.
    pub token: String,
    pub directory: Directory,
    pub now: Timestamp,
}

/// A field that differs between the request as filed, as last edited and as decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub field: Field,
    pub filed: String,
    pub edited: String,
    /// None before a decision.
    pub decided: Option<String>,
}

/// The content of a request at one of its revisions, without the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionView {
    pub revision: Revision,
    /// None for the system.
    pub by: Option<Person>,
    pub at: Timestamp,
    /// Whether it was submitted first with this content.
    pub is_filed: bool,
    /// Whether this content was decided on.
    pub is_decided: bool,
}

/// A cluster that a reviewer can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterOption {
    pub cluster: Cluster,
    pub used_bytes: u64,
    pub fit: Fit,
    /// The one that an automatic approval would take.
    pub advised: bool,
    pub advised_partitions: u64,
}

/// What the form's live panel says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameCheck {
    pub full_name: String,
    /// Who has the name; none where it is free.
    pub taken_by: Option<NameHolder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameHolder {
    Request(RequestId),
    Dataset(DatasetId),
}

/// What a form offers: people, teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub people: Vec<Person>,
    pub teams: Vec<Team>,
}

/// What waits for the viewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// The viewer's own requests by status.
    pub mine: Vec<StatusCount>,
    /// The viewer's requests that were touched last.
    pub recent: Vec<QueueRow>,
    /// Questions that the viewer or their team should answer.
    pub to_answer: Vec<QueueRow>,
    pub drafts: Vec<QueueRow>,
    /// For reviewers.
    pub review: Option<ReviewSummary>,
    pub now: Timestamp,
    pub last_event: EventId,
}

/// The queue as a reviewer meets it in the morning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewSummary {
    pub counts: Vec<StatusCount>,
    /// Open requests that nobody has claimed.
    pub unassigned: i64,
    /// Requests whose promised decision is late, and those that are due within two working hours.
    pub overdue: i64,
    pub due_soon: i64,
    /// Claimed by the viewer.
    pub mine: Vec<QueueRow>,
    /// Those that have waited longest.
    pub oldest: Vec<QueueRow>,
    /// Open requests by how long they have waited: under 4 h, under 1 d, under 3 d, longer.
    pub ages: [i64; 4],
    /// Submitted and decided on each of the last 14 days, oldest first.
    pub days: Vec<DayCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    pub day: chrono::NaiveDate,
    pub submitted: i64,
    pub decided: i64,
}

/// What the form's panel says about what is typed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormPreview {
    pub name: Option<NameCheck>,
    /// Which rule will apply, as a sentence; none until the form parses.
    pub review: Option<String>,
    /// Why, rule by rule; none until the form parses.
    pub explanation: Option<Explanation>,
    /// Physical shards; none until the form parses.
    pub shards: Option<u64>,
    pub peak_qps: Option<u64>,
    /// Clusters that it fits, by name; then those it does not, with the reasons.
    pub fits: Vec<String>,
    pub misfits: Vec<(String, Vec<String>)>,
    /// Bytes of the entries alone, without copies; none until the form parses.
    pub entry_bytes: Option<u64>,
    /// What it takes up and costs: on the clusters that serve its environment and storage type, those it fits first.
    #[serde(default)]
    pub estimates: Vec<Estimate>,
    /// What resembles it, the most similar first; only what the viewer may see.
    #[serde(default)]
    pub similar: Vec<Similar>,
}

/// A dataset or an open request that resembles what is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Similar {
    pub holder: NameHolder,
    pub full_name: String,
    /// Why, in words: `same team, 83 % of the words of the use case, same services`.
    pub reason: String,
}

/// What a request form starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormStart {
    New,
    /// A copy of another request's content.
    Clone(RequestId),
    /// A copy of a dataset's metadata.
    CloneDataset(DatasetId),
    /// The same dataset in the next environment.
    Promote(DatasetId),
    /// A draft, or a submitted request that may still be edited.
    Edit(RequestId),
}

/// A request form with what it needs around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormView {
    /// None for a request that was never saved.
    pub id: Option<RequestId>,
    pub revision: Option<Revision>,
    /// None for a request that was never saved.
    pub status: Option<Status>,
    pub kind: RequestKind,
    pub form: RequestForm,
    /// Made anew for each new form: a second post of the same form files nothing twice.
    pub token: String,
    /// The form as YAML, for copying out without scripts.
    pub yaml: String,
    pub directory: Directory,
    pub now: Timestamp,
    /// What the request will be judged by, so that the form can say so while somebody types.
    pub policy: Policy,
}

/// What was typed into a request form, with where it belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormPost {
    /// None files a new request.
    pub id: Option<RequestId>,
    /// The revision that the page showed; needed where there is an id.
    pub revision: Option<Revision>,
    pub token: String,
    pub form: RequestForm,
}

/// Where a saved or submitted form went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    pub id: RequestId,
    pub revision: Revision,
    pub status: Status,
}
