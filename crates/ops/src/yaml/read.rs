//! From YAML to forms. Nothing is kept of what is refused, and every message names its line.

use std::fmt;

use domain::{
    bounds,
    error::{Error, Result},
    form::{Control, Field, RequestForm},
    format::count,
};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// The input that errors of this module name.
pub const INPUT: &str = "yaml";

/// One document of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Counted from 1.
    pub number: usize,
    pub form: RequestForm,
}

/// The only document of a text.
///
/// # Errors
/// As [`read_all`]; [`Error::Input`] also where there is none, or more than one.
pub fn read_one(text: &str) -> Result<RequestForm> {
    let mut documents = read_all(text)?;
    match (documents.pop(), documents.is_empty()) {
        (Some(document), true) => Ok(document.form),
        (Some(_), false) => Err(refused("There is more than one document; leave one and take out the lines `---`.")),
        (None, _) => Err(refused("There is nothing in it; write at least `name:` and a value.")),
    }
}

/// Every document of a text that is not empty, in their order.
///
/// # Errors
/// [`Error::Input`] with the line and what to do: more than [`bounds::YAML_BYTES_MAX`] or
/// [`bounds::YAML_DOCUMENTS_MAX`], no YAML, an unknown or doubled key, a value of the wrong type.
pub fn read_all(text: &str) -> Result<Vec<Document>> {
    if text.len() > bounds::YAML_BYTES_MAX {
        return Err(refused(format!(
            "It has {} bytes; at most {} are read. Split it.",
            count(text.len() as u64),
            count(bounds::YAML_BYTES_MAX as u64)
        )));
    }
    if let Some(line) = too_deep(text) {
        return Err(refused(format!("Line {line}: brackets are nested too deeply; no field takes that.")));
    }
    let mut found = Vec::new();
    // What aliases repeat counts each time, over all documents.
    let mut room = bounds::YAML_BYTES_MAX;
    for (index, document) in serde_norway::Deserializer::from_str(text).enumerate() {
        if index >= bounds::YAML_DOCUMENTS_MAX {
            return Err(refused(format!("There are more than {} documents; split it.", bounds::YAML_DOCUMENTS_MAX)));
        }
        let form = FormSeed { room: &mut room }.deserialize(document).map_err(|error| explain(&error))?;
        found.extend(form.map(|form| Document { number: index + 1, form }));
    }
    Ok(found)
}

fn refused(message: impl Into<String>) -> Error {
    Error::input(INPUT, message)
}

/// `Line 3: …`, without where the parser says it.
fn explain(error: &serde_norway::Error) -> Error {
    let message = error.to_string();
    let message = message.find(" at line ").map_or(message.as_str(), |at| &message[..at]);
    match error.location() {
        Some(at) => refused(format!("Line {}: {message}", at.line())),
        None => refused(message),
    }
}

/// The line on which more than [`DEPTH_MAX`] brackets are open. The parser's time grows with the square of the depth,
/// and no field is nested; brackets in texts are counted too, which costs only a text that opens that many and closes
/// none.
fn too_deep(text: &str) -> Option<usize> {
    const DEPTH_MAX: usize = 500;
    let mut depth = 0_usize;
    let mut line = 1;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Some(line);
        }
    }
    None
}

/// One document; none where it is empty.
struct FormSeed<'a> {
    room: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for FormSeed<'_> {
    type Value = Option<RequestForm>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FormSeed<'_> {
    type Value = Option<RequestForm>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lines of `field: value`")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut form = RequestForm::new();
        let mut seen = Vec::new();
        while let Some(field) = map.next_key_seed(KeySeed { seen: &mut seen })? {
            let value = map.next_value_seed(ValueSeed { field, room: self.room })?;
            form.set(field, value);
        }
        Ok(Some(form))
    }
}

struct KeySeed<'a> {
    seen: &'a mut Vec<Field>,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Field, E> {
        let Ok(field) = name.parse::<Field>() else {
            let shown: String = name.chars().take(64).collect();
            let nearest = Field::ALL.iter().map(|field| (distance(name, field.name()), field)).min();
            return Err(E::custom(match nearest {
                Some((0..=2, field)) => format!("there is no field `{shown}`; did you mean `{field}`?"),
                _ => format!("there is no field `{shown}`; take it out"),
            }));
        };
        if self.seen.contains(&field) {
            return Err(E::custom(format!("`{field}` stands twice; keep one of the two")));
        }
        self.seen.push(field);
        Ok(field)
    }
}

/// How many letters to add, take out or change; names that differ in length by more than 2 are simply far.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.bytes().enumerate() {
            let changed = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[other.len()]
}

/// The text of a field, from whatever YAML writes it as.
struct ValueSeed<'a> {
    field: Field,
    room: &'a mut usize,
}

impl ValueSeed<'_> {
    fn takes_number(&self) -> bool {
        matches!(self.field.control(), Control::Whole(_) | Control::Decimal(_) | Control::Select(_))
    }

    /// What stands between the items of a list; none where the field is no list.
    fn separator(&self) -> Option<&'static str> {
        match self.field {
            Field::Services => Some("\n"),
            Field::Tags | Field::PersonalDataKinds => Some(", "),
            _ => None,
        }
    }

    fn take<E: serde::de::Error>(&mut self, text: String) -> Result<String, E> {
        match self.room.checked_sub(text.len()) {
            Some(left) => {
                *self.room = left;
                Ok(text)
            }
            None => Err(E::custom("aliases make it larger than a request can be; write the values out")),
        }
    }

    fn number<E: serde::de::Error>(mut self, number: impl fmt::Display) -> Result<String, E> {
        if self.takes_number() {
            return self.take(number.to_string());
        }
        Err(E::custom(format!("`{}` is text; put {number} in quotes", self.field)))
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.field.control() {
            Control::Check => "true or false",
            Control::Whole(_) => "a whole number",
            Control::Decimal(_) => "a number",
            Control::Date => "a day such as 2026-03-01",
            _ if self.separator().is_some() => "a list of texts",
            _ => "text",
        })
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_none<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_bool<E: serde::de::Error>(self, yes: bool) -> Result<String, E> {
        if matches!(self.field.control(), Control::Check) {
            return Ok(if yes { "on".to_owned() } else { String::new() });
        }
        Err(E::custom(format!("`{}` is no yes or no; put {yes} in quotes if it is meant as text", self.field)))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<String, E> {
        self.number(number)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<String, E> {
        self.number(number)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<String, E> {
        self.number(number)
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<String, E> {
        self.take(text.to_owned())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<String, A::Error> {
        let Some(separator) = self.separator() else {
            return Err(A::Error::custom(format!("`{}` takes one value, not a list", self.field)));
        };
        let mut all = String::new();
        while let Some(item) = list.next_element_seed(ItemSeed { field: self.field })? {
            if item.contains(separator.trim_end_matches(' ')) {
                return Err(A::Error::custom(format!(
                    "an item of `{}` holds a comma or a line end; make it two",
                    self.field
                )));
            }
            let item = self.take::<A::Error>(item)?;
            if !all.is_empty() {
                all.push_str(separator);
            }
            all.push_str(&item);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Err(A::Error::custom(format!("`{}` takes no keys of its own; put its value in quotes", self.field)))
    }
}

/// An item of a list: text, or `checkout-api: read`, which YAML takes for a key and its value.
struct ItemSeed {
    field: Field,
}

impl<'de> DeserializeSeed<'de> for ItemSeed {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ItemSeed {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text; put it in quotes")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        if self.field != Field::Services {
            return Err(A::Error::custom("an item is text; put it in quotes"));
        }
        match (map.next_entry::<String, String>()?, map.next_key::<String>()?) {
            (Some((name, access)), None) => Ok(format!("{name}:{access}")),
            _ => Err(A::Error::custom("a service is one line: `- checkout-api: read`")),
        }
    }
}
