//! `kvstore token`: tokens of programs, against the configured database and without a running server.

use std::{process::ExitCode, str::FromStr};

use anyhow::{Context, bail};
use chrono::Duration;
use clap::Subcommand;
use data::{Scope, Secret};

use super::open;
use crate::{config::Config, data_plane::new_token};

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, once; nothing else goes to standard output
    Create {
        /// What it is for, such as the name of a service
        name: String,
        /// What it may do: DATASET:read, DATASET/PREFIX:write, *:admin (all data), control:read, admin:*; repeatable
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<Scope>,
        /// When it ends, counted from now: 90d, 12h, 30m [default: never]
        #[arg(long, value_name = "TIME")]
        expires: Option<Lifetime>,
        /// Whose it is: a person, whom it never exceeds, or a service account [default: the installation's]
        #[arg(long, value_name = "HANDLE")]
        user: Option<String>,
    },
    /// Show all tokens, without their secrets
    List,
    /// End every token of the installation with a name
    Revoke { name: String },
}

/// A number and `d`, `h` or `m`.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime(Duration);

impl Lifetime {
    #[must_use]
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected a number and d, h or m, such as 90d".to_owned();
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(expected)?;
        let number: i64 = number.parse().map_err(|_| expected())?;
        if !(1..=5_256_000).contains(&number) {
            return Err(expected());
        }
        match unit {
            "d" if number <= 3_650 => Ok(Self(Duration::days(number))),
            "h" => Ok(Self(Duration::hours(number))),
            "m" => Ok(Self(Duration::minutes(number))),
            _ => Err(expected()),
        }
    }
}

pub async fn run(config: &Config, command: TokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create { name, scopes, expires, user } => {
            create(config, &name, &scopes, expires, user.as_deref()).await?;
        }
        TokenCommand::List => list(config).await?,
        TokenCommand::Revoke { name } => {
            let revoked = with_database(config).await?.tokens_revoke(&name).await?;
            if revoked == 0 {
                bail!("no token named {name} holds; `kvstore token list` shows all");
            }
            println!("Revoked {revoked} named {name}.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(
    config: &Config,
    name: &str,
    scopes: &[Scope],
    expires: Option<Lifetime>,
    user: Option<&str>,
) -> anyhow::Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        bail!("the name of a token has 1 to 100 printable characters");
    }
    if config.database_url.is_none() {
        let secret = Secret::fresh().map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
        let words: Vec<String> = scopes.iter().map(|scope| format!("{:?}", scope.to_string())).collect();
        eprintln!(
            "There is no database to keep it in. Add this to kvstore.toml:\n\n[[token]]\nname = {name:?}\nsha256 = \"{}\"\nscopes = [{}]\n",
            secret.hash(),
            words.join(", ")
        );
        println!("{}", secret.expose());
        return Ok(());
    }
    let ops = with_database(config).await?;
    let expires_at = expires.map(|Lifetime(lives)| ops.now() + lives);
    let secret = match user {
        Some(handle) => {
            let owner = ops.account_by_handle(handle).await?.person.id;
            let secret = Secret::fresh().map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
            let words = scopes.iter().map(ToString::to_string).collect();
            let token = ops::NewToken::new(name, secret.expose(), secret.hash().0, words, expires_at)?;
            ops.account_token_create(ops::By::Operator, owner, token).await?;
            secret
        }
        None => new_token(&ops, name, scopes, expires_at).await?,
    };
    println!("{}", secret.expose());
    Ok(())
}

async fn list(config: &Config) -> anyhow::Result<()> {
    let ops = with_database(config).await?;
    let now = ops.now();
    let accounts = ops.accounts(ops::By::Operator).await?.accounts;
    for token in ops.tokens().await? {
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", at.format("%Y-%m-%d")),
            (None, Some(at)) if at <= now => format!("expired {}", at.format("%Y-%m-%d")),
            (None, Some(at)) => format!("until {}", at.format("%Y-%m-%d %H:%M")),
            (None, None) => "holds".to_owned(),
        };
        let used = token
            .last_used_at
            .map_or_else(|| "never used".to_owned(), |at| format!("used {}", at.format("%Y-%m-%d %H:%M")));
        let owner = accounts.iter().find(|account| Some(account.person.id) == token.owner);
        let owner = owner.map_or("installation", |account| account.person.handle.as_str());
        println!("{}\t{}\t{state}\t{used}\t{owner}", token.name, token.scopes);
    }
    Ok(())
}

async fn with_database(config: &Config) -> anyhow::Result<ops::Ops> {
    if config.database_url.is_none() {
        bail!("there is no database (KVSTORE_DATABASE_URL=none): tokens are those of kvstore.toml");
    }
    open(config).await.context("tokens are kept in the app's database")
}
