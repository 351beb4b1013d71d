//! What an operator types. Each command is a file with its arguments and its `run`.

mod doctor;
mod import;
mod migrate;
mod seed;
mod serve;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Parser, Subcommand};
use db::Db;
use ops::{Ops, SystemClock};

use crate::{
    config::{Config, Settings},
    telemetry,
};

/// Where a company's engineers get key-value datasets, and where the platform team runs them.
#[derive(Debug, Parser)]
#[command(name = "kvstore", version, about)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    /// Without one: serve
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the app
    Serve,
    /// The app's own database
    #[command(subcommand)]
    Db(DbCommand),
    /// Fill the database with plausible people, requests and datasets
    Seed(seed::Args),
    /// Dataset requests from files
    #[command(subcommand)]
    Request(RequestCommand),
    /// Say what is wrong with this installation and how to mend it
    Doctor,
}

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Bring the tables to the present version; harmless when they are
    Migrate,
}

#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// Take requests over from a CSV or JSON file
    Import(import::Args),
}

/// Runs a command to its end.
///
/// # Errors
/// What kept it from being done, as a chain of causes for the operator.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(&cli.settings)?;
    telemetry::init(config.log_format);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&config).await,
        Command::Db(DbCommand::Migrate) => migrate::run(&config).await,
        Command::Seed(args) => seed::run(&open(&config).await?, &args).await,
        Command::Request(RequestCommand::Import(args)) => import::run(&open(&config).await?, &args).await,
        Command::Doctor => Ok(doctor::run(&config).await),
    }
}

/// The acts on the configured database, whose tables are brought to the present version.
///
/// # Errors
/// A database that cannot be opened or migrated.
pub async fn open(config: &Config) -> anyhow::Result<Ops> {
    let db = open_database(config).await?;
    Ok(Ops::new(db, config.clusters_or_demo()?, Arc::new(SystemClock), config.demo))
}

async fn open_database(config: &Config) -> anyhow::Result<Db> {
    let hint = || format!("the database {}; `kvstore doctor` says more", config.database_url);
    let db = Db::open(config.database_url.expose()).await.with_context(hint)?;
    db.migrate().await.with_context(hint)?;
    Ok(db)
}
