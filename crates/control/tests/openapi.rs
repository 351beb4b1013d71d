//! The OpenAPI document: committed as `docs/openapi.json`, whole, and never broken for those who use it.
//!
//! `UPDATE=1 cargo test -p control --test openapi` writes the file after a change that breaks nothing. A change that does
//! break something belongs into a `/v2`; before the first release `UPDATE=breaking` takes it.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

fn current() -> Value {
    serde_json::to_value(control::document()).unwrap()
}

fn committed() -> Value {
    serde_json::from_str(&fs::read_to_string(file()).unwrap()).unwrap()
}

/// All operations as (`METHOD /path`, operation).
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| Some((format!("{method} {path}"), item.get(method)?)))
        })
        .collect()
}

#[test]
fn the_committed_document_is_the_current_one() {
    let text = serde_json::to_string_pretty(&current()).unwrap() + "\n";
    let update = std::env::var("UPDATE").unwrap_or_default();
    if !update.is_empty() {
        if file().exists() && update != "breaking" {
            assert_eq!(broken(&committed(), &current()), [""; 0], "this breaks those who use the API");
        }
        fs::write(file(), text).unwrap();
        return;
    }
    let committed = fs::read_to_string(file()).unwrap_or_default();
    assert!(committed == text, "docs/openapi.json is old; write it with UPDATE=1 cargo test -p control --test openapi");
}

#[test]
fn nothing_that_was_promised_is_gone() {
    if std::env::var_os("UPDATE").is_some() {
        return; // The file is being written.
    }
    assert_eq!(broken(&committed(), &current()), [""; 0]);
}

#[test]
fn every_operation_has_an_id_an_example_and_its_errors() {
    let document = current();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no operationId"));
        assert!(ids.insert(id.to_owned()), "{id} comes twice");
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{name}");
        if let Some(body) = operation.get("requestBody") {
            assert!(has_example(&document, &body["content"]), "{name}: its request has no example");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let Some(content) = response.get("content") else { continue };
            if status.starts_with('2') {
                assert!(has_example(&document, content), "{name}: its {status} has no example");
            } else if status != "304" {
                assert!(content.get("application/problem+json").is_some(), "{name}: its {status} is no problem");
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
    }
    assert!(ids.len() >= 25, "{}", ids.len());
}

/// What a path takes in `{}` is declared, and the other way round.
#[test]
fn paths_and_their_parameters_agree() {
    let document = current();
    for (name, operation) in operations(&document) {
        let declared = operation["parameters"].as_array().into_iter().flatten();
        let declared = declared.filter(|parameter| parameter["in"] == "path");
        let declared: BTreeSet<_> = declared.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        let written: BTreeSet<_> = name.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect();
        assert_eq!(declared, written, "{name}");
    }
}

/// Without this the check above could pass for want of looking.
#[test]
fn a_break_is_seen() {
    let old = current();
    let changed = |change: fn(&mut Value)| {
        let mut new = old.clone();
        change(&mut new);
        broken(&old, &new)
    };
    assert_eq!(changed(|_| {}), [""; 0]);
    for (change, says) in [
        (
            changed(|new| drop(new["paths"].as_object_mut().unwrap().remove("/v1/pipeline"))),
            "post /v1/pipeline is gone",
        ),
        (
            changed(|new| {
                drop(new["components"]["schemas"]["Entry"]["properties"].as_object_mut().unwrap().remove("etag"))
            }),
            "Entry.etag is gone",
        ),
        (
            changed(|new| new["components"]["schemas"]["Entry"]["properties"]["size"]["type"] = "string".into()),
            "Entry.size is of another type",
        ),
        (
            changed(|new| new["components"]["schemas"]["Txn"]["required"] = serde_json::json!(["compare"])),
            "Txn.compare is required now",
        ),
        (
            changed(|new| new["components"]["schemas"]["Written"]["required"] = serde_json::json!([])),
            "Written.etag is not certain any more",
        ),
        (
            changed(|new| new.pointer_mut("/paths/~1v1~1keys/get/parameters/0").unwrap()["required"] = true.into()),
            "prefix is required now",
        ),
        (
            changed(|new| {
                drop(new.pointer_mut("/paths/~1v1~1keys/get/parameters").unwrap().as_array_mut().unwrap().remove(0))
            }),
            "prefix is gone",
        ),
        (
            changed(|new| {
                drop(
                    new.pointer_mut("/paths/~1v1~1keys/get/responses/200/content")
                        .unwrap()
                        .as_object_mut()
                        .unwrap()
                        .remove("application/x-ndjson"),
                )
            }),
            "200 application/x-ndjson is gone",
        ),
    ] {
        assert!(change.iter().any(|one| one.contains(says)), "{says}: {change:?}");
    }
}

/// What a program written for `old` would miss in `new`.
fn broken(old: &Value, new: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    let now = operations(new);
    for (name, before) in operations(old) {
        let Some((_, after)) = now.iter().find(|(one, _)| *one == name) else {
            broken.push(format!("{name} is gone"));
            continue;
        };
        if before["operationId"] != after["operationId"] {
            broken.push(format!("{name} has another operationId"));
        }
        let parameters = |operation: &Value| operation["parameters"].as_array().cloned().unwrap_or_default();
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        for parameter in parameters(before) {
            if !parameters(after).iter().any(|one| same(one, &parameter)) {
                broken.push(format!("{name}: {} is gone", parameter["name"].as_str().unwrap()));
            }
        }
        for parameter in parameters(after).iter().filter(|parameter| parameter["required"] == true) {
            let was = parameters(before).into_iter().find(|one| same(one, parameter));
            if was.is_none_or(|was| was["required"] != true) {
                broken.push(format!("{name}: {} is required now", parameter["name"].as_str().unwrap()));
            }
        }
        for part in ["requestBody", "responses"] {
            contents(&before[part], &after[part], &format!("{name} {part}"), &mut broken);
        }
    }
    let (before, after) = (schemas(old), schemas(new));
    let (asked, answered) = (reached(old, "requestBody"), reached(old, "responses"));
    for (name, schema) in &before {
        let Some(now) = after.get(name) else {
            broken.push(format!("{name} is gone"));
            continue;
        };
        let required = |schema: &Value| -> BTreeSet<String> {
            schema["required"].as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        for (field, kind) in schema["properties"].as_object().into_iter().flatten() {
            match now["properties"].get(field) {
                None => broken.push(format!("{name}.{field} is gone")),
                Some(now) if now["type"] != kind["type"] || now["$ref"] != kind["$ref"] => {
                    broken.push(format!("{name}.{field} is of another type"));
                }
                Some(_) => {}
            }
        }
        if asked.contains(name) {
            let more = required(now)
                .difference(&required(schema))
                .map(|field| format!("{name}.{field} is required now"))
                .collect::<Vec<_>>();
            broken.extend(more);
        }
        if answered.contains(name) {
            let less = required(schema)
                .difference(&required(now))
                .map(|field| format!("{name}.{field} is not certain any more"))
                .collect::<Vec<_>>();
            broken.extend(less);
        }
    }
    broken
}

/// Statuses and media types that were there are there, with the same schema.
fn contents(before: &Value, after: &Value, at: &str, broken: &mut Vec<String>) {
    for (name, value) in before.as_object().into_iter().flatten() {
        if name == "content" {
            for (kind, of) in value.as_object().into_iter().flatten() {
                match after["content"].get(kind) {
                    None => broken.push(format!("{at} {kind} is gone")),
                    Some(now) if now["schema"]["$ref"] != of["schema"]["$ref"] => {
                        broken.push(format!("{at} {kind} has another schema"));
                    }
                    Some(_) => {}
                }
            }
        } else if name.parse::<u16>().is_ok() {
            match after.get(name) {
                None => broken.push(format!("{at} {name} is gone")),
                Some(now) => contents(value, now, &format!("{at} {name}"), broken),
            }
        }
    }
}

fn schemas(document: &Value) -> Map<String, Value> {
    document["components"]["schemas"].as_object().unwrap().clone()
}

/// The names of the schemas that requests, or answers, are made of.
fn reached(document: &Value, part: &str) -> BTreeSet<String> {
    let schemas = schemas(document);
    let mut names = BTreeSet::new();
    let mut left: Vec<&Value> =
        operations(document).into_iter().filter_map(|(_, operation)| operation.get(part)).collect();
    while let Some(value) = left.pop() {
        if let Some(name) = value["$ref"].as_str().and_then(|text| text.rsplit('/').next())
            && names.insert(name.to_owned())
            && let Some(schema) = schemas.get_key_value(name).map(|(_, schema)| schema)
        {
            left.push(schema);
        }
        match value {
            Value::Object(members) => left.extend(members.values()),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    names
}

/// Whether a media type of this content has an example, its own or its schema's.
fn has_example(document: &Value, content: &Value) -> bool {
    content.as_object().unwrap().values().any(|kind| {
        let schema = kind["schema"]["$ref"].as_str().map(|text| text.trim_start_matches('#'));
        let schema = schema.and_then(|pointer| document.pointer(pointer)).unwrap_or(&kind["schema"]);
        [kind, schema].iter().any(|place| place.get("example").is_some() || place.get("examples").is_some())
    })
}
