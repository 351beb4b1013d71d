//! Tokens of programs. Only their hashes are kept.

use domain::{Timestamp, ids::TokenId};
use sqlx::FromRow;

use crate::{
    Db, Result, Tx,
    sql::sql,
    time::{micros, moment},
};

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: TokenId,
    pub name: String,
    /// Words with a blank between.
    pub scopes: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// A token to keep.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    pub scopes: String,
    pub now: Timestamp,
    pub expires_at: Option<Timestamp>,
}

const TOKEN: &str = "select id, name, scopes, created_at, expires_at, last_used_at, revoked_at from tokens";

#[derive(FromRow)]
struct TokenRaw {
    id: i64,
    name: String,
    scopes: String,
    created_at: i64,
    expires_at: i64,
    last_used_at: i64,
    revoked_at: i64,
}

impl TryFrom<TokenRaw> for TokenRow {
    type Error = crate::Error;

    fn try_from(raw: TokenRaw) -> Result<Self> {
        let some = |at: i64| if at == 0 { Ok(None) } else { moment(at).map(Some) };
        Ok(Self {
            id: TokenId(raw.id),
            name: raw.name,
            scopes: raw.scopes,
            created_at: moment(raw.created_at)?,
            expires_at: some(raw.expires_at)?,
            last_used_at: some(raw.last_used_at)?,
            revoked_at: some(raw.revoked_at)?,
        })
    }
}

impl Db {
    /// The token of a hash, while it holds: not revoked and not expired.
    pub async fn token_find(&self, hash: &[u8], now: Timestamp) -> Result<Option<TokenRow>> {
        let statement =
            sql(format!("{TOKEN} where token_hash = $1 and revoked_at = 0 and (expires_at = 0 or expires_at > $2)"));
        let found: Option<TokenRaw> = self.maybe(statement.bind(hash).bind(micros(now))).await?;
        found.map(TokenRow::try_from).transpose()
    }

    /// All tokens by name, those that were revoked too.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>> {
        let all: Vec<TokenRaw> = self.all(sql(format!("{TOKEN} order by name, id"))).await?;
        all.into_iter().map(TokenRow::try_from).collect()
    }
}

impl Tx {
    /// Keeps a token.
    pub async fn token_insert(&mut self, token: &NewToken) -> Result<TokenId> {
        let (id,): (i64,) = self
            .one(
                sql("insert into tokens (name, token_hash, scopes, created_at, expires_at) \
                     values ($1, $2, $3, $4, $5) returning id")
                .bind(token.name.as_str())
                .bind(token.hash.as_slice())
                .bind(token.scopes.as_str())
                .bind(micros(token.now))
                .bind(token.expires_at.map_or(0, micros)),
            )
            .await?;
        Ok(TokenId(id))
    }

    /// Records that a token was used. A write for every call is not worth it; once in some minutes is.
    pub async fn token_touch(&mut self, id: TokenId, now: Timestamp) -> Result<()> {
        let statement = sql("update tokens set last_used_at = $2 where id = $1 and last_used_at < $2");
        self.run(statement.bind(id).bind(micros(now))).await?;
        Ok(())
    }

    /// Revokes every token of this name that holds, and says how many those were.
    pub async fn tokens_revoke(&mut self, name: &str, now: Timestamp) -> Result<u64> {
        let statement = sql("update tokens set revoked_at = $2 where name = $1 and revoked_at = 0");
        self.run(statement.bind(name).bind(micros(now))).await
    }
}
