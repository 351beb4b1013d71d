//! `kvstore policy`: the review policy, against the configured database and without a running server.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Subcommand;
use domain::{
    bounds,
    choices::Choice,
    policy::{Rules, replay::Report, to_toml},
};
use ops::Wording;

use super::open;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print a version as TOML, without a number the one in force
    Show { version: Option<u32> },
    /// Say what is wrong with a file of rules
    Check {
        /// TOML; `-` is standard input
        file: PathBuf,
    },
    /// Say what a file of rules would have made of the requests of the last 90 days
    Replay {
        /// TOML; `-` is standard input
        file: PathBuf,
    },
    /// Save a file of rules as a new version, replay it, and put it into force
    Enable {
        /// TOML; `-` is standard input
        file: PathBuf,
        /// What changes, and why; kept with the version
        #[arg(long)]
        note: String,
        /// Also where something that a person denied would now be approved automatically
        #[arg(long)]
        accept_denied: bool,
    },
}

pub async fn run(config: &Config, command: PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Check { file } => {
            let rules = read(&file)?;
            println!("{} rules, nothing wrong.", rules.as_slice().len());
        }
        PolicyCommand::Show { version } => {
            let ops = open(config).await?;
            let policy = match version {
                Some(version) => ops.policy_version(version).await?,
                None => ops.policy().await?,
            };
            print!("# Version {}.\n\n{}", policy.version, to_toml(&policy.rules));
        }
        PolicyCommand::Replay { file } => {
            let rules = read(&file)?;
            print_report(&open(config).await?.policy_try(rules).await?);
        }
        PolicyCommand::Enable { file, note, accept_denied } => {
            let rules = read(&file)?;
            let ops = open(config).await?;
            let report = ops.policy_try(rules.clone()).await?;
            print_report(&report);
            if report.alarming > 0 && !accept_denied {
                bail!(
                    "something that a person denied would be approved automatically; --accept-denied enables it all the same"
                );
            }
            let policy = ops.policy_install(rules, &note).await?;
            println!("Version {} is in force.", policy.version);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<Rules> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    }
    Ok(Wording::Toml(text).parse()?)
}

fn print_report(report: &Report) {
    let days = bounds::POLICY_REPLAY_DAYS;
    println!("{} requests of the last {days} days, {} judged differently.", report.judged, report.changed);
    for (shift, number) in &report.shifts {
        println!("  {number}\t{}", shift.label());
    }
    if report.alarming > 0 {
        println!("WARNING: {} that a person denied would be approved automatically.", report.alarming);
    }
    for changed in &report.listed {
        let alarm = if changed.alarming { "\tDENIED BY A PERSON" } else { "" };
        let (before, after) = (changed.before.sentence(), changed.after.sentence());
        println!("{}\t{}\t{before}\t→ {after}{alarm}", changed.id, changed.full_name);
    }
}
