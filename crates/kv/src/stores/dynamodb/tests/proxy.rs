//! A proxy in front of a DynamoDB server, that makes one fault at a time: one request for each connection.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server does it, and the answer is lost.
    DropAfter,
    /// It never reaches the server.
    DropBefore,
    /// It never reaches the server, and the connection stays open.
    Silence,
    Throttle,
    InternalError,
    Denied,
    /// The second half of a batch comes back undone.
    Halve,
}

struct Rule {
    operation: &'static str,
    fault: Fault,
    times: usize,
}

pub struct Proxy {
    pub address: SocketAddr,
    rules: Arc<Mutex<Vec<Rule>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub async fn start(upstream: SocketAddr, at: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind(at.unwrap_or_else(|| ([127, 0, 0, 1], 0).into())).await.unwrap();
        let address = listener.local_addr().unwrap();
        let rules: Arc<Mutex<Vec<Rule>>> = Arc::default();
        let of_task = rules.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let rules = of_task.clone();
                tokio::spawn(async move { serve(client, upstream, &rules).await });
            }
        });
        Self { address, rules, task }
    }

    /// The next `times` requests whose operation ends with `operation` meet `fault`.
    pub fn next(&self, operation: &'static str, fault: Fault, times: usize) {
        self.rules.lock().unwrap().push(Rule { operation, fault, times });
    }

    /// No more faults.
    pub fn calm(&self) {
        self.rules.lock().unwrap().clear();
    }

    /// Faults that did not happen yet.
    pub fn left(&self) -> usize {
        self.rules.lock().unwrap().iter().map(|rule| rule.times).sum()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut client: TcpStream, upstream: SocketAddr, rules: &Mutex<Vec<Rule>>) -> Option<()> {
    let (head, body) = request(&mut client).await?;
    let operation = header(&head, "x-amz-target")?.rsplit('.').next()?.to_owned();
    let fault = {
        let mut rules = rules.lock().unwrap();
        let met = rules.iter_mut().find(|rule| rule.times > 0 && operation.ends_with(rule.operation));
        met.map(|rule| {
            rule.times -= 1;
            rule.fault
        })
    };
    let error =
        |name: &str| json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "a fault" });
    let (status, answer) = match fault {
        None => forward(&head, &body, upstream).await?,
        Some(Fault::DropAfter) => {
            forward(&head, &body, upstream).await?;
            return None;
        }
        Some(Fault::DropBefore) => return None,
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::Throttle) => (400, error("ProvisionedThroughputExceededException").to_string().into_bytes()),
        Some(Fault::InternalError) => (500, error("InternalServerError").to_string().into_bytes()),
        Some(Fault::Denied) => (400, error("AccessDeniedException").to_string().into_bytes()),
        Some(Fault::Halve) => halve(&head, &body, upstream).await?,
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    );
    client.write_all(head.as_bytes()).await.ok()?;
    client.write_all(&answer).await.ok()
}

/// Sends the first half on, and gives the second half back as not done.
async fn halve(head: &str, body: &[u8], upstream: SocketAddr) -> Option<(u16, Vec<u8>)> {
    let mut asked: Value = serde_json::from_slice(body).ok()?;
    let (table, items) = asked.get_mut("RequestItems")?.as_object_mut()?.iter_mut().next()?;
    let table = table.clone();
    let of_get = items.is_object();
    let list = if of_get { items.get_mut("Keys")? } else { items }.as_array_mut()?;
    let rest = list.split_off(list.len().div_ceil(2));
    let (status, answer) = forward(head, &serde_json::to_vec(&asked).ok()?, upstream).await?;
    let mut answer: Value = serde_json::from_slice(&answer).ok()?;
    let rest = if of_get { json!({ "Keys": rest, "ConsistentRead": true }) } else { json!(rest) };
    answer[if of_get { "UnprocessedKeys" } else { "UnprocessedItems" }] = json!({ table: rest });
    Some((status, serde_json::to_vec(&answer).ok()?))
}

async fn forward(head: &str, body: &[u8], upstream: SocketAddr) -> Option<(u16, Vec<u8>)> {
    let mut server = TcpStream::connect(upstream).await.ok()?;
    let kept = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.is_empty() && !line.starts_with("content-length:") && !line.starts_with("connection:")
    });
    let head = kept.fold(String::new(), |head, line| head + line + "\r\n");
    let head = format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    server.write_all(head.as_bytes()).await.ok()?;
    server.write_all(body).await.ok()?;
    let (head, body) = request(&mut server).await?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body))
}

/// The head and the body of a message of HTTP/1.1 that says its length.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).ok()?;
    let length: usize = header(&head, "content-length")?.parse().ok()?;
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
