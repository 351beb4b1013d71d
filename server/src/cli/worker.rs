//! `kvstore worker`: runs jobs beside the servers of the same database.

use std::process::ExitCode;

use anyhow::bail;
use jobs::Runner;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{open, serve::runner_config};
use crate::config::Config;

pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    if config.database_url.is_none() {
        bail!("there is no database (KVSTORE_DATABASE_URL=none), so there are no jobs: a worker has nothing to do");
    }
    let Some(settings) = runner_config(config) else {
        bail!("KVSTORE_WORKERS is 0, so this worker would run nothing: set it to 1 or more");
    };
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let ops = open(config).await?;
    let (stop, stopping) = watch::channel(false);
    let background = tokio::spawn({
        let (ops, stopping) = (ops.clone(), stopping.clone());
        async move { ops.run_background(stopping).await }
    });
    let working = tokio::spawn(Runner::with(ops, settings, config.work()).run(stopping));
    println!("Working. Stop it with Ctrl-C.");
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    stop.send_replace(true);
    working.await?;
    background.await?;
    Ok(ExitCode::SUCCESS)
}
