//! Tokens of programs. What a scope means is for the data plane to say; here they are words.

use db::{NewToken, TokenRow};
use domain::{Timestamp, error::Result, ids::TokenId};

use crate::{Ops, error::from_db};

impl Ops {
    /// Keeps a token by the SHA-256 of its secret. For the operator of this installation: there is no other caller yet.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn token_create(
        &self,
        name: &str,
        hash: [u8; 32],
        scopes: &[String],
        expires_at: Option<Timestamp>,
    ) -> Result<TokenId> {
        let token = NewToken {
            name: name.to_owned(),
            hash: hash.to_vec(),
            scopes: scopes.join(" "),
            now: self.now(),
            expires_at,
        };
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.token_insert(&token).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        Ok(id)
    }

    /// The token of a secret's SHA-256, while it holds.
    ///
    /// # Errors
    /// As [`token_create`](Self::token_create).
    pub async fn token_find(&self, hash: [u8; 32]) -> Result<Option<TokenRow>> {
        self.db().token_find(&hash, self.now()).await.map_err(from_db)
    }

    /// Records that a token was used.
    ///
    /// # Errors
    /// As [`token_create`](Self::token_create).
    pub async fn token_touch(&self, id: TokenId) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.token_touch(id, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }

    /// All tokens by name.
    ///
    /// # Errors
    /// As [`token_create`](Self::token_create).
    pub async fn tokens(&self) -> Result<Vec<TokenRow>> {
        self.db().tokens().await.map_err(from_db)
    }

    /// Revokes every token of a name, and says how many held.
    ///
    /// # Errors
    /// As [`token_create`](Self::token_create).
    pub async fn tokens_revoke(&self, name: &str) -> Result<u64> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let revoked = tx.tokens_revoke(name, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        Ok(revoked)
    }
}
