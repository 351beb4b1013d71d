//! What admins do with accounts.

use db::{NewAccount, PersonRow};
use domain::{
    account::{AccountKind, AccountPage, AccountView, AccountsView, LinkPurpose, parse_email, parse_name, subject_of},
    audit::AdminAct,
    choices::Role,
    error::{Error, Result},
    ids::{TeamId, UserId},
    names::{Handle, NameError},
};

use super::{By, taken};
use crate::{Ctx, Ops, error::from_db, session::to_person, tokens::to_view};

/// Somebody to invite, or a service account to make, as it was typed.
#[derive(Debug, Clone)]
pub struct NewPersonForm {
    pub handle: String,
    pub name: String,
    pub email: String,
    pub kind: AccountKind,
    pub role: Role,
    pub privacy_approver: bool,
    pub teams: Vec<TeamId>,
}

fn view(row: &PersonRow) -> AccountView {
    AccountView {
        person: to_person(row),
        kind: row.kind,
        email: row.email.clone(),
        active: row.active,
        has_password: row.has_password,
        signed_in_at: row.signed_in_at,
    }
}

/// What the audit trail keeps of an account's rights.
pub(super) fn rights(row: &PersonRow) -> String {
    let teams: Vec<&str> = row.teams.iter().map(|(_, slug)| slug.as_str()).collect();
    serde_json::json!({
        "role": row.role, "privacy_approver": row.privacy_approver, "teams": teams, "active": row.active,
    })
    .to_string()
}

impl Ops {
    pub(crate) async fn account_row(&self, id: UserId) -> Result<PersonRow> {
        self.db().person_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found("account"))
    }

    /// Everybody, by handle.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but admins and auditors.
    pub async fn accounts(&self, by: By<'_>) -> Result<AccountsView> {
        by.authorize_reading()?;
        let people = self.db().people().await.map_err(from_db)?;
        let teams = self.db().teams().await.map_err(from_db)?;
        let may_change = by.authorize().is_ok();
        Ok(AccountsView { accounts: people.iter().map(view).collect(), teams, may_change, now: self.now() })
    }

    /// One account with its tokens and what would be handed over.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but admins and auditors, [`Error::NotFound`].
    pub async fn account_page(&self, ctx: &Ctx, id: UserId) -> Result<AccountPage> {
        By::Person(ctx).authorize_reading()?;
        let row = self.account_row(id).await?;
        let (now, machine_now) = (self.now(), self.machine_now());
        let sessions = self.db().sessions_of(id).await.map_err(from_db)?;
        let tokens = self.db().tokens_of(id).await.map_err(from_db)?;
        let heirs = self.people_and_teams().await?;
        Ok(AccountPage {
            member_of: row.teams.iter().map(|(id, _)| *id).collect(),
            teams: heirs.teams,
            tokens: tokens.iter().map(to_view).filter(|token| token.holds(now)).collect(),
            open_sessions: sessions
                .iter()
                .filter(|session| {
                    session.expires_at > machine_now && session.last_used_at > machine_now - db::SESSION_IDLE
                })
                .count(),
            holds: self.holdings(id).await?,
            heirs: heirs.people.into_iter().filter(|person| person.id != id).collect(),
            account: view(&row),
            may_change: By::Person(ctx).authorize().is_ok(),
            now,
        })
    }

    /// Makes an account. For a person it also makes the link of the invitation, whose secret is told once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin, [`Error::Input`] for what was typed.
    pub async fn account_create(&self, by: By<'_>, form: &NewPersonForm) -> Result<(UserId, Option<String>)> {
        by.authorize()?;
        let handle: Handle =
            form.handle.parse().map_err(|error: NameError| Error::input("handle", error.to_string()))?;
        let is_person = form.kind == AccountKind::Person;
        self.teams_exist(&form.teams).await?;
        let account = NewAccount {
            handle: handle.to_string(),
            name: parse_name(&form.name).map_err(|why| Error::input("name", why))?,
            email: parse_email(&form.email).map_err(|why| Error::input("email", why))?,
            kind: form.kind,
            role: form.role,
            privacy_approver: is_person && form.privacy_approver && form.role != Role::Auditor,
            teams: form.teams.clone(),
        };
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.account_insert(&account).await.map_err(taken)?;
        let link = if is_person { Some(self.make_link(&mut tx, LinkPurpose::Invite, Some(id)).await?) } else { None };
        let act = if is_person { AdminAct::Invited } else { AdminAct::ServiceAccountCreated };
        let after = serde_json::json!({ "handle": account.handle, "role": account.role }).to_string();
        self.admin_audit(&mut tx, by.ctx(), act, &subject_of(id), None, Some(after)).await?;
        tx.commit().await.map_err(from_db)?;
        Ok((id, link))
    }

    /// Changes role, privacy flag and teams. It counts from the next request on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin; [`Error::NotFound`]; [`Error::Input`] where no active admin would
    /// be left.
    pub async fn account_set_rights(
        &self,
        by: By<'_>,
        id: UserId,
        role: Role,
        privacy_approver: bool,
        teams: Option<&[TeamId]>,
    ) -> Result<()> {
        by.authorize()?;
        self.teams_exist(teams.unwrap_or_default()).await?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let admins = tx.admins_lock().await.map_err(from_db)?;
        let before = self.account_row(id).await?;
        if role != Role::Admin {
            keep_an_admin(&before, admins, "role")?;
        }
        let privacy_approver = privacy_approver && role != Role::Auditor && before.kind == AccountKind::Person;
        tx.person_set_role(id, role, privacy_approver).await.map_err(from_db)?;
        if let Some(teams) = teams {
            tx.memberships_replace(id, teams).await.map_err(from_db)?;
        }
        let mut after = PersonRow { role, privacy_approver, ..before.clone() };
        if let Some(teams) = teams {
            let all = self.db().teams().await.map_err(from_db)?;
            let chosen = all.into_iter().filter(|team| teams.contains(&team.id));
            after.teams = chosen.map(|team| (team.id, team.slug)).collect();
        }
        let (before, after) = (Some(rights(&before)), Some(rights(&after)));
        self.admin_audit(&mut tx, by.ctx(), AdminAct::PersonChanged, &subject_of(id), before, after).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }

    /// Closes an account: its sessions, tokens and links end at once. Its history stays.
    ///
    /// # Errors
    /// As [`Ops::account_set_rights`].
    pub async fn account_deactivate(&self, by: By<'_>, id: UserId) -> Result<()> {
        by.authorize()?;
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let admins = tx.admins_lock().await.map_err(from_db)?;
        let row = self.account_row(id).await?;
        keep_an_admin(&row, admins, "person")?;
        tx.person_set_active(id, false).await.map_err(from_db)?;
        tx.sessions_revoke_all(id, self.machine_now()).await.map_err(from_db)?;
        tx.tokens_revoke_of(id, now).await.map_err(from_db)?;
        tx.links_end(id).await.map_err(from_db)?;
        let after = rights(&PersonRow { active: false, ..row.clone() });
        let (before, after) = (Some(rights(&row)), Some(after));
        self.admin_audit(&mut tx, by.ctx(), AdminAct::PersonDeactivated, &subject_of(id), before, after).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }

    /// Opens a closed account again, with its role and password, but without its sessions and tokens.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin, [`Error::NotFound`].
    pub async fn account_reactivate(&self, by: By<'_>, id: UserId) -> Result<()> {
        by.authorize()?;
        let row = self.account_row(id).await?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.person_set_active(id, true).await.map_err(from_db)?;
        let after = rights(&PersonRow { active: true, ..row.clone() });
        let (before, after) = (Some(rights(&row)), Some(after));
        self.admin_audit(&mut tx, by.ctx(), AdminAct::PersonChanged, &subject_of(id), before, after).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }

    async fn teams_exist(&self, ids: &[TeamId]) -> Result<()> {
        let teams = self.db().teams().await.map_err(from_db)?;
        if ids.iter().all(|id| teams.iter().any(|team| team.id == *id)) {
            Ok(())
        } else {
            Err(Error::input("team", "Choose from the list."))
        }
    }

    /// Somebody by handle, for commands.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn account_by_handle(&self, handle: &str) -> Result<AccountView> {
        let found = self.db().person_by_handle(handle.trim_start_matches('@')).await.map_err(from_db)?;
        found.as_ref().map(view).ok_or_else(|| Error::not_found(format!("account as {handle}")))
    }
}

/// Refuses what would leave the installation without an active admin.
fn keep_an_admin(row: &PersonRow, admins: i64, input: &str) -> Result<()> {
    let is_admin = row.active && row.role == Role::Admin && row.kind == AccountKind::Person;
    if is_admin && admins <= 1 {
        let message = "This is the last active admin. Make somebody else an admin first.";
        return Err(Error::input(input, message));
    }
    Ok(())
}
