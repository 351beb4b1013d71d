//! A request's page, judged for the viewer.

use chrono::Duration;
use db::{RequestRow, RevisionRow};
use domain::{
    Timestamp, bounds,
    cluster::{Fit, least_filled},
    error::{Error, Result},
    form::{Control, Field, RequestForm},
    ids::{RequestId, Revision},
    lifecycle::{ActionKind, State, Status},
    policy::Explanation,
    spec::{FactSheet, Visibility},
    view::{Change, ClusterOption, Effect, Person, QuestionView, RequestView, VoteView},
};

use super::facts;
use crate::{Ctx, Ops, error::from_db, markdown::to_html, notices::watching};

impl Ops {
    /// A request with everything that the viewer may read and do.
    ///
    /// # Errors
    /// [`Error::NotFound`] also where the viewer may not know of it.
    pub async fn request_view(&self, ctx: &Ctx, id: RequestId) -> Result<RequestView> {
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let row = self.request_row(id).await?;
        let facts = facts(&row);
        let visibility = ctx.viewer.sees(&facts).ok_or_else(|| Error::not_found(id))?;
        let is_full = visibility == Visibility::Full;
        let now = self.now();
        let request = &row.request;
        let people = self.people().await?;
        let team = self.db().teams().await.map_err(from_db)?.into_iter().find(|team| team.id == request.team);
        let watch_rows = if is_full { self.db().watchers(id).await.map_err(from_db)? } else { Vec::new() };
        let watching = watching(&row, &watch_rows);
        let mut watchers: Vec<Person> = watching.iter().filter_map(|person| people.get(*person)).collect();
        watchers.sort_by(|a, b| a.name.cmp(&b.name));
        let mut allowed_actions = ctx.viewer.allowed_actions(&facts, request);
        if reopen_until(&request.state).is_some_and(|until| now > until) {
            allowed_actions.retain(|action| *action != ActionKind::Reopen);
        }
        let may_change = [ActionKind::Save, ActionKind::Edit, ActionKind::Reply]
            .iter()
            .any(|action| allowed_actions.contains(action));
        let decides = allowed_actions.contains(&ActionKind::Approve) || allowed_actions.contains(&ActionKind::Amend);
        let assigns = allowed_actions.contains(&ActionKind::Assign);

        let usual = match &row.spec {
            Some(spec) if Status::OPEN.contains(&request.status()) => self.usually_decided(spec.priority).await?,
            _ => None,
        };

        Ok(RequestView {
            id,
            revision: request.revision,
            full_name: row.full_name.clone(),
            status: request.status(),
            priority: row.spec.as_ref().map_or_else(
                || row.form.get(Field::Priority).parse().unwrap_or(domain::choices::Priority::Normal),
                |spec| spec.priority,
            ),
            class: facts.class,
            visibility,
            requester: people.known(request.requester),
            owner: row.owner.and_then(|owner| people.get(owner)),
            team,
            reviewer: request.reviewer().map(|reviewer| people.known(reviewer)),
            submitted_at: row.submitted_at,
            updated_at: row.updated_at,
            now,
            waited_seconds: request.age.waited_us(now) / 1_000_000,
            sla_hours: row.spec.as_ref().map_or(0, |spec| spec.priority.sla_hours()),
            due_at: row.spec.as_ref().and_then(|spec| request.age.due(spec.priority.sla_hours())),
            usual,
            requirements: request.requirements.clone(),
            explanation: if is_full { self.explanation(&row).await? } else { None },
            votes: request
                .votes
                .iter()
                .map(|vote| VoteView {
                    by: people.known(vote.by),
                    kind: vote.kind,
                    revision: vote.revision,
                    at: vote.at,
                })
                .collect(),
            missing_votes: if matches!(request.status(), Status::New | Status::InReview | Status::NeedsInfo) {
                request.missing_votes()
            } else {
                None
            },
            placement: request.placement.clone(),
            question: if is_full { question(&request.state) } else { None },
            reason: if is_full { reason(&request.state) } else { None },
            override_reason: request.state.decision().and_then(|decision| decision.override_reason.clone()),
            description_html: is_full.then(|| to_html(row.form.get(Field::Description))),
            facts: fact_sheets(&row, visibility),
            form: may_change.then(|| row.form.clone()),
            thread: if is_full { Some(self.thread(&ctx.viewer, &people, id).await?) } else { None },
            changes: if is_full { self.changes(&row).await? } else { Vec::new() },
            kind: request.kind,
            effect: if is_full { self.effect(&row).await? } else { None },
            reopen_until: reopen_until(&request.state),
            is_watching: watching.contains(&ctx.viewer.id),
            watchers: if is_full { watchers } else { Vec::new() },
            clusters: if decides { self.cluster_options(&row).await? } else { Vec::new() },
            reviewers: if assigns { people.reviewers(request.requester) } else { Vec::new() },
            dataset: self.db().dataset_of_request(id).await.map_err(from_db)?,
            allowed_actions,
            last_event,
        })
    }

    /// Why the request needs what it needs, by the version of the policy that judged it.
    async fn explanation(&self, row: &RequestRow) -> Result<Option<Explanation>> {
        let (Some(spec), Some(version)) = (&row.spec, row.request.requirements.policy) else { return Ok(None) };
        let policy = self.policy_version(version).await?;
        Ok(Some(policy.explain(row.request.kind, spec)))
    }

    async fn cluster_options(&self, row: &RequestRow) -> Result<Vec<ClusterOption>> {
        let Some(spec) = &row.spec else { return Ok(Vec::new()) };
        let loads = self.loads_for(row).await?;
        let advised = least_filled(&loads, spec).map(|placement| placement.cluster);
        let mut options: Vec<ClusterOption> = loads
            .into_iter()
            .map(|load| ClusterOption {
                fit: load.fit(spec),
                advised: advised.as_ref() == Some(&load.cluster.name),
                advised_partitions: spec.advised_partitions(),
                used_bytes: load.used_bytes,
                cluster: load.cluster,
            })
            .collect();
        options.sort_by_key(|option| (!option.advised, option.fit != Fit::Fits, option.cluster.name.clone()));
        Ok(options)
    }

    /// What a request about a dataset would change of it.
    async fn effect(&self, row: &RequestRow) -> Result<Option<Effect>> {
        let Some(dataset) = row.request.dataset else { return Ok(None) };
        let Some(entry) = self.db().dataset_find(dataset).await.map_err(from_db)? else { return Ok(None) };
        let before = entry.spec.to_form();
        let changes = row.request.kind.changed_fields().filter(|field| before.get(*field) != row.form.get(*field));
        let changes = changes.map(|field| (field, shown(&before, field), shown(&row.form, field))).collect();
        Ok(Some(Effect { dataset, full_name: entry.row.full_name, changes }))
    }

    /// The fields that differ between the request as filed, as last edited and as decided.
    async fn changes(&self, row: &RequestRow) -> Result<Vec<Change>> {
        let Some(filed) = row.request.filed else { return Ok(Vec::new()) };
        let revisions = self.db().revisions(row.request.id).await.map_err(from_db)?;
        let Some(filed) = content_at(&revisions, filed) else { return Ok(Vec::new()) };
        let edited = &row.form;
        let decided = row.request.decided.and_then(|decided| content_at(&revisions, decided));
        let differs = |field: &Field| {
            filed.get(*field) != edited.get(*field)
                || decided.is_some_and(|form| form.get(*field) != edited.get(*field))
        };
        Ok(Field::ALL
            .iter()
            .filter(|field| differs(field))
            .map(|field| Change {
                field: *field,
                filed: shown(filed, *field),
                edited: shown(edited, *field),
                decided: decided.map(|form| shown(form, *field)),
            })
            .collect())
    }
}

/// What a comparison shows of a field: a ticked box as a word.
fn shown(form: &RequestForm, field: Field) -> String {
    match field.control() {
        Control::Check if form.is_checked(field) => "Yes".to_owned(),
        Control::Check => "No".to_owned(),
        _ => form.get(field).to_owned(),
    }
}

/// The content that was in force at a revision.
fn content_at(revisions: &[RevisionRow], at: Revision) -> Option<&RequestForm> {
    revisions.iter().rev().find(|revision| revision.revision <= at).map(|revision| &revision.form)
}

fn question(state: &State) -> Option<QuestionView> {
    let State::NeedsInfo { question, fields, asked_at, .. } = state else { return None };
    Some(QuestionView {
        html: to_html(question),
        fields: fields.clone(),
        asked_at: *asked_at,
        expires_at: *asked_at + Duration::days(bounds::NEEDS_INFO_EXPIRY_DAYS),
    })
}

fn reopen_until(state: &State) -> Option<Timestamp> {
    let State::Expired { at } = state else { return None };
    Some(*at + Duration::days(bounds::REOPEN_DAYS))
}

fn reason(state: &State) -> Option<String> {
    match state {
        State::Denied { reason, .. } => Some(reason.clone()),
        State::Cancelled { reason, .. } => reason.clone(),
        State::Failed { step, error, .. } => Some(format!("{step}: {error}")),
        _ => None,
    }
}

fn fact_sheets(row: &RequestRow, visibility: Visibility) -> Vec<FactSheet> {
    row.spec.as_ref().map(|spec| spec.facts(visibility)).unwrap_or_default()
}
