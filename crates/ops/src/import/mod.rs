//! Requests of another system, from a CSV or JSON file. `docs/import.md` tells an operator what is read and how.
//!
//! - [`run`]: reads a file row by row; each row is a decision and a transaction of its own, so every good row lands and
//!   no bad one does.
//! - `records`: rows out of bytes, in bounded memory. `columns`: whose column is which of ours. `values`: their words
//!   for ours. `judge`: a row against the form's own rules, people, clusters and names. `write`: the way to its status.
//!
//! A row reaches its status through the state machine, and its content passes the same
//! [`RequestForm::parse`](domain::form::RequestForm::parse) as a form's, so nothing comes in by a file that could not
//! come in by hand.
//!
//! To accept another name for a column: a line in `columns`. For a value: a line in `values`.

mod columns;
mod judge;
mod records;
mod values;
mod write;

use std::{collections::HashMap, fmt, io::BufRead};

use db::PersonRow;
use domain::{
    Timestamp,
    choices::Role,
    cluster::ClusterLoad,
    error::{Error, Result},
    view::{NameHolder, Team},
};

use self::{
    columns::{Columns, Row},
    judge::Judged,
    records::{Next, Records},
};
use crate::{Ops, error::from_db};

/// How a file is to be read, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// `theirs=ours`, before the built-in names; `theirs=` leaves a column out.
    pub map: Vec<String>,
    /// None: told from the first character.
    pub format: Option<Format>,
    /// Handle of who imports; none: the only admin.
    pub importer: Option<String>,
    pub mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With a header.
    Csv,
    /// An array of objects, or one object on each line.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// Judges every row and writes nothing.
    DryRun,
}

/// Why a row was refused. A row with several wrong fields has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the row begins in the file, from 1.
    pub line: u64,
    /// The name of our field; `row` for the row as a whole.
    pub field: String,
    /// A whole sentence.
    pub reason: String,
}

impl Problem {
    fn new(line: u64, field: impl ToString, reason: impl Into<String>) -> Self {
        Self { line, field: field.to_string(), reason: reason.into() }
    }

    /// As a line of a CSV file, without its end.
    #[must_use]
    pub fn csv(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\"").replace(['\n', '\r'], " "));
        format!("{},{},{}", self.line, quoted(&self.field), quoted(&self.reason))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.line, self.field, self.reason)
    }
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub mode: Mode,
    pub imported: u64,
    /// Rows, not problems.
    pub rejected: u64,
    /// As the file writes them, in order of appearance.
    pub unknown_columns: Vec<String>,
    /// Why the rest of the file was not read, where it was not.
    pub stopped: Option<String>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did = match self.mode {
            Mode::Write => "imported",
            Mode::DryRun => "would be imported",
        };
        write!(f, "{} rows: {} {did}, {} rejected", self.imported + self.rejected, self.imported, self.rejected)
    }
}

/// Why an import ended before its first row, or because of us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The file is not what it should be; the text says what to do.
    #[error("{0}")]
    Unreadable(String),
    /// The plan is wrong, or the database failed. Rows before stay imported.
    #[error(transparent)]
    Refused(#[from] Error),
}

/// Imports a file; `tell` hears of every problem as it is found.
///
/// Reading blocks, so this is for commands, not for servers.
///
/// # Errors
/// [`Stopped`]; refused rows are no errors but counted in the [`Summary`].
pub async fn run(
    ops: &Ops,
    input: impl BufRead,
    plan: &Plan,
    tell: &mut (dyn FnMut(&Problem) + Send),
) -> Result<Summary, Stopped> {
    let mut columns = Columns::new(&plan.map)?;
    let mut world = World::load(ops, plan).await?;
    let mut records = Records::open(input, plan.format).map_err(Stopped::Unreadable)?;
    if let Some(header) = records.header()
        && !header.iter().any(|name| columns.knows(name))
    {
        let shown: String = header.join(", ").chars().take(200).collect();
        return Err(Stopped::Unreadable(format!(
            "no column of the header is known ({shown}); the first line has to name the columns, separated by commas"
        )));
    }

    let mut summary = Summary { mode: plan.mode, imported: 0, rejected: 0, unknown_columns: Vec::new(), stopped: None };
    loop {
        let problems = match records.next() {
            Next::Record(record) => match columns.read(record) {
                Ok(row) => world.import(ops, &row, plan.mode).await?,
                Err(problems) => problems,
            },
            Next::Bad(problem) => vec![problem],
            Next::End => break,
            Next::Stop(reason) => {
                summary.stopped = Some(reason);
                break;
            }
        };
        if problems.is_empty() {
            summary.imported += 1;
        } else {
            summary.rejected += 1;
            problems.iter().for_each(&mut *tell);
        }
    }
    summary.unknown_columns = columns.unknown();
    Ok(summary)
}

/// What rows are judged against. Read once; what the import adds is kept up to date.
struct World {
    people: Vec<PersonRow>,
    teams: Vec<Team>,
    importer: PersonRow,
    loads: Vec<ClusterLoad>,
    /// Of a dry run, which cannot ask the database for what it did not write: tokens and names, by line.
    tokens: HashMap<String, u64>,
    names: HashMap<String, u64>,
    now: Timestamp,
}

impl World {
    async fn load(ops: &Ops, plan: &Plan) -> Result<Self> {
        let people = ops.db().people().await.map_err(from_db)?;
        let importer = importer(&people, plan.importer.as_deref())?.clone();
        Ok(Self {
            importer,
            people,
            teams: ops.db().teams().await.map_err(from_db)?,
            loads: ops.loads().await?,
            tokens: HashMap::new(),
            names: HashMap::new(),
            now: ops.now(),
        })
    }

    /// Judges a row and writes it. Gives what is wrong with it; nothing where it landed.
    async fn import(&mut self, ops: &Ops, row: &Row, mode: Mode) -> Result<Vec<Problem>> {
        let judged = match self.judge(row) {
            Ok(judged) => judged,
            Err(problems) => return Ok(problems),
        };
        if let Some(problem) = self.already_there(ops, row, &judged).await? {
            return Ok(vec![problem]);
        }
        match mode {
            Mode::DryRun => {
                self.tokens.insert(judged.token.clone(), row.line);
                if judged.status.holds_name() {
                    self.names.insert(judged.full_name(), row.line);
                }
            }
            Mode::Write => match write::write(ops, &self.people, &judged).await {
                Ok(event) => ops.events().announce(event),
                Err(error) => return refusal(row.line, error),
            },
        }
        self.occupy(&judged);
        Ok(Vec::new())
    }

    /// Whether the same row was imported before, or somebody has its name.
    async fn already_there(&self, ops: &Ops, row: &Row, judged: &Judged) -> Result<Option<Problem>> {
        let field = if row.id.is_some() { "id" } else { "row" };
        if let Some(line) = self.tokens.get(&judged.token) {
            return Ok(Some(Problem::new(row.line, field, format!("This is in line {line} already."))));
        }
        let known = ops.db().request_by_token(judged.requester, &judged.token).await.map_err(from_db)?;
        if let Some(id) = known {
            return Ok(Some(Problem::new(row.line, field, format!("This was imported already, as {id}."))));
        }
        if !judged.status.holds_name() {
            return Ok(None);
        }
        let full_name = judged.full_name();
        let taken_by = match ops.db().name_holder(&full_name, None).await.map_err(from_db)? {
            Some(NameHolder::Request(id)) => Some(id.to_string()),
            Some(NameHolder::Dataset(id)) => Some(id.to_string()),
            None => self.names.get(&full_name).map(|line| format!("line {line}")),
        };
        Ok(taken_by.map(|holder| Problem::new(row.line, "name", format!("“{full_name}” is taken by {holder}."))))
    }

    /// What is placed takes room from what follows.
    fn occupy(&mut self, judged: &Judged) {
        let (Some(placed), Some(spec)) = (&judged.placed, &judged.spec) else { return };
        if let Some(load) = self.loads.iter_mut().find(|load| load.cluster.name == placed.placement.cluster) {
            load.used_bytes = load.used_bytes.saturating_add(spec.size_bytes);
        }
    }
}

/// Who imports: somebody who may file.
fn importer<'a>(people: &'a [PersonRow], handle: Option<&str>) -> Result<&'a PersonRow> {
    let active = || people.iter().filter(|person| person.active && person.role != Role::Auditor);
    if let Some(handle) = handle {
        let handle = handle.trim_start_matches('@');
        return active()
            .find(|person| person.handle == handle)
            .ok_or_else(|| Error::input("as", format!("Nobody called “{handle}” may file requests here.")));
    }
    let admins: Vec<&PersonRow> = active().filter(|person| person.role == Role::Admin).collect();
    match admins.as_slice() {
        [admin] => Ok(admin),
        [] => Err(Error::input("as", "There is no admin; say who imports with --as HANDLE.")),
        _ => Err(Error::input("as", "There are several admins; say who imports with --as HANDLE.")),
    }
}

/// What the state machine or a race refused is the row's problem; what failed below is ours.
fn refusal(line: u64, error: Error) -> Result<Vec<Problem>> {
    let problem = |field: &str, reason: String| vec![Problem::new(line, field, reason)];
    match error {
        Error::Form { fields } => {
            Ok(fields.iter().map(|(field, message)| Problem::new(line, field, message)).collect())
        }
        Error::Placement { fields } => {
            let message = fields.cluster.or(fields.partitions).or(fields.override_reason).unwrap_or_default();
            Ok(problem("cluster", message))
        }
        Error::Input { input, message } => Ok(problem(&input, message)),
        Error::InvalidTransition { why, .. } | Error::Forbidden { why } => Ok(problem("status", why)),
        other => Err(other),
    }
}
