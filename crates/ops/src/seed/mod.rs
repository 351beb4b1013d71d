//! Fake data: the organisation of the demonstration, and requests with plausible histories.
//!
//! - [`people`]: teams, engineers, reviewers, an admin and an auditor; writes nobody twice.
//! - [`run`]: as many requests as asked for. The same seed at the same moment makes the same rows.
//!
//! The past of every request is made by the state machine itself (`crate::past`), so audit rows, votes, revisions and
//! datasets are what the product would have written. Only the events differ: each request has one, for its last step.
//!
//! To add variety: a theme in `themes/`, a wording in `texts.rs` or `use_case.rs`, a turn of events in `life.rs`.

mod calendar;
mod dice;
mod filling;
mod life;
mod people;
mod texts;
mod themes;
mod use_case;

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use db::{NewPerson, Tx};
use domain::{
    Timestamp,
    choices::{Choice, Environment, StorageKind},
    cluster::ClusterLoad,
    error::{Error, Result},
    form::{Field, RequestForm, Section},
    ids::{EventId, TeamId},
    lifecycle::Status,
};

use self::{
    dice::Dice,
    filling::{Scale, Wish},
    life::Story,
    people::{Member, Organisation, PEOPLE, Privacy, TEAMS},
    themes::{PLACES, Theme, VARIANTS, Variant},
};
use crate::{
    Ops,
    error::{from_db, internal},
};

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub requests: u32,
    /// Another seed makes other requests.
    pub seed: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Requests by the status that they came to; zeros included.
    pub statuses: Vec<(Status, u32)>,
    /// Requests of this seed that were there already and were left alone.
    pub skipped: u32,
}

impl Summary {
    #[must_use]
    pub fn made(&self) -> u32 {
        self.statuses.iter().map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self
            .statuses
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(status, count)| format!("{count} {}", status.label().to_lowercase()))
            .collect();
        write!(f, "{} requests", self.made())?;
        if !counts.is_empty() {
            write!(f, ": {}", counts.join(", "))?;
        }
        if self.skipped > 0 {
            write!(f, "; {} of this seed were there already", self.skipped)?;
        }
        Ok(())
    }
}

/// How many of 100 requests are in which status: a queue that is worked on every day.
const SHARES: [(Status, u32); 11] = [
    (Status::Draft, 4),
    (Status::New, 8),
    (Status::InReview, 8),
    (Status::NeedsInfo, 5),
    (Status::Approved, 6),
    (Status::InProgress, 2),
    (Status::Completed, 50),
    (Status::Failed, 2),
    (Status::Denied, 8),
    (Status::Cancelled, 4),
    (Status::Expired, 3),
];

/// Requests of one transaction. A failure takes back those of its own; what was committed before is whole.
const BATCH: usize = 500;

/// Puts the organisation of the demonstration into the database. Whoever is there already stays as they are.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`]; then nothing was written.
pub async fn people(ops: &Ops) -> Result<()> {
    let mut tx = ops.db().begin().await.map_err(from_db)?;
    let mut teams = HashMap::new();
    for (slug, name) in TEAMS {
        teams.insert(*slug, tx.team_insert(slug, name).await.map_err(from_db)?);
    }
    for somebody in PEOPLE {
        let person = NewPerson {
            handle: somebody.handle.to_owned(),
            name: somebody.name.to_owned(),
            role: somebody.role,
            privacy_approver: somebody.privacy == Privacy::Approver,
            teams: teams.get(somebody.team).copied().into_iter().collect(),
        };
        tx.person_insert(&person).await.map_err(from_db)?;
    }
    tx.commit().await.map_err(from_db)
}

/// Makes requests with their histories, and the organisation where it is missing. Repeating a plan adds nothing.
///
/// Requests are filed over the 120 days before the clock's now, in the order of their numbers.
///
/// # Errors
/// [`Error::Input`] where no cluster is configured, [`Error::Unavailable`] or [`Error::Internal`]. Each transaction
/// holds whole requests, so nothing is half-written; the same plan goes on where it stopped.
pub async fn run(ops: &Ops, plan: Plan) -> Result<Summary> {
    if ops.clusters().is_empty() {
        return Err(Error::input(
            "cluster",
            "Approved requests need a cluster: configure at least one, or use --demo.",
        ));
    }
    people(ops).await?;
    let now = ops.now();
    let missing = || Error::input("people", "The people of the demonstration are not all here.");
    let rows = ops.db().people().await.map_err(from_db)?;
    let teams = ops.db().teams().await.map_err(from_db)?;
    let organisation = Organisation::find(rows, &teams).ok_or_else(missing)?;
    let mut world = World {
        organisation,
        loads: ops.loads().await?,
        themes: themes::all(),
        taken: HashSet::new(),
        numbered: HashMap::new(),
        landmarks: HashMap::new(),
        now,
    };

    let mut counts: HashMap<Status, u32> = HashMap::new();
    let mut skipped = 0;
    for outlines in outlines(plan, now).chunks(BATCH) {
        let mut batch = Vec::new();
        for outline in outlines {
            let cast = world.cast(plan, outline);
            // Asked before the transaction, which may have the only connection.
            match ops.db().request_by_token(cast.requester.id, &cast.token).await.map_err(from_db)? {
                Some(_) => skipped += 1,
                None => batch.push((outline, cast)),
            }
        }
        let mut last = None;
        let mut tx = ops.db().begin().await.map_err(from_db)?;
        for (outline, cast) in batch {
            last = Some(world.live(&mut tx, outline, cast).await?);
            *counts.entry(outline.status).or_default() += 1;
        }
        tx.commit().await.map_err(from_db)?;
        if let Some(last) = last {
            ops.events().announce(last);
        }
    }
    ops.db().optimize().await.map_err(from_db)?;
    let statuses = Status::ALL.iter().map(|status| (*status, counts.get(status).copied().unwrap_or(0))).collect();
    Ok(Summary { statuses, skipped })
}

/// A request before it is told: when it was filed, and what it has come to.
struct Outline {
    number: u64,
    status: Status,
    filed_at: Timestamp,
}

/// The outlines of a plan, oldest first, with the shares of [`SHARES`].
fn outlines(plan: Plan, now: Timestamp) -> Vec<Outline> {
    let mut outlines = Vec::new();
    for status in quotas(plan.requests) {
        let mut dice = Dice::new(plan.seed ^ 0x6f75_746c, outlines.len() as u64);
        outlines.push(Outline { number: 0, status, filed_at: calendar::filed_at(&mut dice, status, now) });
    }
    outlines.sort_by_key(|outline| outline.filed_at);
    for (number, outline) in outlines.iter_mut().enumerate() {
        outline.number = number as u64;
    }
    outlines
}

/// A status for each request: the shares by largest remainder, and one of each as soon as there are enough requests.
fn quotas(requests: u32) -> Vec<Status> {
    let total = u64::from(requests);
    let mut counts: Vec<(Status, u64, u64)> = SHARES
        .iter()
        .map(|(status, share)| (*status, total * u64::from(*share) / 100, total * u64::from(*share) % 100))
        .collect();
    let mut left = total - counts.iter().map(|(_, count, _)| count).sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(counts[*index].2));
    for index in by_remainder {
        if left > 0 {
            counts[index].1 += 1;
            left -= 1;
        }
    }
    if requests as usize >= 2 * SHARES.len() {
        for index in 0..counts.len() {
            if counts[index].1 == 0
                && let Some(largest) = (0..counts.len()).max_by_key(|other| counts[*other].1)
            {
                counts[largest].1 -= 1;
                counts[index].1 = 1;
            }
        }
    }
    counts
        .iter()
        .flat_map(|(status, count, _)| std::iter::repeat_n(*status, usize::try_from(*count).unwrap_or(0)))
        .collect()
}

/// Who and what a request is about: thrown first, so that it does not depend on what the database holds.
struct Cast {
    dice: Dice,
    token: String,
    theme: &'static Theme,
    environment: Environment,
    scale: Scale,
    team: TeamId,
    members: Vec<Member>,
    requester: Member,
    owner: Member,
}

/// What histories share: people, clusters as they fill, names that are taken.
struct World {
    organisation: Organisation,
    loads: Vec<ClusterLoad>,
    themes: Vec<&'static Theme>,
    taken: HashSet<String>,
    /// How many names of each theme had to be numbered.
    numbered: HashMap<&'static str, u32>,
    /// A finished dataset of each team, which a reviewer may point at.
    landmarks: HashMap<&'static str, String>,
    now: Timestamp,
}

impl World {
    fn cast(&self, plan: Plan, outline: &Outline) -> Cast {
        let mut dice = Dice::new(plan.seed, outline.number);
        let theme = dice.pick(&self.themes);
        let environment = self.environment(&mut dice, theme.kind);
        let scale = scale(&mut dice, environment, theme, outline.status);
        let (team, members) = self.organisation.team(theme.team);
        let requester = members[dice.weighted(&[3, 2])].clone();
        let owner = if dice.chance(75) { requester.clone() } else { members[dice.weighted(&[1, 1])].clone() };
        let token = format!("seed-{}-{}", plan.seed, outline.number);
        Cast { dice, token, theme, environment, scale, team, members: members.to_vec(), requester, owner }
    }

    async fn live(&mut self, tx: &mut Tx, outline: &Outline, cast: Cast) -> Result<EventId> {
        let Cast { mut dice, token, theme, environment, scale, team, members, requester, owner } = cast;
        let (name, variant) = self.name(&mut dice, tx, theme, environment).await?;
        let regions = self.regions(environment, theme.kind);
        let wish = Wish {
            theme,
            variant,
            name: &name,
            environment,
            scale,
            owner: &owner,
            teammates: &members,
            filed_at: outline.filed_at,
            regions: &regions,
        };
        let mut form = filling::fill(&mut dice, &wish);
        if outline.status == Status::Draft && dice.chance(60) {
            leave_unfinished(&mut dice, &mut form);
        }
        let landmark = self.landmarks.get(theme.team).map_or(theme.stem, String::as_str);
        let story = Story {
            token: &token,
            target: outline.status,
            requester: &requester,
            owner: &owner,
            team,
            teammates: &members,
            form,
            filed_at: outline.filed_at,
            now: self.now,
            other: landmark,
        };
        let event = life::write(tx, &mut dice, &self.organisation, &mut self.loads, story).await?;
        if outline.status == Status::Completed {
            self.landmarks.insert(theme.team, format!("{name}{}", environment.suffix()));
        }
        Ok(event)
    }

    /// Mostly production; only where some cluster takes the storage type, if any does.
    fn environment(&self, dice: &mut Dice, kind: StorageKind) -> Environment {
        let is_served = |environment: Environment| {
            self.loads
                .iter()
                .map(|load| &load.cluster)
                .any(|cluster| cluster.environments.contains(&environment) && cluster.storage.contains(&kind))
        };
        let weights = Environment::ALL.iter().map(|environment| match environment {
            environment if !is_served(*environment) => 0,
            Environment::Dev => 26,
            Environment::Staging => 19,
            Environment::Prod => 55,
        });
        let weights: Vec<u32> = weights.collect();
        if weights.iter().all(|weight| *weight == 0) {
            return Environment::Prod;
        }
        Environment::ALL[dice.weighted(&weights)]
    }

    fn regions(&self, environment: Environment, kind: StorageKind) -> Vec<String> {
        let clusters = self.loads.iter().map(|load| &load.cluster);
        clusters
            .filter(|cluster| cluster.environments.contains(&environment) && cluster.storage.contains(&kind))
            .filter_map(|cluster| cluster.region.clone())
            .collect()
    }

    /// A base name whose full name nobody has, with the variant that it stands for.
    async fn name(
        &mut self,
        dice: &mut Dice,
        tx: &mut Tx,
        theme: &'static Theme,
        environment: Environment,
    ) -> Result<(String, &'static Variant)> {
        for attempt in 0.. {
            let variant = if attempt == 0 && dice.chance(30) {
                &VARIANTS[0]
            } else {
                &VARIANTS[dice.weighted(&[1; VARIANTS.len()])]
            };
            let mut name = format!("{}{}", theme.stem, variant.suffix);
            if attempt > 4 {
                name.push_str(dice.pick(PLACES));
            }
            if attempt > 8 {
                let number = self.numbered.entry(theme.stem).or_insert(1);
                *number += 1;
                name.push_str(&format!("_r{number}"));
            }
            let full_name = format!("{name}{}", environment.suffix());
            if !self.taken.contains(&full_name) && tx.name_holder(&full_name, None).await.map_err(from_db)?.is_none() {
                self.taken.insert(full_name);
                return Ok((name, variant));
            }
        }
        Err(internal(&"no name is free"))
    }
}

/// Development datasets are often so small that a rule approves them; where a person has to be asked they are not.
fn scale(dice: &mut Dice, environment: Environment, theme: &Theme, status: Status) -> Scale {
    let needs_nobody = matches!(
        status,
        Status::Draft | Status::Approved | Status::InProgress | Status::Completed | Status::Failed | Status::Cancelled
    );
    let may_be_tiny = environment == Environment::Dev && needs_nobody && theme.size_gb < 3_000.0;
    if may_be_tiny && dice.chance(60) { Scale::Tiny } else { Scale::Real }
}

/// Drafts are left at the point where somebody was called away.
fn leave_unfinished(dice: &mut Dice, form: &mut RequestForm) {
    let from = Field::ALL.iter().position(|field| field.section() == Section::Shape).unwrap_or(0);
    let stop = from + dice.weighted(&[1; 12]);
    let untouched = RequestForm::new();
    for field in Field::ALL.iter().skip(stop) {
        form.set(*field, untouched.get(*field));
    }
}

#[cfg(test)]
mod tests {
    use domain::form::sample_now;

    use super::*;

    #[test]
    fn shares_are_kept_and_every_status_is_there() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u32>(), 100);
        for requests in [0, 1, 7, 22, 100, 301] {
            assert_eq!(quotas(requests).len(), requests as usize);
        }
        let statuses: HashSet<Status> = quotas(22).into_iter().collect();
        assert_eq!(statuses.len(), Status::ALL.len());
        assert_eq!(quotas(1_000).iter().filter(|status| **status == Status::Completed).count(), 500);
    }

    #[test]
    fn requests_are_numbered_in_the_order_in_which_they_were_filed() {
        let outlines = outlines(Plan { requests: 200, seed: 7 }, sample_now());
        assert!(outlines.is_sorted_by_key(|outline| outline.filed_at));
        assert!(outlines.iter().all(|outline| outline.filed_at < sample_now()));
    }
}
