//! Requests from a file: planned, shown, and then applied as they were shown.
//!
//! A document is known by its full name and team. Without a holder of the name it files a request; with an open
//! request it edits that; what says the same as what is there changes nothing, so that applying twice is the same as
//! once.

use db::RequestRow;
use domain::{
    apply::{Act, Complaint, FieldChange, FiledAs, Item, Plan},
    error::{Error, Result},
    form::{Field, RequestForm},
    ids::{DatasetId, RequestId, Revision},
    lifecycle::ActionKind,
    names::DatasetName,
    spec::Visibility,
    view::{FormPost, NameHolder},
};
use sha2::{Digest as _, Sha256};

use super::{facts, file::new_token};
use crate::{
    Ctx, Ops,
    error::{from_db, internal},
    yaml,
};

/// What came of applying a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// Each item was tried; those that failed meanwhile have a problem and were not filed.
    Done(Plan),
    /// Something changed since the plan was shown; this is the new plan, and nothing was done.
    Stale(Plan),
    /// A document is refused, so nothing was done.
    Refused(Plan),
}

/// An item with what is needed to do it.
struct Planned {
    item: Item,
    form: RequestForm,
    id: Option<RequestId>,
}

impl Ops {
    /// What applying the documents of `text` (YAML or JSON) would do; changes nothing.
    ///
    /// # Errors
    /// [`Error::Input`] where the text cannot be read, with its line; [`Error::Forbidden`] for who files nothing.
    pub async fn apply_plan(&self, ctx: &Ctx, text: &str) -> Result<Plan> {
        plan_of(&self.planned(ctx, text).await?)
    }

    /// Applies a file whose plan was shown as `seen`. Documents are filed one by one.
    ///
    /// # Errors
    /// As [`Ops::apply_plan`]; [`Error::NoRevision`] without `seen`.
    pub async fn apply(&self, ctx: &Ctx, text: &str, seen: Option<&str>) -> Result<ApplyOutcome> {
        let seen = seen.ok_or(Error::NoRevision)?;
        let planned = self.planned(ctx, text).await?;
        let mut plan = plan_of(&planned)?;
        if plan.is_refused() {
            return Ok(ApplyOutcome::Refused(plan));
        }
        if plan.revision != seen {
            return Ok(ApplyOutcome::Stale(plan));
        }
        for (item, planned) in plan.items.iter_mut().zip(planned) {
            if item.action == Act::Unchanged {
                continue;
            }
            let post = FormPost { id: planned.id, revision: item.revision, token: new_token()?, form: planned.form };
            match self.request_submit(ctx, &post).await {
                Ok(filed) => {
                    item.filed = Some(FiledAs { request: filed.id, revision: filed.revision, status: filed.status });
                }
                Err(error) => item.problems = complaints(&error),
            }
        }
        Ok(ApplyOutcome::Done(plan))
    }

    /// A request (`REQ-2001`) or a dataset (`DS-1042`) as YAML that can be applied again.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] where only a summary may be seen.
    pub async fn export_yaml(&self, ctx: &Ctx, id: &str) -> Result<String> {
        let (seen, form, full_name) = if let Ok(id) = id.parse::<RequestId>() {
            let row = self.request_row(id).await?;
            let seen = ctx.viewer.sees(&facts(&row)).ok_or_else(|| Error::not_found(id))?;
            (seen, row.form, row.full_name)
        } else {
            let id: DatasetId = id.parse().map_err(|_| Error::not_found("request or dataset"))?;
            let entry = self.db().dataset_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
            (self.dataset_visibility(ctx, &entry).await?, entry.spec.to_form(), entry.row.full_name)
        };
        if seen != Visibility::Full {
            return Err(Error::forbidden("Only its team and reviewers may read all of it."));
        }
        Ok(yaml::write(&form, &format!("{full_name}, from {id}")))
    }

    async fn planned(&self, ctx: &Ctx, text: &str) -> Result<Vec<Planned>> {
        self.may_file(ctx)?;
        let mut planned: Vec<Planned> = Vec::new();
        for yaml::Document { number, form } in yaml::read_all(text)? {
            let mut next = self.plan_one(ctx, form).await?;
            next.item.document = number;
            if let Some(first) = planned.iter().find(|one| one.item.full_name == next.item.full_name) {
                let message = format!("Document {} has the same full name; take one out.", first.item.document);
                next.item.action = Act::Refused;
                next.item.problems.push(Complaint { field: Some(Field::Name), message });
            }
            planned.push(next);
        }
        if planned.is_empty() {
            return Err(Error::input(yaml::INPUT, "There is no document in it; write at least `name:` and a value."));
        }
        Ok(planned)
    }

    async fn plan_one(&self, ctx: &Ctx, mut form: RequestForm) -> Result<Planned> {
        let name = form.get(Field::Name).trim().parse::<DatasetName>();
        let (Ok(name), Ok(environment)) = (name, form.get(Field::Environment).parse()) else {
            return self.plan_new(ctx, form, String::new()).await;
        };
        let full_name = name.full(environment);
        match self.db().name_holder(&full_name, None).await.map_err(from_db)? {
            None => self.plan_new(ctx, form, full_name).await,
            Some(NameHolder::Request(id)) => {
                let row = self.request_row(id).await?;
                if ctx.viewer.sees(&facts(&row)) != Some(Visibility::Full) {
                    return Ok(refused(form, full_name, id, None, vec![taken(Field::Name, id)]));
                }
                own(&mut form, row.form.get(Field::Owner), row.form.get(Field::Team));
                self.plan_edit(ctx, form, full_name, &row).await
            }
            Some(NameHolder::Dataset(id)) => {
                let entry = self.db().dataset_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
                if self.dataset_visibility(ctx, &entry).await? != Visibility::Full {
                    return Ok(refused(form, full_name, id, None, vec![taken(Field::Name, id)]));
                }
                own(&mut form, entry.spec.owner.as_str(), entry.spec.team.as_str());
                let present = entry.spec.to_form();
                let changes = self.differences(&present, &form);
                if changes.is_empty() {
                    return Ok(unchanged(form, full_name, id));
                }
                let message = format!("{id} exists already and says otherwise; ask for a change on its page.");
                let mut planned = refused(form, full_name, id, None, vec![Complaint { field: None, message }]);
                planned.item.changes = changes;
                Ok(planned)
            }
        }
    }

    async fn plan_new(&self, ctx: &Ctx, mut form: RequestForm, full_name: String) -> Result<Planned> {
        own(&mut form, &ctx.person.handle, ctx.person.teams.first().map_or("", String::as_str));
        let full_name = if full_name.is_empty() { form.get(Field::Name).chars().take(80).collect() } else { full_name };
        let (action, problems) = match self.judge(ctx, &form, None).await {
            Ok(_) => (Act::Create, Vec::new()),
            Err(error) => (Act::Refused, said_of_fields(error)?),
        };
        let changes = self.differences(&RequestForm::default(), &form);
        let item =
            Item { document: 0, full_name, action, target: None, revision: None, changes, problems, filed: None };
        Ok(Planned { item, form, id: None })
    }

    async fn plan_edit(&self, ctx: &Ctx, form: RequestForm, full_name: String, row: &RequestRow) -> Result<Planned> {
        let id = row.request.id;
        let changes = self.differences(&row.form, &form);
        if changes.is_empty() {
            return Ok(unchanged(form, full_name, id));
        }
        let revision = row.request.revision;
        if row.form.get(Field::Team) != form.get(Field::Team) {
            let mut planned = refused(form, full_name, id, Some(revision), vec![taken(Field::Team, id)]);
            planned.item.changes = changes;
            return Ok(planned);
        }
        let allowed = match ctx.viewer.authorize(ActionKind::Edit, &facts(row), &id) {
            Ok(()) => row.request.status().permit(ActionKind::Edit).map_err(Error::from),
            Err(error) => Err(error),
        };
        let problems = match allowed {
            Err(error) => complaints(&error),
            Ok(()) => match self.judge(ctx, &form, Some(row)).await {
                Ok(_) => Vec::new(),
                Err(error) => said_of_fields(error)?,
            },
        };
        let action = if problems.is_empty() { Act::Edit } else { Act::Refused };
        let item = Item {
            document: 0,
            full_name,
            action,
            target: Some(id.to_string()),
            revision: Some(revision),
            changes,
            problems,
            filed: None,
        };
        Ok(Planned { item, form, id: Some(id) })
    }

    /// What differs, in what the fields mean where both parse: `1 000` and `1000` are the same number.
    fn differences(&self, before: &RequestForm, after: &RequestForm) -> Vec<FieldChange> {
        let now = self.now();
        let meant = |form: &RequestForm| form.parse(now).map(|spec| spec.to_form());
        let (before, after) = match (meant(before), meant(after)) {
            (Ok(before), Ok(after)) => (before, after),
            // What does not parse is shown as it was written.
            (_, Ok(after)) if *before == RequestForm::default() => (before.clone(), after),
            _ => (before.clone(), after.clone()),
        };
        let differs = |field: &&Field| before.get(**field).trim() != after.get(**field).trim();
        let change = |field: &Field| FieldChange {
            field: *field,
            before: before.get(*field).to_owned(),
            after: after.get(*field).to_owned(),
        };
        Field::ALL.iter().filter(differs).map(change).collect()
    }
}

/// Who is not named is who it was, or who applies.
fn own(form: &mut RequestForm, owner: &str, team: &str) {
    for (field, otherwise) in [(Field::Owner, owner), (Field::Team, team)] {
        if form.get(field).trim().is_empty() {
            form.set(field, otherwise);
        }
    }
}

fn taken(field: Field, holder: impl ToString) -> Complaint {
    Complaint { field: Some(field), message: format!("{} of another team has this name.", holder.to_string()) }
}

fn unchanged(form: RequestForm, full_name: String, target: impl ToString) -> Planned {
    let mut planned = refused(form, full_name, target, None, Vec::new());
    planned.item.action = Act::Unchanged;
    planned
}

fn refused(
    form: RequestForm,
    full_name: String,
    target: impl ToString,
    revision: Option<Revision>,
    problems: Vec<Complaint>,
) -> Planned {
    let item = Item {
        document: 0,
        full_name,
        action: Act::Refused,
        target: Some(target.to_string()),
        revision,
        changes: Vec::new(),
        problems,
        filed: None,
    };
    Planned { item, form, id: None }
}

/// What is wrong with the fields; any other error is no matter of the file.
fn said_of_fields(error: Error) -> Result<Vec<Complaint>> {
    match error {
        Error::Form { .. } | Error::Forbidden { .. } => Ok(complaints(&error)),
        other => Err(other),
    }
}

fn complaints(error: &Error) -> Vec<Complaint> {
    match error {
        Error::Form { fields } => fields
            .iter()
            .map(|(field, message)| Complaint { field: Some(field), message: message.to_owned() })
            .collect(),
        other => vec![Complaint { field: None, message: other.to_string() }],
    }
}

/// The revision is a digest of all documents and of all that was found.
fn plan_of(planned: &[Planned]) -> Result<Plan> {
    let mut digest = Sha256::new();
    for Planned { item, form, .. } in planned {
        let part = serde_json::to_vec(&(item, form)).map_err(|error| internal(&error))?;
        digest.update(part);
    }
    let revision = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(Plan { revision, items: planned.iter().map(|planned| planned.item.clone()).collect() })
}
