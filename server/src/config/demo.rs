//! The clusters of the demonstration: every environment and storage type, with room that differs.

use domain::cluster::Cluster;
use serde::Deserialize;

#[derive(Deserialize)]
struct Clusters {
    cluster: Vec<Cluster>,
}

/// Parsed as a configuration file would be, so that the demonstration shows nothing that configuration cannot say.
pub fn clusters() -> anyhow::Result<Vec<Cluster>> {
    let parsed: Clusters = toml::from_str(include_str!("demo.toml"))?;
    Ok(parsed.cluster)
}
