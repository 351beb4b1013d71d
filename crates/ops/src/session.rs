//! Sessions: random tokens whose hashes are kept, so that a stolen database signs nobody in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use db::{NewSession, PersonRow};
use domain::{
    Timestamp,
    audit::AdminAct,
    authz::Viewer,
    choices::Role,
    error::{Error, Result},
    names::Handle,
    view::{Directory, Person},
};
use sha2::{Digest, Sha256};

use crate::{
    Ctx, Ops, Reach,
    error::{from_db, internal},
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
    pub async fn sign_in_demo(&self, handle: &str, agent: &str) -> Result<SignedIn> {
        if self.inner.demo == DemoSignIn::Off {
            return Err(Error::forbidden("Demo sign-in is off here."));
        }
        let nobody = || Error::input("handle", "Choose one of the people in the list.");
        let handle: Handle = handle.parse().map_err(|_| nobody())?;
        let person = self.db().person_by_handle(handle.as_str()).await.map_err(from_db)?;
        let person = person.filter(|person| person.active).ok_or_else(nobody)?;

        let now = self.machine_now();
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(|error| internal(&error))?;
        let token = URL_SAFE_NO_PAD.encode(secret);
        let expires_at = now + LIFETIME;
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        let session = NewSession { hash: hash(&token), user: person.id, now, expires_at, agent };
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.session_insert(&session).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
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
        let Some(session) = self.db().session_find(&hash(token), now).await.map_err(from_db)? else {
            return Ok(None);
        };
        let Some(person) = self.db().person_find(session.user).await.map_err(from_db)?.filter(|person| person.active)
        else {
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

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
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
