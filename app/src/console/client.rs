//! Calls of `/v1` from the browser, with the session's cookie. On the server nothing calls.

use super::wire::Problem;

/// A call of the API.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub method: &'static str,
    /// Begins with `/v1`.
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Vec<u8>>,
}

/// An answer of success.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub content_type: String,
    pub etag: String,
    pub last_modified: String,
    pub expires_at: String,
}

impl Call {
    #[must_use]
    pub fn get(path: String) -> Self {
        Self { method: "GET", path, ..Self::default() }
    }

    #[must_use]
    pub fn delete(path: String) -> Self {
        Self { method: "DELETE", path, ..Self::default() }
    }

    #[must_use]
    pub fn put(path: String, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type", content_type.to_owned())];
        Self { method: "PUT", path, headers, body: Some(body) }
    }

    #[must_use]
    pub fn post_json(path: &str, body: String) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { method: "POST", path: path.to_owned(), headers, body: Some(body.into_bytes()) }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// # Errors
    /// What the API refuses or cannot do, and a server that is not reached.
    #[cfg(feature = "hydrate")]
    pub async fn send(self) -> Result<Answer, Problem> {
        use gloo_net::http::{Method, RequestBuilder};
        use web_sys::{RequestCache, js_sys::Uint8Array};

        let lost = |_: gloo_net::Error| Problem::no_answer();
        let method: Method = self.method.parse().map_err(|_| Problem::no_answer())?;
        let mut request = RequestBuilder::new(&self.path).method(method).cache(RequestCache::NoStore);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = match &self.body {
            Some(body) => request.body(Uint8Array::from(body.as_slice())),
            None => request.build(),
        };
        let response = request.map_err(lost)?.send().await.map_err(lost)?;
        let header = |name: &str| response.headers().get(name).unwrap_or_default();
        let answer = Answer {
            status: response.status(),
            content_type: header("content-type"),
            etag: header("etag"),
            last_modified: header("last-modified"),
            expires_at: header("expires-at"),
            body: response.binary().await.map_err(lost)?,
        };
        if response.ok() { Ok(answer) } else { Err(Problem::of(answer.status, &answer.body)) }
    }

    /// # Errors
    /// Always: the server has no session of its own.
    #[cfg(not(feature = "hydrate"))]
    #[expect(clippy::unused_async, reason = "as in the browser")]
    pub async fn send(self) -> Result<Answer, Problem> {
        Err(Problem::no_answer())
    }
}

impl Answer {
    /// # Errors
    /// A body that is not what the API promises.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|_| Problem {
            status: 500,
            code: "not_understood".into(),
            detail: "the answer was not understood; reload the page".into(),
        })
    }

    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
