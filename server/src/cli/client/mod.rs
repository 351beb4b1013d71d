//! What a user of the service types: each command is one call of the REST API, or a few.
//!
//! `http` sends and tries again, `key` and `value` read what the command line says of keys and values, `sse` reads
//! streams. Each command is a file with its arguments and its `run`.

mod apply;
mod batch;
mod completions;
mod delete;
mod export;
mod failure;
mod get;
mod http;
mod key;
mod list;
mod output;
mod pipeline;
mod put;
mod sse;
mod value;
mod watch;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Subcommand;

use self::failure::{Failure, Outcome};

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 precondition failed, 5 not permitted or not signed in, \
6 the server or its store is unavailable.";

#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Write the value of a key to standard output, byte for byte
    #[command(after_help = EXIT_CODES)]
    Get(get::Args),
    /// Put a value under a key and print its new etag
    #[command(after_help = EXIT_CODES, after_long_help = put::AFTER_HELP)]
    Put(put::Args),
    /// Delete a key
    #[command(after_help = EXIT_CODES)]
    Delete(delete::Args),
    /// List keys in the order of their bytes, one a line
    #[command(after_help = EXIT_CODES)]
    List(list::Args),
    /// Read or write many keys
    #[command(subcommand)]
    Batch(batch::BatchCommand),
    /// Run calls simultaneously and chained, and show their results as one
    #[command(after_help = EXIT_CODES, after_long_help = pipeline::AFTER_HELP)]
    Pipeline(pipeline::Args),
    /// Follow the changes of keys until it is interrupted
    #[command(after_help = EXIT_CODES)]
    Watch(watch::Args),
    /// File the dataset requests of a file, or update them, after showing what would change
    #[command(after_long_help = apply::AFTER_HELP)]
    Apply(apply::Args),
    /// Write a request or a dataset as a file that `apply` takes
    #[command(after_help = EXIT_CODES)]
    Export(export::Args),
    /// Print a script that completes commands in a shell
    #[command(
        after_help = "For example: kvstore completions bash > ~/.local/share/bash-completion/completions/kvstore"
    )]
    Completions(completions::Args),
}

/// Where the service is, and who asks.
#[derive(Debug, clap::Args)]
pub struct Connection {
    /// Address of the service
    #[arg(long, env = "KVSTORE_URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// Better KVSTORE_TOKEN or --token-file: other users of this machine can see the arguments of a command
    #[arg(long, conflicts_with = "token_file")]
    token: Option<String>,
    /// File with the token, `-` for standard input [default: the variable KVSTORE_TOKEN]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// How long one answer may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    timeout: u64,
}

impl Connection {
    fn open(&self) -> Outcome<http::Client> {
        http::Client::new(&self.url, self.secret()?.as_deref(), Duration::from_secs(self.timeout))
    }

    /// The flag over the file over the variable. No message ever holds it.
    fn secret(&self) -> Outcome<Option<String>> {
        let token = match (&self.token, &self.token_file) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(path)) => {
                let read = value::read(path)?;
                let text = String::from_utf8(read)
                    .map_err(|_| Failure::usage(format!("{} holds no token", path.display())))?;
                Some(text)
            }
            (None, None) => std::env::var("KVSTORE_TOKEN").ok(),
        };
        Ok(token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()))
    }
}

/// A connection, and the dataset that is meant.
#[derive(Debug, clap::Args)]
pub struct Target {
    #[command(flatten)]
    connection: Connection,
    /// The dataset
    #[arg(long, short, value_name = "NAME", default_value = "default")]
    dataset: String,
}

impl Target {
    fn open(&self) -> Outcome<http::Client> {
        self.connection.open()
    }

    /// An address of the dataset, below `/v1/datasets/NAME/`.
    fn path(&self, rest: &str) -> String {
        format!("/v1/datasets/{}/{rest}", key::percent(self.dataset.as_bytes()))
    }
}

/// Runs a command and says on standard error why it failed, if it did.
pub async fn run(command: ClientCommand) -> ExitCode {
    let outcome = match command {
        ClientCommand::Get(args) => get::run(&args).await,
        ClientCommand::Put(args) => put::run(args).await,
        ClientCommand::Delete(args) => delete::run(&args).await,
        ClientCommand::List(args) => list::run(&args).await,
        ClientCommand::Batch(command) => batch::run(command).await,
        ClientCommand::Pipeline(args) => pipeline::run(&args).await,
        ClientCommand::Watch(args) => watch::run(&args).await,
        ClientCommand::Apply(args) => apply::run(&args).await,
        ClientCommand::Export(args) => export::run(&args).await,
        ClientCommand::Completions(args) => completions::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
