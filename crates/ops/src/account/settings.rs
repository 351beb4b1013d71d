//! What somebody changes of their own account.

use domain::{
    account::{SessionView, SettingsView, parse_email, parse_name, subject_of},
    audit::AdminAct,
    error::{Error, Result},
    ids::SessionId,
};

use super::{NewPassword, limits::Tried, links::judge_new, taken};
use crate::{
    Ctx, Ops, Reach, SignedIn,
    error::from_db,
    session::{Client, to_person},
};

/// An account is changed by who is signed in, not by a program of theirs.
fn authorize(ctx: &Ctx) -> Result<()> {
    if ctx.session.is_some() && ctx.reach == Reach::Whole {
        Ok(())
    } else {
        Err(Error::forbidden("Sign in to change your own account; a token cannot."))
    }
}

impl Ops {
    /// The settings page.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn settings(&self, ctx: &Ctx) -> Result<SettingsView> {
        let now = self.machine_now();
        let row = self.account_row(ctx.viewer.id).await?;
        let sessions = self.db().sessions_of(row.id).await.map_err(from_db)?;
        let sessions = sessions
            .into_iter()
            .filter(|session| session.expires_at > now && session.last_used_at > now - db::SESSION_IDLE)
            .map(|session| SessionView {
                is_this: Some(session.id) == ctx.session,
                id: session.id,
                agent: session.agent,
                created_at: session.created_at,
                last_used_at: session.last_used_at,
                expires_at: session.expires_at,
            });
        Ok(SettingsView {
            person: to_person(&row),
            email: row.email,
            has_password: row.has_password,
            sessions: sessions.collect(),
            tokens: self.own_tokens(ctx).await?,
            now: self.now(),
        })
    }

    /// Changes one's own name and e-mail address.
    ///
    /// # Errors
    /// [`Error::Input`] for what was typed, [`Error::Forbidden`] for a token.
    pub async fn own_profile_save(&self, ctx: &Ctx, name: &str, email: &str) -> Result<()> {
        authorize(ctx)?;
        let id = ctx.viewer.id;
        let name = parse_name(name).map_err(|why| Error::input("name", why))?;
        let email = parse_email(email).map_err(|why| Error::input("email", why))?;
        let row = self.account_row(id).await?;
        let before = serde_json::json!({ "name": row.name, "email": row.email }).to_string();
        let after = serde_json::json!({ "name": name, "email": email }).to_string();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.person_rename(id, &name, &email).await.map_err(taken)?;
        let subject = subject_of(id);
        self.admin_audit(&mut tx, Some(ctx), AdminAct::PersonChanged, &subject, Some(before), Some(after)).await?;
        tx.commit().await.map_err(from_db)
    }

    /// Changes one's own password, or sets the first one. All sessions end; this browser gets a new one.
    ///
    /// # Errors
    /// [`Error::Input`] for what was typed, [`Error::TooMany`] after too many wrong present passwords,
    /// [`Error::Forbidden`] for a token.
    pub async fn own_password_set(
        &self,
        ctx: &Ctx,
        present: &str,
        typed: &NewPassword,
        client: &Client,
    ) -> Result<SignedIn> {
        authorize(ctx)?;
        let id = ctx.viewer.id;
        let row = self.account_row(id).await?;
        judge_new(typed, &row.handle, &row.name, &row.email)?;
        if let Some(hash) = self.db().password_hash(id).await.map_err(from_db)? {
            let tried = Tried { login: &row.handle, person: Some(id) };
            self.count_try(&tried, &client.origin).await?;
            if !self.inner.hasher.matches(present, Some(hash)).await? {
                return Err(Error::input("present", "This is not your present password."));
            }
        }
        let hash = self.inner.hasher.hash(&typed.password).await?;
        let now = self.machine_now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        self.forget_all_tries(&mut tx, &row).await?;
        tx.person_set_password(id, &hash).await.map_err(from_db)?;
        tx.links_end(id).await.map_err(from_db)?;
        tx.sessions_revoke_all(id, now).await.map_err(from_db)?;
        let signed_in = self.session_start(&mut tx, id, client, AdminAct::PasswordSet).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(signed_in)
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is somebody else's or over, [`Error::Forbidden`] for a token.
    pub async fn own_session_revoke(&self, ctx: &Ctx, id: SessionId) -> Result<()> {
        authorize(ctx)?;
        let own = self.db().sessions_of(ctx.viewer.id).await.map_err(from_db)?;
        if !own.iter().any(|session| session.id == id) {
            return Err(Error::not_found("session"));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.session_revoke(id, self.machine_now()).await.map_err(from_db)?;
        self.admin_audit(&mut tx, Some(ctx), AdminAct::SessionRevoked, &format!("session {id}"), None, None).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }

    /// Ends all of one's own sessions but this one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a token.
    pub async fn own_sessions_revoke_others(&self, ctx: &Ctx) -> Result<()> {
        authorize(ctx)?;
        let own = self.db().sessions_of(ctx.viewer.id).await.map_err(from_db)?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        for session in own.iter().filter(|session| Some(session.id) != ctx.session) {
            tx.session_revoke(session.id, self.machine_now()).await.map_err(from_db)?;
        }
        let subject = format!("all other sessions of {}", subject_of(ctx.viewer.id));
        self.admin_audit(&mut tx, Some(ctx), AdminAct::SessionRevoked, &subject, None, None).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }
}
