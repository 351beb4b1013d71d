//! What an operator types, and in `client` what a user of the service types. Each command is a file with its arguments
//! and its `run`.

mod audit;
mod client;
mod clock;
mod doctor;
mod import;
mod migrate;
mod policy;
mod seed;
mod serve;
pub mod token;
mod user;
mod worker;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use db::Db;
use ops::{Ops, SystemClock};

use self::client::ClientCommand;
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
    about = "Ask for key-value datasets, decide on the requests, see what runs, and read and write it",
    long_about = "KVStore is where a company's engineers ask for key-value datasets, and where the platform team \
                  decides on the requests and runs the datasets.\n\n\
                  Without a command it serves the app. Start with `kvstore --demo` to look around, and with \
                  `kvstore doctor` when something is wrong.\n\n\
                  get, put, delete, list, batch, pipeline, watch, apply and export use a running service over HTTP: the one of \
                  KVSTORE_URL, with the token of KVSTORE_TOKEN."
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
    #[command(flatten)]
    Client(ClientCommand),
    /// The app's own database
    #[command(subcommand)]
    Db(DbCommand),
    /// Fill the database with plausible people, requests and datasets
    Seed(seed::Args),
    /// Dataset requests from files
    #[command(subcommand)]
    Request(RequestCommand),
    /// The review policy: which requests need whom
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Tokens for programs that use the service
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Run jobs beside the servers of the same database
    Worker,
    /// Show the app's clock, or let time pass in a test or a demonstration
    Clock {
        #[command(subcommand)]
        command: Option<clock::ClockCommand>,
    },
    /// The audit trail
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Accounts of people and programs
    #[command(subcommand)]
    User(user::UserCommand),
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

/// The whole command line. Client commands take no notice of the server's settings, so their help does not show them.
#[must_use]
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    // Puts the global settings into every command.
    command.build();
    let settings = Settings::augment_args(clap::Command::new("settings"));
    let of_client = ClientCommand::augment_subcommands(clap::Command::new("client"));
    for name in of_client.get_subcommands().map(clap::Command::get_name) {
        command = command.mut_subcommand(name, |command| hide(command, &settings));
    }
    command
}

fn hide(command: clap::Command, settings: &clap::Command) -> clap::Command {
    let is_setting = |arg: &clap::Arg| settings.get_arguments().any(|one| one.get_id() == arg.get_id());
    command
        .mut_args(|arg| if is_setting(&arg) { arg.hide(true) } else { arg })
        .mut_subcommands(|command| hide(command, settings))
}

/// What was typed. Exits with 2 where it cannot be understood.
#[must_use]
pub fn parse() -> Cli {
    Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit())
}

/// Runs a command to its end.
///
/// # Errors
/// What kept it from being done, as a chain of causes for the operator.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let command = match cli.command.unwrap_or(Command::Serve) {
        // The configuration is the server's, which is elsewhere.
        Command::Client(command) => return Ok(client::run(command).await),
        command => command,
    };
    let config = Config::load(&cli.settings)?;
    telemetry::init(config.log_format);
    match command {
        Command::Client(command) => Ok(client::run(command).await),
        Command::Serve => serve::run(&config).await,
        Command::Db(DbCommand::Migrate) => migrate::run(&config).await,
        Command::Seed(args) => seed::run(&open(&config).await?, &args).await,
        Command::Request(RequestCommand::Import(args)) => import::run(&open(&config).await?, &args).await,
        Command::Policy(command) => policy::run(&config, command).await,
        Command::Token(command) => token::run(&config, command).await,
        Command::Worker => worker::run(&config).await,
        Command::Clock { command } => clock::run(&config, command).await,
        Command::Audit(command) => audit::run(&config, &command).await,
        Command::User(command) => user::run(&config, command).await,
        Command::Openapi => {
            println!("{}", control::document().to_pretty_json()?);
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
    let ops = Ops::new(db, config.clusters_or_demo()?, Arc::new(SystemClock), config.demo);
    ops.set_outside(config.outside());
    ops.clock_refresh().await?;
    Ok(ops)
}

async fn open_database(config: &Config) -> anyhow::Result<Db> {
    let hint = || format!("the database {}; `kvstore doctor` says more", config.database_url);
    let db = Db::open(config.database_url.expose()).await.with_context(hint)?;
    db.migrate().await.with_context(hint)?;
    Ok(db)
}

#[cfg(test)]
mod tests {

    #[test]
    fn the_help_says_what_it_is_for_and_has_no_hidden_clash() {
        let command = super::command();
        command.clone().debug_assert();
        assert!(command.get_about().is_some_and(|about| about.to_string().starts_with("Ask for key-value datasets")));
        let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
        assert!(about.starts_with("KVStore is where"), "{about}");
    }
}
