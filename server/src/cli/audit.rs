//! `kvstore audit`: whether the audit trail is as it was sealed.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;

use super::open;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Compare every sealed row with the chain of hashes; exits with 1 and names the first row that is not as it was
    Verify,
}

pub async fn run(config: &Config, command: &AuditCommand) -> anyhow::Result<ExitCode> {
    if config.database_url.is_none() {
        bail!("there is no database (KVSTORE_DATABASE_URL=none), so there is no audit trail");
    }
    let AuditCommand::Verify = command;
    match open(config).await?.audit_verify().await? {
        Ok(found) => {
            println!("{} rows are as they were sealed; {} wait for their seal.", found.rows, found.waiting);
            println!("Head of the chain: {}", found.head);
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            eprintln!("The audit trail was tampered with. {broken}.");
            Ok(ExitCode::FAILURE)
        }
    }
}
