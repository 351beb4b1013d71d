//! One decision on many requests: asked for, undone within some seconds, then done one request after the other.

use chrono::Duration;
use db::{BulkItemRow, BulkRow};
use domain::{
    bounds,
    bulk::{
        BulkCommand, BulkForm, BulkItem, BulkOutcome, BulkState, BulkView, REQUESTS_MAX, Seen, Selection, UNDO_SECONDS,
        too_many,
    },
    choices::Role,
    cluster::{ClusterName, least_filled},
    command::ActionForm,
    error::{Error, Result},
    form::PlacementForm,
    ids::{JobId, RequestId},
    job::{JobKind, NewJob},
    lifecycle::{ActionKind, Status},
    query::QueueQuery,
    triage::Desk,
};

use crate::{
    Ctx, Ops, Reach,
    directory::audience,
    error::from_db,
    session::{to_person, viewer},
};

/// Bulk actions that somebody finds again on the queue page.
const REMEMBERED: u32 = 5;

impl Ops {
    /// Asks for an action on many requests. Nothing is changed for [`UNDO_SECONDS`]; then a job does it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who does not review; [`Error::Input`] for what was typed and for a selection of none or
    /// of more than [`REQUESTS_MAX`] requests.
    pub async fn bulk_start(&self, ctx: &Ctx, form: &BulkForm) -> Result<BulkView> {
        if !ctx.viewer.is_reviewer() || ctx.reach == Reach::Read {
            return Err(Error::forbidden("Only reviewers can do this."));
        }
        let (command, selection) = form.parse()?;
        self.check_command(&command).await?;
        let items = match selection {
            Selection::Picked(items) => items,
            Selection::View(view) => self.selected(ctx, &view).await?,
        };
        let now = self.now();
        let job = NewJob::new(JobKind::Bulk, &command, now + Duration::seconds(UNDO_SECONDS)).by(ctx.viewer.id);
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let job = tx.job_enqueue(&job, now).await.map_err(from_db)?;
        tx.bulk_insert(job, ctx.viewer.id, &command, &form.view, &items, now).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        self.bulk_view(ctx, job).await
    }

    /// Takes a bulk action back that has not begun.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not the viewer's; [`Error::InvalidTransition`] where it was too late.
    pub async fn bulk_undo(&self, ctx: &Ctx, job: JobId) -> Result<BulkView> {
        let row = self.bulk_row(ctx, job).await?;
        if row.by != ctx.viewer.id {
            return Err(Error::forbidden("Only who asked for it can undo it."));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let undone = tx.bulk_undo(job, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        let view = self.bulk_view(ctx, job).await?;
        if undone || view.state == BulkState::Undone {
            return Ok(view);
        }
        let why = format!("It is too late to undo this: it began {UNDO_SECONDS} seconds after it was asked for.");
        Err(Error::InvalidTransition { why, allowed: Vec::new() })
    }

    /// A bulk action with what became of each request.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who neither asked for it nor reviews nor audits.
    pub async fn bulk_view(&self, ctx: &Ctx, job: JobId) -> Result<BulkView> {
        let row = self.bulk_row(ctx, job).await?;
        let items = self.db().bulk_items(job).await.map_err(from_db)?;
        let people = self.people().await?;
        Ok(BulkView {
            job,
            by: people.known(row.by),
            command: row.command,
            asked_at: row.asked_at,
            runs_at: row.runs_at,
            state: row.state,
            items: items.into_iter().map(to_item).collect(),
            view: row.view,
            may_undo: row.by == ctx.viewer.id,
            now: self.now(),
        })
    }

    /// What the queue page offers besides the rows.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn triage_desk(&self, ctx: &Ctx) -> Result<Desk> {
        let views = self.saved_views(ctx).await?;
        if !ctx.viewer.is_reviewer() {
            return Ok(Desk { views, may_share: !ctx.viewer.is_auditor(), ..Desk::default() });
        }
        let rows = self.db().bulks_of(ctx.viewer.id, REMEMBERED).await.map_err(from_db)?;
        let mut reviewers = self.people_and_teams().await?.people;
        reviewers.retain(|person| person.role.includes(Role::Reviewer));
        Ok(Desk {
            may_share: true,
            views,
            reviewer: Some(ctx.person.handle.clone()),
            reviewers,
            clusters: self.clusters().iter().map(|cluster| cluster.name.to_string()).collect(),
            bulks: rows.into_iter().map(|row| (row.job, row.command.sentence())).collect(),
        })
    }

    /// Does what a bulk action's job says: each request alone, by the rights that its asker has now. What a run that was
    /// cut off had done is not done again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`], after which it is to be tried again; a refusal of one request is
    /// its result and no error.
    pub async fn bulk_run(&self, job: JobId) -> Result<String> {
        let Some(row) = self.db().bulk_find(job).await.map_err(from_db)? else {
            return Err(Error::not_found(job));
        };
        let items = self.db().bulk_items(job).await.map_err(from_db)?;
        let person = self.db().person_find(row.by).await.map_err(from_db)?.filter(|person| person.active);
        let ctx = person.map(|person| Ctx {
            viewer: viewer(&person),
            person: to_person(&person),
            reach: Reach::Whole,
            session: None,
            // The request that asked for it has ended; the job's own row says who that was.
            origin: String::new(),
            request_ref: format!("bulk {job}"),
        });
        for item in items.into_iter().filter(|item| item.outcome == BulkOutcome::Waiting) {
            let refused = match &ctx {
                Some(ctx) => self.bulk_one(ctx, &row.command, item.seen).await,
                None => Err(Error::forbidden("Who asked for this has left.")),
            };
            let (outcome, says) = match refused {
                Ok(()) => (BulkOutcome::Done, String::new()),
                Err(error @ (Error::Unavailable { .. } | Error::Internal { .. })) => return Err(error),
                Err(error) => (BulkOutcome::Refused, reason_of(&error)),
            };
            let mut tx = self.db().begin().await.map_err(from_db)?;
            tx.bulk_item_set(job, item.position, outcome, &says).await.map_err(from_db)?;
            tx.commit().await.map_err(from_db)?;
        }
        let items = self.db().bulk_items(job).await.map_err(from_db)?;
        let done = items.iter().filter(|item| item.outcome == BulkOutcome::Done).count();
        Ok(format!("{done} done, {} refused", items.len() - done))
    }

    /// Acts on one request. An approval of what nobody has claimed claims it first.
    async fn bulk_one(&self, ctx: &Ctx, command: &BulkCommand, seen: Seen) -> Result<()> {
        let act = async |form: ActionForm| {
            let form = ActionForm { revision: seen.revision.to_string(), ..form };
            let action = form.action.clone();
            match self.request_act(ctx, seen.id, &form).await {
                Ok(()) => Ok(()),
                Err(error @ (Error::Unavailable { .. } | Error::Internal { .. })) => Err(error),
                // It may be our own act that stands in the way: the run before was cut off after it.
                Err(error) => {
                    let known = self.db().has_acted(seen.id, &action, &ctx.request_ref).await.map_err(from_db)?;
                    if known { Ok(()) } else { Err(error) }
                }
            }
        };
        let form = |kind: ActionKind| ActionForm { action: kind.word().to_owned(), ..ActionForm::default() };
        match command {
            BulkCommand::Claim => act(form(ActionKind::Claim)).await,
            BulkCommand::Assign { reviewer } => {
                act(ActionForm { reviewer: reviewer.to_string(), ..form(ActionKind::Assign) }).await
            }
            BulkCommand::Deny { reason } => act(ActionForm { reason: reason.clone(), ..form(ActionKind::Deny) }).await,
            BulkCommand::Approve { cluster } => {
                let placement = self.bulk_placement(ctx, seen.id, cluster.as_ref()).await?;
                if self.request_row(seen.id).await?.request.status() == Status::New {
                    act(form(ActionKind::Claim)).await?;
                }
                act(ActionForm { placement, ..form(ActionKind::Approve) }).await
            }
        }
    }

    /// Where an approval puts a request: where a reviewer placed it before, on the cluster that was chosen, or on the
    /// least filled that fits.
    async fn bulk_placement(&self, ctx: &Ctx, id: RequestId, cluster: Option<&ClusterName>) -> Result<PlacementForm> {
        let row = self.request_row(id).await?;
        ctx.viewer.authorize(ActionKind::Approve, &crate::request::facts(&row), &id)?;
        let form = |cluster: String, partitions: String| PlacementForm {
            cluster,
            partitions,
            override_reason: row.request.override_reason.clone().unwrap_or_default(),
        };
        let Some(spec) = &row.spec else {
            return Err(Error::InvalidTransition { why: "It is not whole yet.".to_owned(), allowed: Vec::new() });
        };
        if let Some(cluster) = cluster {
            return Ok(form(cluster.to_string(), spec.advised_partitions().to_string()));
        }
        if let Some(placement) = &row.request.placement {
            return Ok(form(placement.cluster.to_string(), placement.partitions.to_string()));
        }
        match least_filled(&self.loads().await?, spec) {
            Some(placement) => Ok(form(placement.cluster.to_string(), placement.partitions.to_string())),
            None => Err(Error::input("cluster", "It fits no cluster; decide on its own page.")),
        }
    }

    async fn check_command(&self, command: &BulkCommand) -> Result<()> {
        match command {
            BulkCommand::Assign { reviewer } => self.reviewer(reviewer).await.map(|_| ()),
            BulkCommand::Approve { cluster: Some(name) } if !self.clusters().iter().any(|c| c.name == *name) => {
                Err(Error::input("cluster", format!("There is no cluster “{name}”; choose one from the list.")))
            }
            _ => Ok(()),
        }
    }

    /// The requests of a view as they are now.
    async fn selected(&self, ctx: &Ctx, view: &str) -> Result<Vec<Seen>> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(view.as_bytes()).into_owned().collect();
        let query = QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut query = QueueQuery { limit: bounds::PAGE_SIZE_MAX, ..query.first_page().judged_at(self.now()) };
        let mut found: Vec<Seen> = Vec::new();
        loop {
            let slice = self.db().queue_page(&query, &audience(ctx)).await.map_err(from_db)?;
            found.extend(slice.rows.iter().map(|entry| Seen { id: entry.row.id, revision: entry.row.revision }));
            if found.len() > REQUESTS_MAX {
                return Err(too_many());
            }
            match slice.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        if found.is_empty() {
            return Err(Error::input("pick", "This view is empty; there is nothing to do."));
        }
        Ok(found)
    }

    async fn bulk_row(&self, ctx: &Ctx, job: JobId) -> Result<BulkRow> {
        let row = self.db().bulk_find(job).await.map_err(from_db)?;
        let may_see = |row: &BulkRow| row.by == ctx.viewer.id || ctx.viewer.is_reviewer() || ctx.viewer.is_auditor();
        row.filter(may_see).ok_or_else(|| Error::not_found("bulk action"))
    }
}

fn to_item(row: BulkItemRow) -> BulkItem {
    BulkItem { id: row.seen.id, full_name: row.full_name, outcome: row.outcome, says: row.says }
}

/// Why one request was refused, as its line says it.
fn reason_of(error: &Error) -> String {
    match error {
        Error::Placement { fields } => {
            fields.cluster.clone().or_else(|| fields.partitions.clone()).unwrap_or_else(|| error.to_string())
        }
        other => other.to_string(),
    }
}
