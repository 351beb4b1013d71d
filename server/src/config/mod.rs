//! Configuration: a flag over a `KVSTORE_*` variable over `kvstore.toml` over the default.
//!
//! [`Settings`] is what the command line and the environment say, [`file`] what the file says; [`Config::load`] puts
//! them together and parses each value, and [`Config::problems`] judges values against each other.
//! To add a setting: a field in [`Settings`], one in [`file::File`], one in [`Config`], a line in
//! `kvstore.example.toml` and one in `docs/operations.md`.

mod demo;
mod file;
mod oidc;
mod values;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::{ArgAction, Args, builder::FalseyValueParser};
use domain::cluster::Cluster;
use jobs::{Mailer, Poster, Reach, work::Dispatch};
use ops::{DemoSignIn, Mail, Outside};
use serde::Deserialize;

use self::{file::File, values::parse_listen};
pub use self::{
    file::{DatasetEntry, SignedInMay, TokenEntry},
    oidc::Oidc,
    values::{DatabaseUrl, LogFormat, PublicUrl, StoreUrl},
};

/// The file that is read where none is named and it exists.
pub const DEFAULT_FILE: &str = "kvstore.toml";

/// How many jobs a process runs at once where nothing is said.
const DEFAULT_WORKERS: usize = 4;

/// What the process runs with: every value parsed. `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// Where browsers reach it, when that is not `http://` and the listen address.
    pub public_url: Option<PublicUrl>,
    pub database_url: DatabaseUrl,
    pub data_dir: PathBuf,
    /// The folder with `pkg/` and the public files.
    pub site_root: PathBuf,
    /// As configured; the demonstration's own where none is and the demo is on.
    pub clusters: Vec<Cluster>,
    /// Where the entries of `default` are, and of declared datasets that name no cluster.
    pub store_url: StoreUrl,
    /// The stores of clusters that name one.
    pub cluster_urls: Vec<(String, StoreUrl)>,
    /// Signs cursors: servers with the same secret take each other's. None for one that is kept in the data folder.
    pub secret: Option<Secret>,
    pub cors_origins: Vec<String>,
    pub datasets: Vec<DatasetEntry>,
    pub tokens: Vec<TokenEntry>,
    pub demo: DemoSignIn,
    /// The identity provider; none without single sign-on.
    pub oidc: Option<Oidc>,
    /// How many jobs this process runs at once; 0 leaves them to others.
    pub workers: usize,
    /// None where no mail is sent.
    pub mailer: Option<Mailer>,
    /// Where webhooks may lead.
    pub webhooks: Reach,
    pub log_format: LogFormat,
}

/// A secret of the configuration. `Debug` does not show it.
#[derive(Clone, Deserialize)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The flags that every command takes, and their variables.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// Configuration file [default: kvstore.toml where it exists]
    #[arg(long, global = true, env = "KVSTORE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to serve on [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "KVSTORE_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Where browsers reach it, such as https://kv.example.com, when a proxy stands before it
    #[arg(long, global = true, env = "KVSTORE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// sqlite://PATH or postgres://… [default: sqlite://DATA_DIR/kvstore.db]
    #[arg(long, global = true, env = "KVSTORE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Folder of everything that the server keeps [default: ./data]
    #[arg(long, global = true, env = "KVSTORE_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Where values are kept: embedded:PATH, postgres://…, redis://…, redis+cluster://…, dynamodb://REGION/PREFIX, memory: [default: embedded:DATA_DIR/kv]
    #[arg(long, global = true, env = "KVSTORE_STORE_URL", value_name = "URL", hide_env_values = true)]
    pub store_url: Option<String>,
    /// Signs cursors, 32 characters or more; the same on every server [default: made once and kept in DATA_DIR]
    #[arg(long, global = true, env = "KVSTORE_SECRET", value_name = "SECRET", hide_env_values = true, hide = true)]
    pub secret: Option<String>,
    /// Folder of the built site [default: target/site]
    #[arg(long, global = true, env = "LEPTOS_SITE_ROOT", value_name = "FOLDER")]
    pub site_root: Option<PathBuf>,
    /// Open the demo sign-in and fill an empty database; only on a loopback address
    #[arg(long, global = true, env = "KVSTORE_DEMO", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub demo: bool,
    /// This installation's secret at the identity provider of [oidc]
    #[arg(
        long,
        global = true,
        env = "KVSTORE_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        hide = true
    )]
    pub oidc_client_secret: Option<String>,
    /// How many jobs this process runs at once; 0 for none, where `kvstore worker` runs them [default: 4]
    #[arg(long, global = true, env = "KVSTORE_WORKERS", value_name = "NUMBER")]
    pub workers: Option<usize>,
    /// Mail server: smtp://HOST:PORT, smtps://USER:PASSWORD@HOST, or smtp://…?tls=required [default: no mail]
    #[arg(long, global = true, env = "KVSTORE_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of mail, such as "KVStore <kvstore@example.com>"
    #[arg(long, global = true, env = "KVSTORE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Let webhooks lead to this machine and to private networks too
    #[arg(long, global = true, env = "KVSTORE_WEBHOOKS_PRIVATE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub webhooks_private: bool,
    /// How logs are written [default: text]
    #[arg(long, global = true, env = "KVSTORE_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// What is wrong with a configuration, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub what: String,
    pub mend: String,
}

impl Config {
    /// Reads the file that `settings` name and overlays it.
    ///
    /// # Errors
    /// A file that is missing, unreadable or holds an unknown key, and every value that does not parse; the message
    /// names the setting and says what it takes.
    pub fn load(settings: &Settings) -> anyhow::Result<Self> {
        let file = match &settings.config {
            Some(path) => File::read(path)?,
            None if Path::new(DEFAULT_FILE).exists() => File::read(Path::new(DEFAULT_FILE))?,
            None => File::default(),
        };
        Self::assemble(settings, file)
    }

    fn assemble(settings: &Settings, file: File) -> anyhow::Result<Self> {
        let listen = settings.listen.clone().or(file.listen).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        let listen = parse_listen(&listen).context("listen (KVSTORE_LISTEN)")?;
        let public_url = settings
            .public_url
            .clone()
            .or(file.public_url)
            .map(|url| url.parse::<PublicUrl>())
            .transpose()
            .context("public_url (KVSTORE_PUBLIC_URL)")?;
        let data_dir = settings.data_dir.clone().or(file.data_dir).unwrap_or_else(|| PathBuf::from("./data"));
        let database_url = settings
            .database_url
            .clone()
            .or(file.database_url)
            .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("kvstore.db").display()))
            .parse::<DatabaseUrl>()
            .context("database_url (KVSTORE_DATABASE_URL)")?;
        let site_root = settings.site_root.clone().or(file.site_root).unwrap_or_else(|| PathBuf::from("target/site"));
        let demo = if settings.demo || file.demo.unwrap_or_default() { DemoSignIn::On } else { DemoSignIn::Off };
        let cluster_urls = file
            .clusters
            .iter()
            .filter_map(|entry| Some((entry.cluster.name.to_string(), entry.url.clone()?)))
            .collect::<Vec<_>>();
        let clusters = file.clusters.into_iter().map(|entry| entry.cluster).collect::<Vec<_>>();
        let clusters = if clusters.is_empty() && demo == DemoSignIn::On { demo::clusters()? } else { clusters };
        let store_url = settings
            .store_url
            .clone()
            .or(file.store_url)
            .unwrap_or_else(|| format!("embedded:{}", data_dir.join("kv").display()))
            .parse::<StoreUrl>()
            .context("store_url (KVSTORE_STORE_URL)")?;
        let secret = settings.secret.clone().or(file.secret).map(Secret);
        if secret.as_ref().is_some_and(|secret| secret.expose().len() < 32) {
            bail!("secret (KVSTORE_SECRET) needs at least 32 characters; `openssl rand -hex 32` makes one");
        }
        for dataset in &file.datasets {
            if let Some(cluster) = &dataset.cluster
                && !cluster_urls.iter().any(|(name, _)| name == cluster)
            {
                bail!("dataset {} is on cluster {cluster}: no [[cluster]] of that name has a url", dataset.name);
            }
        }
        for (index, cluster) in clusters.iter().enumerate() {
            if clusters[..index].iter().any(|other| other.name == cluster.name) {
                bail!("two clusters are named {}; each [[cluster]] needs a name of its own", cluster.name);
            }
            if let Err(problem) = cluster.check() {
                bail!("cluster {} {problem}", cluster.name);
            }
        }
        let mut oidc = file.oidc;
        if let Some(oidc) = &mut oidc {
            oidc.client_secret = settings.oidc_client_secret.clone().map(Secret).or(oidc.client_secret.take());
            oidc.check().context("[oidc]")?;
        }
        let smtp_url = settings.smtp_url.clone().or(file.smtp_url).filter(|url| !url.is_empty());
        let mailer = match (smtp_url, settings.mail_from.clone().or(file.mail_from)) {
            (None, _) => None,
            (Some(_), None) => bail!("smtp_url (KVSTORE_SMTP_URL) needs a sender: set mail_from (KVSTORE_MAIL_FROM)"),
            (Some(url), Some(from)) => {
                let told =
                    |why| anyhow::anyhow!("smtp_url (KVSTORE_SMTP_URL) and mail_from (KVSTORE_MAIL_FROM): {why}");
                Some(Mailer::new(&url, &from).map_err(told)?)
            }
        };
        let is_private = settings.webhooks_private || file.webhooks_private.unwrap_or_default();
        let webhooks = if is_private { Reach::Anything } else { Reach::Public };
        let log_format = settings.log_format.or(file.log_format).unwrap_or_default();
        Ok(Self {
            listen,
            public_url,
            database_url,
            data_dir,
            site_root,
            clusters,
            store_url,
            cluster_urls,
            secret,
            cors_origins: file.cors_origins,
            datasets: file.datasets,
            tokens: file.tokens,
            demo,
            oidc,
            workers: settings.workers.or(file.workers).unwrap_or(DEFAULT_WORKERS),
            mailer,
            webhooks,
            log_format,
        })
    }

    /// What the values mean to each other: an empty list lets the server start.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.demo == DemoSignIn::On && !self.listen.ip().is_loopback() {
            problems.push(Problem {
                what: format!(
                    "the demo lets anyone sign in as anybody, so it is refused on {}, which others can reach",
                    self.listen
                ),
                mend: format!("listen on 127.0.0.1:{}, or start without --demo", self.listen.port()),
            });
        }
        if self.demo == DemoSignIn::On && self.database_url.is_none() {
            problems.push(Problem {
                what: "the demo needs a database, and there is none".to_owned(),
                mend: "start without --demo, or with a KVSTORE_DATABASE_URL".to_owned(),
            });
        }
        if self.oidc.is_some() && self.public_url.is_none() && self.listen.ip().is_unspecified() {
            problems.push(Problem {
                what: format!("single sign-on has nowhere to come back to: {} is no address of a browser", self.listen),
                mend: "set public_url (KVSTORE_PUBLIC_URL), and tell the provider of it".to_owned(),
            });
        }
        problems
    }

    /// Where a browser on this machine, or behind the proxy, opens the app.
    #[must_use]
    pub fn url(&self) -> String {
        self.public_url.as_ref().map_or_else(|| format!("http://{}", self.listen), |url| url.origin().to_owned())
    }

    /// What this installation sends, and what links in it begin with.
    #[must_use]
    pub fn outside(&self) -> Outside {
        Outside { site: self.url(), mail: if self.mailer.is_some() { Mail::On } else { Mail::Off } }
    }

    /// The work of this process, with what messages leave by.
    #[must_use]
    pub fn work(&self) -> Dispatch {
        Dispatch { mailer: self.mailer.clone(), poster: Poster::new(self.webhooks) }
    }

    /// The configured clusters, or the demonstration's: fake data needs somewhere to be.
    ///
    /// # Errors
    /// Never for a correct build: the built-in clusters are parsed like configured ones.
    pub fn clusters_or_demo(&self) -> anyhow::Result<Vec<Cluster>> {
        if self.clusters.is_empty() { demo::clusters() } else { Ok(self.clusters.clone()) }
    }
}

#[cfg(test)]
mod tests;
