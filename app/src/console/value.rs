//! Values by what they are: JSON, text or bytes.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Timestamp;

use super::json;

/// Beyond this many bytes a value is not put into an editor.
pub const MOST_EDITED: usize = 256 << 10;

/// How a value is shown and typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Json,
    Text,
    /// Typed as base64.
    Bytes,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Json, Self::Text, Self::Bytes];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Text => "Text",
            Self::Bytes => "Binary",
        }
    }

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }

    /// What a new value of this format is stored under.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text => "text/plain; charset=utf-8",
            Self::Bytes => "application/octet-stream",
        }
    }

    /// The format that a content type promises.
    #[must_use]
    pub fn of_type(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence == "application/json" || essence.ends_with("+json") {
            Self::Json
        } else if essence.starts_with("text/") {
            Self::Text
        } else {
            Self::Bytes
        }
    }

    /// The format of a value: as its content type promises where it keeps that, else what it looks like.
    #[must_use]
    pub fn of(content_type: &str, bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else { return Self::Bytes };
        match Self::of_type(content_type) {
            Self::Json if json::check(text).is_ok() => Self::Json,
            Self::Bytes if text.chars().any(|c| c.is_control() && !c.is_whitespace()) => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// A value as it is put into the editor.
    #[must_use]
    pub fn typed(self, bytes: &[u8]) -> String {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Json, Ok(text)) => json::pretty(text),
            (Self::Text, Ok(text)) => text.to_owned(),
            _ => STANDARD.encode(bytes),
        }
    }

    /// The bytes of what is typed.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(self, typed: &str) -> Result<Vec<u8>, String> {
        match self {
            Self::Json => json::check(typed).map(|()| typed.as_bytes().to_vec()),
            Self::Text => Ok(typed.as_bytes().to_vec()),
            Self::Bytes => {
                let digits: String = typed.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                STANDARD
                    .decode(digits)
                    .map_err(|_| "This is no base64: use A–Z, a–z, 0–9, + and /, with = at the end.".to_owned())
            }
        }
    }
}

/// A value that the API gave, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub bytes: Vec<u8>,
    pub content_type: String,
    pub etag: String,
    pub updated: Option<Timestamp>,
    pub expires: Option<Timestamp>,
}

impl Value {
    #[must_use]
    pub fn format(&self) -> Format {
        Format::of(&self.content_type, &self.bytes)
    }

    /// Whether it is short enough for an editor, and a text keeps its line ends there.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        self.bytes.len() <= MOST_EDITED && !(self.format() == Format::Text && self.bytes.contains(&b'\r'))
    }

    /// What is typed, as it is to be stored: JSON that was packed stays packed.
    ///
    /// # Errors
    /// As [`Format::read`].
    pub fn rewritten(&self, format: Format, typed: &str) -> Result<Vec<u8>, String> {
        let bytes = format.read(typed)?;
        let was_packed = std::str::from_utf8(&self.bytes).is_ok_and(|text| json::packed(text) == text);
        Ok(if format == Format::Json && was_packed { json::packed(typed).into_bytes() } else { bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_what_the_type_promises_and_the_bytes_keep() {
        for (content_type, bytes, format) in [
            ("application/json", &b"{\"a\": 1}"[..], Format::Json),
            ("application/vnd.api+json; charset=utf-8", b"[]", Format::Json),
            ("application/json", b"{oops", Format::Text),
            ("text/plain", b"hello", Format::Text),
            ("text/plain", b"\xff", Format::Bytes),
            ("application/octet-stream", b"plain words\n", Format::Text),
            ("application/octet-stream", b"\0\x01", Format::Bytes),
            ("", b"", Format::Text),
        ] {
            assert_eq!(Format::of(content_type, bytes), format, "{content_type} {bytes:?}");
        }
    }

    #[test]
    fn bytes_are_typed_as_base64() {
        let typed = Format::Bytes.typed(b"\0\xff\x10");
        assert_eq!(typed, "AP8Q");
        assert_eq!(Format::Bytes.read("AP\n8Q ").unwrap(), b"\0\xff\x10");
        assert!(Format::Bytes.read("AP8").is_err());
        assert!(Format::Json.read("{").is_err());
    }

    #[test]
    fn packed_json_stays_packed() {
        let value = |bytes: &[u8]| Value {
            bytes: bytes.to_vec(),
            content_type: "application/json".into(),
            etag: String::new(),
            updated: None,
            expires: None,
        };
        let packed = value(br#"{"a":1}"#);
        assert_eq!(packed.format().typed(&packed.bytes), "{\n  \"a\": 1\n}");
        assert_eq!(packed.rewritten(Format::Json, "{\n  \"a\": 2.0\n}").unwrap(), br#"{"a":2.0}"#);
        let airy = value(b"{\n  \"a\": 1\n}\n");
        assert_eq!(airy.rewritten(Format::Json, "{ \"a\": 2 }").unwrap(), b"{ \"a\": 2 }");
    }
}
