//! `/v1/requests` and what stands around them, as a program uses them.

mod catalogue;
mod policies;
mod races;
mod shapes;
mod tokens;
mod transitions;

use domain::{
    form::{Field, RequestForm},
    ids::RequestId,
};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::app::Browser;

/// An answer with its JSON.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Said {
    #[track_caller]
    pub fn assert(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        if status >= 400 {
            assert_eq!(self.headers["content-type"], "application/problem+json");
            assert_eq!(self.body["status"], status);
            assert!(self.body["code"].is_string() && self.body["detail"].is_string(), "{}", self.body);
        }
        self
    }

    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn etag(&self) -> String {
        self.headers["etag"].to_str().unwrap().to_owned()
    }
}

impl Browser {
    pub async fn v1(&self, method: &str, path: &str, if_match: Option<&str>, body: Option<&Value>) -> Said {
        let method = method.parse::<http::Method>().unwrap();
        let mut request = self.client.request(method, self.url(&format!("/v1{path}")));
        request = request.header("sec-fetch-site", "same-origin");
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Said { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    pub async fn read(&self, path: &str) -> Said {
        self.v1("GET", path, None, None).await
    }

    pub async fn act(&self, id: RequestId, action: &str, if_match: Option<&str>, body: &Value) -> Said {
        self.v1("POST", &format!("/requests/{id}/actions/{action}"), if_match, Some(body)).await
    }

    /// Files the form by the API.
    pub async fn file_v1(&self, form: &RequestForm) -> RequestId {
        let said = self.v1("POST", "/requests", None, Some(&json!({"metadata": metadata(form)}))).await;
        said.assert(201);
        said.body["id"].as_str().unwrap().parse().unwrap()
    }
}

/// The fields of a form as texts, which the API takes too.
pub fn metadata(form: &RequestForm) -> Value {
    let fields = Field::ALL.iter().filter(|field| !form.get(**field).is_empty());
    Value::Object(fields.map(|field| (field.name().to_owned(), text(*field, form))).collect::<Map<String, Value>>())
}

fn text(field: Field, form: &RequestForm) -> Value {
    match field.control() {
        domain::form::Control::Check => form.is_checked(field).into(),
        _ => form.get(field).into(),
    }
}
