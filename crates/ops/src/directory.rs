//! People and teams, and who is signed in.

use std::collections::HashMap;

use db::{Audience, PersonRow};
use domain::{
    account::AccountKind,
    choices::Role,
    error::Result,
    ids::UserId,
    lifecycle::{Approvers, Status},
    query::{QueueQuery, ReviewerFilter, Scope},
    view::{Directory, Me, Person},
};

use crate::{Ctx, Ops, error::from_db, session::to_person};

/// People by id, for views that name many.
pub(crate) struct People(HashMap<UserId, Person>);

impl People {
    pub(crate) fn get(&self, id: UserId) -> Option<Person> {
        self.0.get(&id).cloned()
    }

    /// A person who certainly existed when the row was written.
    pub(crate) fn known(&self, id: UserId) -> Person {
        self.get(id).unwrap_or_else(|| Person {
            id,
            handle: id.to_string().to_lowercase(),
            name: "Somebody who left".to_owned(),
            role: Role::Engineer,
            privacy_approver: false,
            teams: Vec::new(),
        })
    }

    /// Those who could review a request of `requester`.
    pub(crate) fn reviewers(&self, requester: UserId) -> Vec<Person> {
        let mut reviewers: Vec<Person> = self
            .0
            .values()
            .filter(|person| person.role.includes(Role::Reviewer) && person.id != requester)
            .cloned()
            .collect();
        reviewers.sort_by(|a, b| a.name.cmp(&b.name));
        reviewers
    }
}

impl Ops {
    /// Who is signed in, with what waits for them.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn me(&self, ctx: &Ctx) -> Result<Me> {
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let is_reviewer = ctx.viewer.is_reviewer();
        let query = if is_reviewer {
            QueueQuery { reviewer: ReviewerFilter::Nobody, ..QueueQuery::default() }
        } else {
            QueueQuery { scope: Scope::Team, ..QueueQuery::default() }
        };
        let counts = self.counts(ctx, &query, last_event).await?;
        let waits = |status: Status| if is_reviewer { status == Status::New } else { status == Status::NeedsInfo };
        let waiting = counts.iter().filter(|count| waits(count.status)).map(|count| count.count).sum();
        Ok(Me {
            person: ctx.person.clone(),
            may_file: ctx.viewer.may_file(),
            is_reviewer,
            may_audit: ctx.viewer.may_audit(),
            may_read_policies: ctx.viewer.may_read_policies(),
            last_event,
            waiting,
        })
    }

    /// The people and teams that forms offer.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn directory(&self, _ctx: &Ctx) -> Result<Directory> {
        self.people_and_teams().await
    }

    pub(crate) async fn people_and_teams(&self) -> Result<Directory> {
        let people = self.db().people().await.map_err(from_db)?;
        let teams = self.db().teams().await.map_err(from_db)?;
        Ok(Directory { people: people.iter().filter(|person| is_here(person)).map(to_person).collect(), teams })
    }

    /// How many people other than the requester could approve.
    pub(crate) async fn approvers(&self, requester: UserId) -> Result<Approvers> {
        let people = self.db().people().await.map_err(from_db)?;
        Ok(approvers(&people, requester))
    }

    pub(crate) async fn people(&self) -> Result<People> {
        let rows = self.db().people().await.map_err(from_db)?;
        Ok(People(rows.iter().map(|row| (row.id, to_person(row))).collect()))
    }
}

/// Whether somebody can be chosen and can decide: a person who did not leave.
fn is_here(person: &PersonRow) -> bool {
    person.active && person.kind == AccountKind::Person
}

/// How many of these people, other than the requester, could approve.
pub(crate) fn approvers(people: &[PersonRow], requester: UserId) -> Approvers {
    let is_reviewer = |person: &&PersonRow| person.role.includes(Role::Reviewer);
    let is_privacy_approver = |person: &&PersonRow| person.privacy_approver && person.role != Role::Auditor;
    let others = || people.iter().filter(|person| is_here(person) && person.id != requester);
    Approvers {
        reviewers: others().filter(is_reviewer).count(),
        privacy: others().filter(is_privacy_approver).count(),
        people: others().filter(|person| is_reviewer(person) || is_privacy_approver(person)).count(),
    }
}

/// Whose drafts and guarded words the database may show.
pub(crate) fn audience(ctx: &Ctx) -> Audience {
    let viewer = &ctx.viewer;
    Audience { user: viewer.id, teams: viewer.teams.clone(), reads_all: viewer.is_reviewer() || viewer.is_auditor() }
}
