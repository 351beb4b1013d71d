//! Teams: their slug is for ever, because other tables keep copies of it; their name and their people change.

use domain::{
    account::{TeamView, TeamsView, parse_name},
    audit::AdminAct,
    error::{Error, Result},
    ids::{TeamId, UserId},
    names::{Handle, NameError},
    view::Team,
};

use super::By;
use crate::{Ops, error::from_db, session::to_person};

impl Ops {
    /// Every team with its people.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but admins and auditors.
    pub async fn teams_page(&self, by: By<'_>) -> Result<TeamsView> {
        by.authorize_reading()?;
        let people = self.db().people().await.map_err(from_db)?;
        let teams = self.db().teams().await.map_err(from_db)?;
        let with_members = |team: Team| {
            let members = people.iter().filter(|row| row.active && row.teams.iter().any(|(id, _)| *id == team.id));
            TeamView { members: members.map(to_person).collect(), team }
        };
        Ok(TeamsView {
            teams: teams.into_iter().map(with_members).collect(),
            people: people.iter().filter(|row| row.active).map(to_person).collect(),
            may_change: by.authorize().is_ok(),
        })
    }

    /// Makes a team.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin, [`Error::Input`] for what was typed and for a slug that is taken.
    pub async fn team_create(&self, by: By<'_>, slug: &str, name: &str) -> Result<TeamId> {
        by.authorize()?;
        let slug: Handle = slug.trim().parse().map_err(|error: NameError| Error::input("slug", error.to_string()))?;
        let name = parse_name(name).map_err(|why| Error::input("name", why))?;
        if self.db().team_by_slug(slug.as_str()).await.map_err(from_db)?.is_some() {
            return Err(Error::input("slug", "There is a team with this slug already."));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.team_insert(slug.as_str(), &name).await.map_err(from_db)?;
        let after = serde_json::json!({ "name": name }).to_string();
        self.admin_audit(&mut tx, by.ctx(), AdminAct::TeamChanged, &format!("team {slug}"), None, Some(after)).await?;
        tx.commit().await.map_err(from_db)?;
        Ok(id)
    }

    /// Changes a team's name and makes it a team of exactly these people.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin, [`Error::NotFound`], [`Error::Input`] for what was typed.
    pub async fn team_change(&self, by: By<'_>, id: TeamId, name: &str, members: &[UserId]) -> Result<()> {
        by.authorize()?;
        let name = parse_name(name).map_err(|why| Error::input("name", why))?;
        let people = self.db().people().await.map_err(from_db)?;
        let teams = self.db().teams().await.map_err(from_db)?;
        let team = teams.into_iter().find(|team| team.id == id).ok_or_else(|| Error::not_found("team"))?;
        let said = |name: &str, is_member: &dyn Fn(&db::PersonRow) -> bool| {
            let handles: Vec<&str> =
                people.iter().filter(|row| is_member(row)).map(|row| row.handle.as_str()).collect();
            serde_json::json!({ "name": name, "members": handles }).to_string()
        };
        let was_member = |row: &db::PersonRow| row.teams.iter().any(|(team, _)| *team == id);
        // Whoever left is not on the page, and stays what they were.
        let is_member = |row: &db::PersonRow| if row.active { members.contains(&row.id) } else { was_member(row) };
        let (before, after) = (said(&team.name, &was_member), said(&name, &is_member));
        let members: Vec<UserId> = people.iter().filter(|row| is_member(row)).map(|row| row.id).collect();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.team_rename(id, &name).await.map_err(from_db)?;
        tx.members_replace(id, &members).await.map_err(from_db)?;
        let subject = format!("team {}", team.slug);
        self.admin_audit(&mut tx, by.ctx(), AdminAct::TeamChanged, &subject, Some(before), Some(after)).await?;
        tx.commit().await.map_err(from_db)?;
        self.access_changed();
        Ok(())
    }
}
