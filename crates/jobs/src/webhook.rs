//! Messages to webhooks, over HTTP.
//!
//! An admin names the address, so it may be wrong or aimed at what only this machine can reach: the addresses that are
//! connected to are those that were checked, after the name was resolved, and no redirect is followed.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Uri, header};
use http_body_util::Full;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector};
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioIo},
};
use ops::HookMessage;
use rustls::ClientConfig;
use sha2::Sha256;
use tokio::net::TcpStream;

use crate::Sent;

/// The header with the signature: `v1=` and the hexadecimal HMAC-SHA-256, under the secret, of the timestamp, a dot and
/// the body.
pub const SIGNATURE: &str = "X-KVStore-Signature";
/// The header with the timestamp that is signed: seconds since 1970-01-01 UTC.
pub const TIMESTAMP: &str = "X-KVStore-Timestamp";
/// The header that is the same for every attempt of one message.
pub const DELIVERY: &str = "X-KVStore-Delivery";

/// For everything, from the name to the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Which addresses may be sent to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet.
    #[default]
    Public,
    /// Also those of this machine and of its networks, for tests and intranets.
    Anything,
}

/// What became of a message, with the status that answered; 0 where none did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub sent: Sent,
}

impl Answer {
    fn none(sent: Sent) -> Self {
        Self { status: 0, sent }
    }
}

/// Sends to webhooks.
#[derive(Debug, Clone, Default)]
pub struct Poster {
    reach: Reach,
    /// Made when it is first needed: reading the machine's certificates takes a while.
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Poster {
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self { reach, tls: Arc::default() }
    }

    /// Sends one message, signed at `now` (seconds since 1970-01-01 UTC).
    pub async fn send(&self, message: &HookMessage, now: i64) -> Answer {
        match tokio::time::timeout(TIMEOUT, self.try_send(message, now)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(sent)) => Answer::none(sent),
            Err(_) => Answer::none(Sent::Later(format!("it did not answer within {} s", TIMEOUT.as_secs()))),
        }
    }

    async fn try_send(&self, message: &HookMessage, now: i64) -> Result<Answer, Sent> {
        let (uri, addresses) = checked(&message.url, self.reach).await?;
        let tls = self.tls()?;
        let connect = tower::service_fn(move |_: Uri| {
            let addresses = addresses.clone();
            Box::pin(async move { TcpStream::connect(&addresses[..]).await.map(TokioIo::new) })
        });
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build::<_, Full<Bytes>>(HttpsConnector::from((connect, tls)));
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "KVStore")
            .header(DELIVERY, message.id.to_string())
            .header(TIMESTAMP, now.to_string())
            .header(SIGNATURE, signature(&message.secret, now, &message.body))
            .body(Full::new(Bytes::from(message.body.clone())))
            .map_err(|error| Sent::Refused(error.to_string()))?;
        // The address may carry a secret of the receiver; these errors do not tell it.
        let status = client.request(request).await.map_err(|error| Sent::Later(innermost(&error)))?.status();
        let says = format!("it answered {status}");
        let sent = if status.is_success() {
            Sent::Taken
        } else if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            Sent::Later(says)
        } else if status.is_redirection() {
            Sent::Refused(format!("{says}; redirects are not followed"))
        } else {
            Sent::Refused(says)
        };
        Ok(Answer { status: status.as_u16(), sent })
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Sent> {
        if let Some(known) = self.tls.get() {
            return Ok(known.clone());
        }
        let later = |error: &dyn std::fmt::Display| Sent::Later(format!("no TLS: {error}"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let made = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| later(&error))?
            .with_native_roots()
            .map_err(|error| later(&error))?
            .with_no_client_auth();
        Ok(self.tls.get_or_init(|| Arc::new(made)).clone())
    }
}

/// The innermost reason: the others say "client error".
fn innermost(error: &legacy::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// `v1=` and the signature of a body at a moment.
#[must_use]
pub fn signature(secret: &str, now: i64, body: &str) -> String {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{now}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={hex}")
}

/// The addresses behind a URL, where it may be sent to.
async fn checked(url: &str, reach: Reach) -> Result<(Uri, Vec<SocketAddr>), Sent> {
    let refused = |why: &str| Sent::Refused(why.to_owned());
    let uri: Uri = url.parse().map_err(|_| refused("it is no address"))?;
    let usual_port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(refused("it is neither http nor https")),
    };
    let authority = uri.authority().ok_or_else(|| refused("it names no host"))?;
    if authority.as_str().contains('@') {
        return Err(refused("it has a name or a password before its host"));
    }
    let port = authority.port_u16().unwrap_or(usual_port);
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => match tokio::net::lookup_host((host, port)).await {
            Ok(found) => found.collect(),
            Err(error) => return Err(Sent::Later(format!("its name has no address: {error}"))),
        },
    };
    // One bad address among good ones is a trick, or will be met by chance.
    if reach == Reach::Public && found.iter().any(|address| !is_public(address.ip())) {
        return Err(refused("it is an address of this machine or of a private network"));
    }
    if found.is_empty() {
        return Err(Sent::Later("its name has no address".to_owned()));
    }
    Ok((uri, found))
}

/// Whether an address belongs to the public internet, by the registries of special addresses (RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, compatible, by NAT64 or by 6to4.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([one, two], [three, four]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(one, two, three, four)
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(v4(g, h)),
        (0, 0, 0, 0, 0, 0) if g != 0 => Some(v4(g, h)),
        (0x2002, ..) => Some(v4(b, c)),
        _ => None,
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_documentation()
        || a == 0
        // Carriers' own, protocol assignments, benchmarks, reserved with broadcast.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    // Of what is handed out so far all is 2000::/3; Teredo and documentation are in it.
    a & 0xe000 == 0x2000 && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_none_of_the_public_internet_however_they_are_written() {
        for address in [
            "127.0.0.1",
            "127.8.9.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "172.32.0.1", "100.128.0.1"] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
    }

    #[tokio::test]
    async fn a_url_is_judged_by_where_it_leads() {
        for url in [
            "http://127.0.0.1/x",
            "http://127.1/x",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://10.0.0.8/",
            "http://localhost/",
            "https://user@localhost:1/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(matches!(checked(url, Reach::Public).await, Err(Sent::Refused(_))), "{url}");
        }
        assert!(checked("http://localhost:9/", Reach::Anything).await.is_ok());
    }

    #[test]
    fn the_signature_is_that_of_the_documentation() {
        // printf '1700000000.{"text":"hi"}' | openssl dgst -sha256 -hmac whsec_test
        assert_eq!(signature("whsec_test", 1_700_000_000, r#"{"text":"hi"}"#), SIGNED);
    }

    const SIGNED: &str = "v1=add2fc7010ee7aa23f65449ce9240cd32763de7515ca26c43cd1e9d447a5361a";
}
