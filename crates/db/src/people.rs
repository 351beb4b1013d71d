//! People and teams.

use std::collections::HashMap;

use domain::{
    account::AccountKind,
    choices::{Choice, Role},
    ids::{TeamId, UserId},
    view::Team,
};
use sqlx::FromRow;

use crate::{Db, Error, NewPerson, PersonRow, Result, Tx, sql::sql, time::moment_or_none};

const PERSON: &str = "select id, handle, name, role, privacy_approver, active, kind, email, \
     cast(case when password_hash = '' then 0 else 1 end as bigint) as has_password, signed_in_at from people";
const TEAM: &str = "select id, slug, name from teams";

#[derive(FromRow)]
struct PersonRaw {
    id: i64,
    handle: String,
    name: String,
    role: String,
    privacy_approver: i64,
    active: i64,
    kind: String,
    email: String,
    has_password: i64,
    signed_in_at: i64,
}

impl PersonRaw {
    fn with(self, teams: Vec<(TeamId, String)>) -> Result<PersonRow> {
        Ok(PersonRow {
            id: UserId(self.id),
            handle: self.handle,
            name: self.name,
            role: self.role.parse::<Role>().map_err(|error| Error::corrupt("role", error))?,
            privacy_approver: self.privacy_approver != 0,
            active: self.active != 0,
            kind: self.kind.parse::<AccountKind>().map_err(|error| Error::corrupt("kind", error))?,
            email: self.email,
            has_password: self.has_password != 0,
            signed_in_at: moment_or_none(self.signed_in_at)?,
            teams,
        })
    }
}

#[derive(FromRow)]
struct TeamRaw {
    id: i64,
    slug: String,
    name: String,
}

impl From<TeamRaw> for Team {
    fn from(raw: TeamRaw) -> Self {
        Self { id: TeamId(raw.id), slug: raw.slug, name: raw.name }
    }
}

impl Db {
    /// Everybody, by handle; also those who left.
    pub async fn people(&self) -> Result<Vec<PersonRow>> {
        let people: Vec<PersonRaw> = self.all(sql(format!("{PERSON} order by handle"))).await?;
        let memberships: Vec<(i64, i64, String)> = self
            .all(sql(
                "select m.person_id, t.id, t.slug from memberships m join teams t on t.id = m.team_id order by t.slug",
            ))
            .await?;
        let mut teams: HashMap<i64, Vec<(TeamId, String)>> = HashMap::new();
        for (person, team, slug) in memberships {
            teams.entry(person).or_default().push((TeamId(team), slug));
        }
        people
            .into_iter()
            .map(|person| {
                let teams = teams.remove(&person.id).unwrap_or_default();
                person.with(teams)
            })
            .collect()
    }

    pub async fn person_find(&self, id: UserId) -> Result<Option<PersonRow>> {
        let found = self.maybe(sql(format!("{PERSON} where id = $1")).bind(id)).await?;
        self.with_teams(found).await
    }

    pub async fn person_by_handle(&self, handle: &str) -> Result<Option<PersonRow>> {
        let found = self.maybe(sql(format!("{PERSON} where handle = $1")).bind(handle)).await?;
        self.with_teams(found).await
    }

    /// Who signs in by this handle or e-mail address.
    pub async fn person_by_login(&self, login: &str) -> Result<Option<PersonRow>> {
        let statement = sql(format!("{PERSON} where handle = $1 or (email = $1 and email <> '') order by id limit 1"));
        let found = self.maybe(statement.bind(login)).await?;
        self.with_teams(found).await
    }

    async fn with_teams(&self, found: Option<PersonRaw>) -> Result<Option<PersonRow>> {
        let Some(person) = found else { return Ok(None) };
        let teams: Vec<(i64, String)> = self
            .all(
                sql("select t.id, t.slug from memberships m join teams t on t.id = m.team_id \
                     where m.person_id = $1 order by t.slug")
                .bind(person.id),
            )
            .await?;
        person.with(teams.into_iter().map(|(id, slug)| (TeamId(id), slug)).collect()).map(Some)
    }

    /// All teams, by slug.
    pub async fn teams(&self) -> Result<Vec<Team>> {
        let teams: Vec<TeamRaw> = self.all(sql(format!("{TEAM} order by slug"))).await?;
        Ok(teams.into_iter().map(Team::from).collect())
    }

    pub async fn team_by_slug(&self, slug: &str) -> Result<Option<Team>> {
        let team: Option<TeamRaw> = self.maybe(sql(format!("{TEAM} where slug = $1")).bind(slug)).await?;
        Ok(team.map(Team::from))
    }
}

impl Tx {
    /// Adds a team; where the slug is known, that team stays as it is and its id is returned.
    pub async fn team_insert(&mut self, slug: &str, name: &str) -> Result<TeamId> {
        self.run(
            sql("insert into teams (slug, name) values ($1, $2) on conflict (slug) do nothing").bind(slug).bind(name),
        )
        .await?;
        let (id,): (i64,) = self.one(sql("select id from teams where slug = $1").bind(slug)).await?;
        Ok(TeamId(id))
    }

    /// Adds a person; where the handle is known, that person stays as they are and their id is returned.
    pub async fn person_insert(&mut self, person: &NewPerson) -> Result<UserId> {
        let new: Option<(i64,)> = self
            .maybe(
                sql("insert into people (handle, name, role, privacy_approver) values ($1, $2, $3, $4) \
                     on conflict (handle) do nothing returning id")
                .bind(person.handle.as_str())
                .bind(person.name.as_str())
                .bind(person.role.word())
                .bind(person.privacy_approver),
            )
            .await?;
        let Some((id,)) = new else {
            let known = sql("select id from people where handle = $1").bind(person.handle.as_str());
            let (id,): (i64,) = self.one(known).await?;
            return Ok(UserId(id));
        };
        for team in &person.teams {
            self.run(
                sql("insert into memberships (person_id, team_id) values ($1, $2) on conflict do nothing")
                    .bind(id)
                    .bind(*team),
            )
            .await?;
        }
        Ok(UserId(id))
    }
}
