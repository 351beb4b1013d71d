//! Where to go after a form: a path of this site and of no other.

use axum::response::{IntoResponse, Redirect, Response};

const MAX_LENGTH: usize = 2_048;

/// A path with its query.
///
/// - starts with one `/`, not with `//` or `/\`, which browsers read as another host
/// - printable ASCII only: browsers drop tabs and line ends, and `/<tab>/host` would become another host
/// - at most 2 048 bytes
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let fits = text.len() <= MAX_LENGTH
            && !rest.starts_with(['/', '\\'])
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 303 to `next` where that is a local path, else to `otherwise`.
#[must_use]
pub fn see_other(next: &str, otherwise: &str) -> Response {
    let local = LocalPath::parse(next);
    Redirect::to(local.as_ref().map_or(otherwise, LocalPath::as_str)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_pass() {
        for good in ["/", "/queue?scope=mine&sort=-age", "/requests/REQ-2001#thread"] {
            assert!(LocalPath::parse(good).is_some(), "{good}");
        }
        let long = format!("/{}", "a".repeat(MAX_LENGTH));
        for bad in [
            "",
            "queue",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\\/evil",
            "https://evil.example",
            "/a b",
            "/a\r\nSet-Cookie: x=1",
            "/ä",
            "javascript:alert(1)",
            &long,
        ] {
            assert!(LocalPath::parse(bad).is_none(), "{bad}");
        }
    }
}
