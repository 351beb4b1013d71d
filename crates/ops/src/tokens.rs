//! Tokens: those of people and service accounts, and those of the installation, which its operator makes.
//!
//! What a scope means is for the data plane to say; here scopes are words. A token never reaches further than its owner:
//! who is asked about here is always as the database knows them now.

use chrono::Duration;
use db::{PersonRow, TokenRow};
use domain::{
    Timestamp,
    account::{AccountKind, SCOPES_MAX, TOKEN_NAME_MAX, TOKENS_MAX, TokenView, subject_of},
    audit::AdminAct,
    choices::Role,
    error::{Error, Result},
    ids::{TokenId, UserId},
};

use crate::{
    By, Ctx, Ops, Reach,
    error::from_db,
    session::{to_person, viewer},
};

/// The last characters of a secret that are kept to tell tokens apart.
const HINT_CHARS: usize = 4;

/// `last_used_at` is written at most this often.
const TOUCH_EVERY: Duration = Duration::minutes(5);

/// A token to make. Its scopes were parsed by whoever understands them.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// The secret's last characters.
    pub hint: String,
    /// As words.
    pub scopes: Vec<String>,
    pub expires_at: Option<Timestamp>,
}

impl NewToken {
    /// Of a secret: the name is judged here, the scopes were judged before.
    ///
    /// # Errors
    /// [`Error::Input`] where the name or the number of scopes is out of bounds.
    pub fn new(
        name: &str,
        secret: &str,
        hash: [u8; 32],
        scopes: Vec<String>,
        expires_at: Option<Timestamp>,
    ) -> Result<Self> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > TOKEN_NAME_MAX || name.chars().any(char::is_control) {
            let message = format!("Say what it is for, in 1 to {TOKEN_NAME_MAX} printable characters.");
            return Err(Error::input("token_name", message));
        }
        if scopes.is_empty() || scopes.len() > SCOPES_MAX {
            return Err(Error::input("scopes", format!("Name 1 to {SCOPES_MAX} scopes.")));
        }
        let hint = secret.chars().skip(secret.chars().count().saturating_sub(HINT_CHARS)).collect();
        Ok(Self { name, hash, hint, scopes, expires_at })
    }

    fn row(self, owner: Option<UserId>, now: Timestamp) -> db::NewToken {
        db::NewToken {
            owner,
            name: self.name,
            hash: self.hash.to_vec(),
            hint: self.hint,
            scopes: self.scopes.join(" "),
            now,
            expires_at: self.expires_at,
        }
    }
}

/// A token that holds, with its owner as they are now.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    pub token: TokenRow,
    owner: Option<PersonRow>,
}

impl TokenCaller {
    /// The role of the person whose it is; none for a token of a service account or of the installation, which may do
    /// what its scopes say.
    #[must_use]
    pub fn person_role(&self) -> Option<Role> {
        self.owner.as_ref().filter(|owner| owner.kind == AccountKind::Person).map(|owner| owner.role)
    }

    /// The owner as who asks, as far as the token reaches; none for a token of the installation, which is nobody's.
    #[must_use]
    pub fn ctx(&self, reach: Reach, request_ref: &str, origin: &str) -> Option<Ctx> {
        self.owner.as_ref().map(|owner| Ctx {
            viewer: viewer(owner),
            person: to_person(owner),
            reach,
            session: None,
            request_ref: request_ref.to_owned(),
            origin: origin.to_owned(),
        })
    }
}

pub(crate) fn to_view(row: &TokenRow) -> TokenView {
    TokenView {
        id: row.id,
        name: row.name.clone(),
        hint: row.hint.clone(),
        scopes: row.scopes.split(' ').map(str::to_owned).collect(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    }
}

impl Ops {
    /// Keeps a token of the installation by the SHA-256 of its secret. For its operator alone.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn token_create(&self, token: NewToken) -> Result<TokenId> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.token_insert(&token.row(None, self.now())).await.map_err(from_db)?;
        self.admin_audit(&mut tx, None, AdminAct::TokenCreated, &format!("token {id}"), None, None).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(id)
    }

    /// Keeps a token of an account: one's own, or as an admin one of a service account. It never reaches further than
    /// its owner, whatever its scopes say.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for somebody else's account and for a caller without `admin:*`; [`Error::Input`] where the
    /// account has its number of tokens or it has ended already; [`Error::NotFound`].
    pub async fn account_token_create(&self, by: By<'_>, owner: UserId, token: NewToken) -> Result<TokenId> {
        let account = self.authorize_tokens(by, owner).await?;
        // A token is its owner: with one of somebody else's an admin would act under their name.
        let is_of_another = matches!(by, By::Person(ctx) if ctx.viewer.id != owner);
        if is_of_another && account.kind == AccountKind::Person {
            return Err(Error::forbidden("People make their own tokens; an admin makes those of service accounts."));
        }
        if !account.active {
            return Err(Error::input("person", "Somebody who left can have no token."));
        }
        let now = self.now();
        if token.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::input("expires", "Choose a moment that is to come."));
        }
        let held = self.db().tokens_of(owner).await.map_err(from_db)?;
        if held.iter().filter(|row| to_view(row).holds(now)).count() >= TOKENS_MAX {
            return Err(Error::input("token_name", format!("There are {TOKENS_MAX} tokens; revoke one first.")));
        }
        let after = serde_json::json!({ "name": token.name, "scopes": token.scopes, "hint": token.hint });
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.token_insert(&token.row(Some(owner), now)).await.map_err(from_db)?;
        let subject = format!("token {id} of {}", subject_of(owner));
        self.admin_audit(&mut tx, by.ctx(), AdminAct::TokenCreated, &subject, None, Some(after.to_string())).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(id)
    }

    /// Ends a token of an account at once.
    ///
    /// # Errors
    /// As [`Ops::account_token_create`]; [`Error::NotFound`] where the account has no such token that holds.
    pub async fn account_token_revoke(&self, by: By<'_>, owner: UserId, id: TokenId) -> Result<()> {
        self.authorize_tokens(by, owner).await?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        if !tx.token_revoke(id, owner, self.now()).await.map_err(from_db)? {
            return Err(Error::not_found("token"));
        }
        let subject = format!("token {id} of {}", subject_of(owner));
        self.admin_audit(&mut tx, by.ctx(), AdminAct::TokenRevoked, &subject, None, None).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }

    /// One's own tokens are one's own business; an admin keeps those of service accounts and ends anybody's.
    async fn authorize_tokens(&self, by: By<'_>, owner: UserId) -> Result<PersonRow> {
        let account = self.account_row(owner).await;
        match by {
            By::Person(ctx) if ctx.viewer.id == owner => {
                if ctx.reach != Reach::Whole {
                    return Err(Error::forbidden("A token makes and ends no tokens unless its scope is admin:*."));
                }
                account
            }
            _ => {
                by.authorize()?;
                account
            }
        }
    }

    /// The tokens of the caller's own account that hold, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn own_tokens(&self, ctx: &Ctx) -> Result<Vec<TokenView>> {
        let now = self.now();
        let rows = self.db().tokens_of(ctx.viewer.id).await.map_err(from_db)?;
        Ok(rows.iter().map(to_view).filter(|token| token.holds(now)).collect())
    }

    /// The token of a secret's SHA-256, while it holds and its owner is active.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn token_caller(&self, hash: [u8; 32]) -> Result<Option<TokenCaller>> {
        let Some(token) = self.db().token_find(&hash, self.now()).await.map_err(from_db)? else { return Ok(None) };
        let Some(id) = token.owner else { return Ok(Some(TokenCaller { token, owner: None })) };
        let owner = self.db().person_find(id).await.map_err(from_db)?.filter(|owner| owner.active);
        Ok(owner.map(|owner| TokenCaller { token, owner: Some(owner) }))
    }

    /// Records that a token was used, where that was not recorded lately: reading must not write every time.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn token_used(&self, caller: &TokenCaller) -> Result<()> {
        if caller.token.last_used_at.is_none_or(|at| self.now() - at > TOUCH_EVERY) {
            self.token_touch(caller.token.id).await?;
        }
        Ok(())
    }

    async fn token_touch(&self, id: TokenId) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.token_touch(id, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }

    /// All tokens by name. For the operator of the installation.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn tokens(&self) -> Result<Vec<TokenRow>> {
        self.db().tokens().await.map_err(from_db)
    }

    /// Revokes every token of the installation with a name, and says how many held. For its operator.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn tokens_revoke(&self, name: &str) -> Result<u64> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let revoked = tx.tokens_revoke(name, self.now()).await.map_err(from_db)?;
        if revoked > 0 {
            self.admin_audit(&mut tx, None, AdminAct::TokenRevoked, &format!("tokens named {name}"), None, None)
                .await?;
        }
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(revoked)
    }
}
