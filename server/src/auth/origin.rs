//! Where a request comes from, for the audit trail.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};

use crate::state::Site;

/// The address of the client; empty where the connection does not say.
///
/// Behind a proxy, which is where a public address is configured and the connection comes from this machine, it is the
/// last one in `X-Forwarded-For`: that one the proxy itself added. What stands before it anybody could have written.
#[must_use]
pub fn of(site: &Site, headers: &HeaderMap, extensions: &Extensions) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return String::new() };
    let peer = peer.ip().to_canonical();
    let forwarded = if site.public_origin.is_some() && peer.is_loopback() { last_forwarded(headers) } else { None };
    forwarded.unwrap_or(peer).to_string()
}

fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    last.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_what_the_proxy_added_counts() {
        let forwarded = |value: &'static str| {
            let name = HeaderName::from_static("x-forwarded-for");
            last_forwarded(&HeaderMap::from_iter([(name, HeaderValue::from_static(value))])).map(|ip| ip.to_string())
        };
        assert_eq!(forwarded("1.2.3.4, 10.0.0.7").as_deref(), Some("10.0.0.7"));
        assert_eq!(forwarded("::ffff:10.0.0.7").as_deref(), Some("10.0.0.7"));
        assert_eq!(forwarded("10.0.0.7, unknown"), None);
        assert_eq!(last_forwarded(&HeaderMap::new()), None);
    }
}
