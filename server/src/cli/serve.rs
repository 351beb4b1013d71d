//! `kvstore serve`: opens everything, serves until it is told to stop, and stops in order.

use std::{future::IntoFuture, net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use data::{Access, Scope, Secret};
use domain::ids::EventId;
use jobs::Runner;
use ops::{DemoSignIn, Ops, seed};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::open;
use crate::{
    config::Config,
    data_plane::{self, DEFAULT, new_token},
    router,
    state::AppState,
};

/// What the demo starts with.
const DEMO_REQUESTS: u32 = 300;
/// Fixed, so that every demo tells the same stories.
const DEMO_SEED: u64 = 7;

/// How long requests that run may take to finish after the signal.
const GRACE: Duration = Duration::from_secs(10);

pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    if let Some(problem) = config.problems().first() {
        bail!("{}: {}", problem.what, problem.mend);
    }
    let listener = bind(config.listen).await?;
    if config.database_url.is_none() {
        return serve_without_app(config, listener).await;
    }
    let ops = open(config).await?;
    let setup = match config.demo {
        DemoSignIn::On => {
            fill_for_demo(&ops).await?;
            None
        }
        DemoSignIn::Off => ops.setup_link().await?,
    };
    let (stop, stopping) = watch::channel(false);
    let data = data_plane::open(config, Some(&ops), stopping.clone()).await?;
    let demo_token = match config.demo {
        DemoSignIn::On => Some(demo_token(&ops).await?),
        DemoSignIn::Off => None,
    };
    let router = router::router(AppState::new(ops.clone(), data.clone(), config, stopping.clone()))?;
    tokio::spawn(data.sweep(stopping.clone()));
    let background = tokio::spawn({
        let (ops, stopping) = (ops.clone(), stopping.clone());
        async move { ops.run_background(stopping).await }
    });

    let working = runner_config(config).map(|settings| {
        let work = config.work();
        tokio::spawn(Runner::with(ops.clone(), settings, work).run(stopping))
    });
    // Before anybody is told the address: who starts it may stop it at once.
    let ends = Ends::listen()?;
    greet(config, listener.local_addr()?, demo_token.as_ref());
    if let Some(secret) = setup {
        let url = url(config, listener.local_addr()?);
        println!(
            "There is nobody yet. Open this link to become the first admin; it works once, for a day:\n  \
             {url}/setup?token={secret}"
        );
    }
    serve_until_stopped(listener, router, stop, ends).await?;
    // It heard the same signal; a database that hangs must not keep the process.
    let _ = tokio::time::timeout(Duration::from_secs(1), background).await;
    if let Some(working) = working {
        // What does not end is taken over when its lease runs out.
        let _ = tokio::time::timeout(GRACE, working).await;
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// How this process runs jobs; none where it runs none.
pub(super) fn runner_config(config: &Config) -> Option<jobs::Config> {
    (config.workers > 0).then(|| jobs::Config { slots: config.workers, ..jobs::Config::default() })
}

/// Datasets and tokens are those of the configuration.
async fn serve_without_app(config: &Config, listener: TcpListener) -> anyhow::Result<ExitCode> {
    let (stop, stopping) = watch::channel(false);
    let data = data_plane::open(config, None, stopping.clone()).await?;
    tokio::spawn(data.clone().sweep(stopping));
    let ends = Ends::listen()?;
    println!("KVStore serves keys at http://{}/v1, without the app. Its documentation: /docs", listener.local_addr()?);
    if config.tokens.is_empty() {
        println!("No token is declared, so nobody can use it: `kvstore token create NAME --scope '*:admin'` says how.");
    }
    serve_until_stopped(listener, router::service_routes(&data), stop, ends).await?;
    Ok(ExitCode::SUCCESS)
}

/// A token for `default`, good for a day, to try the service with. Those of earlier starts end.
async fn demo_token(ops: &Ops) -> anyhow::Result<Secret> {
    const NAME: &str = "demo";
    ops.tokens_revoke(NAME).await?;
    let scope = Scope::Data { dataset: Some(DEFAULT.to_owned()), prefix: String::new(), access: Access::Write };
    new_token(ops, NAME, &[scope], Some(ops.now() + chrono::Duration::days(1))).await
}

async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: choose another address with --listen or KVSTORE_LISTEN"))
}

async fn fill_for_demo(ops: &Ops) -> anyhow::Result<()> {
    seed::people(ops).await.context("the demo people")?;
    if ops.db().last_event().await? == EventId(0) {
        let summary =
            seed::run(ops, seed::Plan { requests: DEMO_REQUESTS, seed: DEMO_SEED }).await.context("the demo data")?;
        println!("Filled the empty database: {summary}");
    }
    Ok(())
}

fn url(config: &Config, bound: SocketAddr) -> String {
    config.public_url.as_ref().map_or_else(|| format!("http://{bound}"), |url| url.origin().to_owned())
}

fn greet(config: &Config, bound: SocketAddr, demo_token: Option<&Secret>) {
    let url = url(config, bound);
    println!("KVStore is at {url}");
    if config.demo == DemoSignIn::On {
        println!(
            "Sign in by a click as one of the demo people: {url}/sign-in\n\
             Maya Chen files requests; Lena Park reviews them; Priya Nair is the admin; Sofia Rossi reads everything."
        );
    }
    if let Some(token) = demo_token {
        println!(
            "The key-value service, with a token for today:\n  \
             curl -H 'Authorization: Bearer {token}' -X PUT --json '[\"baseball\",\"hockey\",\"football\"]' {url}/v1/keys/sports\n  \
             curl -H 'Authorization: Bearer {token}' {url}/v1/keys/sports\n\
             Its documentation: {url}/docs",
            token = token.expose(),
        );
    }
    println!("Stop it with Ctrl-C.");
    tracing::info!(address = %bound, "serving");
}

/// What ends the server.
struct Ends {
    terminated: Signal,
    interrupted: Signal,
}

impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminated: signal(SignalKind::terminate())?, interrupted: signal(SignalKind::interrupt())? })
    }
}

/// Serves until SIGTERM or SIGINT. Then it takes no new connection, live streams end, and requests that run get
/// [`GRACE`] to finish.
async fn serve_until_stopped(
    listener: TcpListener,
    router: axum::Router,
    stop: watch::Sender<bool>,
    mut ends: Ends,
) -> anyhow::Result<()> {
    let mut stopping = stop.subscribe();
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            // An error means that the sender is gone, and then the process is going too.
            let _ = stopping.wait_for(|stop| *stop).await;
        })
        .into_future();
    let mut server = std::pin::pin!(server);
    let name = tokio::select! {
        ended = &mut server => return ended.context("the server ended by itself"),
        _ = ends.terminated.recv() => "SIGTERM",
        _ = ends.interrupted.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "stopping");
    stop.send_replace(true);
    match tokio::time::timeout(GRACE, server).await {
        Ok(ended) => ended.context("stopping"),
        Err(_) => {
            tracing::warn!(grace_s = GRACE.as_secs(), "some requests did not finish in time and were cut off");
            Ok(())
        }
    }
}
