//! Signing in with a password.

use domain::{
    account::AccountKind,
    audit::AdminAct,
    error::{Error, Result},
    ids::UserId,
};

use super::limits::Tried;
use crate::{Ops, SignedIn, error::from_db, session::Client};

/// Longer texts are no handle and no address, and are not looked up.
const LOGIN_MAX: usize = 254;

impl Ops {
    /// Signs somebody in by handle or e-mail address and password.
    ///
    /// Whoever does not exist, has left, has no password, or typed a wrong one is told the same after the same time.
    ///
    /// # Errors
    /// [`Error::Input`] for what was typed, [`Error::TooMany`] after too many tries of the account or the address.
    pub async fn sign_in_password(&self, login: &str, password: &str, client: &Client) -> Result<SignedIn> {
        let login = login.trim().trim_start_matches('@').to_lowercase();
        let wrong = || Error::input("password", "The name or the password is not right.");
        if login.is_empty() {
            return Err(Error::input("login", "Type your handle or your e-mail address."));
        }
        if password.chars().count() > domain::account::PASSWORD_MAX || login.chars().count() > LOGIN_MAX {
            return Err(wrong());
        }
        let person = self.db().person_by_login(&login).await.map_err(from_db)?;
        let tried = Tried { login: &login, person: person.as_ref().map(|person| person.id) };
        self.count_try(&tried, &client.origin).await?;

        let person = person.filter(|person| person.active && person.kind == AccountKind::Person);
        // Of nobody it is asked too, so that an answer takes as long.
        let id = person.as_ref().map_or(UserId(0), |person| person.id);
        let hash = self.db().password_hash(id).await.map_err(from_db)?;
        let right = self.inner.hasher.matches(password, hash).await?;
        let Some(person) = person.filter(|_| right) else {
            self.count_failure(&client.origin).await?;
            return Err(wrong());
        };
        // Many at once get past the first look; what they hit after the address has to wait is worth nothing.
        self.address_may_try(&client.origin).await?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        self.forget_tries(&mut tx, &login).await?;
        let signed_in = self.session_start(&mut tx, person.id, client, AdminAct::SignIn).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(signed_in)
    }
}
