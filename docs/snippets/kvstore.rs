//! KVStore with `reqwest`. KVSTORE_URL and KVSTORE_TOKEN say where and who.

use std::{env, error::Error};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

struct KvStore {
    http: Client,
    service: String,
    token: String,
}

impl KvStore {
    fn from_env() -> Result<Self> {
        let url = env::var("KVSTORE_URL").unwrap_or_else(|_| "http://127.0.0.1:3000".into());
        Ok(Self { http: Client::new(), service: format!("{url}/v1"), token: env::var("KVSTORE_TOKEN")? })
    }

    /// `path` is below the dataset; the parameters are percent-encoded.
    fn call(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder> {
        let address = format!("{}/datasets/default/{path}", self.service);
        let url = Url::parse_with_params(&address, query)?;
        Ok(self.http.request(method, url).bearer_auth(&self.token))
    }

    fn put(&self, key: &str, value: &Value) -> Result<RequestBuilder> {
        Ok(self.call(Method::PUT, "entry", &[("key", key)])?.json(value))
    }

    async fn get(&self, key: &str) -> Result<Response> {
        Ok(self.call(Method::GET, "entry", &[("key", key)])?.send().await?.error_for_status()?)
    }

    /// With an Idempotency-Key the same call can be sent again and is done once. A real program takes a random one.
    async fn post(&self, path: &str, idempotency_key: &str, body: &Value) -> Result<Value> {
        let call = self.http.post(format!("{}/{path}", self.service)).bearer_auth(&self.token).json(body);
        Ok(call.header("Idempotency-Key", idempotency_key).send().await?.error_for_status()?.json().await?)
    }

    /// Pages of entries until there is no cursor: a short page need not be the last.
    async fn list_all(&self, prefix: &str) -> Result<Vec<Vec<Value>>> {
        let mut pages = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = vec![("prefix", prefix), ("limit", "2")];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let answer = self.call(Method::GET, "keys", &query)?.send().await?.error_for_status()?;
            let mut page: Value = answer.json().await?;
            pages.push(serde_json::from_value(page["keys"].take())?);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(pages),
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let kv = KvStore::from_env()?;

    // Put a value.
    let put = kv.put("sports", &json!(["baseball", "hockey", "football"]))?.send().await?;
    println!("put: {}", put.status().as_u16());

    // Get it.
    let read = kv.get("sports").await?;
    let etag = read.headers()["etag"].clone();
    println!("get: {}", read.json::<Value>().await?);

    // Change it only if it is still what was read: the etag goes back as If-Match.
    let replace = || async {
        let call = kv.put("sports", &json!(["curling"]))?.header("If-Match", etag.clone());
        Result::<StatusCode>::Ok(call.send().await?.status())
    };
    println!("conditional update: {}", replace().await?.as_u16());
    println!("conditional update with the old etag: {}", replace().await?.as_u16());

    // List all pages.
    for n in 1..=5 {
        kv.put(&format!("page/{n}"), &json!(n))?.send().await?.error_for_status()?;
    }
    let pages = kv.list_all("page/").await?;
    println!("list: {} keys on {} pages", pages.iter().map(Vec::len).sum::<usize>(), pages.len());

    // Write and read many keys in one call; each has its own status.
    let items = json!({"items": [
        {"op": "put", "key": "user:42", "value": {"name": "Maya", "team": "search"}},
        {"op": "put", "key": "team:search", "value": {"floor": 3}},
        {"op": "put", "key": "note", "value": "plain text", "content_type": "text/plain", "ttl": 3600},
    ]});
    let written = kv.post("datasets/default/batch-write", "rust-snippet-1", &items).await?;
    println!("batch write: {}", statuses(&written));
    let keys = json!({"keys": ["user:42", "note", "nothing"]});
    let read = kv.post("datasets/default/batch-get", "rust-snippet-2", &keys).await?;
    println!("batch get: {}", statuses(&read));

    // Run calls in one: those that do not refer to each other at the same time, the chained one after what it refers to.
    let steps = json!({"steps": {
        "who": {"op": "get", "key": "user:42"},
        "note": {"op": "get", "key": "note"},
        "team": {"op": "get", "key": "team:{{who/value/team}}"},
    }});
    let report = kv.post("pipeline", "rust-snippet-3", &steps).await?;
    println!("pipeline: {}", report["steps"]["team"]["value"]);
    Ok(())
}

fn statuses(answer: &Value) -> String {
    let results = answer["results"].as_array().into_iter().flatten();
    results.map(|result| result["status"].to_string()).collect::<Vec<_>>().join(" ")
}
