//! JSON that keeps what it does not understand: numbers of any size stay as they were written, and a name that comes
//! twice in an object is an error instead of a choice.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

/// The most objects within each other in a merge-patch, as in `serde_json`.
const MAX_DEPTH: u32 = 128;

/// An object in the order in which it was written.
#[derive(Debug, Default)]
pub struct Object(pub Vec<(String, Box<RawValue>)>);

impl Object {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(one, _)| one == name).map(|(_, value)| &**value)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                let mut names = std::collections::HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format!("the name {name:?} comes twice in an object")));
                    }
                    members.push((name, value));
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Whether these bytes are one JSON text.
#[must_use]
pub fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(bytes).is_ok()
}

/// Whether a media type says JSON: `application/json` or anything with the suffix `+json` (RFC 6839).
#[must_use]
pub fn is_json_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence.len() > 5 && essence.get(essence.len() - 5..).is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}

/// A merge-patch (RFC 7396) of one JSON text by another. Members that the patch does not name stay byte for byte.
///
/// # Errors
/// One of the two is no JSON, has a name twice in an object that is merged, or is nested more than 128 deep.
pub fn merge_patch(target: &[u8], patch: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let target: &RawValue = serde_json::from_slice(target)?;
    let patch: &RawValue = serde_json::from_slice(patch)?;
    serde_json::to_vec(&merge(Some(target), patch, MAX_DEPTH)?)
}

fn merge(target: Option<&RawValue>, patch: &RawValue, depth: u32) -> Result<Box<RawValue>, serde_json::Error> {
    if !is_object(patch) {
        return Ok(patch.to_owned());
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(serde_json::Error::custom(format!("objects are nested more than {MAX_DEPTH} deep")));
    };
    let patch: Object = serde_json::from_str(patch.get())?;
    let mut merged: Object = match target {
        Some(target) if is_object(target) => serde_json::from_str(target.get())?,
        _ => Object::default(),
    };
    for (name, change) in patch.0 {
        let place = merged.0.iter().position(|(one, _)| *one == name);
        if change.get() == "null" {
            if let Some(place) = place {
                merged.0.remove(place);
            }
            continue;
        }
        let value = merge(place.map(|place| &*merged.0[place].1), &change, depth)?;
        match place {
            Some(place) => merged.0[place].1 = value,
            None => merged.0.push((name, value)),
        }
    }
    serde_json::value::to_raw_value(&merged)
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(target: &str, patch: &str) -> String {
        String::from_utf8(merge_patch(target.as_bytes(), patch.as_bytes()).unwrap()).unwrap()
    }

    /// The cases of RFC 7396, appendix A.
    #[test]
    fn the_cases_of_the_rfc() {
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r"{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            assert_eq!(merged(target, patch), result, "{target} by {patch}");
        }
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        let target = r#"{"n": 12345678901234567890123456789.000, "k": 1e400}"#;
        assert_eq!(merged(target, r#"{"x":-0.0}"#), r#"{"n":12345678901234567890123456789.000,"k":1e400,"x":-0.0}"#);
    }

    #[test]
    fn a_name_twice_and_depth_are_errors() {
        assert!(merge_patch(br#"{"a":1}"#, br#"{"b":1,"b":2}"#).is_err());
        assert!(merge_patch(br#"{"a":1,"a":2}"#, br#"{"b":1}"#).is_err());
        let deep = format!("{}1{}", r#"{"a":"#.repeat(5_000), "}".repeat(5_000));
        assert!(merge_patch(b"{}", deep.as_bytes()).is_err());
        assert!(merge_patch(b"{}", b"NaN").is_err());
        assert!(!is_json(b"{\"a\":NaN}") && !is_json(b"") && !is_json(b"1 2") && is_json(b" [1e999] "));
    }

    #[test]
    fn json_by_its_media_type() {
        for yes in ["application/json", "Application/JSON; charset=utf-8", "application/geo+json", "text/x+JSON ;v=1"] {
            assert!(is_json_type(yes), "{yes}");
        }
        for no in ["", "text/plain", "application/jsonlines", "application/octet-stream; x=+json", "é+x"] {
            assert!(!is_json_type(no), "{no}");
        }
    }
}
