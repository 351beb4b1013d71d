//! What answers look like. Ids are as people write them (`REQ-2001`), people are handles, moments are RFC 3339.

use std::collections::BTreeMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use domain::{
    Timestamp,
    choices::Choice,
    cluster::Placement,
    form::Field,
    lifecycle::VoteKind,
    policy::{Judged, Outcome},
    rules::RuleRef,
    spec::Visibility,
    view::{DatasetRow, Entry, Person, QueueRow, RevisionView},
};
use http::{StatusCode, header};
use ops::RequestRecord;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::metadata::{self, Metadata};

/// A request with everything that the caller may read of it and do to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatasetRequest, example = json!({"id": "REQ-2001", "kind": "create", "name": "ranking_features_staging", "status": "in_review", "revision": 2, "priority": "normal", "class": "internal", "visibility": "full", "requester": "maya.chen", "owner": "maya.chen", "team": "search", "reviewer": "lena.park", "submitted_at": "2026-11-22T09:30:00Z", "updated_at": "2026-11-22T09:41:00Z", "waited_seconds": 660, "sla_hours": 24, "requirements": {"reviews": 2, "privacy": false, "because": ["R2"], "policy": 7, "rules": [{"id": "R2", "version": 7, "says": "Tiers 0 and 1 need two different approvers.", "applies": true, "why": "R2 applies: tier 1 is at most 1."}]}, "votes": [], "missing_votes": "2 approvals", "metadata": {"name": "ranking_features", "environment": "staging", "data_size_gb": 40}, "allowed_actions": ["claim", "approve", "deny", "comment"]}))]
pub(crate) struct Request {
    id: String,
    /// What it asks for: `create`, or one of the kinds that are about a dataset.
    kind: &'static str,
    /// The full name: with the environment outside production.
    name: String,
    status: &'static str,
    /// Rises with every change of content or placement; what `ETag` and `If-Match` name.
    revision: i64,
    priority: &'static str,
    class: &'static str,
    /// `full`, or `summary` where the guarded fields are left out.
    visibility: &'static str,
    requester: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewer: Option<String>,
    /// The dataset that it is about, or that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Seconds that it has waited for the platform team, pauses left out.
    waited_seconds: i64,
    /// Working hours promised for its priority.
    sla_hours: u32,
    requirements: Requirements,
    votes: Vec<Vote>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_votes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    override_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<Question>,
    /// Why it was denied, cancelled or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[schema(value_type = Metadata)]
    metadata: Map<String, Value>,
    allowed_actions: Vec<&'static str>,
}

/// What the policy asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Requirements {
    /// Different reviewers who must approve.
    reviews: u8,
    privacy: bool,
    /// The rule under which no person is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_approve: Option<String>,
    /// Ids of the rules that ask for more.
    because: Vec<String>,
    /// The version of the policy that judged it; absent where none did, as in a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<u32>,
    /// Every rule of that version, in order; absent where the content is hidden.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    rules: Vec<RuleSaid>,
}

/// What became of one rule, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleSaid {
    id: String,
    version: u32,
    says: String,
    applies: bool,
    why: String,
}

impl From<Judged> for RuleSaid {
    fn from(judged: Judged) -> Self {
        let (applies, why) = (judged.outcome == Outcome::Applies, judged.sentence());
        let RuleRef { id, version, says } = judged.rule;
        Self { id, version, says, applies, why }
    }
}

/// An approval by one person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Vote {
    by: String,
    /// `review` or `privacy`.
    kind: &'static str,
    /// The revision it was given on; a newer one voids it.
    revision: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    cluster: String,
    partitions: u16,
}

impl From<&Placement> for Place {
    fn from(placement: &Placement) -> Self {
        Self { cluster: placement.cluster.to_string(), partitions: placement.partitions.into() }
    }
}

/// An open question to the requester.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Question {
    /// Sanitised HTML.
    html: String,
    /// Names of the fields that it is about.
    fields: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<RequestRecord> for Request {
    fn from(record: RequestRecord) -> Self {
        let RequestRecord { view, form, votes, kind, about, .. } = record;
        Self {
            id: view.id.to_string(),
            kind: kind.word(),
            name: view.full_name,
            status: view.status.word(),
            revision: view.revision.0,
            priority: view.priority.word(),
            class: view.class.word(),
            visibility: seen(view.visibility),
            requester: view.requester.handle,
            owner: view.owner.map(|owner| owner.handle),
            team: view.team.map(|team| team.slug),
            reviewer: view.reviewer.map(|reviewer| reviewer.handle),
            dataset: about.or(view.dataset).map(|id| id.to_string()),
            submitted_at: view.submitted_at,
            updated_at: view.updated_at,
            waited_seconds: view.waited_seconds,
            sla_hours: view.sla_hours,
            requirements: Requirements {
                reviews: view.requirements.reviews,
                privacy: view.requirements.privacy,
                auto_approve: view.requirements.auto_approve.map(|rule| rule.id),
                because: view.requirements.because.into_iter().map(|rule| rule.id).collect(),
                policy: view.requirements.policy,
                rules: view.explanation.into_iter().flat_map(|said| said.rules).map(RuleSaid::from).collect(),
            },
            votes: votes
                .into_iter()
                .map(|(by, vote)| Vote {
                    by: by.handle,
                    kind: match vote.kind {
                        VoteKind::Review => "review",
                        VoteKind::Privacy => "privacy",
                    },
                    revision: vote.revision.0,
                    at: vote.at,
                })
                .collect(),
            missing_votes: view.missing_votes,
            placement: view.placement.as_ref().map(Place::from),
            override_reason: view.override_reason,
            question: view.question.map(|question| Question {
                html: question.html,
                fields: question.fields.iter().map(|field| field.name()).collect(),
                asked_at: question.asked_at,
                expires_at: question.expires_at,
            }),
            reason: view.reason,
            metadata: metadata::written(&form),
            allowed_actions: view.allowed_actions.iter().map(|action| action.word()).collect(),
        }
    }
}

pub(crate) fn seen(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Full => "full",
        Visibility::Summary => "summary",
    }
}

impl Request {
    /// The answer with its `ETag`; with the address of a new request also `Location`.
    pub fn into_answer(self, status: StatusCode) -> Response {
        let mut headers = vec![(header::ETAG, format!("\"{}\"", self.revision))];
        if status == StatusCode::CREATED {
            headers.push((header::LOCATION, format!("/v1/requests/{}", self.id)));
        }
        let mut response = (status, Json(self)).into_response();
        for (name, value) in headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// A request as a list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestRow {
    id: String,
    revision: i64,
    name: String,
    status: &'static str,
    priority: &'static str,
    environment: &'static str,
    storage: &'static str,
    size_bytes: i64,
    /// (get + set + delete) × peak.
    peak_qps: i64,
    team: String,
    owner: String,
    /// Empty where nobody has it.
    reviewer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    needed_by: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    allowed_actions: Vec<&'static str>,
}

impl From<QueueRow> for RequestRow {
    fn from(row: QueueRow) -> Self {
        Self {
            id: row.id.to_string(),
            revision: row.revision.0,
            name: row.full_name,
            status: row.status.word(),
            priority: row.priority.word(),
            environment: row.environment.word(),
            storage: row.storage.word(),
            size_bytes: row.size_bytes,
            peak_qps: row.peak_qps,
            team: row.team,
            owner: row.owner,
            reviewer: row.reviewer,
            needed_by: row.needed_by,
            submitted_at: row.submitted_at,
            updated_at: row.updated_at,
            allowed_actions: row.allowed_actions.iter().map(|action| action.word()).collect(),
        }
    }
}

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"requests": [{"id": "REQ-2001", "revision": 2, "name": "ranking_features_staging", "status": "in_review", "priority": "normal", "environment": "staging", "storage": "MUTABLE", "size_bytes": 40_000_000_000_u64, "peak_qps": 1884, "team": "search", "owner": "maya.chen", "reviewer": "lena.park", "submitted_at": "2026-11-22T09:30:00Z", "updated_at": "2026-11-22T09:41:00Z", "allowed_actions": ["claim", "approve", "deny", "comment"]}], "counts": {"in_review": 1}}))]
pub(crate) struct Requests {
    pub requests: Vec<RequestRow>,
    /// Of all pages, by status, whatever statuses are chosen; they stop at 10 000.
    pub counts: BTreeMap<&'static str, i64>,
    /// Absent at the end alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Absent at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_cursor: Option<String>,
}

/// One step of a request's history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Step {
    /// Absent for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    action: &'static str,
    /// The status after it.
    status: &'static str,
    /// Number of the comment, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// What was said, as sanitised HTML; of a comment what it says now.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    /// What a comment said before it was edited, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
    /// When its author took the comment back.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<Timestamp>,
}

/// What a comment said once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Earlier {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Sanitised HTML.
    html: String,
}

impl From<Entry> for Step {
    fn from(entry: Entry) -> Self {
        Self {
            by: entry.by.map(|by| by.handle),
            at: entry.at,
            action: entry.action.word(),
            status: entry.status.word(),
            comment: entry.comment.map(|id| id.to_string()),
            html: entry.html,
            earlier: entry.versions.into_iter().map(|it| Earlier { at: it.at, html: it.html }).collect(),
            withdrawn_at: entry.withdrawn_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"timeline": [{"by": "maya.chen", "at": "2026-11-22T09:30:00Z", "action": "submit", "status": "new"}]}))]
pub(crate) struct Timeline {
    /// Oldest first.
    pub timeline: Vec<Step>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"comments": [{"by": "maya.chen", "at": "2026-11-22T09:32:00Z", "action": "comment", "status": "new", "comment": "C-12", "html": "<p>Sizes are from last week.</p>"}]}))]
pub(crate) struct Comments {
    /// Oldest first.
    pub comments: Vec<Step>,
}

/// A content that a request has had.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevisionRow {
    revision: i64,
    /// Absent for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether it was submitted first with this content.
    filed: bool,
    /// Whether this content was decided on.
    decided: bool,
}

impl From<RevisionView> for RevisionRow {
    fn from(view: RevisionView) -> Self {
        Self {
            revision: view.revision.0,
            by: view.by.map(|by| by.handle),
            at: view.at,
            filed: view.is_filed,
            decided: view.is_decided,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"revisions": [{"revision": 1, "by": "maya.chen", "at": "2026-11-22T09:30:00Z", "filed": true, "decided": false}]}))]
pub(crate) struct Revisions {
    /// Oldest first.
    pub revisions: Vec<RevisionRow>,
}

/// A field that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    field: &'static str,
    label: &'static str,
    /// As in the metadata; null where it was empty.
    #[schema(value_type = Option<serde_json::Value>)]
    from: Value,
    #[schema(value_type = Option<serde_json::Value>)]
    to: Value,
}

impl Change {
    pub fn new(field: Field, from: &str, to: &str) -> Self {
        let value = |text: &str| if text.is_empty() { Value::Null } else { metadata::value_of(field, text) };
        Self { field: field.name(), label: field.label(), from: value(from), to: value(to) }
    }
}

/// What differs between two contents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": 1, "to": 2, "changes": [{"field": "data_size_gb", "label": "Data size", "from": 40, "to": 60}]}))]
pub(crate) struct Difference {
    pub from: i64,
    pub to: i64,
    pub changes: Vec<Change>,
}

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "U-7", "handle": "maya.chen", "name": "Maya Chen", "role": "engineer", "privacy_approver": false, "teams": ["search"]}))]
pub(crate) struct User {
    id: String,
    handle: String,
    name: String,
    /// `engineer`, `reviewer`, `admin` or `auditor`.
    role: &'static str,
    privacy_approver: bool,
    /// Slugs.
    teams: Vec<String>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self {
            id: person.id.to_string(),
            handle: person.handle,
            name: person.name,
            role: person.role.word(),
            privacy_approver: person.privacy_approver,
            teams: person.teams,
        }
    }
}

/// A dataset of the catalogue.
pub(crate) fn dataset_row(row: &DatasetRow) -> Value {
    serde_json::json!({
        "id": row.id.to_string(),
        "name": row.full_name,
        "status": row.status.word(),
        "environment": row.environment.word(),
        "storage": row.storage.word(),
        "team": row.team,
        "owner": row.owner,
        "tier": row.tier,
        "class": row.class.word(),
        "size_bytes": row.size_bytes,
        "peak_qps": row.peak_qps,
        "cluster": row.cluster,
        "created_at": row.created_at,
    })
}
