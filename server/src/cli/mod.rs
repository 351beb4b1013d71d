//! What an operator types. Each command is a file with its arguments and its `run`.

mod doctor;
mod import;
mod migrate;
mod seed;
mod serve;
mod token;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Parser, Subcommand};
use db::Db;
use ops::{Ops, SystemClock};

use crate::{
    config::{Config, Settings},
    telemetry,
};

/// The command line.
// `about` is said here because the first sentence of `Settings`, which is flattened in, would be shown otherwise.
#[derive(Debug, Parser)]
#[command(
    name = "kvstore",
    version,
    about = "Ask for key-value datasets, decide on the requests, and see what runs",
    long_about = "KVStore is where a company's engineers ask for key-value datasets, and where the platform team \
                  decides on the requests and runs the datasets.\n\n\
                  Without a command it serves the app. Start with `kvstore --demo` to look around, and with \
                  `kvstore doctor` when something is wrong."
)]
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
    /// Tokens for programs that use the service
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Print the OpenAPI document of the REST API
    Openapi,
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
        Command::Token(command) => token::run(&config, command).await,
        Command::Openapi => {
            println!("{}", rest::document().to_pretty_json()?);
            Ok(ExitCode::SUCCESS)
        }
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_help_says_what_it_is_for_and_has_no_hidden_clash() {
        let command = Cli::command();
        command.clone().debug_assert();
        assert!(command.get_about().is_some_and(|about| about.to_string().starts_with("Ask for key-value datasets")));
        let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.starts_with("KVStore is where"), "{about}");
    }
}
