//! `kvstore clock`: shows the app's clock, and advances it where that is allowed.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use ops::DemoSignIn;

use super::{open, token::Lifetime};
use crate::config::Config;

/// The variable that lets the clock be advanced where the demo sign-in is off.
const ALLOW: &str = "KVSTORE_TEST_CLOCK";

#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Let time pass, for every server of the database
    Advance {
        /// How much: 3d, 12h, 30m
        time: Lifetime,
    },
}

pub async fn run(config: &Config, command: Option<ClockCommand>) -> anyhow::Result<ExitCode> {
    if config.database_url.is_none() {
        bail!("there is no database (KVSTORE_DATABASE_URL=none), and the clock is kept there");
    }
    if command.is_some() && config.demo == DemoSignIn::Off && std::env::var(ALLOW).as_deref() != Ok("1") {
        bail!("the clock is advanced in tests and demonstrations only: use --demo, or set {ALLOW}=1");
    }
    let ops = open(config).await?;
    if let Some(ClockCommand::Advance { time }) = command {
        ops.clock_advance_by_operator(time.duration()).await?;
    }
    let ahead = ops.now() - ops.machine_now();
    println!("{} ({} s ahead of the machine)", ops.now().format("%Y-%m-%d %H:%M:%S UTC"), ahead.num_seconds());
    Ok(ExitCode::SUCCESS)
}
