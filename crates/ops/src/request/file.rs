//! Filing and editing: drafts, submission, edits of what was submitted, and what the form says meanwhile.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use db::RequestRow;
use domain::{
    choices::{RequestKind, Role},
    cluster::Fit,
    cost,
    error::{Error, Result},
    form::{Field, FieldErrors, RequestForm},
    ids::{RequestId, TeamId, UserId},
    lifecycle::{Action, ActionKind, Status},
    names::DatasetName,
    spec::{DatasetSpec, Visibility},
    view::{Filed, FormPost, FormPreview, FormStart, FormView, NameCheck, NameHolder},
};

use super::{Change, Content, facts, fill, may_change};
use crate::{
    Ctx, Ops,
    error::{from_db, internal},
};

/// A form that parses and names people, a team and a dataset name that are right.
pub(super) struct Judged {
    pub spec: DatasetSpec,
    pub owner: UserId,
    pub team: TeamId,
}

impl Ops {
    /// What a request form starts from.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Forbidden`] by the policy.
    pub async fn form_start(&self, ctx: &Ctx, start: FormStart) -> Result<FormView> {
        if !ctx.viewer.may_file() {
            return Err(Error::forbidden("Auditors read everything and file nothing."));
        }
        let mut view = FormView {
            id: None,
            revision: None,
            status: None,
            kind: RequestKind::Create,
            form: RequestForm::new(),
            token: new_token()?,
            yaml: String::new(),
            directory: self.people_and_teams().await?,
            now: self.now(),
            policy: (*self.policy().await?).clone(),
        };
        match start {
            FormStart::New => {
                view.form.set(Field::Owner, &ctx.person.handle);
                view.form.set(Field::Team, ctx.person.teams.first().map(String::as_str).unwrap_or_default());
            }
            FormStart::Clone(id) => {
                let row = self.request_row(id).await?;
                ctx.viewer.authorize(ActionKind::Clone, &facts(&row), &id)?;
                view.form = self.copied(row.form);
            }
            FormStart::CloneDataset(id) => {
                let entry = self.db().dataset_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
                if self.dataset_visibility(ctx, &entry).await? != Visibility::Full {
                    return Err(Error::forbidden("Only its team and reviewers may read all of it, and so copy it."));
                }
                view.form = self.copied(entry.spec.to_form());
            }
            FormStart::Promote(id) => {
                let entry = self.db().dataset_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
                self.dataset_visibility(ctx, &entry).await?;
                if !may_change(ctx, &entry) {
                    return Err(Error::forbidden("Only the team that owns the dataset and reviewers can promote it."));
                }
                let form = entry.spec.to_form_promoted();
                view.form = form.ok_or_else(|| Error::input("promote", "It is in production already."))?;
            }
            FormStart::Edit(id) => {
                let row = self.request_row(id).await?;
                let action = edit_action(row.request.status());
                ctx.viewer.authorize(action, &facts(&row), &id)?;
                if let Err(refusal) = row.request.status().permit(action) {
                    return Err(self.told_by_whom(id, refusal.into()).await);
                }
                view.id = Some(id);
                view.revision = Some(row.request.revision);
                view.status = Some(row.request.status());
                view.kind = row.request.kind;
                view.form = row.form;
                view.token = row.token;
            }
        }
        view.yaml = self.form_to_yaml(view.id, &view.form);
        Ok(view)
    }

    /// A form to start another request from: the name belongs to the original, and days that have passed to the past.
    fn copied(&self, mut form: RequestForm) -> RequestForm {
        form.set(Field::Name, "");
        let today = self.now().date_naive();
        for field in [Field::NeededBy, Field::MigrationCutoverBy] {
            if form.get(field).trim().parse::<chrono::NaiveDate>().is_ok_and(|day| day < today) {
                form.set(field, "");
            }
        }
        form
    }

    /// Keeps a draft, whatever state it is in. A second post of the same new form keeps the same draft.
    ///
    /// # Errors
    /// [`Error::Stale`] where somebody else saved it since; never a field error, a draft may be partial.
    pub async fn request_save(&self, ctx: &Ctx, post: &FormPost) -> Result<Filed> {
        self.may_file(ctx)?;
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let Some(row) = self.stored_row(&mut tx, ctx, post).await? else {
            let team = self.draft_team(ctx, &post.form).await?;
            let created = tx.request_insert(ctx.viewer.id, team, &post.token, &post.form, now).await;
            let row = match created {
                Ok(row) => row,
                Err(error) => return self.filed_before(ctx, &post.token, error).await,
            };
            let applied =
                domain::lifecycle::Applied { request: row.request.clone(), kind: ActionKind::Save, note: None };
            let change =
                Change { before: &row, after: row.clone(), applied, content: Content::Unchanged, ctx: Some(ctx) };
            let (after, event) = self.write(&mut tx, change, now).await?;
            tx.commit().await.map_err(from_db)?;
            self.inner.events.announce(event);
            return Ok(filed(&after));
        };
        let id = row.request.id;
        ctx.viewer.authorize(ActionKind::Save, &facts(&row), &id)?;
        if let Err(refusal) = row.request.status().permit(ActionKind::Save) {
            return Err(self.told_by_whom(id, refusal.into()).await);
        }
        if row.form == post.form {
            return Ok(filed(&row));
        }
        self.check_revision(&row, post.revision).await?;
        let mut after = row.clone();
        after.form = post.form.clone();
        after.full_name = draft_name(&post.form);
        after.spec = None;
        let mut judged = row.request.clone();
        judged.team = self.draft_team(ctx, &post.form).await?;
        let applied = judged.apply(Action::Save, Some(ctx.viewer.id), now)?;
        let change = Change { before: &row, after, applied, content: Content::Kept, ctx: Some(ctx) };
        let (after, event) = self.write(&mut tx, change, now).await?;
        tx.commit().await.map_err(from_db)?;
        self.inner.events.announce(event);
        Ok(filed(&after))
    }

    /// Submits a new request or a draft, or keeps the edit of a submitted one. A second post of the same form files
    /// nothing twice.
    ///
    /// # Errors
    /// [`Error::Form`] with a message for each field; [`Error::Stale`]; [`Error::InvalidTransition`].
    pub async fn request_submit(&self, ctx: &Ctx, post: &FormPost) -> Result<Filed> {
        self.may_file(ctx)?;
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let row = match self.stored_row(&mut tx, ctx, post).await? {
            Some(row) => row,
            None => {
                let judged = self.judge(ctx, &post.form, None).await?;
                match tx.request_insert(ctx.viewer.id, judged.team, &post.token, &post.form, now).await {
                    Ok(row) => row,
                    Err(error) => return self.filed_before(ctx, &post.token, error).await,
                }
            }
        };
        let id = row.request.id;
        let is_draft = row.request.status() == Status::Draft;
        if post.id.is_none() && !is_draft {
            // The same form came twice; the first one filed it.
            return Ok(filed(&row));
        }
        let kind = if is_draft { ActionKind::Submit } else { ActionKind::Edit };
        ctx.viewer.authorize(kind, &facts(&row), &id)?;
        if let Err(refusal) = row.request.status().permit(kind) {
            return Err(self.told_by_whom(id, refusal.into()).await);
        }
        if post.id.is_some() {
            self.check_revision(&row, post.revision).await?;
        }
        let judged = self.judge(ctx, &post.form, Some(&row)).await?;
        let form = match row.request.dataset {
            // The other fields are the dataset's own.
            Some(_) => judged.spec.with_typed(row.request.kind, &post.form),
            None => post.form.clone(),
        };
        let requirements = self.policy().await?.evaluate(row.request.kind, &judged.spec);
        let approvers = self.approvers(row.request.requester).await?;
        let action = if is_draft {
            Action::Submit { requirements, approvers }
        } else {
            Action::Edit { requirements, approvers }
        };
        let mut request = row.request.clone();
        request.team = judged.team;
        let applied = request.apply(action, Some(ctx.viewer.id), now)?;
        let mut after = row.clone();
        fill(&mut after, &form, judged.spec, judged.owner);
        let change = Change { before: &row, after, applied, content: Content::Kept, ctx: Some(ctx) };
        let (after, event) = self.write(&mut tx, change, now).await?;
        let (after, later) = self.approve_by_rule(&mut tx, after, ctx, now).await?;
        tx.commit().await.map_err(from_db)?;
        self.inner.events.announce(later.unwrap_or(event));
        tracing::info!(request.id = %id, request.status = %after.request.status(), user.id = %ctx.viewer.id, "a request was filed");
        Ok(filed(&after))
    }

    /// What the panel beside the form says of what is typed so far.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]; what is typed wrong only leaves parts of the panel empty.
    pub async fn form_preview(&self, ctx: &Ctx, id: Option<RequestId>, form: &RequestForm) -> Result<FormPreview> {
        self.may_file(ctx)?;
        let mut preview = FormPreview::default();
        let name = form.get(Field::Name).parse::<DatasetName>();
        let environment = form.get(Field::Environment).parse();
        if let (Ok(name), Ok(environment)) = (name, environment) {
            let full_name = name.full(environment);
            let taken_by = self.db().name_holder(&full_name, id).await.map_err(from_db)?;
            preview.name = Some(NameCheck { full_name, taken_by });
        }
        if let Ok(spec) = form.parse(self.now()) {
            let policy = self.policy().await?;
            let requirements = policy.evaluate(RequestKind::Create, &spec);
            preview.explanation = Some(policy.explain(RequestKind::Create, &spec));
            preview.review = Some(requirements.sentence());
            preview.shards = Some(spec.physical_shards());
            preview.peak_qps = Some(spec.peak_qps());
            preview.entry_bytes = Some(cost::entry_bytes(&spec));
            for load in self.loads().await? {
                let name = load.cluster.name.to_string();
                let fit = load.fit(&spec);
                if load.cluster.serves(&spec) {
                    preview.estimates.push(cost::estimate(&spec, &load.cluster, fit == Fit::Fits));
                }
                match fit {
                    Fit::Fits => preview.fits.push(name),
                    Fit::DoesNot(reasons) => preview.misfits.push((name, reasons)),
                }
            }
            // The cheapest of those that fit stands first.
            preview.estimates.sort_by_key(|one| {
                (!one.fits, one.monthly.as_ref().map_or(u64::MAX, |cost| cost.micros), one.stored_bytes)
            });
            if requirements.auto_approve.is_some() && preview.fits.is_empty() {
                preview.review = Some(
                    "This would be approved automatically, but no cluster has room: a reviewer will decide.".to_owned(),
                );
            }
        }
        preview.similar = self.similar_to(ctx, id, form).await?;
        Ok(preview)
    }

    /// A form as text that can be copied out, kept in a repository, and read in again.
    #[must_use]
    pub fn form_to_yaml(&self, id: Option<RequestId>, form: &RequestForm) -> String {
        crate::yaml::write(form, &id.map_or_else(|| "A new request".to_owned(), |id| id.to_string()))
    }

    pub(super) fn may_file(&self, ctx: &Ctx) -> Result<()> {
        if ctx.viewer.may_file() { Ok(()) } else { Err(Error::forbidden("Auditors read everything and file nothing.")) }
    }

    /// The request that a post belongs to: the one it names, or the one that the same form filed before.
    async fn stored_row(&self, tx: &mut db::Tx, ctx: &Ctx, post: &FormPost) -> Result<Option<RequestRow>> {
        if post.token.is_empty() || post.token.len() > 64 {
            return Err(Error::input("token", "The form has lost its token; reload the page and try again."));
        }
        let id = match post.id {
            Some(id) => id,
            None => match self.db().request_by_token(ctx.viewer.id, &post.token).await.map_err(from_db)? {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let row = tx.request_lock(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
        Ok(Some(row))
    }

    /// The same form was filed by a request that ran at the same moment.
    pub(super) async fn filed_before(&self, ctx: &Ctx, token: &str, error: db::Error) -> Result<Filed> {
        if !matches!(&error, db::Error::Conflict { constraint } if constraint == "requests_token_key") {
            return Err(from_db(error));
        }
        let id = self.db().request_by_token(ctx.viewer.id, token).await.map_err(from_db)?;
        let id = id.ok_or_else(|| internal(&"a token that is taken belongs to nobody"))?;
        Ok(filed(&self.request_row(id).await?))
    }

    /// Judges the whole form: its own rules, then people, team and name against what is stored.
    pub(super) async fn judge(&self, ctx: &Ctx, form: &RequestForm, row: Option<&RequestRow>) -> Result<Judged> {
        if let Some(row) = row
            && let Some(entry) = self.entry_of(row).await?
        {
            return self.judge_about(&entry, row.request.kind, form).await.map(|(_, judged)| judged);
        }
        let mut errors = FieldErrors::default();
        let parsed = match form.parse(self.now()) {
            Ok(spec) => Some(spec),
            Err(found) => {
                errors = found;
                None
            }
        };
        let owner = self.person_in(form, Field::Owner, &mut errors).await?;
        if !form.get(Field::BackupOwner).trim().is_empty() {
            self.person_in(form, Field::BackupOwner, &mut errors).await?;
        }
        let team = self.team_in(ctx, form, row, &mut errors).await?;
        let name = form.get(Field::Name).parse::<DatasetName>();
        if let (Ok(name), Ok(environment)) = (name, form.get(Field::Environment).parse()) {
            let full_name = name.full(environment);
            let holder = self.db().name_holder(&full_name, row.map(|row| row.request.id)).await.map_err(from_db)?;
            if let Some(holder) = holder {
                let holder = match holder {
                    NameHolder::Request(id) => id.to_string(),
                    NameHolder::Dataset(id) => id.to_string(),
                };
                errors.add(Field::Name, format!("“{full_name}” is taken by {holder}; choose another name."));
            }
        }
        match (parsed, owner, team) {
            (Some(spec), Some(owner), Some(team)) if errors.is_empty() => Ok(Judged { spec, owner, team }),
            _ => Err(errors.into()),
        }
    }

    pub(super) async fn person_in(
        &self,
        form: &RequestForm,
        field: Field,
        errors: &mut FieldErrors,
    ) -> Result<Option<UserId>> {
        let Ok(handle) = form.get(field).parse::<domain::names::Handle>() else { return Ok(None) };
        let person = self.db().person_by_handle(handle.as_str()).await.map_err(from_db)?;
        match person.filter(|person| person.active && person.role != Role::Auditor) {
            Some(person) => Ok(Some(person.id)),
            None => {
                errors.add(field, format!("There is nobody called {handle} who could; choose somebody from the list."));
                Ok(None)
            }
        }
    }

    /// The team must exist; an engineer files for a team of their own.
    async fn team_in(
        &self,
        ctx: &Ctx,
        form: &RequestForm,
        row: Option<&RequestRow>,
        errors: &mut FieldErrors,
    ) -> Result<Option<TeamId>> {
        let Ok(slug) = form.get(Field::Team).parse::<domain::names::Handle>() else { return Ok(None) };
        let Some(team) = self.db().team_by_slug(slug.as_str()).await.map_err(from_db)? else {
            errors.add(Field::Team, format!("There is no team “{slug}”; choose one from the list."));
            return Ok(None);
        };
        let is_unchanged = row.is_some_and(|row| row.request.team == team.id);
        if ctx.viewer.teams.contains(&team.id) || ctx.viewer.is_reviewer() || is_unchanged {
            return Ok(Some(team.id));
        }
        errors.add(Field::Team, format!("You are not in {}; choose a team of yours.", team.name));
        Ok(None)
    }

    /// The team of a draft: the one it names, else the requester's first.
    async fn draft_team(&self, ctx: &Ctx, form: &RequestForm) -> Result<TeamId> {
        let named = match form.get(Field::Team).parse::<domain::names::Handle>() {
            Ok(slug) => self.db().team_by_slug(slug.as_str()).await.map_err(from_db)?.map(|team| team.id),
            Err(_) => None,
        };
        let own = named.filter(|team| ctx.viewer.teams.contains(team) || ctx.viewer.is_reviewer());
        own.or(ctx.viewer.teams.first().copied())
            .ok_or_else(|| Error::forbidden("You are in no team yet; ask an admin to add you to one."))
    }
}

/// How the content of a request in this status may be changed by its own people.
fn edit_action(status: Status) -> ActionKind {
    if status == Status::Draft { ActionKind::Save } else { ActionKind::Edit }
}

/// A draft's full name as far as it is known.
fn draft_name(form: &RequestForm) -> String {
    match (form.get(Field::Name).parse::<DatasetName>(), form.get(Field::Environment).parse()) {
        (Ok(name), Ok(environment)) => name.full(environment),
        _ => form.get(Field::Name).chars().take(usize::try_from(domain::bounds::NAME_MAX).unwrap_or(63)).collect(),
    }
}

pub(super) fn filed(row: &RequestRow) -> Filed {
    Filed { id: row.request.id, revision: row.request.revision, status: row.request.status() }
}

pub(super) fn new_token() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
