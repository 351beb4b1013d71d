//! The metadata of a dataset as JSON: numbers as numbers, boxes as booleans, lists as lists.
//!
//! It is the request form with types. What is written is read back as it was; texts are taken in the place of numbers
//! too, because a draft keeps whatever was typed.

use std::borrow::Cow;

use domain::form::{Control, Field, RequestForm, is_yes};
use rest::Problem;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type},
    },
};

/// How a field is written.
enum Shape {
    Text,
    Number,
    Flag,
    /// Separated by this in the form.
    List(&'static str),
}

fn shape(field: Field) -> Shape {
    match (field, field.control()) {
        (Field::Services, _) => Shape::List("\n"),
        (Field::Tags | Field::PersonalDataKinds, _) => Shape::List(", "),
        // The tier is a choice of numbers.
        (Field::Criticality, _) | (_, Control::Whole(_) | Control::Decimal(_)) => Shape::Number,
        (_, Control::Check) => Shape::Flag,
        _ => Shape::Text,
    }
}

/// The fields that say something.
pub(crate) fn written(form: &RequestForm) -> Map<String, Value> {
    let fields = Field::ALL.iter().filter(|field| !form.get(**field).is_empty());
    fields.map(|field| (field.name().to_owned(), value_of(*field, form.get(*field)))).collect()
}

pub(crate) fn value_of(field: Field, text: &str) -> Value {
    match shape(field) {
        Shape::Text => text.into(),
        Shape::Flag => is_yes(text).into(),
        Shape::Number => number(text).unwrap_or_else(|| text.into()),
        Shape::List(separator) => {
            let items = text.split(separator.trim_matches(' ')).map(str::trim).filter(|item| !item.is_empty());
            items.map(Value::from).collect()
        }
    }
}

/// Only what is written as JSON writes it, so that nothing is lost.
fn number(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok().filter(Value::is_number)?;
    let canonical = value.to_string();
    (canonical == text).then_some(value)
}

/// Puts members into a form; `null` empties a field.
///
/// # Errors
/// 422 with a message for each member that is no field or has another type.
pub(crate) fn read(metadata: &Map<String, Value>, form: &mut RequestForm) -> Result<(), Problem> {
    let mut errors: Map<String, Value> = Map::new();
    for (name, value) in metadata {
        let Ok(field) = name.parse::<Field>() else {
            errors.insert(name.clone(), "There is no such field.".into());
            continue;
        };
        match text_of(field, value) {
            Ok(text) => form.set(field, text),
            Err(message) => drop(errors.insert(name.clone(), message.into())),
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let status = http::StatusCode::UNPROCESSABLE_ENTITY;
    let detail = if errors.len() == 1 {
        "One field needs another look.".to_owned()
    } else {
        format!("{} fields need another look.", errors.len())
    };
    Err(Problem::new(status, "invalid_metadata", detail).with("errors", &errors))
}

fn text_of(field: Field, value: &Value) -> Result<String, &'static str> {
    match (shape(field), value) {
        (_, Value::Null) => Ok(String::new()),
        (Shape::Flag, Value::Bool(yes)) => Ok(if *yes { "on".to_owned() } else { String::new() }),
        (Shape::Flag, _) => Err("Write true or false."),
        (Shape::List(separator), Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts.ok_or("Write a list of texts.")?;
            if texts.iter().any(|text| text.contains(separator.trim())) && separator.trim() != "" {
                return Err("Leave out commas: each text of the list is one.");
            }
            Ok(texts.join(separator))
        }
        (Shape::Number, Value::Number(number)) => Ok(number.to_string()),
        (_, Value::String(text)) => Ok(text.clone()),
        (Shape::Number, _) => Err("Write a number."),
        (Shape::List(_), _) => Err("Write a list of texts."),
        (Shape::Text, _) => Err("Write a text."),
    }
}

/// The schema of the metadata, made from the form's own list of fields.
pub(crate) struct Metadata;

impl PartialSchema for Metadata {
    fn schema() -> RefOr<Schema> {
        let mut object = ObjectBuilder::new()
            .description(Some(
                "The metadata of a dataset. Fields that do not apply are left out; a draft may hold texts in the place \
                 of numbers.",
            ))
            .examples([serde_json::json!({
                "name": "ranking_features", "environment": "staging", "team": "search", "owner": "maya.chen",
                "description": "Features of candidates, read while ranking the results of a search.",
                "storage_type": "MUTABLE", "data_size_gb": 40, "expected_keys": 5_000_000,
                "qps_get": 900, "qps_set": 40, "qps_delete": 2,
            })])
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        for field in Field::ALL {
            object = object.property(field.name(), property(*field));
        }
        RefOr::T(object.build().into())
    }
}

fn property(field: Field) -> Schema {
    let described = || ObjectBuilder::new().description(Some(format!("{}. {}", field.label(), field.help())));
    let of = |types: &[Type]| SchemaType::from_iter(types.iter().cloned().chain([Type::Null]));
    match shape(field) {
        Shape::Text => described().schema_type(of(&[Type::String])).build().into(),
        Shape::Number => described().schema_type(of(&[Type::Number, Type::String])).build().into(),
        Shape::Flag => described().schema_type(of(&[Type::Boolean])).build().into(),
        Shape::List(_) => ArrayBuilder::new()
            .schema_type(of(&[Type::Array, Type::String]))
            .description(Some(format!("{}. {}", field.label(), field.help())))
            .items(ObjectBuilder::new().schema_type(SchemaType::new(Type::String)))
            .build()
            .into(),
    }
}

impl ToSchema for Metadata {
    fn name() -> Cow<'static, str> {
        "Metadata".into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let form = RequestForm::sample();
        let json = written(&form);
        assert!(json["data_size_gb"].is_number() && json["tags"].is_array() && json["services"].is_array(), "{json:?}");
        let mut back = RequestForm::default();
        read(&json, &mut back).unwrap();
        let now = domain::form::sample_now();
        assert_eq!(back.parse(now), form.parse(now));
        assert!(form.parse(now).is_ok());
    }

    #[test]
    fn what_is_no_number_stays_what_was_typed() {
        for typed in ["12a", "007", "1e999", "", " 5"] {
            let mut form = RequestForm::default();
            form.set(Field::DataSizeGb, typed);
            let mut back = RequestForm::default();
            read(&written(&form), &mut back).unwrap();
            assert_eq!(back.get(Field::DataSizeGb), typed);
        }
    }

    #[test]
    fn each_wrong_member_is_told() {
        let json = serde_json::json!({"name": 5, "colour": "red", "ttl_per_key": "maybe", "tags": ["a,b"]});
        let mut form = RequestForm::default();
        assert!(read(json.as_object().unwrap(), &mut form).is_err());
        assert_eq!(form, RequestForm::default());
    }
}
