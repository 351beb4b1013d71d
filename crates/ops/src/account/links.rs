//! Links that work once: the set-up of the first admin, invitations, and new passwords.
//!
//! The secret of a link is told once and kept as a hash. Whoever has it sets the password; using it ends it.

use chrono::Duration;
use db::{NewAccount, NewLink, Tx};
use domain::{
    account::{AccountKind, LinkPurpose, LinkView, judge_password, parse_email, parse_name, subject_of},
    audit::AdminAct,
    choices::Role,
    error::{Error, Result},
    ids::UserId,
    names::Handle,
};

use super::{By, fresh_secret, hash_of, taken};
use crate::{
    Ops, SignedIn,
    error::from_db,
    session::{Client, to_person},
};

const SETUP_LIVES: Duration = Duration::days(1);
const INVITE_LIVES: Duration = Duration::days(7);
const RESET_LIVES: Duration = Duration::days(1);

/// What was typed on the page of a link. The first three only count where the link makes the person.
#[derive(Clone, Default)]
pub struct NewPassword {
    pub handle: String,
    pub name: String,
    pub email: String,
    pub password: String,
    /// The password once more.
    pub again: String,
}

fn gone() -> Error {
    Error::not_found("link: it was used, it has expired, or a newer one was made")
}

impl Ops {
    /// The secret of a link that makes the first admin; none where there is anybody already.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn setup_link(&self) -> Result<Option<String>> {
        if self.db().has_people().await.map_err(from_db)? {
            return Ok(None);
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let secret = self.make_link(&mut tx, LinkPurpose::Setup, None).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(Some(secret))
    }

    /// Makes a link in the transaction that it belongs to. Earlier ones of the same person end.
    pub(super) async fn make_link(&self, tx: &mut Tx, purpose: LinkPurpose, person: Option<UserId>) -> Result<String> {
        let secret = fresh_secret()?;
        let now = self.machine_now();
        let lives = match purpose {
            LinkPurpose::Setup => SETUP_LIVES,
            LinkPurpose::Invite => INVITE_LIVES,
            LinkPurpose::Reset => RESET_LIVES,
        };
        let link = NewLink { hash: hash_of(&secret), purpose, person, now, expires_at: now + lives };
        tx.link_insert(&link).await.map_err(from_db)?;
        Ok(secret)
    }

    /// What a link is for.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it was used, has expired, or never was.
    pub async fn link_view(&self, secret: &str) -> Result<LinkView> {
        let link =
            self.db().link_find(&hash_of(secret), self.machine_now()).await.map_err(from_db)?.ok_or_else(gone)?;
        let person = match link.person {
            Some(id) => {
                let row = self.db().person_find(id).await.map_err(from_db)?.filter(|row| row.active);
                Some(to_person(&row.ok_or_else(gone)?))
            }
            None => None,
        };
        Ok(LinkView { purpose: link.purpose, person, expires_at: link.expires_at })
    }

    /// Sets the password that a link is for, ends all sessions of the person, and signs this browser in.
    ///
    /// # Errors
    /// [`Error::NotFound`] as [`Ops::link_view`], [`Error::Input`] for what was typed; then the link still works.
    pub async fn link_use(&self, secret: &str, typed: &NewPassword, client: &Client) -> Result<SignedIn> {
        let view = self.link_view(secret).await?;
        let (handle, name, email) = match &view.person {
            Some(person) => (person.handle.clone(), person.name.clone(), String::new()),
            None => {
                let handle: Handle = typed
                    .handle
                    .parse()
                    .map_err(|error: domain::names::NameError| Error::input("handle", error.to_string()))?;
                let name = parse_name(&typed.name).map_err(|why| Error::input("name", why))?;
                let email = parse_email(&typed.email).map_err(|why| Error::input("email", why))?;
                (handle.to_string(), name, email)
            }
        };
        judge_new(typed, &handle, &name, &email)?;
        let hash = self.inner.hasher.hash(&typed.password).await?;

        let now = self.machine_now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let link = tx.link_take(&hash_of(secret), now).await.map_err(from_db)?.ok_or_else(gone)?;
        let (id, act) = match link.person {
            Some(id) => {
                let row = self.account_row(id).await?;
                if !row.active {
                    return Err(gone());
                }
                self.forget_all_tries(&mut tx, &row).await?;
                (id, AdminAct::PasswordSet)
            }
            None => {
                if !tx.first_account().await.map_err(from_db)? {
                    return Err(gone());
                }
                let account = NewAccount {
                    handle,
                    name,
                    email,
                    kind: AccountKind::Person,
                    role: Role::Admin,
                    privacy_approver: false,
                    teams: Vec::new(),
                };
                (tx.account_insert(&account).await.map_err(taken)?, AdminAct::Setup)
            }
        };
        tx.person_set_password(id, &hash).await.map_err(from_db)?;
        tx.sessions_revoke_all(id, now).await.map_err(from_db)?;
        let signed_in = self.session_start(&mut tx, id, client, act).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(signed_in)
    }

    /// A link that lets somebody choose a new password, for an admin to pass on. Until it is used the old one works.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin, [`Error::NotFound`], [`Error::Input`] for a service account or
    /// somebody who left.
    pub async fn password_reset(&self, by: By<'_>, id: UserId) -> Result<String> {
        by.authorize()?;
        let person = self.account_row(id).await?;
        if person.kind == AccountKind::Service || !person.active {
            return Err(Error::input("person", "Only active people have passwords."));
        }
        let purpose = if person.has_password { LinkPurpose::Reset } else { LinkPurpose::Invite };
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let secret = self.make_link(&mut tx, purpose, Some(id)).await?;
        self.admin_audit(&mut tx, by.ctx(), AdminAct::PasswordReset, &subject_of(id), None, None).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(secret)
    }
}

/// Judges a new password that was typed twice.
pub(super) fn judge_new(typed: &NewPassword, handle: &str, name: &str, email: &str) -> Result<()> {
    judge_password(&typed.password, handle, name, email).map_err(|why| Error::input("password", why))?;
    if typed.password == typed.again {
        Ok(())
    } else {
        Err(Error::input("again", "The two are not the same; type the password twice."))
    }
}
