//! A row against the form's own rules, and against the people, teams and clusters that are here.

use chrono::Duration;
use db::PersonRow;
use domain::{
    Timestamp, bounds,
    choices::{Environment, Role},
    cluster::{ClusterLoad, ClusterName, Fit, Partitions, Placement, least_filled},
    form::{Field, FieldErrors, RequestForm},
    format,
    ids::{TeamId, UserId},
    lifecycle::Status,
    spec::DatasetSpec,
};
use sha2::{Digest, Sha256};

use super::{
    Problem, World,
    columns::{Row, Target, name_of},
    values,
};

/// A row that can be written.
#[derive(Debug)]
pub(super) struct Judged {
    /// The same for the same row, whichever file it is in.
    pub token: String,
    pub form: RequestForm,
    /// None for a draft that does not parse.
    pub spec: Option<DatasetSpec>,
    pub status: Status,
    pub requester: UserId,
    pub owner: UserId,
    pub team: TeamId,
    pub reviewer: UserId,
    /// Where there is, or is to be, a dataset; a reviewer's wish before a decision.
    pub placed: Option<Placed>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A placement, and whether the dataset fits there by the numbers.
#[derive(Debug)]
pub(super) struct Placed {
    pub placement: Placement,
    pub fit: Fit,
}

impl Judged {
    /// The full name; empty for a draft that does not parse.
    pub(super) fn full_name(&self) -> String {
        self.spec.as_ref().map(DatasetSpec::full_name).unwrap_or_default()
    }
}

/// What is wrong with one row, by the name of what is wrong.
struct Wrongs {
    line: u64,
    problems: Vec<Problem>,
}

impl Wrongs {
    /// Keeps the first that is said of a field.
    fn add(&mut self, field: impl ToString, reason: impl Into<String>) {
        let problem = Problem::new(self.line, field, reason);
        if !self.problems.iter().any(|known| known.field == problem.field) {
            self.problems.push(problem);
        }
    }

    fn of<T>(&mut self, target: Target, read: Result<T, String>) -> Option<T> {
        read.map_err(|reason| self.add(name_of(target), reason)).ok()
    }
}

impl World {
    /// Judges all of a row, so that one look at the report shows all there is to mend.
    pub(super) fn judge(&self, row: &Row) -> Result<Judged, Vec<Problem>> {
        let mut wrongs = Wrongs { line: row.line, problems: Vec::new() };
        let status = row.get(Target::Status).map_or(Ok(Status::New), values::status);
        let status = wrongs.of(Target::Status, status);
        let (created_at, updated_at) = self.moments(row, &mut wrongs);
        let mut form = read_form(row, &mut wrongs);
        let requester = self.requester(row, &mut form, &mut wrongs);
        let team = self.team(requester, &mut form, &mut wrongs);
        let owner = self.somebody(&form, Field::Owner, &mut wrongs);
        if !form.backup_owner.is_empty() {
            self.somebody(&form, Field::BackupOwner, &mut wrongs);
        }
        derive_keys(&mut form);

        // Wishes are judged as on the day on which they were made.
        let parsed = form.parse(created_at);
        let spec = match (parsed, status) {
            (Ok(spec), _) => Some(spec),
            (Err(_), Some(Status::Draft)) => None,
            (Err(errors), _) => {
                add_all(&errors, row, &mut wrongs);
                None
            }
        };
        let reviewer = status.and_then(|status| self.reviewer(row, status, requester, &mut wrongs));
        let placed = match (status, &spec) {
            (Some(status), Some(spec)) => self.placed(row, status, spec, &mut wrongs),
            _ => None,
        };
        if let Some(status) = status {
            check_times(status, created_at, updated_at, &mut wrongs);
        }
        let reason = row.get(Target::Reason).map(str::to_owned);
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
            wrongs
                .add(name_of(Target::Reason), format!("Use at most {} characters.", format::count(REASON_MAX as u64)));
        }
        match (status, requester, owner, team, reviewer) {
            (Some(status), Some(requester), Some(owner), Some(team), Some(reviewer)) if wrongs.problems.is_empty() => {
                let requester = requester.id;
                let token = token(row);
                Ok(Judged {
                    token,
                    form,
                    spec: spec.filter(|_| status != Status::Draft),
                    status,
                    requester,
                    owner,
                    team,
                    reviewer,
                    placed,
                    reason,
                    created_at,
                    updated_at,
                })
            }
            _ => Err(wrongs.problems),
        }
    }

    fn moments(&self, row: &Row, wrongs: &mut Wrongs) -> (Timestamp, Timestamp) {
        let mut read = |target: Target, otherwise: Timestamp| {
            let Some(text) = row.get(target) else { return otherwise };
            let at = values::moment(text)
                .and_then(|at| if at > self.now { Err(format!("“{text}” lies in the future.")) } else { Ok(at) });
            wrongs.of(target, at).unwrap_or(otherwise)
        };
        let created_at = read(Target::CreatedAt, self.now);
        let updated_at = read(Target::UpdatedAt, created_at);
        if updated_at < created_at {
            wrongs.add(name_of(Target::UpdatedAt), "This is before created_at.");
        }
        (created_at, updated_at.max(created_at))
    }

    /// Who filed it: the requester it names, else the owner, else who imports. Also the owner where none is named.
    fn requester(&self, row: &Row, form: &mut RequestForm, wrongs: &mut Wrongs) -> Option<&PersonRow> {
        let named = row.get(Target::Requester).map(values::handle);
        if form.owner.is_empty() {
            form.set(Field::Owner, named.as_deref().unwrap_or(&self.importer.handle));
        }
        let handle = named.clone().unwrap_or_else(|| form.owner.clone());
        let person = self.person(&handle);
        if person.is_none() && named.is_some() {
            wrongs.add(name_of(Target::Requester), nobody(&handle));
        }
        person
    }

    /// The team it names, else the requester's first.
    fn team(&self, requester: Option<&PersonRow>, form: &mut RequestForm, wrongs: &mut Wrongs) -> Option<TeamId> {
        if form.team.is_empty()
            && let Some((_, slug)) = requester.and_then(|person| person.teams.first())
        {
            form.set(Field::Team, slug.clone());
        }
        if form.team.is_empty() {
            return None;
        }
        let team = self.teams.iter().find(|team| team.slug == form.team);
        if team.is_none() {
            let slugs: Vec<&str> = self.teams.iter().map(|team| team.slug.as_str()).collect();
            wrongs.add(Field::Team, format!("There is no team “{}”; there are {}.", form.team, slugs.join(", ")));
        }
        team.map(|team| team.id)
    }

    fn somebody(&self, form: &RequestForm, field: Field, wrongs: &mut Wrongs) -> Option<UserId> {
        let handle = form.get(field);
        let person = self.person(handle);
        if person.is_none() {
            wrongs.add(field, nobody(handle));
        }
        person.map(|person| person.id)
    }

    /// Somebody who is here and may have requests.
    fn person(&self, handle: &str) -> Option<&PersonRow> {
        self.people.iter().find(|person| person.handle == handle && person.active && person.role != Role::Auditor)
    }

    /// Who decided it: the reviewer it names, else who imports. Only where somebody has to have looked at it.
    fn reviewer(
        &self,
        row: &Row,
        status: Status,
        requester: Option<&PersonRow>,
        wrongs: &mut Wrongs,
    ) -> Option<UserId> {
        let named = row.get(Target::Reviewer).map(values::handle);
        let handle = named.as_deref().unwrap_or(&self.importer.handle);
        let person = self.person(handle);
        if !was_looked_at(status) {
            return Some(person.unwrap_or(&self.importer).id);
        }
        let Some(person) = person else {
            wrongs.add(name_of(Target::Reviewer), nobody(handle));
            return None;
        };
        if !person.role.includes(Role::Reviewer) {
            let reason = format!("{handle} is not a reviewer; name one, because this request is {status}.");
            wrongs.add(name_of(Target::Reviewer), reason);
        } else if requester.is_some_and(|requester| requester.id == person.id) {
            let reason = format!("{handle} filed it and cannot decide on it; name another reviewer.");
            wrongs.add(name_of(Target::Reviewer), reason);
        }
        Some(person.id)
    }

    /// Where its dataset is. What was approved has to be somewhere; before that, it is a reviewer's wish.
    fn placed(&self, row: &Row, status: Status, spec: &DatasetSpec, wrongs: &mut Wrongs) -> Option<Placed> {
        let partitions = row.get(Target::Partitions).map(|text| {
            let number = text.trim().parse::<u16>().ok().and_then(|number| Partitions::try_from(number).ok());
            let (min, max) = (bounds::PARTITIONS_MIN, format::count(bounds::PARTITIONS_MAX));
            number.ok_or_else(|| format!("Enter a whole number from {min} to {max}."))
        });
        let partitions = match partitions {
            Some(read) => Some(wrongs.of(Target::Partitions, read)?),
            None => None,
        };
        let cluster = match row.get(Target::Cluster) {
            Some(name) => Some(wrongs.of(Target::Cluster, self.cluster(name))?),
            None => None,
        };
        let is_placed = matches!(status, Status::Approved | Status::InProgress | Status::Completed | Status::Failed);
        if !is_placed && (cluster.is_none() || !matches!(status, Status::InReview | Status::NeedsInfo)) {
            return None;
        }
        let advised = least_filled(&self.loads, spec);
        let cluster = cluster.or_else(|| advised.as_ref().map(|placement| placement.cluster.clone()));
        let Some(cluster) = cluster else {
            wrongs.add(name_of(Target::Cluster), "It fits no cluster that is configured; name the one that it is on.");
            return None;
        };
        let advised =
            || u16::try_from(spec.advised_partitions()).ok().and_then(|number| Partitions::try_from(number).ok());
        let partitions = partitions.or_else(advised)?;
        let fit = self.loads.iter().find(|load| load.cluster.name == cluster).map_or(Fit::Fits, |load| load.fit(spec));
        Some(Placed { placement: Placement { cluster, partitions }, fit })
    }

    fn cluster(&self, name: &str) -> Result<ClusterName, String> {
        let known = |load: &&ClusterLoad| load.cluster.name.as_str().eq_ignore_ascii_case(name);
        let found = self.loads.iter().find(known).map(|load| load.cluster.name.clone());
        found.ok_or_else(|| {
            let names: Vec<&str> = self.loads.iter().map(|load| load.cluster.name.as_str()).collect();
            format!("There is no cluster “{name}”; configured are {}.", names.join(", "))
        })
    }
}

/// Leaves room for what is put before a short reason.
const REASON_MAX: usize = bounds::NOTE_MAX - 100;

fn nobody(handle: &str) -> String {
    format!("There is nobody called “{handle}” here who could.")
}

/// Whether a reviewer has had this request in hand.
fn was_looked_at(status: Status) -> bool {
    !matches!(status, Status::Draft | Status::New | Status::Cancelled)
}

/// The defaults of a new form, with what the row says.
fn read_form(row: &Row, wrongs: &mut Wrongs) -> RequestForm {
    let mut form = RequestForm::new();
    for (field, value) in row.fields() {
        match values::typed(field, value) {
            Ok(value) => form.set(field, value),
            Err(reason) => wrongs.add(field, reason),
        }
    }
    // A full name carries its environment, which the form adds itself.
    let is_named = row.get(Target::Field(Field::Environment)).is_some();
    for (environment, word) in [(Environment::Dev, "dev"), (Environment::Staging, "staging")] {
        let base = form.name.strip_suffix(environment.suffix()).map(str::to_owned);
        if let Some(base) = base
            && (!is_named || form.environment == word)
        {
            form.set(Field::Name, base);
            form.set(Field::Environment, word);
        }
    }
    form
}

/// Hardly anybody counted keys: where they are missing, they follow from the size.
fn derive_keys(form: &mut RequestForm) {
    if !form.expected_keys.is_empty() {
        return;
    }
    let number = |text: &str| {
        let digits = text.replace([' ', '_', ',', '\u{a0}', '\u{202f}'], "");
        digits.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)
    };
    let entry = number(&form.key_bytes_mean).unwrap_or(0.0) + number(&form.value_bytes_mean).unwrap_or(0.0);
    if let Some(gigabytes) = number(&form.data_size_gb)
        && entry > 0.0
    {
        let keys = gigabytes * bounds::BYTES_PER_GB as f64 / entry;
        let keys = keys.clamp(bounds::EXPECTED_KEYS_MIN as f64, bounds::EXPECTED_KEYS_MAX as f64);
        form.set(Field::ExpectedKeys, format!("{keys:.0}"));
    }
}

/// All that the form says, save that keys are missing which would have followed from a size that is wrong.
fn add_all(errors: &FieldErrors, row: &Row, wrongs: &mut Wrongs) {
    let is_wrong_size = errors.get(Field::DataSizeGb).is_some();
    for (field, message) in errors.iter() {
        let follows = field == Field::ExpectedKeys && row.get(Target::Field(field)).is_none() && is_wrong_size;
        if !follows {
            wrongs.add(field, message);
        }
    }
}

/// An unanswered question expires after two weeks, here as there.
fn check_times(status: Status, created_at: Timestamp, updated_at: Timestamp, wrongs: &mut Wrongs) {
    let days = bounds::NEEDS_INFO_EXPIRY_DAYS;
    if status == Status::Expired && updated_at - created_at < Duration::days(days) {
        let reason = format!("An expired request has an updated_at that is at least {days} days after its created_at.");
        wrongs.add(name_of(Target::UpdatedAt), reason);
    }
}

/// Their number of the request where there is one, else all that the row says.
fn token(row: &Row) -> String {
    let mut hash = Sha256::new();
    match &row.id {
        Some(id) => hash.update(format!("id\0{id}")),
        None => row.all().for_each(|(name, value)| hash.update(format!("{name}\0{value}\0"))),
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("import-{hex}")
}
