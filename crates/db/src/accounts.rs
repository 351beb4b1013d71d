//! How somebody signs in: passwords, links that work once, failed tries; and what admins change.

use chrono::Duration;
use domain::{
    Timestamp,
    account::{AccountKind, LinkPurpose},
    choices::{Choice, Role},
    ids::{DatasetId, RequestId, TeamId, UserId},
    lifecycle::Status,
};

use crate::{
    Db, Error, Result, Tx,
    rows::{ranked_status, status_rank},
    sql::{Sql, sql},
    time::{micros, moment},
};

/// Failures that are older than this are forgotten.
const FAILURES_KEPT: Duration = Duration::days(1);

/// An account to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    pub handle: String,
    pub name: String,
    /// In lower case; empty for none.
    pub email: String,
    pub kind: AccountKind,
    pub role: Role,
    pub privacy_approver: bool,
    pub teams: Vec<TeamId>,
}

/// A link that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub purpose: LinkPurpose,
    /// Whose password it sets; none where the link makes the person.
    pub person: Option<UserId>,
    pub expires_at: Timestamp,
}

/// A link to keep.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// SHA-256 of its secret.
    pub hash: [u8; 32],
    pub purpose: LinkPurpose,
    pub person: Option<UserId>,
    pub now: Timestamp,
    pub expires_at: Timestamp,
}

/// How often somebody failed to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    pub count: i64,
    pub last_at: Timestamp,
    /// Nothing is tried before this moment.
    pub blocked_until: Timestamp,
}

type LinkRaw = (String, Option<i64>, i64);

fn link((purpose, person, expires_at): LinkRaw) -> Result<LinkRow> {
    let purpose = purpose.parse::<LinkPurpose>().map_err(|error| Error::corrupt("purpose", error))?;
    Ok(LinkRow { purpose, person: person.map(UserId), expires_at: moment(expires_at)? })
}

fn failures((count, last_at, blocked_until): (i64, i64, i64)) -> Result<Failures> {
    Ok(Failures { count, last_at: moment(last_at)?, blocked_until: moment(blocked_until)? })
}

impl Db {
    /// Whether there is any account at all.
    pub async fn has_people(&self) -> Result<bool> {
        let found: Option<(i64,)> = self.maybe(sql("select id from people limit 1")).await?;
        Ok(found.is_some())
    }

    /// The stored hash of somebody's password; none where there is no password.
    pub async fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        let found: Option<(String,)> =
            self.maybe(sql("select password_hash from people where id = $1 and password_hash <> ''").bind(id)).await?;
        Ok(found.map(|(hash,)| hash))
    }

    /// A link by the SHA-256 of its secret, while it works.
    pub async fn link_find(&self, hash: &[u8], now: Timestamp) -> Result<Option<LinkRow>> {
        let statement =
            sql("select purpose, person_id, expires_at from account_links where secret_hash = $1 and expires_at > $2");
        self.maybe::<LinkRaw>(statement.bind(hash).bind(micros(now))).await?.map(link).transpose()
    }

    /// The failures of a subject, by its SHA-256.
    pub async fn failures(&self, subject: &[u8]) -> Result<Option<Failures>> {
        let statement = sql("select failures, last_at, blocked_until from sign_in_failures where subject = $1");
        self.maybe::<(i64, i64, i64)>(statement.bind(subject)).await?.map(failures).transpose()
    }

    /// The requests that somebody wrote or owns and that are in one of these statuses, by number.
    pub async fn requests_held_by(&self, id: UserId, statuses: &[Status]) -> Result<Vec<(RequestId, Status)>> {
        let mut statement = Sql::default();
        let person = statement.arg(id);
        let ranks = statement.list(statuses.iter().map(|status| status_rank(*status)));
        statement.push(&format!(
            "select id, status from requests where (requester_id = {person} or owner_id = {person}) \
             and status in {ranks} order by id"
        ));
        let rows: Vec<(i64, i64)> = self.all(statement).await?;
        rows.into_iter().map(|(id, rank)| Ok((RequestId(id), ranked_status(rank)?))).collect()
    }

    /// The datasets that somebody owns.
    pub async fn datasets_owned_by(&self, id: UserId) -> Result<Vec<DatasetId>> {
        let ids: Vec<(i64,)> =
            self.all(sql("select id from datasets where owner_id = $1 order by id").bind(id)).await?;
        Ok(ids.into_iter().map(|(id,)| DatasetId(id)).collect())
    }
}

impl Tx {
    /// Adds an account.
    ///
    /// # Errors
    /// [`Error::Conflict`] on `people_handle_key` or `people_email_key`.
    pub async fn account_insert(&mut self, account: &NewAccount) -> Result<UserId> {
        let (id,): (i64,) = self
            .one(
                sql("insert into people (handle, name, email, kind, role, privacy_approver) \
                     values ($1, $2, $3, $4, $5, $6) returning id")
                .bind(account.handle.as_str())
                .bind(account.name.as_str())
                .bind(account.email.as_str())
                .bind(account.kind.word())
                .bind(account.role.word())
                .bind(account.privacy_approver),
            )
            .await?;
        self.memberships_replace(UserId(id), &account.teams).await?;
        Ok(UserId(id))
    }

    /// How many people are active admins. Until the transaction ends nobody else changes any of them.
    pub async fn admins_lock(&mut self) -> Result<i64> {
        // Writing the rows locks them in one statement on both databases.
        let admins = sql("update people set role = role where role = $1 and active = 1 and kind = $2");
        let count = self.run(admins.bind(Role::Admin.word()).bind(AccountKind::Person.word())).await?;
        i64::try_from(count).map_err(Error::internal)
    }

    /// Takes the right to make the first account: returns whether there is none, and keeps others from making one until
    /// the transaction ends.
    pub async fn first_account(&mut self) -> Result<bool> {
        // The one row of the clock serves as the lock.
        self.run(sql("update clock set ahead = ahead")).await?;
        let found: Option<(i64,)> = self.maybe(sql("select id from people limit 1")).await?;
        Ok(found.is_none())
    }

    pub async fn person_set_role(&mut self, id: UserId, role: Role, privacy_approver: bool) -> Result<()> {
        let statement = sql("update people set role = $2, privacy_approver = $3 where id = $1");
        self.run(statement.bind(id).bind(role.word()).bind(privacy_approver)).await?;
        Ok(())
    }

    pub async fn person_set_active(&mut self, id: UserId, active: bool) -> Result<()> {
        self.run(sql("update people set active = $2 where id = $1").bind(id).bind(active)).await?;
        Ok(())
    }

    /// Changes a name and an e-mail address.
    ///
    /// # Errors
    /// [`Error::Conflict`] on `people_email_key`.
    pub async fn person_rename(&mut self, id: UserId, name: &str, email: &str) -> Result<()> {
        let statement = sql("update people set name = $2, email = $3 where id = $1");
        self.run(statement.bind(id).bind(name).bind(email)).await?;
        Ok(())
    }

    pub async fn person_set_password(&mut self, id: UserId, hash: &str) -> Result<()> {
        self.run(sql("update people set password_hash = $2 where id = $1").bind(id).bind(hash)).await?;
        Ok(())
    }

    pub async fn person_signed_in(&mut self, id: UserId, now: Timestamp) -> Result<()> {
        self.run(sql("update people set signed_in_at = $2 where id = $1").bind(id).bind(micros(now))).await?;
        Ok(())
    }

    /// Makes somebody a member of exactly these teams.
    pub async fn memberships_replace(&mut self, id: UserId, teams: &[TeamId]) -> Result<()> {
        self.run(sql("delete from memberships where person_id = $1").bind(id)).await?;
        for team in teams {
            let statement = sql("insert into memberships (person_id, team_id) values ($1, $2) on conflict do nothing");
            self.run(statement.bind(id).bind(*team)).await?;
        }
        Ok(())
    }

    /// Makes a team of exactly these people.
    pub async fn members_replace(&mut self, team: TeamId, people: &[UserId]) -> Result<()> {
        self.run(sql("delete from memberships where team_id = $1").bind(team)).await?;
        for id in people {
            let statement = sql("insert into memberships (person_id, team_id) values ($1, $2) on conflict do nothing");
            self.run(statement.bind(*id).bind(team)).await?;
        }
        Ok(())
    }

    pub async fn team_rename(&mut self, id: TeamId, name: &str) -> Result<bool> {
        Ok(self.run(sql("update teams set name = $2 where id = $1").bind(id).bind(name)).await? > 0)
    }

    /// Keeps a link. Earlier ones of the same person, or of the same purpose where it is of nobody, and all that have
    /// expired, work no longer.
    pub async fn link_insert(&mut self, new: &NewLink) -> Result<()> {
        let old = sql("delete from account_links where expires_at <= $1 or person_id = $2 \
                       or (person_id is null and purpose = $3)");
        self.run(old.bind(micros(new.now)).bind(new.person).bind(new.purpose.word())).await?;
        let statement = sql("insert into account_links (secret_hash, purpose, person_id, created_at, expires_at) \
                             values ($1, $2, $3, $4, $5)");
        let statement = statement.bind(new.hash.as_slice()).bind(new.purpose.word()).bind(new.person);
        self.run(statement.bind(micros(new.now)).bind(micros(new.expires_at))).await?;
        Ok(())
    }

    /// Uses a link up: of two that come at once, one finds it.
    pub async fn link_take(&mut self, hash: &[u8], now: Timestamp) -> Result<Option<LinkRow>> {
        let statement = sql("delete from account_links where secret_hash = $1 and expires_at > $2 \
                             returning purpose, person_id, expires_at");
        self.maybe::<LinkRaw>(statement.bind(hash).bind(micros(now))).await?.map(link).transpose()
    }

    /// Ends every link of somebody.
    pub async fn links_end(&mut self, person: UserId) -> Result<()> {
        self.run(sql("delete from account_links where person_id = $1").bind(person)).await?;
        Ok(())
    }

    /// Counts one more failure of a subject, and says where it stands then. Those before `since` count no longer.
    /// Until the transaction ends nobody else counts one of the same subject.
    pub async fn failure_count(&mut self, subject: &[u8], now: Timestamp, since: Timestamp) -> Result<Failures> {
        self.run(sql("delete from sign_in_failures where last_at < $1").bind(micros(now - FAILURES_KEPT))).await?;
        let statement = sql("insert into sign_in_failures (subject, failures, last_at, blocked_until) \
                             values ($1, 1, $2, 0) \
                             on conflict (subject) do update set last_at = $2, failures = \
                             case when sign_in_failures.last_at < $3 then 1 else sign_in_failures.failures + 1 end \
                             returning failures, last_at, blocked_until");
        let statement = statement.bind(subject).bind(micros(now)).bind(micros(since));
        self.one::<(i64, i64, i64)>(statement).await.and_then(failures)
    }

    /// Lets nothing be tried on a subject before a moment.
    pub async fn failure_block(&mut self, subject: &[u8], until: Timestamp) -> Result<()> {
        let statement = sql("update sign_in_failures set blocked_until = $2 where subject = $1");
        self.run(statement.bind(subject).bind(micros(until))).await?;
        Ok(())
    }

    pub async fn failures_forget(&mut self, subject: &[u8]) -> Result<()> {
        self.run(sql("delete from sign_in_failures where subject = $1").bind(subject)).await?;
        Ok(())
    }

    /// Makes a request somebody else's who wrote it. Another request that came from the same form keeps its token.
    pub async fn request_set_requester(&mut self, id: RequestId, requester: UserId) -> Result<()> {
        let statement =
            sql("update requests set requester_id = $2, token = token || '-' || cast(id as text) where id = $1");
        self.run(statement.bind(id).bind(requester)).await?;
        Ok(())
    }
}
