//! References from one step to another's result: `{"$ref": "who/value/team"}` for a value of any type, and
//! `{{who/value/team}}` inside a string for text and numbers. `{"$literal": …}` is taken as it stands.
//!
//! A reference is the step's name and a path into its result, with `~1` for `/` and `~0` for `~` as in JSON Pointer
//! (RFC 6901).

use serde_json::{Value, value::RawValue};

use crate::json::Object;

/// A field of a step with its references.
#[derive(Debug)]
pub(super) enum Template {
    /// Nothing to put in: byte for byte what was sent.
    Fixed(Box<RawValue>),
    Ref(Reference),
    /// Text between references.
    Text(Vec<Part>),
    Array(Vec<Template>),
    Object(Vec<(String, Template)>),
}

#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Ref(Reference),
}

#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub step: String,
    pub path: Vec<String>,
    /// As it was written, for messages.
    pub text: String,
}

/// The deepest template.
const MAX_DEPTH: u32 = 64;

impl Template {
    pub fn parse(value: &RawValue) -> Result<Self, String> {
        Self::parse_within(value, MAX_DEPTH)
    }

    fn parse_within(value: &RawValue, depth: u32) -> Result<Self, String> {
        let text = value.get();
        // A cheap look decides for nearly all: without these marks nothing is put in, and nothing is parsed.
        if !(text.contains("$ref") || text.contains("{{") || text.contains("$literal")) {
            return Ok(Self::Fixed(value.to_owned()));
        }
        let depth = depth.checked_sub(1).ok_or_else(|| format!("nested more than {MAX_DEPTH} deep"))?;
        let parsed = |error: serde_json::Error| error.to_string();
        match text.as_bytes()[0] {
            b'{' => {
                let object: Object = serde_json::from_str(text).map_err(parsed)?;
                if let [(name, inner)] = &object.0[..] {
                    match name.as_str() {
                        "$literal" => return Ok(Self::Fixed(inner.clone())),
                        "$ref" => {
                            let reference: String = serde_json::from_str(inner.get())
                                .map_err(|_| "`$ref` is text such as \"who/value/team\"".to_owned())?;
                            return Reference::parse(&reference).map(Self::Ref);
                        }
                        _ => {}
                    }
                }
                let members = object.0.into_iter().map(|(name, value)| Ok((name, Self::parse_within(&value, depth)?)));
                members.collect::<Result<_, String>>().map(Self::Object)
            }
            b'[' => {
                let items: Vec<Box<RawValue>> = serde_json::from_str(text).map_err(parsed)?;
                let items = items.iter().map(|item| Self::parse_within(item, depth));
                items.collect::<Result<_, String>>().map(Self::Array)
            }
            b'"' => parse_text(&serde_json::from_str::<String>(text).map_err(parsed)?).map(Self::Text),
            _ => Ok(Self::Fixed(value.to_owned())),
        }
    }

    /// The value with the results put in.
    pub fn fill(
        &self,
        results: &impl Fn(&Reference) -> Result<Box<RawValue>, String>,
    ) -> Result<Box<RawValue>, String> {
        let raw = |value: serde_json::Result<Box<RawValue>>| value.map_err(|error| error.to_string());
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Ref(reference) => results(reference),
            Self::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(part) => text.push_str(part),
                        Part::Ref(reference) => text.push_str(&scalar(reference, &results(reference)?)?),
                    }
                }
                raw(serde_json::value::to_raw_value(&text))
            }
            Self::Array(items) => {
                let items: Result<Vec<_>, String> = items.iter().map(|item| item.fill(results)).collect();
                raw(serde_json::value::to_raw_value(&items?))
            }
            Self::Object(members) => {
                let members = members.iter().map(|(name, value)| Ok((name.clone(), value.fill(results)?)));
                raw(serde_json::value::to_raw_value(&Object(members.collect::<Result<_, String>>()?)))
            }
        }
    }
}

/// Text, numbers and booleans as they read inside other text.
fn scalar(reference: &Reference, value: &RawValue) -> Result<String, String> {
    match serde_json::from_str(value.get()) {
        Ok(Value::String(text)) => Ok(text),
        Ok(Value::Number(_) | Value::Bool(_)) => Ok(value.get().to_owned()),
        _ => Err(format!("`{}` is no text, number or boolean, so it cannot stand inside a text", reference.text)),
    }
}

fn parse_text(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, after) =
            after.split_once("}}").ok_or("`{{` has no `}}`; write {\"$literal\": …} where none is meant")?;
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(Part::Ref(Reference::parse(inside.trim())?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

impl Reference {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
        let step = parts.next().unwrap_or_default();
        let path: Vec<String> = parts.collect();
        if step.is_empty() || path.is_empty() || path.len() > 64 {
            return Err(format!("`{text}` is no reference; write STEP/FIELD/…, such as who/value/team"));
        }
        Ok(Self { step, path, text: text.to_owned() })
    }

    /// What the path leads to in a result.
    pub fn find(&self, result: &Object) -> Result<Box<RawValue>, String> {
        let missing = || format!("`{}` leads to nothing in the result", self.text);
        let mut names = self.path.iter();
        let first = names.next().and_then(|name| result.get(name)).ok_or_else(missing)?;
        let mut here = first.to_owned();
        for name in names {
            here = match here.get().as_bytes()[0] {
                b'{' => {
                    // A stored object may have a name twice; the last one counts, as nearly everywhere.
                    let members: std::collections::HashMap<String, Box<RawValue>> =
                        serde_json::from_str(here.get()).map_err(|error| error.to_string())?;
                    members.into_iter().find(|(one, _)| one == name).map(|(_, value)| value).ok_or_else(missing)?
                }
                b'[' => {
                    let mut items: Vec<Box<RawValue>> =
                        serde_json::from_str(here.get()).map_err(|error| error.to_string())?;
                    let place: usize = name.parse().map_err(|_| missing())?;
                    if place >= items.len() {
                        return Err(missing());
                    }
                    items.swap_remove(place)
                }
                _ => return Err(missing()),
            };
        }
        Ok(here)
    }
}

/// The steps that a template refers to.
pub(super) fn names_of(template: &Template) -> Vec<String> {
    match template {
        Template::Fixed(_) => Vec::new(),
        Template::Ref(reference) => vec![reference.step.clone()],
        Template::Text(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Ref(reference) => Some(reference.step.clone()),
                Part::Text(_) => None,
            })
            .collect(),
        Template::Array(items) => items.iter().flat_map(names_of).collect(),
        Template::Object(members) => members.iter().flat_map(|(_, value)| names_of(value)).collect(),
    }
}
