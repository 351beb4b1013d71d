//! The shape of `kvstore.toml`. Unknown keys are errors: a misspelt setting must not be ignored.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::{choices::StorageKind, cluster::Cluster};
use serde::Deserialize;

use super::{LogFormat, Oidc, StoreUrl};

/// Every key is optional; `[[cluster]]` repeats.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub listen: Option<String>,
    pub public_url: Option<String>,
    pub database_url: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub site_root: Option<PathBuf>,
    pub demo: Option<bool>,
    pub oidc: Option<Oidc>,
    pub workers: Option<usize>,
    pub log_format: Option<LogFormat>,
    pub store_url: Option<String>,
    pub secret: Option<String>,
    pub smtp_url: Option<String>,
    pub mail_from: Option<String>,
    pub webhooks_private: Option<bool>,
    pub cors_origins: Vec<String>,
    #[serde(rename = "cluster")]
    pub clusters: Vec<ClusterEntry>,
    #[serde(rename = "dataset")]
    pub datasets: Vec<DatasetEntry>,
    #[serde(rename = "token")]
    pub tokens: Vec<TokenEntry>,
}

/// A cluster and the store behind it. The URL may hold a password, so it never becomes a part of [`Cluster`], which
/// pages show.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "toml::Table")]
pub struct ClusterEntry {
    pub cluster: Cluster,
    pub url: Option<StoreUrl>,
}

impl TryFrom<toml::Table> for ClusterEntry {
    type Error = anyhow::Error;

    fn try_from(mut table: toml::Table) -> anyhow::Result<Self> {
        let url = table.remove("url").map(|url| url.as_str().context("url is text")?.parse()).transpose()?;
        Ok(Self { cluster: table.try_into()?, url })
    }
}

/// A dataset that is declared here, instead of being asked for and approved.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetEntry {
    pub name: String,
    /// The cluster that it lives on; without one the store of `store_url`.
    pub cluster: Option<String>,
    #[serde(default)]
    pub storage: Option<StorageKind>,
    #[serde(default = "one")]
    pub shards: u16,
    pub max_value_bytes: Option<u64>,
    /// `any`, `json`, `text`, `binary` or `msgpack`.
    pub value_format: Option<String>,
    pub default_ttl_s: Option<u64>,
    pub ttl_override: Option<bool>,
    pub qps_get: Option<u32>,
    pub qps_set: Option<u32>,
    pub qps_delete: Option<u32>,
    /// What everybody who is signed in may do with it.
    #[serde(default)]
    pub signed_in: SignedInMay,
}

const fn one() -> u16 {
    1
}

/// What everybody who is signed in may do with a declared dataset. An auditor only ever reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedInMay {
    #[default]
    Nothing,
    Read,
    Write,
}

/// A token that is declared here, for a service without the app's database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEntry {
    pub name: String,
    /// The SHA-256 of the token in hexadecimal, as `kvstore token create` prints it.
    pub sha256: String,
    pub scopes: Vec<String>,
}

impl File {
    /// # Errors
    /// A file that cannot be read, is no TOML, or says something unknown; the message has the line.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| format!("the configuration file {} is not right", path.display()))
    }

    /// # Errors
    /// As [`File::read`], without the file.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }
}
