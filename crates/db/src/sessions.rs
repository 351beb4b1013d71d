//! Signed-in browsers. Only the hash of a token is kept.

use chrono::Duration;
use domain::{
    Timestamp,
    ids::{SessionId, UserId},
};
use sqlx::FromRow;

use crate::{
    Db, NewSession, Result, SessionRow, Tx,
    sql::sql,
    time::{micros, moment},
};

/// A session that was not used for this long is over, whatever its expiry says.
pub const SESSION_IDLE: Duration = Duration::hours(12);

/// What a browser calls itself is kept up to this length, in characters.
const AGENT_MAX: usize = 200;

const SESSION: &str = "select id, person_id, created_at, last_used_at, expires_at, agent from sessions";

#[derive(FromRow)]
struct SessionRaw {
    id: i64,
    person_id: i64,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    agent: String,
}

impl TryFrom<SessionRaw> for SessionRow {
    type Error = crate::Error;

    fn try_from(raw: SessionRaw) -> Result<Self> {
        Ok(Self {
            id: SessionId(raw.id),
            user: UserId(raw.person_id),
            created_at: moment(raw.created_at)?,
            last_used_at: moment(raw.last_used_at)?,
            expires_at: moment(raw.expires_at)?,
            agent: raw.agent,
        })
    }
}

impl Db {
    /// The session of a token, by the token's SHA-256, while it holds: not revoked, not expired, and used within
    /// [`SESSION_IDLE`].
    pub async fn session_find(&self, hash: &[u8], now: Timestamp) -> Result<Option<SessionRow>> {
        let found: Option<SessionRaw> = self
            .maybe(
                sql(format!(
                    "{SESSION} where token_hash = $1 and revoked_at = 0 and expires_at > $2 and last_used_at > $3"
                ))
                .bind(hash)
                .bind(micros(now))
                .bind(micros(now - SESSION_IDLE)),
            )
            .await?;
        found.map(SessionRow::try_from).transpose()
    }

    /// The sessions of a person that were not revoked, last used first; also those that have expired.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<SessionRow>> {
        let statement =
            sql(format!("{SESSION} where person_id = $1 and revoked_at = 0 order by last_used_at desc, id desc"));
        let all: Vec<SessionRaw> = self.all(statement.bind(user)).await?;
        all.into_iter().map(SessionRow::try_from).collect()
    }
}

impl Tx {
    /// Starts a session, and forgets those of anybody that have expired.
    pub async fn session_insert(&mut self, session: &NewSession) -> Result<SessionId> {
        self.run(sql("delete from sessions where expires_at <= $1").bind(micros(session.now))).await?;
        let agent: String = session.agent.chars().take(AGENT_MAX).collect();
        let (id,): (i64,) = self
            .one(
                sql("insert into sessions (token_hash, person_id, created_at, last_used_at, expires_at, agent) \
                     values ($1, $2, $3, $3, $4, $5) returning id")
                .bind(session.hash.as_slice())
                .bind(session.user)
                .bind(micros(session.now))
                .bind(micros(session.expires_at))
                .bind(agent),
            )
            .await?;
        Ok(SessionId(id))
    }

    /// Records that a session was used. A write for every request is not worth it; once in some minutes is.
    pub async fn session_touch(&mut self, id: SessionId, now: Timestamp) -> Result<()> {
        let statement = sql("update sessions set last_used_at = $2 where id = $1 and last_used_at < $2");
        self.run(statement.bind(id).bind(micros(now))).await?;
        Ok(())
    }

    /// Forgets the sessions that ended before a moment, by expiry, by revocation or because nobody used them; says how
    /// many.
    pub async fn sessions_purge(&mut self, before: Timestamp) -> Result<u64> {
        let statement = sql("delete from sessions where expires_at < $1 or last_used_at < $2 \
                             or revoked_at > 0 and revoked_at < $1");
        self.run(statement.bind(micros(before)).bind(micros(before - SESSION_IDLE))).await
    }

    pub async fn session_revoke(&mut self, id: SessionId, now: Timestamp) -> Result<()> {
        let statement = sql("update sessions set revoked_at = $2 where id = $1 and revoked_at = 0");
        self.run(statement.bind(id).bind(micros(now))).await?;
        Ok(())
    }

    pub async fn sessions_revoke_all(&mut self, user: UserId, now: Timestamp) -> Result<()> {
        let statement = sql("update sessions set revoked_at = $2 where person_id = $1 and revoked_at = 0");
        self.run(statement.bind(user).bind(micros(now))).await?;
        Ok(())
    }
}
