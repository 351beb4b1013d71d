//! `kvstore seed`: plausible people, requests and datasets.

use std::process::ExitCode;

use anyhow::Context;
use ops::{Ops, seed};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many requests there should be of this seed; those that are there already stay
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests: u32,
    /// Another number makes other requests; the same at the same moment makes the same
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Makes the requests and says what was made.
///
/// # Errors
/// A database that fails, or an installation without a cluster.
pub async fn run(ops: &Ops, args: &Args) -> anyhow::Result<ExitCode> {
    let started = std::time::Instant::now();
    let plan = seed::Plan { requests: args.requests, seed: args.seed };
    let summary = seed::run(ops, plan).await.context("seeding")?;
    println!("{summary}, in {:.1} s", started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}
