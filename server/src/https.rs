//! Connections of this program to other servers over HTTP.

use std::{io, time::Duration};

use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Connects to addresses of a scheme, `http` or `https`.
///
/// # Errors
/// Where the machine's certificates cannot be read; without `https` they are not.
pub fn connector(scheme: &str) -> io::Result<HttpsConnector<HttpConnector>> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    http.set_nodelay(true);
    let config = rustls::ClientConfig::builder();
    // Reading the machine's certificates costs more than a call without TLS.
    let config = if scheme == "https" {
        config.with_native_roots()?
    } else {
        config.with_root_certificates(rustls::RootCertStore::empty())
    };
    let builder = HttpsConnectorBuilder::new().with_tls_config(config.with_no_client_auth());
    let builder = if scheme == "https" { builder.https_only() } else { builder.https_or_http() };
    Ok(builder.enable_http1().wrap_connector(http))
}

/// The innermost reason: the others say "client error".
#[must_use]
pub fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
