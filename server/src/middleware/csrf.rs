//! A form of another site changes nothing here.

use tower_http::csrf::{ConfigError, CsrfLayer};

/// Refuses a `POST` (and any other unsafe method) whose `Sec-Fetch-Site` or `Origin` says that it comes from elsewhere.
/// Behind a proxy that rewrites `Host`, `public_origin` is what browsers send.
///
/// # Errors
/// An origin that no browser could send; [`crate::config::PublicUrl`] makes none.
pub fn layer(public_origin: Option<&str>) -> Result<CsrfLayer, ConfigError> {
    match public_origin {
        Some(origin) => CsrfLayer::new().add_trusted_origin(origin),
        None => Ok(CsrfLayer::new()),
    }
}
