//! Who asks, and on which revision.

use axum::extract::FromRequestParts;
use domain::ids::Revision;
use http::{HeaderMap, StatusCode, header, request::Parts};
use ops::{Ctx, Reach};
use rest::Problem;

use crate::failure::Failure;

/// Somebody who reads the control plane.
pub(crate) struct Asker(pub Ctx);

/// Somebody who may change it, as far as the policy goes.
pub(crate) struct Actor(pub Ctx);

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Some(ctx) = parts.extensions.get::<Ctx>() {
            return Ok(Self(ctx.clone()));
        }
        if parts.extensions.get::<data::Grant>().is_some() {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "This token is for data; requests and datasets need the scope control:read or control:write.",
            ));
        }
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Send a token as `Authorization: Bearer kvs_…`, or sign in.",
        )
        .header(header::WWW_AUTHENTICATE, "Bearer realm=\"kvstore\""))
    }
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Asker(ctx) = Asker::from_request_parts(parts, state).await?;
        match ctx.reach {
            Reach::Whole | Reach::Write => Ok(Self(ctx)),
            Reach::Read => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "This token reads requests and datasets; changing them needs the scope control:write.",
            )),
        }
    }
}

/// What `If-Match` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing was sent.
    Nothing,
    /// `*`: whatever there is.
    Any,
    At(Revision),
}

impl Seen {
    /// # Errors
    /// 400 where the header is none of ours.
    pub fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Self::Nothing) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        // The tag of a compressed answer names the same revision.
        let digits = inner.map(|inner| inner.strip_suffix("-z").unwrap_or(inner));
        let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        match number.and_then(|digits| digits.parse().ok()) {
            Some(revision) => Ok(Self::At(Revision(revision))),
            None => Err(Problem::malformed("If-Match is the ETag of the request, such as \"3\", or *.").into()),
        }
    }

    /// The revision that an act is told, where the present one is `current`.
    pub fn revision(self, current: Revision) -> Option<Revision> {
        match self {
            Self::Nothing => None,
            Self::Any => Some(current),
            Self::At(revision) => Some(revision),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_names_its_revision() {
        let seen = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            Seen::of(&headers).ok()
        };
        assert_eq!(seen("\"3\""), Some(Seen::At(Revision(3))));
        assert_eq!(seen("\"3-z\""), Some(Seen::At(Revision(3))));
        assert_eq!(seen("*"), Some(Seen::Any));
        for bad in ["3", "W/\"3\"", "\"\"", "\"x\"", "\"3\", \"4\"", "\"99999999999999999999\""] {
            assert_eq!(seen(bad), None, "{bad}");
        }
        assert_eq!(Seen::of(&HeaderMap::new()).ok(), Some(Seen::Nothing));
    }
}
