//! `kvstore user`: accounts, against the configured database and without a running server.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use domain::{
    account::AccountKind,
    choices::{Choice, Role},
    ids::TeamId,
};
use ops::{By, NewPersonForm, Ops};

use super::open;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Show all accounts
    List,
    /// Make an account and print the link of its invitation, once; a service account gets none
    Add {
        /// Such as maya.chen; it stays for ever
        handle: String,
        /// How people read it [default: the handle]
        #[arg(long)]
        name: Option<String>,
        #[arg(long, default_value = "")]
        email: String,
        /// engineer, reviewer, admin or auditor
        #[arg(long, default_value = "engineer")]
        role: Role,
        /// Slug of a team; repeatable
        #[arg(long = "team", value_name = "SLUG")]
        teams: Vec<String>,
        /// For a program: it has tokens and no pages
        #[arg(long)]
        service: bool,
    },
    /// Print a link that sets a new password, once; the old password works until it is used
    Reset { handle: String },
    /// Close an account: its sessions and tokens end at once
    Deactivate { handle: String },
    /// Change a role
    Role { handle: String, role: Role },
}

pub async fn run(config: &Config, command: UserCommand) -> anyhow::Result<ExitCode> {
    if config.database_url.is_none() {
        bail!("there is no database (KVSTORE_DATABASE_URL=none), so there are no accounts");
    }
    let ops = open(config).await.context("accounts are kept in the app's database")?;
    match command {
        UserCommand::List => list(&ops).await?,
        UserCommand::Add { handle, name, email, role, teams, service } => {
            let name = name.unwrap_or_else(|| handle.clone());
            let kind = if service { AccountKind::Service } else { AccountKind::Person };
            let teams = team_ids(&ops, &teams).await?;
            let form = NewPersonForm { handle, name, email, kind, role, privacy_approver: false, teams };
            let (_, link) = ops.account_create(By::Operator, &form).await?;
            if let Some(secret) = link {
                println!("{}/set-password?token={secret}", config.url());
            }
        }
        UserCommand::Reset { handle } => {
            let account = ops.account_by_handle(&handle).await?;
            let secret = ops.password_reset(By::Operator, account.person.id).await?;
            println!("{}/set-password?token={secret}", config.url());
        }
        UserCommand::Deactivate { handle } => {
            let account = ops.account_by_handle(&handle).await?;
            ops.account_deactivate(By::Operator, account.person.id).await?;
            println!("Closed the account of {}.", account.person.handle);
        }
        UserCommand::Role { handle, role } => {
            let person = ops.account_by_handle(&handle).await?.person;
            ops.account_set_rights(By::Operator, person.id, role, person.privacy_approver, None).await?;
            println!("{} is {} now.", person.handle, role.label().to_lowercase());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(ops: &Ops) -> anyhow::Result<()> {
    for account in ops.accounts(By::Operator).await?.accounts {
        let person = account.person;
        let state = if account.active { account.kind.word() } else { "closed" };
        let teams = person.teams.join(",");
        println!("{}\t{}\t{}\t{state}\t{teams}", person.handle, person.role, person.name);
    }
    Ok(())
}

async fn team_ids(ops: &Ops, slugs: &[String]) -> anyhow::Result<Vec<TeamId>> {
    let teams = ops.accounts(By::Operator).await?.teams;
    let id = |slug: &String| {
        let found = teams.iter().find(|team| team.slug == *slug);
        found.map(|team| team.id).with_context(|| format!("there is no team {slug}"))
    };
    slugs.iter().map(id).collect()
}
