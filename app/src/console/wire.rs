//! What the API says, as far as the console reads it.

use domain::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{json, key::Key};

/// Why a call was refused or failed (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    pub status: u16,
    pub code: String,
    pub detail: String,
}

impl Problem {
    /// The server was not reached.
    #[must_use]
    pub fn no_answer() -> Self {
        Self {
            status: 0,
            code: "no_answer".into(),
            detail: "the server did not answer; check your connection and try again".into(),
        }
    }

    /// Of an answer that is no success, whatever its body is.
    #[must_use]
    pub fn of(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Self>(body) {
            Ok(problem) if !problem.detail.is_empty() => Self { status, ..problem },
            _ => Self { status, code: String::new(), detail: format!("the server answered with status {status}") },
        }
    }

    /// In a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match (self.status, self.code.as_str()) {
            (0, _) => "No answer",
            (401, _) => "Your session has ended",
            (403, _) => "You may not do that here",
            (404, "no_such_dataset") => "There is no such dataset",
            (404, _) => "There is nothing under this key",
            (409, "read_only_dataset") => "This dataset is read-only",
            (412, _) => "It changed meanwhile",
            (413, _) => "It is too large",
            (429, _) => "Too many calls",
            (503, _) => "The store does not answer",
            (500.., _) => "Something went wrong in the service",
            _ => "This needs another look",
        }
    }

    /// What happened and what to do, as a sentence.
    #[must_use]
    pub fn says(&self) -> String {
        if self.status == 401 {
            return "Sign in in a new tab, come back, and do it again: what you typed is kept here.".to_owned();
        }
        let mut letters = self.detail.chars();
        let mut said: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        if !said.ends_with(['.', '!', '?']) {
            said.push('.');
        }
        said
    }

    /// Whether the same call may succeed in a moment.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.status, 0 | 429 | 500..)
    }
}

#[derive(Debug, Deserialize)]
pub struct Datasets {
    pub datasets: Vec<Dataset>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dataset {
    pub name: String,
    pub storage: String,
    pub value_format: String,
    pub max_value_bytes: u64,
    pub default_ttl_s: Option<u64>,
    pub ttl_override: bool,
    pub qps_get: Option<u64>,
    pub qps_set: Option<u64>,
    pub qps_delete: Option<u64>,
    pub shards: u64,
    pub capabilities: Capabilities,
    pub allowed_actions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Capabilities {
    pub store: String,
    pub durability: String,
    pub txn: String,
    pub watch: bool,
}

impl Dataset {
    /// Whether single entries can be written here, and by the caller.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.storage != "READONLY" && self.allowed_actions.iter().any(|action| action == "write")
    }
}

/// A page of keys.
#[derive(Debug, Deserialize)]
pub struct Listing {
    pub keys: Vec<Row>,
    pub next_cursor: Option<String>,
}

/// What a list says of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    #[serde(flatten)]
    pub key: Key,
    pub etag: String,
    pub content_type: String,
    pub size: u64,
    pub updated_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            key: Option<String>,
            key_b64: Option<String>,
        }
        let Fields { key, key_b64 } = Fields::deserialize(deserializer)?;
        Self::from_fields(key.as_deref(), key_b64.as_deref())
            .ok_or_else(|| serde::de::Error::custom("an entry without a key"))
    }
}

/// What a batch of reads says of each key.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub results: Vec<FoundItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundItem {
    #[serde(flatten)]
    pub key: Key,
    pub status: u16,
    pub content_type: Option<String>,
    pub size: Option<u64>,
    pub updated_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub problem: Option<Problem>,
}

/// A change that a watch tells.
#[derive(Debug, Deserialize)]
pub struct Change {
    #[serde(flatten)]
    pub key: Key,
    /// None where it was deleted.
    pub etag: Option<String>,
}

/// What came of a pipeline, with its timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub complete: bool,
    pub ms: f64,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub name: String,
    pub status: u16,
    pub start_ms: f64,
    pub ms: f64,
    pub after: Vec<String>,
    /// Its whole result, indented.
    pub result: String,
}

impl Step {
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

impl Report {
    /// Of an answer's text: steps keep their order, and results are what was stored, digit by digit. None where it is no
    /// report.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Whole {
            complete: bool,
            ms: f64,
        }
        #[derive(Deserialize)]
        struct Timed {
            status: u16,
            start_ms: f64,
            ms: f64,
            after: Vec<String>,
        }
        let Whole { complete, ms } = serde_json::from_str(text).ok()?;
        let (_, steps) = json::members(text).into_iter().find(|(name, _)| name == "steps")?;
        let steps = json::members(steps).into_iter().map(|(name, text)| {
            let Timed { status, start_ms, ms, after } = serde_json::from_str(text).ok()?;
            Some(Step { name, status, start_ms, ms, after, result: json::pretty(text) })
        });
        Some(Self { complete, ms, steps: steps.collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_keys_of_any_bytes() {
        let text = r#"{"keys":[
            {"key":"a","etag":"\"1\"","content_type":"application/json","size":3,"updated_at":"2026-11-22T15:00:00.000Z"},
            {"key_b64":"/A==","etag":"\"2\"","content_type":"","size":0,"updated_at":"2026-11-22T15:00:00.000Z",
             "expires_at":"2026-11-23T15:00:00.000Z"}],"next_cursor":"x"}"#;
        let listing: Listing = serde_json::from_str(text).unwrap();
        assert_eq!(listing.keys.iter().map(|row| row.key.shown()).collect::<Vec<_>>(), ["a", "\\xfc"]);
        assert!(listing.keys[1].expires_at.is_some());
        let change: Change = serde_json::from_str(r#"{"key":"a"}"#).unwrap();
        assert_eq!((change.key.shown().as_str(), change.etag), ("a", None));
    }

    #[test]
    fn a_report_keeps_the_order_of_steps_and_every_digit() {
        let text = r#"{"complete":false,"ms":2.5,"steps":{
            "z":{"status":200,"value":{"n":1.00,"big":12345678901234567890123},"ms":1.5,"start_ms":0.1,"after":[]},
            "a":{"status":424,"problem":{"code":"dependency_failed"},"ms":0.0,"start_ms":1.7,"after":["z"]}}}"#;
        let report = Report::read(text).unwrap();
        assert_eq!(report.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
        assert!(report.steps[0].result.contains("12345678901234567890123") && report.steps[0].result.contains("1.00"));
        assert!(report.steps[0].is_done() && !report.steps[1].is_done());
        assert_eq!(Report::read("{}"), None);
    }

    #[test]
    fn problems_are_sentences() {
        let problem =
            Problem::of(503, br#"{"status":503,"code":"store_unavailable","detail":"the store does not answer"}"#);
        assert_eq!(
            (problem.title(), problem.says().as_str()),
            ("The store does not answer", "The store does not answer.")
        );
        assert!(problem.is_passing());
        assert_eq!(Problem::of(502, b"<html>").says(), "The server answered with status 502.");
    }
}
