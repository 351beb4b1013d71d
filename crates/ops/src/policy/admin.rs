//! What admins do to the policy: save a version, replay it, enable it. Reviewers and auditors read.

use chrono::Duration;
use db::{PolicyRow, ReplayRow};
use domain::{
    audit::AdminAct,
    bounds,
    error::{Error, Result},
    ids::Revision,
    policy::{
        Policy, Rules, RulesForm, from_toml, located,
        page::{PoliciesView, ReplayView, VersionView, difference},
        replay::Report,
        to_toml,
    },
};

use crate::{Ctx, Ops, Reach, directory::People, error::from_db};

/// Versions that the page lists.
const LISTED: u32 = 50;

/// The rules of a new version, as they were written.
#[derive(Debug, Clone)]
pub enum Wording {
    Form(RulesForm),
    Toml(String),
}

impl Wording {
    /// # Errors
    /// [`Error::Input`] at `rules` with everything that is wrong, a line each.
    pub fn parse(&self) -> Result<Rules> {
        let wrong = |message: String| Error::input("rules", message);
        match self {
            Self::Form(form) => form.parse().map_err(|problems| wrong(problems.to_string())),
            Self::Toml(text) => {
                let form = from_toml(text).map_err(wrong)?;
                form.parse().map_err(|problems| wrong(located(problems, text).to_string()))
            }
        }
    }
}

fn may_read(ctx: &Ctx) -> Result<()> {
    if ctx.viewer.may_read_policies() {
        return Ok(());
    }
    Err(Error::forbidden("The policy is kept by admins and read by reviewers and auditors."))
}

fn may_keep(ctx: &Ctx) -> Result<()> {
    if !ctx.viewer.may_keep_policies() {
        return Err(Error::forbidden("Only admins change the policy."));
    }
    if ctx.reach == Reach::Whole { Ok(()) } else { Err(Error::forbidden("This token does not reach administration.")) }
}

fn subject(version: u32) -> String {
    format!("policy v{version}")
}

impl Ops {
    /// The page of the policy, showing `version` or the one in force, with a replay of it that was made before.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for engineers; [`Error::NotFound`] where there is no such version or replay of it.
    pub async fn policies_view(&self, ctx: &Ctx, version: Option<u32>, replay: Option<i64>) -> Result<PoliciesView> {
        may_read(ctx)?;
        let in_force = self.db().policy_in_force().await.map_err(from_db)?.version;
        let shown = self.policy_version(version.unwrap_or(in_force)).await?;
        let people = self.people().await?;
        let versions = self.db().policies(LISTED).await.map_err(from_db)?;
        let replay = match replay {
            None => None,
            Some(id) => {
                let row = self.db().replay_find(id).await.map_err(from_db)?;
                let row = row.filter(|row| row.version == shown.version).ok_or_else(|| Error::not_found("replay"))?;
                Some(self.replay_view(ctx, row, in_force))
            }
        };
        let current = self.policy_version(in_force).await?;
        Ok(PoliciesView {
            in_force,
            difference: difference(&current.rules, &shown.rules),
            versions: versions.into_iter().map(|row| version_view(&people, row)).collect(),
            shown: (*shown).clone(),
            replay,
            may_edit: ctx.viewer.may_keep_policies(),
            now: self.now(),
        })
    }

    /// Whether the caller may write, replay and enable at all.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins, and for tokens that do not reach administration.
    pub fn policy_authorize(&self, ctx: &Ctx) -> Result<()> {
        may_keep(ctx)
    }

    /// Keeps a new version, which is not in force yet. `newest` is the newest version that the writer saw.
    ///
    /// # Errors
    /// [`Error::Input`] at `rules` or `note`; [`Error::Stale`] where somebody saved a version since.
    pub async fn policy_save(
        &self,
        ctx: &Ctx,
        wording: &Wording,
        note: &str,
        based_on: u32,
        newest: u32,
    ) -> Result<Policy> {
        may_keep(ctx)?;
        let rules = wording.parse()?;
        self.policy_keep(Some(ctx), rules, note, based_on, newest).await
    }

    async fn policy_keep(
        &self,
        ctx: Option<&Ctx>,
        rules: Rules,
        note: &str,
        based_on: u32,
        newest: u32,
    ) -> Result<Policy> {
        let note = note.trim();
        if note.is_empty() || note.chars().count() > bounds::POLICY_SAYS_MAX {
            let most = bounds::POLICY_SAYS_MAX;
            return Err(Error::input("note", format!("Say in at most {most} characters what changes and why.")));
        }
        let base = self.policy_version(based_on).await?;
        if let Some(last) = self.db().policies(1).await.map_err(from_db)?.first()
            && last.policy.version != newest
        {
            return Err(self.saved_since(last).await?);
        }
        let policy = Policy { version: newest.saturating_add(1), rules };
        let now = self.now();
        let by = ctx.map(|ctx| ctx.viewer.id);
        let row =
            PolicyRow { policy: policy.clone(), note: note.to_owned(), based_on: Some(based_on), by, at: Some(now) };
        let mut tx = self.db().begin().await.map_err(from_db)?;
        if let Err(error) = tx.policy_insert(&row).await {
            if !error.is_conflict_on("policies_version_key") {
                return Err(from_db(error));
            }
            drop(tx);
            // Somebody saved in the same moment.
            let last = self.db().policy_find(policy.version).await.map_err(from_db)?;
            return Err(self.saved_since(&last.ok_or_else(|| Error::not_found("version"))?).await?);
        }
        let (before, after) = (Some(to_toml(&base.rules)), Some(to_toml(&policy.rules)));
        self.admin_audit(&mut tx, ctx, AdminAct::PolicySaved, &subject(policy.version), before, after).await?;
        tx.commit().await.map_err(from_db)?;
        tracing::info!(policy.version, "a version of the policy was saved");
        Ok(policy)
    }

    /// Judges the requests of the last weeks by the version in force and by `version`, and keeps what it found: the
    /// number of the replay is what enabling asks for.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but admins; [`Error::NotFound`].
    pub async fn policy_replay(&self, ctx: &Ctx, version: u32) -> Result<ReplayView> {
        may_keep(ctx)?;
        let (old, new) = (self.policy().await?, self.policy_version(version).await?);
        let report = self.replay(&old, &new).await?;
        let (by, at) = (Some(ctx.viewer.id), self.now());
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let id = tx.replay_insert(version, old.version, by, at, &report).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        Ok(self.replay_view(ctx, ReplayRow { id, version, against: old.version, by, at, report }, old.version))
    }

    /// Judges the requests of the last weeks by rules that are nowhere kept, for the command line.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn policy_try(&self, rules: Rules) -> Result<Report> {
        let old = self.policy().await?;
        self.replay(&old, &Policy { version: old.version.saturating_add(1), rules }).await
    }

    /// Puts a version into force. `replay` is the replay that the caller saw: it must be the caller's own, of this
    /// version against the one in force, and at most [`bounds::POLICY_REPLAY_HOLDS_HOURS`] old.
    ///
    /// # Errors
    /// [`Error::Input`] at `replay` where it is missing or does not hold; [`Error::Stale`] where somebody enabled
    /// another version since.
    pub async fn policy_enable(&self, ctx: &Ctx, version: u32, replay: Option<i64>) -> Result<()> {
        may_keep(ctx)?;
        let missing = || Error::input("replay", format!("Replay version {version} first and look at what it changes."));
        let row = match replay {
            Some(id) => self.db().replay_find(id).await.map_err(from_db)?,
            None => None,
        };
        let row = row.filter(|row| row.version == version && row.by == Some(ctx.viewer.id)).ok_or_else(missing)?;
        let in_force = self.db().policy_in_force().await.map_err(from_db)?;
        if row.against != in_force.version {
            return Err(self.enabled_since().await?);
        }
        if let Some(why) = self.outdated(&row, in_force.version) {
            return Err(Error::input("replay", why));
        }
        self.put_into_force(Some(ctx), version, row.against, &row.report).await
    }

    /// Saves rules as a new version and puts it into force, for an operator's command, which shows the replay itself.
    ///
    /// # Errors
    /// [`Error::Input`]; [`Error::Stale`] where somebody saves or enables another version in the same moment.
    pub async fn policy_install(&self, rules: Rules, note: &str) -> Result<Policy> {
        let newest = self.db().policies(1).await.map_err(from_db)?.first().map_or(0, |row| row.policy.version);
        let old = self.policy().await?;
        let policy = self.policy_keep(None, rules, note, old.version, newest).await?;
        let report = self.replay(&old, &policy).await?;
        self.put_into_force(None, policy.version, old.version, &report).await?;
        Ok(policy)
    }

    async fn put_into_force(&self, ctx: Option<&Ctx>, version: u32, instead_of: u32, report: &Report) -> Result<()> {
        if version == instead_of {
            return Err(Error::input("version", format!("Version {version} is in force already.")));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let by = ctx.map(|ctx| ctx.viewer.id);
        if !tx.policy_enable(version, instead_of, by, self.now()).await.map_err(from_db)? {
            drop(tx);
            return Err(self.enabled_since().await?);
        }
        let before = format!(r#"{{"in_force":{instead_of}}}"#);
        let Report { judged, changed, alarming, .. } = report;
        let after = format!(
            r#"{{"in_force":{version},"replay":{{"judged":{judged},"changed":{changed},"denied_now_automatic":{alarming}}}}}"#
        );
        self.admin_audit(&mut tx, ctx, AdminAct::PolicyEnabled, &subject(version), Some(before), Some(after)).await?;
        tx.commit().await.map_err(from_db)?;
        tracing::info!(policy.version = version, policy.before = instead_of, "a version of the policy is in force");
        Ok(())
    }

    fn replay_view(&self, ctx: &Ctx, row: ReplayRow, in_force: u32) -> ReplayView {
        let foreign =
            (row.by != Some(ctx.viewer.id)).then(|| "Somebody else made this replay; make your own.".to_owned());
        let outdated = foreign.or_else(|| self.outdated(&row, in_force));
        let ReplayRow { id, version, against, at, report, .. } = row;
        ReplayView { id, version, against, at, report, outdated }
    }

    /// Why a replay does not hold any more.
    fn outdated(&self, row: &ReplayRow, in_force: u32) -> Option<String> {
        if row.version == in_force {
            return Some(format!("Version {in_force} is in force already."));
        }
        if row.against != in_force {
            return Some(format!("Version {in_force} was enabled since this replay; replay again."));
        }
        let old = self.now() - row.at > Duration::hours(bounds::POLICY_REPLAY_HOLDS_HOURS);
        old.then(|| format!("This replay is older than {} hours; replay again.", bounds::POLICY_REPLAY_HOLDS_HOURS))
    }

    async fn saved_since(&self, last: &PolicyRow) -> Result<Error> {
        let version = last.policy.version;
        let by = self.handle_of(last.by).await?;
        Ok(Error::Stale { by, what: format!("version {version} was saved"), current: Revision(version.into()) })
    }

    async fn enabled_since(&self) -> Result<Error> {
        let in_force = self.db().policy_in_force().await.map_err(from_db)?;
        let by = self.handle_of(in_force.by).await?;
        let what = format!("version {} was enabled", in_force.version);
        Ok(Error::Stale { by, what, current: Revision(in_force.version.into()) })
    }

    async fn handle_of(&self, by: Option<domain::ids::UserId>) -> Result<Option<domain::names::Handle>> {
        let Some(by) = by else { return Ok(None) };
        Ok(self.people().await?.get(by).and_then(|person| person.handle.parse().ok()))
    }
}

fn version_view(people: &People, row: PolicyRow) -> VersionView {
    let PolicyRow { policy, note, based_on, by, at } = row;
    VersionView { version: policy.version, note, based_on, by: by.map(|by| people.known(by)), at }
}
