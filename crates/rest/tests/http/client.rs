//! A server and how to call it.

use std::{
    collections::VecDeque,
    net::TcpStream as Blocking,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use bytes::Bytes;
use kv::Clock;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use reqwest::{Client, Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::rig::Rig;

pub const ENTRY: &str = "application/vnd.kvstore.entry+json";
pub const PROBLEM: &str = "application/problem+json";

/// A server that is called with a token of its administrator.
pub struct Server {
    pub url: String,
    pub token: String,
    pub read_token: Option<String>,
    pub prefix_token: Option<String>,
    /// What only a server in this process has.
    pub rig: Option<Rig>,
    unique: String,
    client: Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Server {
    /// The server that `KVSTORE_TEST_URL` names, or one of our own.
    pub async fn start() -> Self {
        let Some(url) = variable("KVSTORE_TEST_URL") else { return Self::around(Rig::start(now()).await) };
        let token = variable("KVSTORE_TEST_TOKEN").expect("KVSTORE_TEST_TOKEN belongs to KVSTORE_TEST_URL");
        Self {
            url: url.trim_end_matches('/').to_owned(),
            token,
            read_token: variable("KVSTORE_TEST_READ_TOKEN"),
            prefix_token: variable("KVSTORE_TEST_PREFIX_TOKEN"),
            rig: None,
            unique: unique(),
            client: client(),
        }
    }

    /// A server of our own, for what needs its clock or its faults; none where another one is to be tested.
    pub async fn local() -> Option<Self> {
        let server = Self::start().await;
        if server.rig.is_none() {
            skip("this needs a server in the test's own process");
            return None;
        }
        Some(server)
    }

    fn around(rig: Rig) -> Self {
        Self {
            url: format!("http://{}", rig.address),
            token: rig.admin.expose().to_owned(),
            read_token: Some(rig.read.expose().to_owned()),
            prefix_token: Some(rig.prefix.expose().to_owned()),
            rig: Some(rig),
            unique: unique(),
            client: client(),
        }
    }

    /// The rig of a [`local`](Self::local) server.
    pub fn rig(&self) -> &Rig {
        self.rig.as_ref().expect("a server of our own")
    }

    /// A key that no other test has.
    pub fn key(&self, name: &str) -> String {
        format!("{}-{name}", self.unique)
    }

    /// An address that works for every key.
    pub fn entry(&self, key: impl AsRef<[u8]>) -> String {
        self.entry_of("default", key)
    }

    pub fn entry_of(&self, dataset: &str, key: impl AsRef<[u8]>) -> String {
        let key = key.as_ref();
        match std::str::from_utf8(key) {
            Ok(_) => format!("/v1/datasets/{dataset}/entry?key={}", percent_encode(key, NON_ALPHANUMERIC)),
            Err(_) => format!("/v1/datasets/{dataset}/entry?key_b64={}", base64(key)),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    pub fn patch(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::PATCH, path).header("content-type", "application/merge-patch+json").body(body)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// A call without the administrator's token.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Puts JSON under a key of `default` and returns its etag.
    pub async fn fill(&self, key: &str, value: &Value) -> String {
        let reply = send(self.put(&self.entry(key)).json(value)).await;
        assert!(matches!(reply.status, 200 | 201), "{reply:?}");
        reply.etag()
    }

    /// A dataset that is described like this; skipped aloud where the server has none.
    pub async fn dataset(&self, what: &str, like: impl Fn(&Value) -> bool) -> Option<Value> {
        let reply = send(self.get("/v1/datasets")).await;
        let found = reply.json()["datasets"].as_array().unwrap().iter().find(|dataset| like(dataset)).cloned();
        if found.is_none() {
            skip(&format!("this server has no dataset {what}"));
        }
        found
    }

    /// Whether `default` can do this.
    pub async fn capability(&self, name: &str) -> Value {
        send(self.get("/v1/datasets/default")).await.json()["capabilities"][name].clone()
    }

    /// Sends bytes as they are on a connection of their own and reads what comes until it closes.
    pub async fn raw(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut stream = self.connect().await;
        // What is refused before its end may be cut off while it is still being sent.
        let _ = stream.write_all(request.as_ref()).await;
        read_raw(&mut stream).await
    }

    /// The head of a raw request up to the empty line, which is not there yet.
    pub fn head(&self, method: &str, target: &str) -> String {
        format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n",
            self.host(),
            self.token
        )
    }

    pub async fn connect(&self) -> TcpStream {
        let stream = Blocking::connect(self.host()).unwrap();
        stream.set_nonblocking(true).unwrap();
        TcpStream::from_std(stream).unwrap()
    }

    fn host(&self) -> &str {
        self.url.strip_prefix("http://").expect("raw requests need http://HOST:PORT")
    }
}

pub async fn read_raw(stream: &mut TcpStream) -> Reply {
    let mut answer = Vec::new();
    let mut buffer = [0; 4_096];
    let reading = async {
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("an answer within 10 s");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(&answer)));
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let headers = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    Reply { status, headers, body: Bytes::copy_from_slice(&answer[end + 4..]) }
}

pub async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply { status, headers, body: response.bytes().await.unwrap() }
}

impl Reply {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// All values of a header as one list in lower case.
    pub fn list(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap().split(','));
        values.map(|value| value.trim().to_ascii_lowercase()).collect()
    }

    #[track_caller]
    pub fn etag(&self) -> String {
        let etag = self.header("etag");
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "a strong etag: {self:?}");
        etag.to_owned()
    }

    /// That it has this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// That it is a problem with this status and code, as RFC 9457 wants it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        self.is(status);
        let problem = self.json();
        assert_eq!(self.header("content-type"), PROBLEM, "{self:?}");
        assert_eq!(
            (problem["status"].as_u64(), problem["code"].as_str()),
            (Some(status.into()), Some(code)),
            "{self:?}"
        );
        assert_eq!(problem["type"], "about:blank");
        for field in ["title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {self:?}");
        }
        assert!(!self.header("x-request-id").is_empty(), "{self:?}");
        problem
    }

    /// That it refuses what was sent, clearly, as a problem.
    #[track_caller]
    pub fn refused(&self) {
        assert!((400..500).contains(&self.status), "{self:?}");
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        self.problem(self.status, &code);
    }
}

/// Server-sent events as they come.
pub struct Events {
    response: Response,
    buffer: String,
    ready: VecDeque<Event>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: String,
}

impl Event {
    pub fn key(&self) -> String {
        let data: Value = serde_json::from_str(&self.data).unwrap();
        data["key"].as_str().unwrap_or_default().to_owned()
    }
}

impl Events {
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut events = Self { response, buffer: String::new(), ready: VecDeque::new() };
        // The first comment says that the watch has begun.
        assert!(events.more().await, "it begins");
        events
    }

    /// The next event; none when the stream ends.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn more(&mut self) -> bool {
        let chunk = tokio::time::timeout(Duration::from_secs(5), self.response.chunk()).await;
        let Some(chunk) = chunk.expect("an event within 5 s").unwrap() else { return false };
        self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some((block, rest)) = self.buffer.split_once("\n\n") {
            let mut event = Event::default();
            for (name, value) in block.lines().filter_map(|line| line.split_once(": ")) {
                match name {
                    "event" => value.clone_into(&mut event.name),
                    "id" => value.clone_into(&mut event.id),
                    "data" => event.data.push_str(value),
                    _ => {}
                }
            }
            if event != Event::default() {
                self.ready.push_back(event);
            }
            self.buffer = rest.to_owned();
        }
        true
    }
}

pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// A clock that begins now and is advanced by hand.
fn now() -> Clock {
    Clock::manual(Clock::system().now())
}

fn client() -> Client {
    Client::builder().timeout(Duration::from_secs(30)).build().unwrap()
}

fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut random = [0; 6];
    getrandom::fill(&mut random).unwrap();
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t{random}{}", COUNT.fetch_add(1, Ordering::Relaxed))
}
