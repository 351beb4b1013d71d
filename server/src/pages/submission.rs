//! A posted form: its pairs, and what its page needs to be shown again.

use app::posted::{Posted, Told, Typed};
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use domain::error::Error;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use ops::{Client, Ctx};

use crate::{
    auth::{Session, origin, session::agent},
    failure::{Failure, status_of},
    middleware::request_ref::RequestRef,
    pages::render,
    state::AppState,
};

/// The largest form, in bytes.
const LIMIT: usize = 1024 * 1024;
/// So much more is read and thrown away, because a browser shows the answer only after it has sent everything.
const DISCARD_LIMIT: usize = 32 * 1024 * 1024;

/// Inputs whose values are never shown again.
const SECRET_INPUTS: [&str; 3] = ["password", "again", "present"];

/// An `application/x-www-form-urlencoded` post of at most 1 MiB.
///
/// Line ends are `\n`, as scripts send them: browsers post `\r\n`, and a limit of characters must mean the same for both.
pub struct Submission {
    parts: Parts,
    pairs: Vec<(String, String)>,
}

impl Submission {
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value of an input; empty where it was not sent.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether an input of this name was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == name)
    }

    /// Every value of an input, as boxes send them.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The browser that sent it.
    #[must_use]
    pub fn client(&self, state: &AppState) -> Client {
        Client {
            agent: agent(self.parts.headers.get(header::USER_AGENT)),
            origin: origin::of(&state.site, &self.parts.headers, &self.parts.extensions),
            request_ref: RequestRef::of(&self.parts.extensions).as_str().to_owned(),
        }
    }

    /// Shows the page that was posted to again, with something that is told this once.
    pub async fn tell(self, state: &AppState, told: Told) -> Response {
        let mut page = self.page();
        page.extensions_mut().insert(told);
        render(state, page, None).await
    }

    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Shows the page that was posted to again with these values in its form: a step of editing, which keeps nothing.
    pub async fn show_again(self, state: &AppState, values: Vec<(String, String)>) -> Response {
        let mut page = self.page();
        page.extensions_mut().insert(Typed(values));
        render(state, page, None).await
    }

    fn page(&self) -> Request {
        let mut parts = self.parts.clone();
        parts.method = Method::GET;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        Request::from_parts(parts, Body::empty())
    }

    /// Shows the page that was posted to again, with the refusal's status and everything that was typed.
    pub async fn refuse(self, state: &AppState, error: Error) -> Response {
        let status = status_of(&error);
        let wait = match &error {
            Error::TooMany { retry_after_s } => Some(HeaderValue::from(*retry_after_s)),
            _ => None,
        };
        let page = self.page();
        let mut values = self.pairs;
        // A page never holds a password, not even one that was refused.
        values.retain(|(name, _)| !SECRET_INPUTS.contains(&name.as_str()));
        let mut response = render(state, page, Some(Posted { values, error })).await;
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        if response.status().is_success() {
            *response.status_mut() = status;
        }
        response
    }
}

/// A form with the person who sent it. Where the session is over, the answer keeps what was typed and asks to sign in.
pub struct Signed {
    pub ctx: Ctx,
    pub form: Submission,
}

impl FromRequest<AppState> for Signed {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let session = request.extensions().get::<Session>().map(|session| session.ctx.clone());
        let form = Submission::from_request(request, state).await?;
        match session {
            Some(ctx) => Ok(Self { ctx, form }),
            None => Err(form.refuse(state, Error::SignedOut).await),
        }
    }
}

impl FromRequest<AppState> for Submission {
    type Rejection = Response;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let detail = "A form is posted as application/x-www-form-urlencoded.";
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response());
        }
        let bytes = read(body).await.map_err(Failure::into_response)?;
        let pairs =
            form_urlencoded::parse(&bytes).map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")));
        Ok(Self { parts, pairs: pairs.collect() })
    }
}

async fn read(body: Body) -> Result<Vec<u8>, Failure> {
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "The form did not arrive whole."))?;
        seen = seen.saturating_add(chunk.len());
        if seen <= LIMIT {
            kept.extend_from_slice(&chunk);
        } else if seen > DISCARD_LIMIT {
            break;
        }
    }
    if seen > LIMIT {
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "That is more than a form may hold, which is 1 MiB."));
    }
    Ok(kept)
}
