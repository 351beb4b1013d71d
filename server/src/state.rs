//! What every handler can reach; cheap to clone.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use ops::{DemoSignIn, Ops};
use tokio::sync::watch;

use crate::{
    auth::{cookie::CookiePolicy, sso::SingleSignOn},
    config::Config,
    data_plane::DataPlane,
};

#[derive(Clone)]
pub struct AppState {
    pub ops: Ops,
    pub data: DataPlane,
    pub site: Arc<Site>,
    /// None where the configuration names no identity provider.
    pub sso: Option<Arc<SingleSignOn>>,
    /// Becomes true when the server stops: long answers end then.
    pub stopping: watch::Receiver<bool>,
}

/// How this installation looks from a browser.
#[derive(Debug)]
pub struct Site {
    pub leptos: LeptosOptions,
    pub cookies: CookiePolicy,
    /// As `Origin` says it; none where the listen address is the address.
    pub public_origin: Option<String>,
    /// The hosts that answer; none where any does, because every request needs a session of its own.
    pub hosts: Option<Vec<String>>,
}

impl AppState {
    #[must_use]
    pub fn new(ops: Ops, data: DataPlane, config: &Config, stopping: watch::Receiver<bool>) -> Self {
        let sso = config.oidc.clone().map(|oidc| Arc::new(SingleSignOn::new(oidc, config.url())));
        Self { ops, data, site: Arc::new(Site::new(config)), sso, stopping }
    }
}

impl Site {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let https = config.public_url.as_ref().is_some_and(|url| url.is_https());
        let public_host = config.public_url.as_ref().map(|url| url.host().to_owned());
        let hosts = match config.demo {
            DemoSignIn::On => Some(
                ["localhost".to_owned(), config.listen.ip().to_canonical().to_string()]
                    .into_iter()
                    .chain(public_host)
                    .collect(),
            ),
            DemoSignIn::Off => None,
        };
        Self {
            leptos: leptos_options(config),
            cookies: if https { CookiePolicy::Https } else { CookiePolicy::Http },
            public_origin: config.public_url.as_ref().map(|url| url.origin().to_owned()),
            hosts,
        }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.site.leptos.clone()
    }
}

/// What cargo-leptos knew when it built the site; `Cargo.toml` is not there at run time.
fn leptos_options(config: &Config) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("kvstore")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(config.listen)
        .hash_files(option_env!("LEPTOS_HASH_FILES") == Some("true"))
        .build()
}
