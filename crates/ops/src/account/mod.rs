//! Accounts: signing in, what one changes of one's own, and what admins change of others.
//!
//! - `password`: the slow hash, with a bound on how many run at a time.
//! - `limits`: what stops guessing, in the database, so that it holds across servers.
//! - `sign_in`: by password; [`crate::session`]: what it ends in.
//! - `external`: by an identity provider.
//! - `links`: set-up, invitation and reset: links that work once.
//! - `settings`: the own account; `people`, `teams`, `hand_over`: what admins do.

mod external;
mod hand_over;
mod limits;
mod links;
mod password;
mod people;
mod settings;
mod sign_in;
mod teams;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    choices::Role,
    error::{Error, Result},
};
use sha2::{Digest, Sha256};

pub(crate) use self::password::Hasher;
pub use self::{external::External, links::NewPassword, people::NewPersonForm};
use crate::{
    Ctx, Reach,
    error::{from_db, internal},
};

/// Whose hand does what only admins may.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Whoever has the configuration and the database: a command.
    Operator,
    /// Somebody who is signed in, or a program with a token of theirs.
    Person(&'a Ctx),
}

impl<'a> By<'a> {
    pub(crate) fn ctx(self) -> Option<&'a Ctx> {
        match self {
            Self::Operator => None,
            Self::Person(ctx) => Some(ctx),
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin, and for a token of theirs without `admin:*`.
    pub(crate) fn authorize(self) -> Result<()> {
        match self {
            Self::Operator => Ok(()),
            Self::Person(ctx) if ctx.viewer.role.includes(Role::Admin) && ctx.reach == Reach::Whole => Ok(()),
            Self::Person(_) => Err(Error::forbidden("Only admins keep people and teams.")),
        }
    }

    /// # Errors
    /// [`Error::Forbidden`] for anyone but admins and auditors.
    pub(crate) fn authorize_reading(self) -> Result<()> {
        match self {
            Self::Operator => Ok(()),
            Self::Person(ctx) if ctx.viewer.may_audit() => Ok(()),
            Self::Person(_) => Err(Error::forbidden("Only admins and auditors see accounts.")),
        }
    }
}

/// A fresh secret for a cookie or a link: 43 characters that stand for 256 random bits.
pub(crate) fn fresh_secret() -> Result<String> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(secret))
}

/// What is kept of a secret. Salt and stretching would add nothing to 256 random bits.
pub(crate) fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// A handle or an address that is somebody's already becomes an error at its input.
fn taken(error: db::Error) -> Error {
    if error.is_conflict_on("people_handle_key") {
        Error::input("handle", "Somebody has this handle already.")
    } else if error.is_conflict_on("people_email_key") {
        Error::input("email", "Somebody has this address already.")
    } else {
        from_db(error)
    }
}
