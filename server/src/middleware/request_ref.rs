//! The id of a request: what a person quotes and the log has.

use std::fmt;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};

/// The header that carries it in both directions.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// 1 to 64 of `A-Z a-z 0-9 - _`: safe in a log line, a header and a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRef(String);

impl RequestRef {
    /// What the proxy before us calls the request, or eight random bytes in hexadecimal.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        headers.get(HEADER).and_then(|value| value.to_str().ok()).and_then(Self::parse).unwrap_or_else(Self::random)
    }

    fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    fn random() -> Self {
        Self(random_hex::<8>())
    }

    /// The id that [`super::observe`] gave; `unknown` outside of it.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_else(|| Self("unknown".to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `N` random bytes as hexadecimal. Zeros where the system has no randomness, which Linux always has after its start.
#[must_use]
pub fn random_hex<const N: usize>() -> String {
    let mut bytes = [0_u8; N];
    if getrandom::fill(&mut bytes).is_err() {
        tracing::error!("the system gives no random bytes");
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_are_taken_over() {
        for (sent, taken) in [("abc-1_Z", true), ("", false), ("a b", false), ("a\"b", false), (&"x".repeat(65), false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(sent).unwrap());
            assert_eq!(RequestRef::from_headers(&headers).as_str() == sent, taken, "{sent}");
        }
        let fresh = RequestRef::from_headers(&HeaderMap::new());
        assert_eq!(fresh.as_str().len(), 16);
        assert_ne!(fresh, RequestRef::from_headers(&HeaderMap::new()));
    }
}
