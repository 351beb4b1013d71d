//! The demo answers under its own names only.
//!
//! A page of another site can point its own name at 127.0.0.1 and then talk to the demo as if it were the same site.
//! Sessions of real accounts are safe from that, because their cookies belong to the real name; the demo hands out
//! sessions to anyone who asks, so it refuses a `Host` that it does not know.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, uri::Authority};

use crate::{failure::Failure, state::AppState};

/// Layer: 421 for a host that is not this installation's.
pub async fn check(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(hosts) = &state.site.hosts else {
        return next.run(request).await;
    };
    if host_of(&request).is_some_and(|host| is_known(&host, hosts)) {
        return next.run(request).await;
    }
    let detail = "The demo answers only to the address that it printed. Set KVSTORE_PUBLIC_URL to use another name.";
    Failure::new(StatusCode::MISDIRECTED_REQUEST, detail).into_response()
}

fn host_of(request: &Request) -> Option<String> {
    let authority: Authority = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => request.headers().get(header::HOST)?.to_str().ok()?.parse().ok()?,
    };
    Some(authority.host().trim_matches(['[', ']']).to_ascii_lowercase())
}

fn is_known(host: &str, hosts: &[String]) -> bool {
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || hosts.iter().any(|known| known == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_known() {
        let hosts = ["localhost".to_owned(), "kv.test".to_owned()];
        for (host, known) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("kv.test", true),
            ("evil.example", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_known(host, &hosts), known, "{host}");
        }
    }
}
