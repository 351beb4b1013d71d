//! `kvstore doctor`: each thing that must be right, whether it is, and how to mend it. Changes nothing.

use std::{fmt, process::ExitCode};

use db::Db;
use tokio::net::TcpListener;

use crate::{
    auth::sso::{CALLBACK, SingleSignOn},
    config::{Config, Problem},
};

/// What was found out about one thing.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    Fine(String),
    /// It works, but perhaps not as meant.
    Note(Problem),
    Wrong(Problem),
}

/// Prints the findings; the code is 1 where one is wrong.
pub async fn run(config: &Config) -> ExitCode {
    let mut findings: Vec<Finding> = config.problems().into_iter().map(Finding::Wrong).collect();
    findings.push(clusters(config));
    findings.push(data_dir(config));
    findings.push(database(config).await);
    findings.push(site(config));
    findings.extend(single_sign_on(config).await);
    findings.push(port(config).await);
    for finding in &findings {
        println!("{finding}");
    }
    let is_wrong = findings.iter().any(|finding| matches!(finding, Finding::Wrong(_)));
    if is_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Finding {
    fn note(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Note(Problem { what: what.into(), mend: mend.into() })
    }

    fn wrong(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Wrong(Problem { what: what.into(), mend: mend.into() })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine(what) => write!(f, "ok     {what}"),
            Self::Note(problem) => write!(f, "note   {}\n       {}", problem.what, problem.mend),
            Self::Wrong(problem) => write!(f, "WRONG  {}\n       {}", problem.what, problem.mend),
        }
    }
}

fn clusters(config: &Config) -> Finding {
    match config.clusters.len() {
        0 => Finding::note(
            "no cluster is configured, so no request can be approved",
            "add [[cluster]] entries to kvstore.toml; kvstore.example.toml shows one",
        ),
        n => Finding::Fine(format!("{n} clusters")),
    }
}

fn data_dir(config: &Config) -> Finding {
    let folder = &config.data_dir;
    match std::fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Finding::wrong(
            format!("the data folder {} is a file", folder.display()),
            "name a folder with --data-dir or KVSTORE_DATA_DIR",
        ),
        Ok(found) if found.permissions().readonly() => Finding::wrong(
            format!("the data folder {} cannot be written", folder.display()),
            "give it to the user that runs kvstore",
        ),
        Ok(_) => Finding::Fine(format!("data folder {}", folder.display())),
        Err(_) => {
            Finding::note(format!("the data folder {} is not there yet", folder.display()), "`kvstore serve` makes it")
        }
    }
}

async fn single_sign_on(config: &Config) -> Option<Finding> {
    let oidc = config.oidc.clone()?;
    let issuer = oidc.issuer.clone();
    let sso = SingleSignOn::new(oidc, config.url());
    Some(match sso.check().await {
        Ok(()) => {
            Finding::Fine(format!("single sign-on by {issuer}; browsers come back to {}{CALLBACK}", config.url()))
        }
        Err(error) => Finding::wrong(
            format!("single sign-on: {error:#}"),
            "check issuer in [oidc], and that this machine reaches it; the other ways to sign in still work",
        ),
    })
}

async fn database(config: &Config) -> Finding {
    let url = &config.database_url;
    let missing_file = url.expose().strip_prefix("sqlite://").filter(|path| !std::path::Path::new(path).exists());
    if missing_file.is_some_and(|path| !path.starts_with(':')) {
        return Finding::note(
            format!("the database {url} is not there yet"),
            "`kvstore serve` or `kvstore db migrate` makes it",
        );
    }
    let opened = match Db::open(url.expose()).await {
        Ok(db) => db.ping().await.map(|()| db),
        Err(error) => Err(error),
    };
    match opened {
        Ok(db) => match db.last_event().await {
            Ok(_) => Finding::Fine(format!("database {url}")),
            Err(_) => Finding::wrong(format!("the database {url} has not all tables"), "run `kvstore db migrate`"),
        },
        Err(error) => Finding::wrong(
            format!("the database {url} does not answer: {:#}", anyhow::Error::from(error)),
            "check KVSTORE_DATABASE_URL, that the database runs, and that its user may sign in from here",
        ),
    }
}

fn site(config: &Config) -> Finding {
    let package = config.site_root.join("pkg");
    let ends_in = |end: &str| {
        std::fs::read_dir(&package)
            .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().ends_with(end)))
    };
    let missing: Vec<&str> = [".js", ".wasm", ".css"].into_iter().filter(|end| !ends_in(end)).collect();
    if missing.is_empty() {
        Finding::Fine(format!("site {}", config.site_root.display()))
    } else {
        Finding::wrong(
            format!("the site {} has no {} file in pkg", config.site_root.display(), missing.join(", no ")),
            "build it with `cargo leptos build`, or name the folder with --site-root or LEPTOS_SITE_ROOT",
        )
    }
}

async fn port(config: &Config) -> Finding {
    match TcpListener::bind(config.listen).await {
        Ok(_) => Finding::Fine(format!("{} is free", config.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Finding::note(
            format!("something listens on {} already", config.listen),
            "when that is kvstore, all is well; else choose another with --listen or KVSTORE_LISTEN",
        ),
        Err(error) => Finding::wrong(
            format!("cannot listen on {}: {error}", config.listen),
            "choose another address with --listen or KVSTORE_LISTEN",
        ),
    }
}
