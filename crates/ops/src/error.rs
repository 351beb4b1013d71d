//! From what failed below to what a person reads. The internal half is logged here, once, and never leaves.

use domain::error::Error;

/// The public half of a database's failure.
pub(crate) fn from_db(error: db::Error) -> Error {
    match error {
        db::Error::Unavailable { .. } => {
            tracing::error!(error = ?error, "the database cannot be reached");
            Error::Unavailable { what: "The database".to_owned() }
        }
        other => internal(&other),
    }
}

/// Logs a fault of ours under a reference, and gives the reference.
pub fn internal(error: &dyn std::fmt::Debug) -> Error {
    let mut bytes = [0_u8; 6];
    // Without randomness the reference is all zeros; the log line still has the fault.
    let _ = getrandom::fill(&mut bytes);
    let reference: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    tracing::error!(error.reference = %reference, error = ?error, "a fault of ours");
    Error::Internal { reference }
}
