//! Values that a setting parses to.

use std::{fmt, net::SocketAddr, str::FromStr};

use anyhow::{Context, bail};
use http::Uri;
use serde::Deserialize;

/// An origin that browsers see: `http` or `https`, a host, maybe a port, and nothing after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    scheme: Scheme,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl PublicUrl {
    /// As a browser writes it in `Origin`: lower case, no slash at the end, no default port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

impl FromStr for PublicUrl {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let expected = "expected an address such as https://kv.example.com, without a path";
        let uri: Uri = text.trim().parse().context(expected)?;
        let (scheme, default_port) = match uri.scheme_str() {
            Some("http") => (Scheme::Http, 80),
            Some("https") => (Scheme::Https, 443),
            _ => bail!("{expected}"),
        };
        let host = uri.host().context(expected)?.to_ascii_lowercase();
        if !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
            || uri.authority().is_some_and(|a| a.as_str().contains('@'))
        {
            bail!("{expected}");
        }
        let word = if scheme == Scheme::Https { "https" } else { "http" };
        let origin = match uri.port_u16().filter(|port| *port != default_port) {
            Some(port) => format!("{word}://{host}:{port}"),
            None => format!("{word}://{host}"),
        };
        Ok(Self { origin, host, scheme })
    }
}

/// Where the app's own tables are. It may hold a password, which no output shows.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// The service runs without the app: datasets and tokens are those of the configuration.
const NO_DATABASE: &str = "none";

impl DatabaseUrl {
    /// Whether there is a database at all.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0 == NO_DATABASE
    }

    /// With the password, for the connection alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        if text == NO_DATABASE
            || ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
        {
            Ok(Self(text.to_owned()))
        } else {
            bail!("expected sqlite://PATH or postgres://USER@HOST/DATABASE, or none for the service without the app")
        }
    }
}

impl fmt::Display for DatabaseUrl {
    /// `postgres://user:***@host/database`, and without the parameters, which may hold a password too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        without_password(&self.0, f)
    }
}

fn without_password(url: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = url.split_once('?').map_or(url, |(plain, _)| plain);
    let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
    // The last `@`: a password may hold one that nobody escaped.
    match rest.rsplit_once('@') {
        Some((credentials, place)) => {
            let user = credentials.split_once(':').map_or(credentials, |(user, _)| user);
            write!(f, "{scheme}://{user}:***@{place}")
        }
        None => f.write_str(plain),
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where entries are kept. It may hold a password, which no output shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StoreUrl(String);

impl StoreUrl {
    /// With the password, for the connection alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreUrl {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        const SCHEMES: [&str; 9] = [
            "embedded:",
            "memory:",
            "postgres:",
            "postgresql:",
            "redis:",
            "rediss:",
            "redis+cluster:",
            "rediss+cluster:",
            "dynamodb:",
        ];
        let text = text.trim();
        if SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
            Ok(Self(text.to_owned()))
        } else {
            bail!(
                "expected embedded:PATH, postgres://…, redis://…, redis+cluster://…, dynamodb://REGION/PREFIX or memory:"
            )
        }
    }
}

impl fmt::Display for StoreUrl {
    /// As a [`DatabaseUrl`] is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        without_password(&self.0, f)
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One line for a person.
    #[default]
    Text,
    /// One object in a line for a log collector.
    Json,
}

/// An address with a port; `localhost` is 127.0.0.1.
pub fn parse_listen(text: &str) -> anyhow::Result<SocketAddr> {
    let text = text.trim();
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .with_context(|| format!("expected an address and a port such as 127.0.0.1:3000, not “{text}”"))
}
