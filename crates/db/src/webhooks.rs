//! Webhooks and what was sent to them.

use domain::{
    Timestamp,
    ids::{DeliveryId, EventId, HookId, UserId},
};
use sqlx::FromRow;

use crate::{
    Db, Result, Tx,
    sql::sql,
    time::{micros, moment, moment_or_none},
};

/// A webhook as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRow {
    pub id: HookId,
    pub url: String,
    pub secret: String,
    /// Words of kinds, with a blank between.
    pub kinds: String,
    pub active: bool,
}

/// One message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    pub id: DeliveryId,
    pub hook: HookId,
    pub body: String,
    pub created_at: Timestamp,
    pub attempts: u32,
    /// 0 while nothing answered.
    pub status: u16,
    pub error: Option<String>,
    /// When it was taken or given up.
    pub finished_at: Option<Timestamp>,
}

impl DeliveryRow {
    /// Whether its receiver took it.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.finished_at.is_some() && self.error.is_none()
    }
}

#[derive(FromRow)]
struct HookRaw {
    id: i64,
    url: String,
    secret: String,
    kinds: String,
    active: i64,
}

impl From<HookRaw> for HookRow {
    fn from(raw: HookRaw) -> Self {
        Self { id: HookId(raw.id), url: raw.url, secret: raw.secret, kinds: raw.kinds, active: raw.active != 0 }
    }
}

#[derive(FromRow)]
struct DeliveryRaw {
    id: i64,
    webhook_id: i64,
    body: String,
    created_at: i64,
    attempts: i64,
    status: i64,
    error: Option<String>,
    finished_at: i64,
}

impl TryFrom<DeliveryRaw> for DeliveryRow {
    type Error = crate::Error;

    fn try_from(raw: DeliveryRaw) -> Result<Self> {
        Ok(Self {
            id: DeliveryId(raw.id),
            hook: HookId(raw.webhook_id),
            body: raw.body,
            created_at: moment(raw.created_at)?,
            attempts: u32::try_from(raw.attempts).unwrap_or(u32::MAX),
            status: u16::try_from(raw.status).unwrap_or(0),
            error: raw.error,
            finished_at: moment_or_none(raw.finished_at)?,
        })
    }
}

const HOOK: &str = "select id, url, secret, kinds, active from webhooks";
const DELIVERY: &str =
    "select id, webhook_id, body, created_at, attempts, status, error, finished_at from webhook_deliveries";

impl Db {
    /// All webhooks, oldest first.
    pub async fn hooks(&self) -> Result<Vec<HookRow>> {
        let all: Vec<HookRaw> = self.all(sql(format!("{HOOK} order by id"))).await?;
        Ok(all.into_iter().map(HookRow::from).collect())
    }

    pub async fn hook_find(&self, id: HookId) -> Result<Option<HookRow>> {
        let found: Option<HookRaw> = self.maybe(sql(format!("{HOOK} where id = $1")).bind(id)).await?;
        Ok(found.map(HookRow::from))
    }

    pub async fn delivery_find(&self, id: DeliveryId) -> Result<Option<DeliveryRow>> {
        let found: Option<DeliveryRaw> = self.maybe(sql(format!("{DELIVERY} where id = $1")).bind(id)).await?;
        found.map(DeliveryRow::try_from).transpose()
    }

    /// The last messages to a webhook, newest first.
    pub async fn deliveries_of(&self, hook: HookId, limit: u32) -> Result<Vec<DeliveryRow>> {
        let statement = sql(format!("{DELIVERY} where webhook_id = $1 order by id desc limit $2"));
        let all: Vec<DeliveryRaw> = self.all(statement.bind(hook).bind(limit)).await?;
        all.into_iter().map(DeliveryRow::try_from).collect()
    }
}

impl Tx {
    /// Keeps a new webhook, which is active.
    pub async fn hook_insert(
        &mut self,
        url: &str,
        secret: &str,
        kinds: &str,
        by: UserId,
        now: Timestamp,
    ) -> Result<HookId> {
        let (id,): (i64,) = self
            .one(
                sql("insert into webhooks (url, secret, kinds, active, created_at, created_by) \
                     values ($1, $2, $3, 1, $4, $5) returning id")
                .bind(url)
                .bind(secret)
                .bind(kinds)
                .bind(micros(now))
                .bind(by),
            )
            .await?;
        Ok(HookId(id))
    }

    /// Changes what a webhook is sent, and whether it is sent anything; says whether there is such a one.
    pub async fn hook_update(&mut self, id: HookId, kinds: &str, active: bool) -> Result<bool> {
        let statement = sql("update webhooks set kinds = $2, active = $3 where id = $1");
        Ok(self.run(statement.bind(id).bind(kinds).bind(active)).await? > 0)
    }

    /// Forgets a webhook with all that was sent to it.
    pub async fn hook_delete(&mut self, id: HookId) -> Result<bool> {
        Ok(self.run(sql("delete from webhooks where id = $1").bind(id)).await? > 0)
    }

    /// Keeps a message to a webhook; none where it has one of this event.
    pub async fn delivery_insert(
        &mut self,
        hook: HookId,
        event: EventId,
        body: &str,
        now: Timestamp,
    ) -> Result<Option<DeliveryId>> {
        let new: Option<(i64,)> = self
            .maybe(
                sql("insert into webhook_deliveries (webhook_id, event_id, body, created_at) values ($1, $2, $3, $4) \
                     on conflict (webhook_id, event_id) do nothing returning id")
                .bind(hook)
                .bind(event)
                .bind(body)
                .bind(micros(now)),
            )
            .await?;
        Ok(new.map(|(id,)| DeliveryId(id)))
    }

    /// Keeps what came of one attempt. `finished` says that there will be no other, unless somebody asks for one.
    pub async fn delivery_attempted(
        &mut self,
        id: DeliveryId,
        status: u16,
        error: Option<&str>,
        finished: Option<Timestamp>,
    ) -> Result<()> {
        self.run(
            sql("update webhook_deliveries set attempts = attempts + 1, status = $2, error = $3, finished_at = $4 \
                 where id = $1 and (finished_at = 0 or error is not null)")
            .bind(id)
            .bind(i64::from(status))
            .bind(error.map(str::to_owned))
            .bind(crate::time::micros_or_none(finished)),
        )
        .await?;
        Ok(())
    }
}
