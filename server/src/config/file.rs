//! The shape of `kvstore.toml`. Unknown keys are errors: a misspelt setting must not be ignored.

use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::cluster::Cluster;
use serde::Deserialize;

use super::LogFormat;

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
    pub log_format: Option<LogFormat>,
    #[serde(rename = "cluster")]
    pub clusters: Vec<Cluster>,
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
