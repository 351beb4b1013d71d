//! `kvstore db migrate`.

use std::process::ExitCode;

use super::open_database;
use crate::config::Config;

pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    open_database(config).await?;
    println!("The tables of {} are up to date.", config.database_url);
    Ok(ExitCode::SUCCESS)
}
