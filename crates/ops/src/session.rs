//! Sessions: random tokens whose hashes are kept, so that a stolen database signs nobody in.

use chrono::Duration;
use db::{NewAdminAct, NewSession, PersonRow, Tx};
use domain::{
    Timestamp,
    account::{AccountKind, subject_of},
    audit::AdminAct,
    authz::Viewer,
    choices::Role,
    error::{Error, Result},
    ids::UserId,
    names::Handle,
    view::{Directory, Person},
};

use crate::{
    Ctx, Ops, Reach,
    account::{fresh_secret, hash_of},
    error::from_db,
};

/// A session ends this long after it began, however much it is used.
const LIFETIME: Duration = Duration::days(7);
/// `last_used_at` is written at most this often, so that reading pages does not write.
const TOUCH_EVERY: Duration = Duration::minutes(5);

/// Whether the demo people may sign in by a click. Never on an address that others reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoSignIn {
    On,
    Off,
}

/// The browser that signs in, as the list of sessions and the audit trail tell of it.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// What it calls itself.
    pub agent: String,
    /// Its address; empty where the connection does not say.
    pub origin: String,
    /// The id of the HTTP request.
    pub request_ref: String,
}

impl From<&str> for Client {
    /// One that says what it calls itself, and no more.
    fn from(agent: &str) -> Self {
        Self { agent: agent.to_owned(), ..Self::default() }
    }
}

/// A new session. The token is told once, to the browser alone.
pub struct SignedIn {
    pub token: String,
    pub expires_at: Timestamp,
}

impl Ops {
    /// Signs a demo person in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where demo sign-in is off, [`Error::Input`] where nobody has the handle.
    pub async fn sign_in_demo(&self, handle: &str, client: impl Into<Client>) -> Result<SignedIn> {
        let client = client.into();
        if self.inner.demo == DemoSignIn::Off {
            return Err(Error::forbidden("Demo sign-in is off here."));
        }
        let nobody = || Error::input("handle", "Choose one of the people in the list.");
        let handle: Handle = handle.parse().map_err(|_| nobody())?;
        let person = self.db().person_by_handle(handle.as_str()).await.map_err(from_db)?;
        let person = person.filter(may_sign_in).ok_or_else(nobody)?;

        let mut tx = self.db().begin().await.map_err(from_db)?;
        let signed_in = self.session_start(&mut tx, person.id, &client, AdminAct::SignIn).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(signed_in)
    }

    /// Starts a session in the transaction that found out who it is, and writes down why: `act`.
    pub(crate) async fn session_start(
        &self,
        tx: &mut Tx,
        user: UserId,
        client: &Client,
        act: AdminAct,
    ) -> Result<SignedIn> {
        let now = self.machine_now();
        let token = fresh_secret()?;
        let expires_at = now + LIFETIME;
        let agent: String = client.agent.chars().filter(|c| !c.is_control()).take(200).collect();
        let session = NewSession { hash: hash_of(&token), user, now, expires_at, agent };
        tx.session_insert(&session).await.map_err(from_db)?;
        tx.person_signed_in(user, now).await.map_err(from_db)?;
        let entry = NewAdminAct {
            at: self.now(),
            by: Some(user),
            act,
            subject: subject_of(user),
            before: None,
            after: None,
            origin: client.origin.clone(),
            request_ref: client.request_ref.clone(),
        };
        tx.admin_act_insert(&entry).await.map_err(from_db)?;
        Ok(SignedIn { token, expires_at })
    }

    /// The people that the demo sign-in offers; nobody where it is off.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn demo_people(&self) -> Result<Directory> {
        if self.inner.demo == DemoSignIn::Off {
            return Ok(Directory { people: Vec::new(), teams: Vec::new() });
        }
        self.people_and_teams().await
    }

    /// Who has this token; nobody where it is unknown, expired or revoked.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn session_ctx(&self, token: &str, request_ref: &str, origin: &str) -> Result<Option<Ctx>> {
        let now = self.machine_now();
        let Some(session) = self.db().session_find(&hash_of(token), now).await.map_err(from_db)? else {
            return Ok(None);
        };
        let Some(person) = self.db().person_find(session.user).await.map_err(from_db)?.filter(may_sign_in) else {
            return Ok(None);
        };
        if now - session.last_used_at > TOUCH_EVERY {
            let mut tx = self.db().begin().await.map_err(from_db)?;
            tx.session_touch(session.id, now).await.map_err(from_db)?;
            tx.commit().await.map_err(from_db)?;
        }
        Ok(Some(Ctx {
            viewer: viewer(&person),
            person: to_person(&person),
            reach: Reach::Whole,
            session: Some(session.id),
            origin: origin.to_owned(),
            request_ref: request_ref.to_owned(),
        }))
    }

    /// Ends the session of this browser.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn sign_out(&self, ctx: &Ctx) -> Result<()> {
        let Some(session) = ctx.session else { return Ok(()) };
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.session_revoke(session, self.machine_now()).await.map_err(from_db)?;
        self.admin_audit(&mut tx, Some(ctx), AdminAct::SignOut, "session", None, None).await?;
        tx.commit().await.map_err(from_db)
    }
}

/// Whether pages are for this account: it is a person's, who did not leave.
fn may_sign_in(person: &PersonRow) -> bool {
    person.active && person.kind == AccountKind::Person
}

pub(crate) fn viewer(person: &PersonRow) -> Viewer {
    Viewer {
        id: person.id,
        role: person.role,
        teams: person.teams.iter().map(|(id, _)| *id).collect(),
        privacy_approver: person.privacy_approver && person.role != Role::Auditor,
    }
}

pub(crate) fn to_person(person: &PersonRow) -> Person {
    Person {
        id: person.id,
        handle: person.handle.clone(),
        name: person.name.clone(),
        role: person.role,
        privacy_approver: person.privacy_approver,
        teams: person.teams.iter().map(|(_, slug)| slug.clone()).collect(),
    }
}
