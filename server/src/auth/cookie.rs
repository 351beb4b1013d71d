//! The session's cookie, which scripts cannot read. The theme's cookie is [`app::Theme`]'s own.

use domain::Timestamp;
use http::{HeaderMap, HeaderValue, header};

/// How long somebody may take at the identity provider.
const FLOW_LIVES_S: i64 = 600;

/// How the session cookie is protected on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookiePolicy {
    /// On https: `__Host-` and `Secure`, so that no neighbour and no plain connection can set it.
    Https,
    /// On plain http, which is for one machine or an inner network.
    Http,
}

impl CookiePolicy {
    #[must_use]
    pub fn session_name(self) -> &'static str {
        match self {
            Self::Https => "__Host-kvs",
            Self::Http => "kvs_session",
        }
    }

    fn secure(self) -> &'static str {
        match self {
            Self::Https => "; Secure",
            Self::Http => "",
        }
    }

    /// The `Set-Cookie` of a new session. None where the token is no cookie value, which a token of ours always is.
    #[must_use]
    pub fn session(self, token: &str, expires_at: Timestamp, now: Timestamp) -> Option<HeaderValue> {
        let seconds = (expires_at - now).num_seconds().max(0);
        self.set(self.session_name(), token, seconds)
    }

    /// Takes the session's cookie away.
    #[must_use]
    pub fn no_session(self) -> Option<HeaderValue> {
        self.set(self.session_name(), "", 0)
    }

    /// Of what a sign-in needs that has gone to the identity provider.
    #[must_use]
    pub fn flow_name(self) -> &'static str {
        match self {
            Self::Https => "__Host-kvs_flow",
            Self::Http => "kvs_flow",
        }
    }

    /// Keeps a sign-in until it comes back from the provider.
    #[must_use]
    pub fn flow(self, value: &str) -> Option<HeaderValue> {
        self.set(self.flow_name(), value, FLOW_LIVES_S)
    }

    /// A sign-in has come back.
    #[must_use]
    pub fn no_flow(self) -> Option<HeaderValue> {
        self.set(self.flow_name(), "", 0)
    }

    fn set(self, name: &str, value: &str, max_age: i64) -> Option<HeaderValue> {
        let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
        let text = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={max_age}; HttpOnly{}", self.secure());
        plain.then(|| HeaderValue::try_from(text).ok()).flatten()
    }
}

/// The value of a cookie that the browser sent; the first of that name.
#[must_use]
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; kvs_session=abc=d ;theme=dark"));
        headers.append(header::COOKIE, HeaderValue::from_static("kvs_session=other"));
        assert_eq!(read(&headers, "kvs_session"), Some("abc=d"));
        assert_eq!(read(&headers, "theme"), Some("dark"));
        assert_eq!(read(&headers, "session"), None);
    }

    #[test]
    fn https_makes_the_session_cookie_strict() {
        let now = domain::form::sample_now();
        let later = now + chrono::TimeDelta::hours(1);
        let plain = CookiePolicy::Http.session("tok", later, now).unwrap();
        assert_eq!(plain, "kvs_session=tok; Path=/; SameSite=Lax; Max-Age=3600; HttpOnly");
        let secure = CookiePolicy::Https.session("tok", later, now).unwrap();
        assert_eq!(secure, "__Host-kvs=tok; Path=/; SameSite=Lax; Max-Age=3600; HttpOnly; Secure");
        assert_eq!(CookiePolicy::Http.session("tok; Domain=evil", later, now), None);
    }
}
