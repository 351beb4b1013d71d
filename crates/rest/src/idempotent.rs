//! `Idempotency-Key` on every POST: the same call sent again gets the same answer and is not done again.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data::{
    Grant,
    idempotency::{Answer as Kept, Claim, MAX_ANSWER},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, response};

use crate::{
    Api, Problem,
    layers::read_body,
    problem::{self, Answer},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Whether a call has a key.
pub(crate) fn applies(request: &Request) -> bool {
    request.method() == Method::POST && request.headers().contains_key(KEY)
}

/// Claims the key, runs the call, keeps its answer.
pub(crate) async fn run(api: &Api, request: Request, next: Next) -> Answer {
    let (parts, body) = request.into_parts();
    // Without a caller the route answers 401 by itself.
    let Some(subject) = parts.extensions.get::<Grant>().map(|grant| grant.subject.clone()) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let key = key(&parts.headers)?;
    let body = read_body(api, api.settings.max_body_bytes, body).await?;
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let place = match api.answers.claim(&subject, &key, &[address.as_bytes(), &body]).await? {
        Claim::Mine(place) => place,
        Claim::Replay(answer) => return Ok(replayed(answer)),
        Claim::OtherPayload => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another call; take a new one for each call.",
            ));
        }
        Claim::Running => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "idempotency_key_running",
                "The call with this Idempotency-Key is still running; ask again in a moment.",
            )
            .header(header::RETRY_AFTER, "1"));
        }
    };
    // The caller may go away; the call and its answer must not be lost half way.
    let api = api.clone();
    let run = tokio::spawn(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        // What was not done for want of room or of a store may be done when it is sent again.
        let undone = parts.status.is_server_error() || parts.status == StatusCode::TOO_MANY_REQUESTS;
        if undone {
            api.answers.release(place).await?;
        } else {
            api.answers.keep(&place, &kept(&parts, &body)).await?;
        }
        Ok(Response::from_parts(parts, Body::from(body)))
    });
    run.await.unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", problem::OUR_FAULT)))
}

/// The answer as it will be given again; one that is too large is given once, and it is kept that it was.
fn kept(parts: &response::Parts, body: &Bytes) -> Kept {
    if body.len() > MAX_ANSWER {
        let fields = Problem::new(
            StatusCode::CONFLICT,
            "idempotency_answer_too_large",
            "This call was done, and its answer was too large to be kept; read again what you need of it.",
        );
        return Kept { status: 409, content_type: problem::PROBLEM_TYPE.to_owned(), body: fields.to_json().into() };
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    Kept { status: parts.status.as_u16(), content_type: content_type.to_owned(), body: body.clone() }
}

fn replayed(answer: Kept) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Body::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Ok(kind) = HeaderValue::from_str(&answer.content_type)
        && !kind.is_empty()
    {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn key(headers: &HeaderMap) -> Answer<String> {
    let wrong = || Problem::malformed("Idempotency-Key is 1 to 255 visible ASCII characters, once");
    let mut values = headers.get_all(KEY).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(wrong()) };
    let value = value.to_str().ok().filter(|value| value.bytes().all(|byte| byte.is_ascii_graphic()));
    value.filter(|value| (1..=255).contains(&value.len())).map(str::to_owned).ok_or_else(wrong)
}
