//! What can go wrong with the database, by meaning.

use sqlx::migrate::MigrateError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The texts say nothing of statements, tables or addresses; those are in the sources, for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, has no free connection, or is locked; trying again may help.
    #[error("the database cannot be reached or is busy")]
    Unavailable { source: Source },
    /// Something that has to be unique is there already.
    #[error("there is one already ({constraint})")]
    Conflict { constraint: String },
    /// What is stored cannot be read as what it should be.
    #[error("a stored {what} cannot be read")]
    Corrupt { what: &'static str, source: Source },
    /// A fault of ours, or a database that is not as the migrations left it.
    #[error("the database did not do what it was asked")]
    Internal { source: Source },
}

impl Error {
    pub(crate) fn internal(why: impl Into<Source>) -> Self {
        Self::Internal { source: why.into() }
    }

    pub(crate) fn corrupt(what: &'static str, why: impl Into<Source>) -> Self {
        Self::Corrupt { what, source: why.into() }
    }
}

/// SQLite names the columns of a violated constraint; PostgreSQL, and so this crate, its name.
const SQLITE_CONSTRAINTS: &[(&str, &str)] = &[
    ("teams.slug", "teams_slug_key"),
    ("people.handle", "people_handle_key"),
    ("people.email", "people_email_key"),
    ("sessions.token_hash", "sessions_token_key"),
    ("requests.requester_id, requests.token", "requests_token_key"),
    ("requests.held_name", "requests_held_name_key"),
    ("requests.held_dataset", "requests_open_dataset_key"),
    ("datasets.full_name", "datasets_name_key"),
    ("datasets.request_id", "datasets_request_key"),
    ("policies.version", "policies_version_key"),
];

fn constraint(error: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(name) = error.constraint() {
        return name.to_owned();
    }
    let columns = error.message().rsplit_once(": ").map_or("", |(_, columns)| columns);
    let known = SQLITE_CONSTRAINTS.iter().find(|(of, _)| *of == columns);
    known.map_or_else(|| "unique".to_owned(), |(_, name)| (*name).to_owned())
}

/// Whether trying again later may help: connection trouble (08), no resources (53), an operator's shutdown (57P), a
/// lost race between transactions (40), a lock not to be had (55P03); on SQLite the file is busy (5), locked (6),
/// cannot be opened (14), or the disk is full (13).
fn is_passing(code: &str) -> bool {
    ["08", "40", "53", "57P", "55P03"].iter().any(|class| code.len() == 5 && code.starts_with(class))
        || code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 13 | 14) && code < 0x10000)
            && code.len() < 5
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                Self::Conflict { constraint: constraint(error.as_ref()) }
            }
            sqlx::Error::Database(error) if error.code().is_some_and(|code| is_passing(&code)) => {
                Self::Unavailable { source: error.into() }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable { source: error.into() },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Corrupt { what: "column", source: error.into() }
            }
            _ => Self::Internal { source: error.into() },
        }
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            error => Self::Internal { source: error.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_trouble_is_told_from_faults() {
        for code in ["08006", "40001", "53300", "57P01", "55P03", "5", "517", "14"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["42601", "23505", "1", "19", "22021", "57014"] {
            assert!(!is_passing(code), "{code}");
        }
    }

    #[test]
    fn the_message_says_nothing_of_the_source() {
        let error = Error::internal("syntax error near \"select secret\"");
        assert!(!error.to_string().contains("secret"));
    }
}
