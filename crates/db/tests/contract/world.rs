//! People, teams, and requests written straight into the tables, in any state: the lists do not ask how they got there.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{Duration, NaiveDate};
use db::{Audience, Db, NewPerson, RequestRow};
use domain::{
    Timestamp,
    choices::Role,
    cluster::Placement,
    form::{Field, RequestForm, sample_now},
    ids::{RequestId, TeamId, UserId},
    lifecycle::{DecidedBy, Decision, State, Status},
};

pub struct World {
    pub db: Db,
    pub search: TeamId,
    pub payments: TeamId,
    /// Engineers: maya and jonas of search, ana of payments.
    pub maya: UserId,
    pub jonas: UserId,
    pub ana: UserId,
    /// Reviewers.
    pub rita: UserId,
    pub li: UserId,
    tokens: AtomicU32,
}

impl World {
    pub async fn new(db: Db) -> Self {
        let mut tx = db.begin().await.unwrap();
        let search = tx.team_insert("search", "Search").await.unwrap();
        let payments = tx.team_insert("payments", "Payments").await.unwrap();
        let mut person = async |handle: &str, role, teams: Vec<TeamId>| {
            let (handle, name) = (handle.to_owned(), handle.to_uppercase());
            tx.person_insert(&NewPerson { handle, name, role, privacy_approver: false, teams }).await.unwrap()
        };
        let maya = person("maya.chen", Role::Engineer, vec![search]).await;
        let jonas = person("jonas.weber", Role::Engineer, vec![search]).await;
        let ana = person("ana.silva", Role::Engineer, vec![payments]).await;
        let rita = person("rita.kovac", Role::Reviewer, vec![]).await;
        let li = person("li.wei", Role::Reviewer, vec![]).await;
        tx.commit().await.unwrap();
        Self { db, search, payments, maya, jonas, ana, rita, li, tokens: AtomicU32::default() }
    }

    /// An engineer or reviewer as lists know them.
    pub fn audience(&self, user: UserId) -> Audience {
        let teams = match user {
            _ if user == self.maya || user == self.jonas => vec![self.search],
            _ if user == self.ana => vec![self.payments],
            _ => vec![],
        };
        Audience { user, teams, reads_all: user == self.rita || user == self.li }
    }

    /// A request of maya's, named and in a status.
    pub fn filing(&self, name: &str, status: Status) -> Filing {
        let mut form = RequestForm::sample();
        form.set(Field::Name, name);
        Filing {
            form,
            requester: self.maya,
            team: self.search,
            state: self.state(status, self.rita),
            submitted: (status != Status::Draft).then(sample_now),
            decided: None,
            updated: sample_now(),
            waiting_since: None,
        }
    }

    pub fn state(&self, status: Status, reviewer: UserId) -> State {
        let at = sample_now();
        let decision = || Decision {
            by: DecidedBy::People(vec![reviewer]),
            at,
            revision: domain::ids::Revision::FIRST,
            placement: placement("eu-1"),
            override_reason: None,
        };
        match status {
            Status::Draft => State::Draft,
            Status::New => State::New,
            Status::InReview => State::InReview { reviewer },
            Status::NeedsInfo => {
                State::NeedsInfo { reviewer, question: "Why?".into(), fields: vec![], asked_at: at, reminders: 0 }
            }
            Status::Approved => State::Approved { decision: decision() },
            Status::InProgress => State::InProgress { decision: decision(), attempt: 1 },
            Status::Failed => {
                State::Failed { decision: decision(), attempt: 1, step: "make".into(), error: "no room".into() }
            }
            Status::Completed => State::Completed { decision: decision(), dataset: domain::ids::DatasetId(1), at },
            Status::Denied => State::Denied { by: reviewer, reason: "not like this".into(), at },
            Status::Cancelled => State::Cancelled { by: None, reason: None, at },
            Status::Expired => State::Expired { at },
        }
    }

    /// Puts a request into the tables.
    pub async fn write(&self, filing: Filing) -> RequestRow {
        let token = format!("token-{}", self.tokens.fetch_add(1, Ordering::Relaxed));
        let mut tx = self.db.begin().await.unwrap();
        let mut row =
            tx.request_insert(filing.requester, filing.team, &token, &filing.form, sample_now()).await.unwrap();
        row.spec = filing.form.parse(sample_now()).ok();
        row.request.state = filing.state;
        row.request.age.running_since = filing.waiting_since;
        row.submitted_at = filing.submitted;
        row.decided_at = filing.decided;
        assert!(tx.request_update(&row, row.request.revision, filing.updated).await.unwrap());
        tx.commit().await.unwrap();
        self.db.request_find(row.request.id).await.unwrap().unwrap()
    }

    pub async fn file(&self, name: &str, status: Status) -> RequestId {
        self.write(self.filing(name, status)).await.request.id
    }

    /// Many requests with many ties, in every status, the same ones each time.
    pub async fn fill(&self, count: u64) {
        let mut dice = Dice(count);
        for index in 0..count {
            let status = *dice.one_of(Status::ALL);
            // Statuses that reserve a name need one of their own.
            let name = if status.holds_name() { format!("held_{:03}", (index * 37) % 1000) } else { "tied".to_owned() };
            let mut filing = self.filing(&name, status);
            filing.state = self.state(status, *dice.one_of(&[self.rita, self.li]));
            (filing.requester, filing.team) = *dice.one_of(&[(self.maya, self.search), (self.ana, self.payments)]);
            let team = if filing.team == self.search { "search" } else { "payments" };
            filing.form.set(Field::Team, team);
            filing.form.set(Field::Owner, *dice.one_of(&["maya.chen", "ana.silva", "Zed", "zoe.new"]));
            filing.form.set(Field::Environment, *dice.one_of(&["dev", "staging", "prod"]));
            filing.form.set(Field::StorageType, *dice.one_of(&["READONLY", "MUTABLE", "STREAMING"]));
            filing.form.set(Field::Priority, *dice.one_of(&["high", "normal", "low"]));
            filing.form.set(Field::DataSizeGb, *dice.one_of(&["1", "2.5", "100000"]));
            filing.form.set(Field::QpsGet, *dice.one_of(&["0", "10", "4000"]));
            filing.form.set(Field::NeededBy, *dice.one_of(&["", "2026-04-01", "2027-01-31"]));
            filing.submitted = filing.submitted.map(|at| at + Duration::hours(dice.below(3)));
            filing.updated += Duration::minutes(dice.below(20)) + Duration::microseconds(dice.below(3));
            self.write(filing).await;
        }
    }
}

/// What is put into the tables.
pub struct Filing {
    pub form: RequestForm,
    pub requester: UserId,
    pub team: TeamId,
    pub state: State,
    pub submitted: Option<Timestamp>,
    pub decided: Option<Timestamp>,
    pub updated: Timestamp,
    pub waiting_since: Option<Timestamp>,
}

impl Filing {
    #[must_use]
    pub fn with(mut self, field: Field, value: &str) -> Self {
        self.form.set(field, value);
        self
    }

    #[must_use]
    pub fn by(mut self, requester: UserId, team: TeamId) -> Self {
        (self.requester, self.team) = (requester, team);
        self
    }
}

pub fn placement(cluster: &str) -> Placement {
    Placement { cluster: cluster.parse().unwrap(), partitions: 4.try_into().unwrap() }
}

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Numbers that look random and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(i64::try_from(all.len()).unwrap())).unwrap()]
    }
}
