//! Tokens of programs. Only their hashes are kept.

use domain::{
    Timestamp,
    ids::{TokenId, UserId},
};
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
    /// Whose it is; none for one of the installation, which its operator made.
    pub owner: Option<UserId>,
    pub name: String,
    /// The last characters of the secret; empty for those that were made before they were kept.
    pub hint: String,
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
    /// None for one of the installation.
    pub owner: Option<UserId>,
    pub name: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// The last characters of the secret, to tell tokens apart.
    pub hint: String,
    pub scopes: String,
    pub now: Timestamp,
    pub expires_at: Option<Timestamp>,
}

const TOKEN: &str =
    "select id, person_id, name, hint, scopes, created_at, expires_at, last_used_at, revoked_at from tokens";

#[derive(FromRow)]
struct TokenRaw {
    id: i64,
    person_id: Option<i64>,
    name: String,
    hint: String,
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
            owner: raw.person_id.map(UserId),
            name: raw.name,
            hint: raw.hint,
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

    /// The tokens of an account, newest first; those that were revoked too.
    pub async fn tokens_of(&self, owner: UserId) -> Result<Vec<TokenRow>> {
        let statement = sql(format!("{TOKEN} where person_id = $1 order by id desc"));
        let all: Vec<TokenRaw> = self.all(statement.bind(owner)).await?;
        all.into_iter().map(TokenRow::try_from).collect()
    }
}

impl Tx {
    /// Keeps a token.
    pub async fn token_insert(&mut self, token: &NewToken) -> Result<TokenId> {
        let (id,): (i64,) = self
            .one(
                sql("insert into tokens (name, token_hash, scopes, created_at, expires_at, person_id, hint) \
                     values ($1, $2, $3, $4, $5, $6, $7) returning id")
                .bind(token.name.as_str())
                .bind(token.hash.as_slice())
                .bind(token.scopes.as_str())
                .bind(micros(token.now))
                .bind(token.expires_at.map_or(0, micros))
                .bind(token.owner)
                .bind(token.hint.as_str()),
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

    /// Revokes one token of an account; returns whether it is theirs and held.
    pub async fn token_revoke(&mut self, id: TokenId, owner: UserId, now: Timestamp) -> Result<bool> {
        let statement = sql("update tokens set revoked_at = $3 where id = $1 and person_id = $2 and revoked_at = 0");
        Ok(self.run(statement.bind(id).bind(owner).bind(micros(now))).await? > 0)
    }

    /// Revokes every token of an account that holds, and says how many those were.
    pub async fn tokens_revoke_of(&mut self, owner: UserId, now: Timestamp) -> Result<u64> {
        let statement = sql("update tokens set revoked_at = $2 where person_id = $1 and revoked_at = 0");
        self.run(statement.bind(owner).bind(micros(now))).await
    }

    /// Revokes every token of the installation that has this name and holds, and says how many those were.
    pub async fn tokens_revoke(&mut self, name: &str, now: Timestamp) -> Result<u64> {
        let statement =
            sql("update tokens set revoked_at = $2 where name = $1 and person_id is null and revoked_at = 0");
        self.run(statement.bind(name).bind(micros(now))).await
    }
}
