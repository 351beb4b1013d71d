//! Webhooks: who keeps them, and what is sent to them. Messages are in Slack's format and tell no more than everybody
//! who is signed in may know: no word of a thread and no use case.

use db::{DeliveryRow, HookRow, RequestRow, Tx};
use domain::{
    Timestamp,
    audit::AdminAct,
    choices::Role,
    error::{Error, Result},
    ids::{DeliveryId, EventId, HookId},
    job::{HookJob, JobKind, MESSAGE_ATTEMPTS, NewJob, NotifyJob},
    notice::{NoticeKind, concerns},
    view::{HookDelivery, HookView, HooksView},
};
use serde_json::json;

use crate::{
    Ctx, Ops, Reach,
    error::{from_db, internal},
};

/// Messages that the page of webhooks shows of each.
const SHOWN: u32 = 10;
const URL_MAX: usize = 2_000;
const SECRET_BYTES: usize = 24;

/// A message to a webhook, as it is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookMessage {
    pub id: DeliveryId,
    pub url: String,
    pub secret: String,
    /// JSON; the same for every attempt.
    pub body: String,
}

impl Ops {
    /// All webhooks with what was last sent to each.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins.
    pub async fn hooks(&self, ctx: &Ctx) -> Result<HooksView> {
        admin(ctx)?;
        let mut views = Vec::new();
        for hook in self.db().hooks().await.map_err(from_db)? {
            let deliveries = self.db().deliveries_of(hook.id, SHOWN).await.map_err(from_db)?;
            views.push(HookView {
                id: hook.id,
                kinds: kinds_of(&hook),
                url: hook.url,
                active: hook.active,
                deliveries: deliveries.into_iter().map(view).collect(),
            });
        }
        Ok(HooksView { hooks: views, now: self.now() })
    }

    /// Adds a webhook and gives its secret, which is shown once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins; [`Error::Input`] for an address that is none.
    pub async fn hook_add(&self, ctx: &Ctx, url: &str, kinds: &[NoticeKind]) -> Result<(HookId, String)> {
        admin(ctx)?;
        let url = url.trim();
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '@';
        if !is_web || url.len() > URL_MAX || url.contains(is_odd) {
            return Err(Error::input(
                "url",
                "Give an address that begins with https:// or http://, without a password.",
            ));
        }
        let kinds = words(kinds)?;
        let mut bytes = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| internal(&error))?;
        let secret = format!("whsec_{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.hook_insert(url, &secret, &kinds, ctx.viewer.id, self.now()).await.map_err(from_db)?;
        let after = Some(told(url, &kinds, Sending::On));
        self.admin_audit(&mut tx, Some(ctx), AdminAct::WebhookChanged, &subject(id), None, after).await?;
        tx.commit().await.map_err(from_db)?;
        Ok((id, secret))
    }

    /// Changes what a webhook is sent, and whether it is sent anything.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins; [`Error::NotFound`].
    pub async fn hook_change(&self, ctx: &Ctx, id: HookId, kinds: &[NoticeKind], sending: Sending) -> Result<()> {
        admin(ctx)?;
        let kinds = words(kinds)?;
        let hook = self.hook(id).await?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        if !tx.hook_update(id, &kinds, sending == Sending::On).await.map_err(from_db)? {
            return Err(Error::not_found(id));
        }
        let (before, after) = (Some(as_it_is(&hook)), Some(told(&hook.url, &kinds, sending)));
        self.admin_audit(&mut tx, Some(ctx), AdminAct::WebhookChanged, &subject(id), before, after).await?;
        tx.commit().await.map_err(from_db)
    }

    /// Forgets a webhook.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins; [`Error::NotFound`].
    pub async fn hook_remove(&self, ctx: &Ctx, id: HookId) -> Result<()> {
        admin(ctx)?;
        let before = Some(as_it_is(&self.hook(id).await?));
        let mut tx = self.db().begin().await.map_err(from_db)?;
        if !tx.hook_delete(id).await.map_err(from_db)? {
            return Err(Error::not_found(id));
        }
        self.admin_audit(&mut tx, Some(ctx), AdminAct::WebhookChanged, &subject(id), before, None).await?;
        tx.commit().await.map_err(from_db)
    }

    /// Sends a message that says that it is a test.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins; [`Error::NotFound`].
    pub async fn hook_test(&self, ctx: &Ctx, id: HookId) -> Result<()> {
        admin(ctx)?;
        self.hook(id).await?;
        let now = self.now();
        let body = slack(&format!("{} tests this webhook of KVStore.", slack_text(&ctx.person.name)));
        let mut tx = self.db().begin().await.map_err(from_db)?;
        // No event has a negative number.
        self.post(&mut tx, id, EventId(-now.timestamp_micros()), &body, now).await?;
        tx.commit().await.map_err(from_db)?;
        self.wake_jobs();
        Ok(())
    }

    async fn hook(&self, id: HookId) -> Result<HookRow> {
        self.db().hook_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))
    }

    /// Keeps the messages of an event for every webhook that wants it, in the transaction of its notices.
    pub(crate) async fn post_event(
        &self,
        tx: &mut Tx,
        job: &NotifyJob,
        row: &RequestRow,
        now: Timestamp,
    ) -> Result<()> {
        let Some((_, kind)) = concerns(job.action, job.status).first() else { return Ok(()) };
        if row.request.filed.is_none() {
            return Ok(());
        }
        let hooks = self.db().hooks().await.map_err(from_db)?;
        let wanting: Vec<HookId> =
            hooks.iter().filter(|hook| hook.active && kinds_of(hook).contains(kind)).map(|hook| hook.id).collect();
        if wanting.is_empty() {
            return Ok(());
        }
        let by = match job.by {
            Some(by) => self.people().await?.known(by).name,
            None => "KVStore".to_owned(),
        };
        let text = format!(
            "*{}* {}: <{}/requests/{id}|{id}> `{}` ({})",
            slack_text(&by),
            job.action.past(),
            self.site(),
            slack_text(&row.full_name),
            job.status.label(),
            id = job.request,
        );
        for hook in wanting {
            self.post(tx, hook, job.event, &slack(&text), now).await?;
        }
        Ok(())
    }

    async fn post(&self, tx: &mut Tx, hook: HookId, event: EventId, body: &str, now: Timestamp) -> Result<()> {
        let Some(id) = tx.delivery_insert(hook, event, body, now).await.map_err(from_db)? else { return Ok(()) };
        let job = NewJob::new(JobKind::Hook, &HookJob(id), now).unique(format!("hook:{id}")).attempts(MESSAGE_ATTEMPTS);
        tx.job_enqueue(&job, now).await.map_err(from_db)?;
        Ok(())
    }

    /// A message that is still to be sent, or again after it was given up; none where it was taken, or its webhook is gone
    /// or off.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn hook_message(&self, id: DeliveryId) -> Result<Option<HookMessage>> {
        let Some(row) = self.db().delivery_find(id).await.map_err(from_db)? else { return Ok(None) };
        let hook = self.db().hook_find(row.hook).await.map_err(from_db)?.filter(|hook| hook.active);
        let (Some(hook), false) = (hook, row.is_delivered()) else { return Ok(None) };
        Ok(Some(HookMessage { id, url: hook.url, secret: hook.secret, body: row.body }))
    }

    /// Keeps what came of an attempt: `status` that answered (0 for none), what it said, and whether it was the last.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn hook_attempted(&self, id: DeliveryId, status: u16, says: Option<&str>, next: Next) -> Result<()> {
        let finished = (next == Next::None).then(|| self.now());
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.delivery_attempted(id, status, says, finished).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }
}

/// Whether a webhook is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    On,
    Off,
}

/// Whether there will be another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Attempt,
    None,
}

fn subject(id: HookId) -> String {
    format!("webhook {id}")
}

/// What the trail keeps of a webhook. Its path may be a secret of the receiver, so only the host is told.
fn told(url: &str, kinds: &str, sending: Sending) -> String {
    let host = url.split('/').take(3).collect::<Vec<_>>().join("/");
    json!({"host": host, "kinds": kinds, "active": sending == Sending::On}).to_string()
}

fn as_it_is(hook: &HookRow) -> String {
    told(&hook.url, &hook.kinds, if hook.active { Sending::On } else { Sending::Off })
}

fn admin(ctx: &Ctx) -> Result<()> {
    if ctx.viewer.role == Role::Admin && ctx.reach == Reach::Whole {
        return Ok(());
    }
    Err(Error::forbidden("Only admins can do this."))
}

fn words(kinds: &[NoticeKind]) -> Result<String> {
    if kinds.is_empty() {
        return Err(Error::input("kind", "Choose at least one kind of event."));
    }
    Ok(kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" "))
}

fn kinds_of(hook: &HookRow) -> Vec<NoticeKind> {
    hook.kinds.split(' ').filter_map(NoticeKind::from_word).collect()
}

fn view(row: DeliveryRow) -> HookDelivery {
    HookDelivery {
        id: row.id,
        at: row.created_at,
        attempts: row.attempts,
        status: row.status,
        error: row.error,
        finished_at: row.finished_at,
    }
}

/// A message in Slack's format.
fn slack(text: &str) -> String {
    json!({
        "text": text,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    })
    .to_string()
}

/// A text without what Slack would read as a mark, a link or a call for attention.
fn slack_text(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '*' | '`' | '|')).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_calls_a_whole_channel_by_their_name() {
        assert_eq!(slack_text("Eve <!channel> *bold* & `x`"), "Eve &lt;!channel&gt; bold &amp; x");
    }
}
