//! One history: from the first save to the status it has come to, every step through the state machine.

use chrono::Duration;
use db::Tx;
use domain::{
    Timestamp, bounds,
    choices::RequestKind,
    cluster::{Cluster, ClusterLoad, Fit, Partitions, Placement},
    error::Result,
    form::{Field, RequestForm},
    ids::{EventId, TeamId, UserId},
    lifecycle::{Action, ActionKind, Approvers, Status, VoteKind},
    policy::Policy,
    rules::Requirements,
    spec::DatasetSpec,
};

use super::{
    calendar::Steps,
    dice::Dice,
    filling::decimal,
    people::{Member, Organisation},
    texts::{self, QUESTIONS, fill},
};
use crate::{
    directory::approvers,
    error::internal,
    past::{Beginning, Past},
};

/// What the audit trail names in the place of an HTTP request.
const SOURCE: &str = "seed";

/// What a history is about.
pub(super) struct Story<'a> {
    pub token: &'a str,
    pub target: Status,
    pub requester: &'a Member,
    pub owner: &'a Member,
    pub team: TeamId,
    pub teammates: &'a [Member],
    pub form: RequestForm,
    pub filed_at: Timestamp,
    pub now: Timestamp,
    /// Somebody else's dataset that a reviewer may point at.
    pub other: &'a str,
}

/// Writes one history and gives its event.
///
/// # Errors
/// [`domain::error::Error::Unavailable`], or [`domain::error::Error::Internal`] where the story does not follow the
/// rules, which is a fault of this module.
pub(super) async fn write(
    tx: &mut Tx,
    dice: &mut Dice,
    organisation: &Organisation,
    loads: &mut [ClusterLoad],
    story: Story<'_>,
) -> Result<EventId> {
    let spec = story.form.parse(story.filed_at);
    let spec = match (spec, story.target) {
        (Ok(spec), _) => Some(spec),
        (Err(_), Status::Draft) => None,
        (Err(errors), _) => return Err(internal(&errors)),
    };
    let beginning = Beginning {
        requester: story.requester.id,
        owner: Some(story.owner.id),
        team: story.team,
        token: story.token,
        form: &story.form,
        spec: spec.clone().filter(|_| story.target != Status::Draft),
        at: story.filed_at,
        source: SOURCE,
    };
    let past = Past::begin(tx, beginning).await?;
    let steps = Steps::new(story.filed_at, story.now);
    let mut life = Life { past, steps, dice, organisation, loads, story, facts: Vec::new() };
    life.learn_facts();
    match spec {
        None => life.draft().await?,
        Some(_) if life.story.target == Status::Draft => life.draft().await?,
        Some(spec) => life.submitted(&spec).await?,
    }
    let (_, event) = life.past.close().await?;
    Ok(event)
}

struct Life<'a, 't> {
    past: Past<'t>,
    steps: Steps,
    dice: &'a mut Dice,
    organisation: &'a Organisation,
    loads: &'a mut [ClusterLoad],
    story: Story<'a>,
    facts: Vec<(&'static str, String)>,
}

impl Life<'_, '_> {
    async fn draft(&mut self) -> Result<()> {
        let requester = self.story.requester.id;
        self.past.say(ActionKind::Save, requester, self.story.filed_at, None).await?;
        if self.dice.chance(40) {
            let at = self.steps.person(self.dice, 5.0);
            self.past.act(Action::Save, Some(requester), at, None).await?;
        }
        Ok(())
    }

    async fn submitted(&mut self, spec: &DatasetSpec) -> Result<()> {
        let requester = self.story.requester.id;
        let mut at = self.story.filed_at;
        if self.dice.chance(30) {
            self.past.say(ActionKind::Save, requester, at, None).await?;
            at = self.steps.person(self.dice, 0.6);
        }
        let requirements = judge(spec);
        let is_automatic = requirements.auto_approve.is_some();
        self.past.act(Action::Submit { requirements, approvers: self.approvers() }, Some(requester), at, None).await?;
        let placement = if is_automatic { domain::cluster::least_filled(self.loads, spec) } else { None };
        if let Some(placement) = placement {
            self.past.act(Action::AutoApprove { placement: placement.clone() }, None, at, None).await?;
            self.occupy(&placement, spec);
            return self.after_approval().await;
        }
        self.perhaps_comment(12).await?;
        match self.story.target {
            Status::New => self.waiting().await,
            Status::Cancelled if self.dice.chance(35) => self.withdraw().await,
            Status::Denied if self.dice.chance(25) => {
                let reviewer = self.reviewer(&[]);
                self.deny(reviewer).await
            }
            _ => self.reviewed().await,
        }
    }

    /// Nobody has it, though somebody may have had a look.
    async fn waiting(&mut self) -> Result<()> {
        if self.dice.chance(8) {
            let reviewer = self.claim().await?;
            let at = self.steps.person(self.dice, 3.0);
            self.past.act(Action::Unclaim, Some(reviewer), at, None).await?;
        }
        Ok(())
    }

    async fn reviewed(&mut self) -> Result<()> {
        let mut reviewer = self.claim().await?;
        if self.dice.chance(7) && !matches!(self.story.target, Status::NeedsInfo | Status::Expired) {
            self.edit().await?;
            reviewer = self.claim().await?;
        }
        self.perhaps_comment(18).await?;
        match self.story.target {
            Status::NeedsInfo => {
                self.ask(reviewer).await?;
                self.remind().await
            }
            Status::Expired => self.expire(reviewer).await,
            Status::InReview => self.in_review(reviewer).await,
            target => {
                if self.dice.chance(28) {
                    self.ask_and_reply(reviewer).await?;
                }
                match target {
                    Status::Denied => self.deny(reviewer).await,
                    Status::Cancelled if self.dice.chance(45) => self.withdraw().await,
                    _ => {
                        self.denied_first(&mut reviewer).await?;
                        self.approve(reviewer).await?;
                        self.after_approval().await
                    }
                }
            }
        }
    }

    async fn in_review(&mut self, reviewer: UserId) -> Result<()> {
        if self.dice.chance(22) {
            self.ask_and_reply(reviewer).await?;
        }
        let needs_more = self.past.request().requirements.reviews > 1 || self.past.request().requirements.privacy;
        if needs_more && self.dice.chance(50) {
            let spec = self.spec()?;
            let (placement, fit, override_reason) = self.place(&spec)?;
            let at = self.steps.person(self.dice, 6.0);
            self.past.act(Action::Approve { placement, fit, override_reason }, Some(reviewer), at, None).await?;
        }
        Ok(())
    }

    /// Some were denied once, mended and reopened before they were approved.
    async fn denied_first(&mut self, reviewer: &mut UserId) -> Result<()> {
        if !self.dice.chance(4) {
            return Ok(());
        }
        self.deny(*reviewer).await?;
        let at = self.steps.person(self.dice, 20.0);
        let (form, spec) = self.mended(&[], at)?;
        let requirements = judge(&spec);
        self.past.rewrite(form, spec);
        let action = Action::Reopen { requirements, approvers: self.approvers() };
        let requester = self.story.requester.id;
        self.past.act(action, Some(requester), at, Some("Discussed and settled; please have another look.")).await?;
        *reviewer = self.claim().await?;
        Ok(())
    }

    async fn claim(&mut self) -> Result<UserId> {
        let hours = match self.past.form().priority.as_str() {
            "urgent" => 1.5,
            "high" => 4.0,
            "low" => 20.0,
            _ => 9.0,
        };
        let at = self.steps.person(self.dice, hours);
        let reviewer = self.reviewer(&[]);
        if self.dice.chance(20) {
            let by = self.reviewer(&[reviewer]);
            self.past.act(Action::Assign { reviewer }, Some(by), at, None).await?;
        } else {
            self.past.act(Action::Claim, Some(reviewer), at, None).await?;
        }
        Ok(reviewer)
    }

    async fn edit(&mut self) -> Result<()> {
        let at = self.steps.person(self.dice, 3.0);
        let larger = decimal(self.past.form().data_size_gb.parse::<f64>().unwrap_or(1.0) * 1.5);
        let (form, spec) = self.mended(&[(Field::DataSizeGb, &larger)], at)?;
        let requirements = judge(&spec);
        self.past.rewrite(form, spec);
        let edit = Action::Edit { requirements, approvers: self.approvers() };
        self.past.act(edit, Some(self.story.requester.id), at, None).await
    }

    /// Asks what fits the form, and gives the answer's wordings and changes.
    async fn ask(&mut self, reviewer: UserId) -> Result<&'static texts::Question> {
        let form = self.past.form();
        let fitting: Vec<&'static texts::Question> =
            QUESTIONS.iter().filter(|question| (question.asked_of)(form)).collect();
        let question = self.dice.pick(&fitting);
        let text = self.dice.pick(question.asks).to_owned();
        let at = self.steps.person(self.dice, 3.0);
        let action = Action::Ask { question: text, fields: question.about.to_vec() };
        self.past.act(action, Some(reviewer), at, None).await?;
        Ok(question)
    }

    async fn ask_and_reply(&mut self, reviewer: UserId) -> Result<()> {
        let question = self.ask(reviewer).await?;
        let by = if self.dice.chance(80) { self.story.requester.id } else { self.story.owner.id };
        let at = self.steps.person(self.dice, 7.0);
        let text = self.dice.pick(question.replies).to_owned();
        let edit = if question.changes.is_empty() {
            None
        } else {
            let (form, spec) = self.mended(question.changes, at)?;
            let requirements = judge(&spec);
            self.past.rewrite(form, spec);
            Some((requirements, self.approvers()))
        };
        self.past.act(Action::Reply { text, edit }, Some(by), at, None).await
    }

    /// The reminders that have come due since the question.
    async fn remind(&mut self) -> Result<()> {
        let asked_at = self.steps.last();
        for days in bounds::NEEDS_INFO_REMINDER_DAYS {
            let due = asked_at + Duration::days(days);
            if due < self.steps.now() {
                let at = self.steps.exactly(due);
                self.past.act(Action::Remind, None, at, None).await?;
            }
        }
        Ok(())
    }

    async fn expire(&mut self, reviewer: UserId) -> Result<()> {
        self.ask(reviewer).await?;
        let expires_at = self.steps.last() + Duration::days(bounds::NEEDS_INFO_EXPIRY_DAYS);
        self.remind().await?;
        let at = self.steps.exactly(expires_at);
        self.past.act(Action::TimeOut, None, at, None).await
    }

    async fn deny(&mut self, reviewer: UserId) -> Result<()> {
        let at = self.steps.person(self.dice, 8.0);
        let reason = self.text(texts::DENIALS);
        self.past.act(Action::Deny { reason }, Some(reviewer), at, None).await
    }

    async fn withdraw(&mut self) -> Result<()> {
        let at = self.steps.person(self.dice, 10.0);
        let reason = if self.dice.chance(80) { Some(self.text(texts::WITHDRAWALS)) } else { None };
        self.past.act(Action::Withdraw { reason }, Some(self.story.requester.id), at, None).await
    }

    /// All the votes that the policy asks for.
    async fn approve(&mut self, reviewer: UserId) -> Result<()> {
        let spec = self.spec()?;
        let (placement, fit, override_reason) = self.place(&spec)?;
        let privacy = self.past.request().requirements.privacy;
        let mut privacy_voter = None;
        if privacy {
            // Before the last review, which then carries, with its reason where it does not fit. Another placement
            // would void the vote, so it is set first.
            let at = self.steps.person(self.dice, 5.0);
            self.past.act(Action::Amend { placement: placement.clone() }, Some(reviewer), at, None).await?;
            let voter = self.privacy_approver(reviewer);
            let at = self.steps.person(self.dice, 6.0);
            let action = Action::Vote { kind: VoteKind::Privacy, fit: fit.clone() };
            self.past.act(action, Some(voter), at, None).await?;
            privacy_voter = Some(voter);
        }
        let mut voted: Vec<UserId> = privacy_voter.into_iter().collect();
        let mut next = reviewer;
        loop {
            let at = self.steps.person(self.dice, 5.0);
            let action = Action::Approve {
                placement: placement.clone(),
                fit: fit.clone(),
                override_reason: override_reason.clone(),
            };
            self.past.act(action, Some(next), at, None).await?;
            if self.past.request().status() != Status::InReview {
                break;
            }
            voted.push(next);
            next = self.reviewer(&voted);
        }
        self.occupy(&placement, &spec);
        Ok(())
    }

    async fn after_approval(&mut self) -> Result<()> {
        match self.story.target {
            Status::Cancelled if self.dice.chance(70) => return self.withdraw().await,
            Status::Approved => return Ok(()),
            _ => {}
        }
        let at = self.steps.system(self.dice);
        self.past.act(Action::Start, None, at, None).await?;
        match self.story.target {
            Status::InProgress => return Ok(()),
            Status::Failed => return self.fail().await,
            Status::Cancelled => {
                self.fail().await?;
                let at = self.steps.person(self.dice, 8.0);
                let reviewer = self.reviewer(&[]);
                let reason = self.text(texts::GIVING_UP);
                return self.past.act(Action::GiveUp { reason }, Some(reviewer), at, None).await;
            }
            _ => {}
        }
        if self.dice.chance(5) {
            self.fail().await?;
            let at = self.steps.person(self.dice, 2.0);
            let reviewer = self.reviewer(&[]);
            self.past.act(Action::Retry, Some(reviewer), at, None).await?;
        }
        let at = self.steps.system(self.dice);
        self.past.finish_provisioning(at, None).await?;
        self.perhaps_comment(6).await
    }

    async fn fail(&mut self) -> Result<()> {
        let at = self.steps.system(self.dice);
        let (step, error) = texts::FAILURES[self.dice.weighted(&[1; texts::FAILURES.len()])];
        let error = self.text(&[error]);
        self.past.act(Action::Fail { step: step.to_owned(), error }, None, at, None).await
    }

    async fn perhaps_comment(&mut self, percent: u32) -> Result<()> {
        while self.dice.chance(percent) {
            let mut people: Vec<UserId> = self.story.teammates.iter().map(|mate| mate.id).collect();
            people.push(self.story.requester.id);
            people.push(self.reviewer(&[]));
            let by = self.dice.shuffled(&people)[0];
            let at = self.steps.person(self.dice, 2.0);
            let text = self.text(texts::COMMENTS);
            self.past.say(ActionKind::Comment, by, at, Some(text)).await?;
        }
        Ok(())
    }

    /// The form with some fields changed, as it parses at that moment; a wish date that has passed is given up.
    fn mended(&self, changes: &[(Field, &str)], at: Timestamp) -> Result<(RequestForm, DatasetSpec)> {
        let mut form = self.past.form().clone();
        for (field, value) in changes {
            form.set(*field, *value);
        }
        let today = at.date_naive().to_string();
        for field in [Field::NeededBy, Field::MigrationCutoverBy] {
            if form.get(field) < today.as_str() {
                form.set(field, "");
            }
        }
        let spec = form.parse(at).map_err(|errors| internal(&errors))?;
        Ok((form, spec))
    }

    /// Where a reviewer puts it: a cluster with room to spare if there is one, else one whose extension is agreed.
    fn place(&mut self, spec: &DatasetSpec) -> Result<(Placement, Fit, Option<String>)> {
        let placed = place(self.loads, spec);
        let partitions = match self.dice.weighted(&[75, 15, 10]) {
            0 => spec.advised_partitions(),
            1 => (spec.advised_partitions() * 2).min(bounds::PARTITIONS_MAX),
            _ => spec.advised_partitions().div_ceil(2),
        };
        let partitions = u16::try_from(partitions).ok().and_then(|number| Partitions::try_from(number).ok());
        let partitions = partitions.ok_or_else(|| internal(&"advised partitions out of bounds"))?;
        let placement = Placement { cluster: placed.name.clone(), partitions };
        let fit = self
            .loads
            .iter()
            .find(|load| load.cluster.name == placement.cluster)
            .map_or(Fit::Fits, |load| load.fit(spec));
        let override_reason = (fit != Fit::Fits).then(|| self.text(texts::OVERRIDES));
        Ok((placement, fit, override_reason))
    }

    fn occupy(&mut self, placement: &Placement, spec: &DatasetSpec) {
        if self.story.target == Status::Cancelled {
            return;
        }
        if let Some(load) = self.loads.iter_mut().find(|load| load.cluster.name == placement.cluster) {
            load.used_bytes = load.used_bytes.saturating_add(spec.size_bytes);
        }
    }

    fn spec(&self) -> Result<DatasetSpec> {
        self.past.spec().cloned().ok_or_else(|| internal(&"a submitted request without metadata"))
    }

    fn approvers(&self) -> Approvers {
        approvers(&self.organisation.people, self.story.requester.id)
    }

    /// A reviewer who is none of `others` and not the requester. The two of KV Systems do most of the work.
    fn reviewer(&mut self, others: &[UserId]) -> UserId {
        let requester = self.story.requester.id;
        let is_free = |person: &&Member| person.id != requester && !others.contains(&person.id);
        let free: Vec<UserId> = self.organisation.reviewers.iter().filter(is_free).map(|person| person.id).collect();
        let weights: Vec<u32> = free.iter().enumerate().map(|(index, _)| if index < 2 { 5 } else { 1 }).collect();
        free[self.dice.weighted(&weights)]
    }

    /// A privacy approver who leaves enough reviewers for the reviews that are needed.
    fn privacy_approver(&mut self, reviewer: UserId) -> UserId {
        let requester = self.story.requester.id;
        let free: Vec<UserId> = self
            .organisation
            .privacy
            .iter()
            .map(|person| person.id)
            .filter(|id| *id != requester && *id != reviewer)
            .collect();
        self.dice.shuffled(&free)[0]
    }

    fn text(&mut self, wordings: &[&str]) -> String {
        let slots: Vec<(&str, &str)> = self.facts.iter().map(|(slot, value)| (*slot, value.as_str())).collect();
        fill(self.dice.pick(wordings), &slots)
    }

    fn learn_facts(&mut self) {
        let shards = self.past.spec().map_or(1, DatasetSpec::physical_shards);
        self.facts = texts::facts(self.past.form(), shards, self.story.other);
    }
}

/// The least-filled cluster that fits; else one that takes the environment and the storage type; else any.
fn place<'a>(loads: &'a [ClusterLoad], spec: &DatasetSpec) -> &'a Cluster {
    let share = |load: &&ClusterLoad| u128::from(load.used_bytes) * 1_000 / u128::from(load.capacity_bytes().max(1));
    let takes = |load: &&ClusterLoad| {
        load.cluster.environments.contains(&spec.environment) && load.cluster.storage.contains(&spec.storage.kind())
    };
    let fitting = loads.iter().filter(|load| load.fit(spec) == Fit::Fits).min_by_key(share);
    let taking = || loads.iter().filter(takes).min_by_key(share);
    &fitting.or_else(taking).unwrap_or(&loads[0]).cluster
}

/// A past was judged by the rules that every installation starts with.
fn judge(spec: &DatasetSpec) -> Requirements {
    Policy::first().evaluate(RequestKind::Create, spec)
}
