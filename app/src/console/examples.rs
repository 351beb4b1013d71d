//! Pipelines to begin with, and the entries that they read.

use serde_json::{Value, json};

use super::{address, client::Call};

/// A pipeline to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    Simultaneous,
    Chained,
    Writing,
}

impl Example {
    pub const ALL: [Self; 3] = [Self::Simultaneous, Self::Chained, Self::Writing];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Simultaneous => "Simultaneous",
            Self::Chained => "Chained",
            Self::Writing => "With a write",
        }
    }

    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Simultaneous => "Three calls that know nothing of each other run at once.",
            Self::Chained => "The user's value says which team to read, and the team's whom else.",
            Self::Writing => "Reads, writes what it read for an hour, and reads that again.",
        }
    }

    /// The pipeline for a dataset, indented.
    #[must_use]
    pub fn text(self, dataset: &str) -> String {
        let steps: &[(&str, &str)] = match self {
            Self::Simultaneous => &[
                ("sports", r#""op": "get", "key": "example:sports""#),
                ("maya", r#""op": "get", "key": "example:user:42""#),
                ("users", r#""op": "list", "prefix": "example:user:", "limit": 10"#),
            ],
            Self::Chained => &[
                ("who", r#""op": "get", "key": "example:user:42""#),
                ("team", r#""op": "get", "key": "example:team:{{who/value/team}}""#),
                ("members", r#""op": "batch_get", "keys": {"$ref": "team/value/members"}"#),
                ("sports", r#""op": "get", "key": "example:sports""#),
            ],
            Self::Writing => &[
                ("who", r#""op": "get", "key": "example:user:42""#),
                (
                    "greet",
                    r#""op": "put", "key": "example:greeting:{{who/value/name}}", "value": {"hello": {"$ref": "who/value/name"}}, "ttl": 3600"#,
                ),
                ("check", r#""op": "list", "prefix": "example:greeting:", "values": true, "after": ["greet"]"#),
            ],
        };
        let place =
            if dataset == "default" { String::new() } else { format!(", \"dataset\": {}", Value::from(dataset)) };
        let steps: Vec<String> =
            steps.iter().map(|(name, fields)| format!("    \"{name}\": {{{fields}{place}}}")).collect();
        format!("{{\n  \"steps\": {{\n{}\n  }}\n}}", steps.join(",\n"))
    }
}

/// The call that writes what the examples read.
#[must_use]
pub fn filling(dataset: &str) -> Call {
    Call::post_json(&address::dataset(dataset, "/batch-write"), entries().to_string())
}

fn entries() -> Value {
    let put = |key: &str, value: Value| json!({"op": "put", "key": key, "value": value});
    json!({"items": [
        put("example:sports", json!(["baseball", "hockey", "football"])),
        put("example:user:42", json!({"name": "Maya", "team": "search"})),
        put("example:user:43", json!({"name": "Jonas", "team": "search"})),
        put("example:team:search", json!({"name": "Search", "members": ["example:user:42", "example:user:43"]})),
    ]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::json;

    #[test]
    fn every_example_is_json_with_steps_of_its_dataset() {
        for example in Example::ALL {
            for dataset in ["default", "odd\"name"] {
                let text = example.text(dataset);
                json::check(&text).unwrap();
                let pipeline: Value = serde_json::from_str(&text).unwrap();
                let steps = pipeline["steps"].as_object().unwrap();
                assert!(steps.len() >= 3);
                assert!(steps.values().all(|step| step.get("dataset").is_none_or(|named| named == dataset)));
            }
        }
    }
}
