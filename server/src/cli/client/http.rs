//! Calls of the service: one connection pool, a token, a limit of time, and a few more tries where they are harmless.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::failure::{Failure, Outcome, Problem};
use crate::https;

/// How often a call is sent at most.
const TRIES: u32 = 4;
/// A server that wants to be asked again later than this is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// Far above any answer but that of a stream.
const MOST_BYTES: usize = 64 << 20;

pub struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Without a slash at the end.
    base: String,
    token: Option<HeaderValue>,
    timeout: Duration,
}

/// A call that can be sent again.
pub struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    again: Again,
}

/// What may be done when it is not known whether a call was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Send it again: twice is the same as once.
    Harmless,
    /// The caller must look.
    Unsure,
}

/// A good answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    pub fn get(path: String) -> Self {
        Self::new(Method::GET, path, Again::Harmless)
    }

    /// Without a precondition twice is the same as once; with one the second would fail where the first was done.
    pub fn put(path: String, body: Bytes) -> Self {
        Self { body, ..Self::new(Method::PUT, path, Again::Harmless) }
    }

    /// The second of two says that there was nothing.
    pub fn delete(path: String) -> Self {
        Self::new(Method::DELETE, path, Again::Unsure)
    }

    /// JSON with an `Idempotency-Key` of its own, so that the service does it once.
    pub fn post(path: String, body: Bytes) -> Outcome<Self> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| Failure::failed(format!("no random numbers: {error}")))?;
        let key = format!("{:032x}", u128::from_be_bytes(random));
        Self { body, ..Self::new(Method::POST, path, Again::Harmless) }
            .header(header::CONTENT_TYPE, "application/json")?
            .header(HeaderName::from_static("idempotency-key"), &key)
    }

    fn new(method: Method, path: String, again: Again) -> Self {
        Self { method, path, headers: HeaderMap::new(), body: Bytes::new(), again }
    }

    pub fn header(mut self, name: HeaderName, value: &str) -> Outcome<Self> {
        let wrong = |_| Failure::usage(format!("{name} cannot be {value:?}"));
        let value = HeaderValue::from_str(value).map_err(wrong)?;
        if name == header::IF_MATCH || name == header::IF_NONE_MATCH {
            self.again = Again::Unsure;
        }
        self.headers.insert(name, value);
        Ok(self)
    }
}

impl Client {
    pub fn new(url: &str, token: Option<&str>, timeout: Duration) -> Outcome<Self> {
        let wrong = || Failure::usage("--url is an address such as https://kv.example.com");
        let base = url.trim().trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| wrong())?;
        let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or_else(wrong)?;
        if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) || uri.query().is_some() {
            return Err(wrong());
        }
        let token = match token {
            Some(token) => {
                let value = HeaderValue::from_str(&format!("Bearer {token}"));
                let mut value = value.map_err(|_| Failure::usage("the token is no token: it begins with kvs_"))?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        let connector = https::connector(scheme).map_err(|error| {
            Failure::failed(format!("this machine's certificates cannot be read ({error}); set SSL_CERT_FILE"))
        })?;
        let http = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { http, base, token, timeout })
    }

    /// Sends it until it is answered with anything but "not now", and fails on an answer that is an error.
    pub async fn call(&self, call: &Call) -> Outcome<Answer> {
        let mut tried = 0;
        loop {
            tried += 1;
            let (failure, wait) = match tokio::time::timeout(self.timeout, self.whole(call)).await {
                Ok(Ok(answer)) if answer.status.is_success() => return Ok(answer),
                Ok(Ok(answer)) => {
                    let failure = Failure::answered(answer.status, &answer.body);
                    match wait_for(call, &answer, tried) {
                        Some(wait) => (failure, wait),
                        None => return Err(failure),
                    }
                }
                Ok(Err(Broken { failure, sent })) if sent && call.again == Again::Harmless => (failure, pause(tried)),
                Ok(Err(Broken { failure, .. })) => return Err(failure),
                Err(_) => {
                    let seconds = self.timeout.as_secs();
                    return Err(Failure::unavailable(format!("no answer of {} in {seconds} s", self.base)));
                }
            };
            if tried == TRIES || wait > LONGEST_WAIT {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends it once and gives the answer before its body has come.
    pub async fn stream(&self, call: &Call) -> Outcome<Response<hyper::body::Incoming>> {
        let sent = tokio::time::timeout(self.timeout, self.send(call)).await;
        let late = |_| Failure::unavailable(format!("no answer of {} in {} s", self.base, self.timeout.as_secs()));
        let response = sent.map_err(late)?.map_err(|broken| broken.failure)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = tokio::time::timeout(self.timeout, response.into_body().collect()).await;
        let body = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Err(Failure::answered(status, &body))
    }

    async fn whole(&self, call: &Call) -> Result<Answer, Broken> {
        let response = self.send(call).await?;
        let (parts, body) = response.into_parts();
        let body = http_body_util::Limited::new(body, MOST_BYTES).collect().await;
        let failure = |error| Failure::unavailable(format!("the answer of {} broke off: {error}", self.base));
        let body = body.map_err(|error| Broken { failure: failure(error), sent: true })?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    async fn send(&self, call: &Call) -> Result<Response<hyper::body::Incoming>, Broken> {
        let failed = |failure| Broken { failure, sent: false };
        let mut request = Request::builder()
            .method(&call.method)
            .uri(format!("{}{}", self.base, call.path))
            .body(Full::new(call.body.clone()))
            .map_err(|error| failed(Failure::usage(format!("this is no address: {error}"))))?;
        let headers = request.headers_mut();
        headers.extend(call.headers.clone());
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("kvstore/", env!("CARGO_PKG_VERSION"))));
        if let Some(token) = &self.token {
            headers.insert(header::AUTHORIZATION, token.clone());
        }
        self.http.request(request).await.map_err(|error| {
            let sent = !error.is_connect();
            let what = if sent { "did not answer" } else { "cannot be reached" };
            Broken { failure: Failure::unavailable(format!("{} {what}: {}", self.base, https::cause(&error))), sent }
        })
    }
}

impl Answer {
    /// The etag without its quotes. Every entry has one.
    pub fn etag(&self) -> Outcome<&str> {
        let tag = self.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
        tag.map(|tag| tag.trim_matches('"')).ok_or_else(|| Failure::foreign("it sent no etag"))
    }
}

/// No answer came.
struct Broken {
    failure: Failure,
    /// The call may have been done.
    sent: bool,
}

/// How long to wait before a call that was answered like this is sent again, if it may be.
fn wait_for(call: &Call, answer: &Answer, tried: u32) -> Option<Duration> {
    let code = || serde_json::from_slice::<Problem>(&answer.body).unwrap_or_default().code;
    let may = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => true,
        // Of the store nothing was changed; what else is unavailable has not said so.
        StatusCode::SERVICE_UNAVAILABLE => call.again == Again::Harmless || code() == "store_unavailable",
        StatusCode::CONFLICT => matches!(code().as_str(), "idempotency_key_running" | "contended"),
        _ => false,
    };
    let after = || answer.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok();
    may.then(|| after().map_or_else(|| pause(tried), Duration::from_secs))
}

fn pause(tried: u32) -> Duration {
    Duration::from_millis(250 << tried.min(6))
}
