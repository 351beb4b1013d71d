//! What people do to a submitted request: claim, ask, answer, decide, comment.

use db::RequestRow;
use domain::{
    choices::Role,
    cluster::{Fit, Placement},
    command::{ActionForm, Command},
    error::{Error, Result},
    form::{PlacementErrors, RequestForm},
    ids::{RequestId, UserId},
    lifecycle::{Action, ActionKind, State, VoteKind},
    names::Handle,
};

use super::{Change, Content, facts, file::Judged, fill, thread::Say};
use crate::{Ctx, Ops, error::from_db};

impl Ops {
    /// Does what an action form says.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Forbidden`] by the policy; [`Error::Stale`] where the content changed since the
    /// form's revision; [`Error::InvalidTransition`] where the state does not allow it, saying who brought it there;
    /// [`Error::Input`], [`Error::Placement`] and [`Error::Form`] for what was typed.
    pub async fn request_act(&self, ctx: &Ctx, id: RequestId, form: &ActionForm) -> Result<()> {
        let (command, seen) = form.parse()?;
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let row = tx.request_lock(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
        ctx.viewer.authorize(command.kind(), &facts(&row), &id)?;

        let said = match &command {
            Command::Comment { text } => Some(Say::Comment(text)),
            Command::EditComment { entry, text } => Some(Say::Edit(*entry, text)),
            Command::WithdrawComment { entry } => Some(Say::Withdraw(*entry)),
            _ => None,
        };
        if let Some(say) = said {
            let event = self.say(&mut tx, ctx, row, say).await?;
            tx.commit().await.map_err(from_db)?;
            self.inner.events.announce(event);
            return Ok(());
        }
        if let Err(refusal) = row.request.status().permit(command.kind()) {
            // Said before a stale revision, because a decision that was made is what the person has to know.
            return Err(self.told_by_whom(id, refusal.into()).await);
        }
        self.check_revision(&row, seen).await?;

        let mut after = row.clone();
        let mut content = Content::Unchanged;
        let actor = Some(ctx.viewer.id);
        let action = match command {
            Command::Claim => Action::Claim,
            Command::Unclaim => Action::Unclaim,
            Command::Assign { reviewer } => Action::Assign { reviewer: self.reviewer(&reviewer).await? },
            Command::Amend { placement } => {
                self.known_cluster(&placement)?;
                Action::Amend { placement }
            }
            Command::Ask { question, fields } => Action::Ask { question, fields },
            Command::Reply { text, edit } => {
                let edit = match edit {
                    Some(edit) => self.judge_reply(ctx, &row, &edit).await?,
                    None => None,
                };
                let edit = match edit {
                    Some((form, judged)) => {
                        let requirements = self.policy().await?.evaluate(row.request.kind, &judged.spec);
                        after.request.team = judged.team;
                        fill(&mut after, &form, judged.spec, judged.owner);
                        content = Content::Kept;
                        Some((requirements, self.approvers(row.request.requester).await?))
                    }
                    None => None,
                };
                Action::Reply { text, edit }
            }
            Command::Vote => {
                let kind = if row.request.requirements.privacy && ctx.viewer.privacy_approver {
                    VoteKind::Privacy
                } else {
                    VoteKind::Review
                };
                let fit = match &row.request.placement {
                    Some(placement) => self.fit(&row, placement).await?,
                    None => Fit::Fits,
                };
                Action::Vote { kind, fit }
            }
            Command::Approve { placement, override_reason } => {
                self.known_cluster(&placement)?;
                let fit = self.fit(&row, &placement).await?;
                Action::Approve { placement, fit, override_reason }
            }
            Command::Deny { reason } => Action::Deny { reason },
            Command::Retry => Action::Retry,
            Command::GiveUp { reason } => Action::GiveUp { reason },
            Command::Withdraw { reason } => Action::Withdraw { reason },
            Command::Reopen => {
                let judged = self.judge(ctx, &row.form, Some(&row)).await?;
                let requirements = self.policy().await?.evaluate(row.request.kind, &judged.spec);
                fill(&mut after, &row.form, judged.spec, judged.owner);
                content = Content::Kept;
                Action::Reopen { requirements, approvers: self.approvers(row.request.requester).await? }
            }
            Command::Comment { .. } | Command::EditComment { .. } | Command::WithdrawComment { .. } => return Ok(()),
        };
        let is_reopened = action.kind() == ActionKind::Reopen;
        let mut judged_request = row.request.clone();
        judged_request.team = after.request.team;
        let applied = match judged_request.apply(action, actor, now) {
            Ok(applied) => applied,
            Err(refusal) => return Err(self.told_by_whom(id, refusal.into()).await),
        };
        let change = Change { before: &row, after, applied, content, ctx: Some(ctx) };
        let (after, mut event) = self.write(&mut tx, change, now).await?;
        if is_reopened && let (_, Some(later)) = self.approve_by_rule(&mut tx, after, ctx, now).await? {
            event = later;
        }
        tx.commit().await.map_err(from_db)?;
        self.inner.events.announce(event);
        Ok(())
    }

    /// A reply may change the fields that were typed; the others stay as they are.
    async fn judge_reply(
        &self,
        ctx: &Ctx,
        row: &RequestRow,
        edit: &RequestForm,
    ) -> Result<Option<(RequestForm, Judged)>> {
        let State::NeedsInfo { fields, .. } = &row.request.state else { return Ok(None) };
        let mut form = row.form.clone();
        for field in fields {
            form.set(*field, edit.get(*field));
        }
        if form == row.form {
            return Ok(None);
        }
        let judged = self.judge(ctx, &form, Some(row)).await?;
        Ok(Some((form, judged)))
    }

    pub(crate) async fn reviewer(&self, handle: &Handle) -> Result<UserId> {
        let nobody = || Error::input("reviewer", format!("{handle} is not a reviewer; choose one from the list."));
        let person = self.db().person_by_handle(handle.as_str()).await.map_err(from_db)?;
        let person =
            person.filter(|person| person.active && person.role.includes(Role::Reviewer)).ok_or_else(nobody)?;
        Ok(person.id)
    }

    fn known_cluster(&self, placement: &Placement) -> Result<()> {
        if self.clusters().iter().any(|cluster| cluster.name == placement.cluster) {
            return Ok(());
        }
        let message = format!("There is no cluster “{}”; choose one from the list.", placement.cluster);
        Err(PlacementErrors { cluster: Some(message), ..PlacementErrors::default() }.into())
    }

    async fn fit(&self, row: &RequestRow, placement: &Placement) -> Result<Fit> {
        let Some(spec) = &row.spec else { return Ok(Fit::Fits) };
        let loads = self.loads_for(row).await?;
        let load = loads.iter().find(|load| load.cluster.name == placement.cluster);
        Ok(load
            .map_or_else(|| Fit::DoesNot(vec!["There is no such cluster any more.".to_owned()]), |load| load.fit(spec)))
    }
}
