//! Fake data: repeatable, plausible, and such as the product itself could have written.

use std::collections::{HashMap, HashSet};

use db::{Audience, AuditRow, RequestRow, RevisionRow};
use domain::{
    choices::{Choice, Environment, Role},
    ids::{RequestId, UserId},
    lifecycle::{ActionKind, State, Status},
    query::{CatalogueQuery, QueueQuery},
    view::DatasetStatus,
};
use ops::{
    Ops,
    seed::{self, Plan},
};

use super::place::{self, now};

const PLAN: Plan = Plan { requests: 240, seed: 7 };

/// A request with all that is kept of it.
#[derive(Debug, PartialEq)]
struct Told {
    row: RequestRow,
    revisions: Vec<RevisionRow>,
    timeline: Vec<AuditRow>,
}

async fn told(ops: &Ops, requests: u32) -> Vec<Told> {
    let mut all = Vec::new();
    for number in 2001..2001 + i64::from(requests) {
        let id = RequestId(number);
        let row = ops.db().request_find(id).await.unwrap().unwrap_or_else(|| panic!("{id} is missing"));
        let (revisions, timeline) = (ops.db().revisions(id).await.unwrap(), ops.db().timeline(id).await.unwrap());
        all.push(Told { row, revisions, timeline });
    }
    all
}

fn everything() -> Audience {
    Audience { user: UserId(0), teams: Vec::new(), reads_all: true }
}

#[tokio::test]
async fn the_same_seed_at_the_same_moment_makes_the_same_rows() {
    let (one, other) = (place::sqlite().await, place::sqlite().await);
    let made = seed::run(&one.ops, PLAN).await.unwrap();
    assert_eq!(made, seed::run(&other.ops, PLAN).await.unwrap());
    assert_eq!(told(&one.ops, PLAN.requests).await, told(&other.ops, PLAN.requests).await);

    let third = place::sqlite().await;
    seed::run(&third.ops, Plan { seed: 8, ..PLAN }).await.unwrap();
    let names = |told: &[Told]| told.iter().map(|told| told.row.full_name.clone()).collect::<Vec<_>>();
    assert_ne!(names(&told(&one.ops, 50).await), names(&told(&third.ops, 50).await));
}

#[tokio::test]
async fn repeating_a_plan_adds_nothing_and_another_seed_adds_its_own() {
    let place = place::sqlite().await;
    let plan = Plan { requests: 40, seed: 1 };
    assert_eq!(seed::run(&place.ops, plan).await.unwrap().made(), 40);
    let again = seed::run(&place.ops, plan).await.unwrap();
    assert_eq!((again.made(), again.skipped), (0, 40));
    let more = seed::run(&place.ops, Plan { seed: 2, ..plan }).await.unwrap();
    assert_eq!((more.made(), more.skipped), (40, 0));
    let names: HashSet<String> = held_names(&told(&place.ops, 80).await);
    assert!(!names.is_empty());
}

/// The names that are held, each of which is asserted to be held once.
fn held_names(told: &[Told]) -> HashSet<String> {
    let mut names = HashSet::new();
    for Told { row, .. } in told.iter().filter(|told| told.row.request.status().holds_name()) {
        assert!(names.insert(row.full_name.clone()), "{} holds {} again", row.request.id, row.full_name);
    }
    names
}

#[tokio::test]
async fn statuses_are_spread_as_in_a_queue_that_is_worked_on() {
    let place = place::sqlite().await;
    let summary = seed::run(&place.ops, Plan { requests: 300, seed: 7 }).await.unwrap();
    let shown = summary.to_string();
    assert!(shown.starts_with("300 requests: 12 draft, 24 new, 24 in review"), "{shown}");
    let counts: HashMap<Status, u32> = summary.statuses.iter().copied().collect();
    assert_eq!(counts[&Status::Completed], 150);
    assert!(Status::ALL.iter().all(|status| counts[status] > 0), "{shown}");

    // What is told is what is stored.
    let told = told(&place.ops, 300).await;
    for (status, count) in summary.statuses {
        let stored = told.iter().filter(|told| told.row.request.status() == status).count();
        assert_eq!(stored, count as usize, "{status}");
    }
    let environments: HashSet<Environment> =
        told.iter().filter_map(|told| told.row.spec.as_ref().map(|spec| spec.environment)).collect();
    assert_eq!(environments.len(), Environment::ALL.len());
    let by_rule = told.iter().flat_map(|told| &told.timeline).filter(|row| row.action == ActionKind::AutoApprove);
    assert!(by_rule.count() > 5, "some small development datasets were approved by the rule");
    let descriptions: HashSet<&str> = told.iter().map(|told| told.row.form.description.as_str()).collect();
    assert!(descriptions.len() > 280, "use cases repeat: {} of 300 differ", descriptions.len());
}

#[tokio::test]
async fn every_history_is_one_that_the_product_could_have_written() {
    let place = place::sqlite().await;
    seed::run(&place.ops, PLAN).await.unwrap();
    let told = told(&place.ops, PLAN.requests).await;
    held_names(&told);
    assert!(told.is_sorted_by_key(|told| told.row.created_at), "numbers follow the time of filing");
    for told in &told {
        check_times(told);
        check_content(told);
        check_people(told);
        check_dataset(&place.ops, told).await;
    }
    check_clusters(&place.ops).await;
}

fn check_times(Told { row, timeline, revisions }: &Told) {
    let id = row.request.id;
    assert!(!timeline.is_empty(), "{id} has no timeline");
    assert!(timeline.is_sorted_by_key(|row| row.at), "{id}: time goes back");
    assert!(timeline.iter().all(|entry| entry.at >= row.created_at && entry.at <= now()), "{id}");
    assert!(row.created_at > now() - chrono::Duration::days(124), "{id} is older than asked for");
    assert_eq!(row.updated_at, timeline.last().unwrap().at, "{id}");
    assert_eq!(row.submitted_at.is_some(), row.request.filed.is_some(), "{id}");
    let numbers: Vec<i64> = revisions.iter().map(|revision| revision.revision.0).collect();
    assert_eq!(numbers, (1..=row.request.revision.0).collect::<Vec<_>>(), "{id}: revisions have gaps");
}

/// What was filed parses at the moment of filing, and is what the request holds.
fn check_content(Told { row, revisions, .. }: &Told) {
    let id = row.request.id;
    let last = revisions.last().unwrap();
    assert_eq!(last.form, row.form, "{id}");
    if row.request.status() == Status::Draft {
        return;
    }
    assert_eq!(last.spec, row.spec, "{id}");
    for revision in revisions.iter().filter(|revision| revision.spec.is_some()) {
        let parsed = revision.form.parse(revision.at).unwrap_or_else(|errors| panic!("{id}: {errors}"));
        assert_eq!(Some(parsed), revision.spec, "{id}");
    }
    assert!(revisions.iter().any(|revision| Some(revision.revision) == row.request.filed), "{id}");
}

/// Nobody decides on their own request, and a question was asked before it was answered.
fn check_people(Told { row, timeline, .. }: &Told) {
    let id = row.request.id;
    for entry in timeline {
        let decides = matches!(
            entry.action,
            ActionKind::Approve | ActionKind::Vote | ActionKind::Deny | ActionKind::Claim | ActionKind::Ask
        );
        assert!(!decides || entry.by != Some(row.request.requester), "{id}: {}", entry.action);
        if matches!(entry.action, ActionKind::Ask | ActionKind::Reply | ActionKind::Deny | ActionKind::Comment) {
            let note = entry.note.as_deref().unwrap_or_default();
            assert!(note.len() >= 10 && !note.contains(['{', '}']), "{id}: {note}");
        }
    }
    if let Some(decision) = row.request.state.decision() {
        assert_eq!(row.request.decided, Some(decision.revision), "{id}");
        assert!(row.decided_at.is_some(), "{id}");
    }
}

async fn check_dataset(ops: &Ops, Told { row, .. }: &Told) {
    let id = row.request.id;
    let dataset = ops.db().dataset_of_request(id).await.unwrap();
    let status = match &row.request.state {
        State::Completed { dataset: named, .. } => {
            assert_eq!(dataset, Some(*named), "{id}");
            DatasetStatus::Live
        }
        State::Approved { .. } | State::InProgress { .. } | State::Failed { .. } => DatasetStatus::Planned,
        _ => {
            assert_eq!(dataset, None, "{id}");
            return;
        }
    };
    let entry = ops.db().dataset_find(dataset.unwrap()).await.unwrap().unwrap();
    assert_eq!((entry.row.status, entry.request), (status, id));
    assert_eq!(entry.row.full_name, row.full_name);
    assert_eq!(Some(&entry.placement), row.request.placement.as_ref(), "{id}");
    assert_eq!(Some(&entry.spec), row.spec.as_ref(), "{id}");
}

/// The clusters of the demonstration are used, and not overfull.
async fn check_clusters(ops: &Ops) {
    let usage = ops.db().cluster_usage().await.unwrap();
    for cluster in ops.clusters() {
        let used = usage.get(cluster.name.as_str()).copied().unwrap_or(0);
        assert!(used > 0, "nothing is on {}", cluster.name);
        assert!(used < i64::try_from(cluster.capacity_gb).unwrap() * 1_000_000_000, "{} is overfull", cluster.name);
    }
}

#[tokio::test]
async fn the_queue_and_the_catalogue_find_what_was_made() {
    let place = place::sqlite().await;
    seed::run(&place.ops, PLAN).await.unwrap();
    let db = place.ops.db();
    let told = told(&place.ops, PLAN.requests).await;
    let known = told.iter().find(|told| told.row.request.status() == Status::Completed).unwrap();
    let query = QueueQuery { text: known.row.full_name.replace('_', " "), ..QueueQuery::default() };
    let found = db.queue_page(&query, &everything()).await.unwrap();
    assert!(found.rows.iter().any(|entry| entry.request.id == known.row.request.id), "{}", known.row.full_name);

    let counts = db.queue_counts(&QueueQuery::default(), &everything()).await.unwrap();
    let completed = counts.iter().find(|count| count.status == Status::Completed).unwrap();
    let datasets = db.catalogue_page(&CatalogueQuery::default()).await.unwrap();
    assert!(datasets.total >= completed.count, "{} datasets, {} completed", datasets.total, completed.count);
    assert_eq!(db.last_event().await.unwrap().0, i64::from(PLAN.requests), "one event for each request");
}

#[tokio::test]
async fn the_organisation_is_there_once_and_can_decide_everything() {
    let place = place::sqlite().await;
    seed::people(&place.ops).await.unwrap();
    let people = place.ops.db().people().await.unwrap();
    assert_eq!(people.len(), 16);
    let of = |role: Role| people.iter().filter(|person| person.role == role).count();
    assert_eq!((of(Role::Engineer), of(Role::Reviewer), of(Role::Admin), of(Role::Auditor)), (12, 2, 1, 1));
    assert!(people.iter().all(|person| person.teams.len() == 1));
    // Two reviews and a privacy approval take three people, none of them the requester.
    for requester in &people {
        let others = people.iter().filter(|person| person.id != requester.id);
        let able = others.filter(|person| person.role.includes(Role::Reviewer) || person.privacy_approver).count();
        assert!(able >= 3, "{} could not be helped", requester.handle);
    }
    let members = |slug: &str| people.iter().filter(|person| person.teams[0].1 == slug).count();
    assert_eq!((members("search"), members("kv-systems"), members("platform")), (2, 2, 1));
}

#[tokio::test]
async fn without_a_cluster_it_says_what_is_missing() {
    let place = place::sqlite().await;
    let clock = std::sync::Arc::new(ops::SystemClock);
    let bare = Ops::new(place.ops.db().clone(), Vec::new(), clock, ops::DemoSignIn::Off);
    let error = seed::run(&bare, PLAN).await.unwrap_err();
    assert!(error.to_string().contains("cluster"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_takes_the_same_histories() {
    place::on_postgres(|ops| async move {
        let other = place::sqlite().await;
        let plan = Plan { requests: 60, seed: 7 };
        let made = seed::run(&ops, plan).await.unwrap();
        assert_eq!(made, seed::run(&other.ops, plan).await.unwrap());
        for (here, there) in told(&ops, 60).await.iter().zip(told(&other.ops, 60).await) {
            assert_eq!(here.row, there.row);
            assert_eq!(here.revisions, there.revisions);
        }
        super::import::files_land(&ops).await;
    })
    .await;
}
