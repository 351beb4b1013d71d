//! Signing in by an identity provider. Who somebody is stays for ever; role and teams are what their groups say now.

use db::{NewAccount, PersonRow, Tx};
use domain::{
    account::{AccountKind, parse_email, parse_name, subject_of},
    audit::AdminAct,
    choices::Role,
    error::{Error, Result},
    external::{ExternalPerson, GivenRole, Refusal},
    ids::{TeamId, UserId},
    names::Handle,
};

use super::people::rights;
use crate::{Ops, SignedIn, error::from_db, session::Client};

/// Handles that are tried after the wished one is taken: `maya.chen`, `maya.chen2` … `maya.chen99`.
const HANDLES_TRIED: u32 = 99;
/// So many characters of the wished handle are kept: a number must fit behind it.
const WISHED_MAX: usize = 60;

/// How a sign-in by an identity provider ended.
pub enum External {
    SignedIn(SignedIn),
    Refused(Refusal),
}

impl Ops {
    /// Signs in whom the provider vouches for. The first time it makes the account; every time it sets what their groups
    /// say.
    ///
    /// An account that was made here is never taken over because a provider names the same handle or address: a new one
    /// gets another handle and no address.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn sign_in_external(&self, who: &ExternalPerson, client: &Client) -> Result<External> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let admins = tx.admins_lock().await.map_err(from_db)?;
        let known = tx.identity_find(&who.issuer, &who.subject).await.map_err(from_db)?;
        let id = match known {
            Some(id) => {
                let row = self.account_row(id).await?;
                let role = row.role;
                let is_last = role == Role::Admin && admins <= 1;
                let refusal = match who.rights.role {
                    _ if !row.active => Some(Refusal::Closed),
                    GivenRole::Always(given) if is_last && given != Role::Admin => Some(Refusal::LastAdmin),
                    _ => None,
                };
                if let Some(refusal) = refusal {
                    drop(tx);
                    self.external_refused(refusal, Some(id), client).await?;
                    return Ok(External::Refused(refusal));
                }
                self.set_external_rights(&mut tx, row, who, client).await?;
                id
            }
            None => self.make_external(&mut tx, who, client).await?,
        };
        let signed_in = self.session_start(&mut tx, id, client, AdminAct::SignIn).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(External::SignedIn(signed_in))
    }

    /// Writes down that somebody whom the provider named did not come in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn external_refused(&self, why: Refusal, who: Option<UserId>, client: &Client) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let subject = who.map_or_else(|| "single sign-on".to_owned(), subject_of);
        let after = serde_json::json!({ "refused": why.word() }).to_string();
        self.audit_external(&mut tx, AdminAct::SignInFailed, subject, (None, Some(after)), client).await?;
        tx.commit().await.map_err(from_db)
    }

    async fn set_external_rights(
        &self,
        tx: &mut Tx,
        row: PersonRow,
        who: &ExternalPerson,
        client: &Client,
    ) -> Result<()> {
        let role = match who.rights.role {
            GivenRole::Always(role) => role,
            GivenRole::AtFirst(_) => row.role,
        };
        let is_managed = |slug: &str| who.managed_teams.iter().any(|team| team.as_str() == slug);
        let by_hand = row.teams.iter().filter(|(_, slug)| !is_managed(slug)).cloned();
        let mut teams: Vec<(TeamId, String)> = by_hand.chain(self.external_teams(tx, who, client).await?).collect();
        teams.sort_unstable();
        let mut before = row.teams.clone();
        before.sort_unstable();
        if role == row.role && teams == before {
            return Ok(());
        }
        let privacy_approver = row.privacy_approver && role != Role::Auditor;
        tx.person_set_role(row.id, role, privacy_approver).await.map_err(from_db)?;
        let ids: Vec<TeamId> = teams.iter().map(|(id, _)| *id).collect();
        tx.memberships_replace(row.id, &ids).await.map_err(from_db)?;
        let after = PersonRow { role, privacy_approver, teams, ..row.clone() };
        let difference = (Some(rights(&row)), Some(rights(&after)));
        self.audit_external(tx, AdminAct::PersonChanged, subject_of(row.id), difference, client).await
    }

    async fn make_external(&self, tx: &mut Tx, who: &ExternalPerson, client: &Client) -> Result<UserId> {
        let handle = self.free_handle(&who.username).await?;
        let email = parse_email(&who.email).unwrap_or_default();
        let is_free = email.is_empty() || self.db().person_by_login(&email).await.map_err(from_db)?.is_none();
        let teams = self.external_teams(tx, who, client).await?;
        let account = NewAccount {
            name: parse_name(&who.name).unwrap_or_else(|_| handle.clone()),
            handle,
            email: if is_free { email } else { String::new() },
            kind: AccountKind::Person,
            role: who.rights.role.role(),
            privacy_approver: false,
            teams: teams.into_iter().map(|(id, _)| id).collect(),
        };
        let id = tx.account_insert(&account).await.map_err(super::taken)?;
        tx.identity_insert(&who.issuer, &who.subject, id).await.map_err(from_db)?;
        let after = serde_json::json!({ "handle": account.handle, "role": account.role, "issuer": who.issuer });
        let difference = (None, Some(after.to_string()));
        self.audit_external(tx, AdminAct::PersonChanged, subject_of(id), difference, client).await?;
        Ok(id)
    }

    /// The teams that the groups name. One that is not there yet is made: the configuration is its admin's word.
    async fn external_teams(
        &self,
        tx: &mut Tx,
        who: &ExternalPerson,
        client: &Client,
    ) -> Result<Vec<(TeamId, String)>> {
        let mut teams = Vec::new();
        for slug in &who.rights.teams {
            let known = self.db().team_by_slug(slug.as_str()).await.map_err(from_db)?;
            let id = match known {
                Some(team) => team.id,
                None => {
                    let id = tx.team_insert(slug.as_str(), slug.as_str()).await.map_err(from_db)?;
                    let after = serde_json::json!({ "name": slug.as_str() }).to_string();
                    let subject = format!("team {slug}");
                    self.audit_external(tx, AdminAct::TeamChanged, subject, (None, Some(after)), client).await?;
                    id
                }
            };
            teams.push((id, slug.to_string()));
        }
        Ok(teams)
    }

    /// By nobody who is signed in, from the browser that signs in.
    async fn audit_external(
        &self,
        tx: &mut Tx,
        act: AdminAct,
        subject: String,
        (before, after): (Option<String>, Option<String>),
        client: &Client,
    ) -> Result<()> {
        let entry = db::NewAdminAct {
            at: self.now(),
            by: None,
            act,
            subject,
            before,
            after,
            origin: client.origin.clone(),
            request_ref: client.request_ref.clone(),
        };
        tx.admin_act_insert(&entry).await.map_err(from_db)
    }

    /// A handle near to the wished one that nobody has.
    async fn free_handle(&self, wished: &str) -> Result<String> {
        let wished = handle_like(wished);
        for number in 1..=HANDLES_TRIED {
            let handle = if number == 1 { wished.clone() } else { format!("{wished}{number}") };
            if self.db().person_by_handle(&handle).await.map_err(from_db)?.is_none() {
                return Ok(handle);
            }
        }
        Err(Error::forbidden("No handle is free for you; ask an admin to make an account."))
    }
}

/// A text of somebody else's rules as a handle: `Maya Chen@example.com` is `maya-chen`.
fn handle_like(wished: &str) -> String {
    let local = wished.split('@').next().unwrap_or_default().trim().to_lowercase();
    let plain: String =
        local.chars().map(|c| if "._-".contains(c) || c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain: String = plain.trim_start_matches(['.', '_', '-']).chars().take(WISHED_MAX).collect();
    if plain.parse::<Handle>().is_ok() { plain } else { "person".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_a_handle() {
        for (wished, handle) in [
            ("maya.chen", "maya.chen"),
            ("Maya Chen@example.com", "maya-chen"),
            ("_x", "x"),
            ("Ünal", "nal"),
            ("@example.com", "person"),
            ("", "person"),
        ] {
            assert_eq!(handle_like(wished), handle, "{wished}");
        }
        assert_eq!(handle_like(&"a".repeat(200)).len(), WISHED_MAX);
    }
}
