//! Keys: 1 to 1 024 bytes, mostly text, in the order of their bytes.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The bytes of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<u8>);

impl Key {
    /// Of the text that somebody types; none of an empty one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.as_bytes().to_vec()))
    }

    /// Of the fields that the API writes: `key`, or `key_b64` where the key is not UTF-8.
    #[must_use]
    pub fn from_fields(text: Option<&str>, encoded: Option<&str>) -> Option<Self> {
        match (text, encoded) {
            (Some(text), _) => Self::new(text),
            (None, Some(encoded)) => STANDARD.decode(encoded).ok().filter(|bytes| !bytes.is_empty()).map(Self),
            (None, None) => None,
        }
    }

    /// None where the bytes are not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The parameter that names it in an address: `key`, or `key_b64`.
    #[must_use]
    pub fn pair(&self) -> (&'static str, String) {
        match self.text() {
            Some(text) => ("key", text.to_owned()),
            None => ("key_b64", STANDARD.encode(&self.0)),
        }
    }

    /// As a list of keys in a body has it.
    #[must_use]
    pub fn json(&self) -> Value {
        match self.text() {
            Some(text) => text.into(),
            None => json!({ "key_b64": STANDARD.encode(&self.0) }),
        }
    }

    /// As it is shown: what cannot be seen or turns the direction of writing is written as `\u{…}`, bytes that are no
    /// text as `\x…`.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        for chunk in self.0.utf8_chunks() {
            chunk.valid().chars().for_each(|c| push_visible(&mut shown, c));
            chunk.invalid().iter().for_each(|byte| shown.push_str(&format!("\\x{byte:02x}")));
        }
        shown
    }
}

fn push_visible(shown: &mut String, c: char) {
    let hidden = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if c.is_control() || hidden {
        shown.extend(c.escape_unicode());
    } else {
        shown.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        let shown = |bytes: &[u8]| Key(bytes.to_vec()).shown();
        assert_eq!(shown("user:42/ключ 🗝".as_bytes()), "user:42/ключ 🗝");
        assert_eq!(shown(b"a\nb\0"), "a\\u{a}b\\u{0}");
        assert_eq!(shown("a\u{202e}b".as_bytes()), "a\\u{202e}b");
        assert_eq!(shown(b"a\xfc\x00"), "a\\xfc\\u{0}");
    }

    #[test]
    fn any_bytes_go_there_and_back() {
        for bytes in [&b"sports"[..], b"\xfc\0", "\u{10ffff}".as_bytes()] {
            let key = Key(bytes.to_vec());
            let (name, value) = key.pair();
            let back =
                if name == "key" { Key::from_fields(Some(&value), None) } else { Key::from_fields(None, Some(&value)) };
            assert_eq!(back, Some(key));
        }
        assert_eq!(Key::new(""), None);
        assert_eq!(Key::from_fields(None, Some("%")), None);
        assert_eq!(Key(vec![0xfc]).json(), json!({"key_b64": "/A=="}));
    }

    #[test]
    fn the_order_is_that_of_bytes() {
        let mut keys = ["a", "Z", "é", "a/b", "a:b"].map(|text| Key::new(text).unwrap());
        keys.sort();
        assert_eq!(keys.map(|key| key.shown()), ["Z", "a", "a/b", "a:b", "é"]);
    }
}
