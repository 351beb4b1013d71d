//! Keys on the command line, in addresses and in output.

use std::fmt::Write as _;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::failure::{Failure, Outcome};

/// One key, as text or as any bytes.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct KeyArgs {
    /// The key
    key: Option<String>,
    /// Instead of KEY: its bytes in base64
    #[arg(long, value_name = "BASE64")]
    key_b64: Option<String>,
}

impl KeyArgs {
    pub fn of_base64(encoded: String) -> Self {
        Self { key: None, key_b64: Some(encoded) }
    }

    pub fn of_text(key: String) -> Self {
        Self { key: Some(key), key_b64: None }
    }

    /// `key=…` or `key_b64=…` of an address, which no proxy on the way decodes or folds.
    pub fn query(&self) -> Outcome<String> {
        parameter("key", self.key.as_deref(), self.key_b64.as_deref()).map(Option::unwrap_or_default)
    }
}

/// A parameter of an address as text, or under `NAME_b64` as bytes.
pub fn parameter(name: &str, text: Option<&str>, encoded: Option<&str>) -> Outcome<Option<String>> {
    match (text, encoded) {
        (Some(text), _) => Ok(Some(format!("{name}={}", percent(text.as_bytes())))),
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(encoded).or_else(|_| URL_SAFE_NO_PAD.decode(encoded));
            let bytes = bytes.map_err(|_| Failure::usage(format!("--{name}-b64 is no base64")))?;
            Ok(Some(format!("{name}_b64={}", URL_SAFE_NO_PAD.encode(bytes))))
        }
        (None, None) => Ok(None),
    }
}

pub fn percent(bytes: &[u8]) -> impl std::fmt::Display {
    percent_encode(bytes, NON_ALPHANUMERIC).to_string()
}

/// The key of an entry, a result or a change.
#[derive(Debug, Deserialize)]
pub struct Keyed {
    key: Option<String>,
    key_b64: Option<String>,
}

impl Keyed {
    /// On one line, see [`printable`].
    pub fn printable(&self) -> String {
        match (&self.key, &self.key_b64) {
            (Some(key), _) => printable(key.as_bytes()),
            (None, Some(encoded)) => printable(&STANDARD.decode(encoded).unwrap_or_default()),
            (None, None) => String::new(),
        }
    }
}

/// On one line and without power over the terminal: `\\`, `\n`, `\r`, `\t`, `\u{…}` for characters that cannot be
/// seen, `\xNN` for bytes that are no UTF-8. [`unescape`] is its inverse.
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for one in chunk.valid().chars() {
            match one {
                '\\' => out.push_str(r"\\"),
                '\n' => out.push_str(r"\n"),
                '\r' => out.push_str(r"\r"),
                '\t' => out.push_str(r"\t"),
                one if is_unseen(one) => _ = write!(out, "\\u{{{:x}}}", u32::from(one)),
                one => out.push(one),
            }
        }
        for byte in chunk.invalid() {
            _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Control characters, and those that turn the direction of text or take no room.
fn is_unseen(one: char) -> bool {
    one.is_control()
        || matches!(one, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// JSON on one line and without power over the terminal, with its numbers as they were written.
pub fn one_line(json: &RawValue) -> String {
    // Line breaks stand between tokens alone, and what is not seen within strings alone.
    let mut out = String::with_capacity(json.get().len());
    for one in json.get().chars() {
        match one {
            '\n' | '\r' | '\t' => out.push(' '),
            one if is_unseen(one) => _ = write!(out, "\\u{:04x}", u32::from(one)),
            one => out.push(one),
        }
    }
    out
}

/// What [`printable`] has written.
pub fn unescape(text: &str) -> Outcome<Vec<u8>> {
    let wrong =
        || Failure::usage(format!("a backslash in a line of keys is {}: {text}", r"\\, \n, \r, \t, \xNN or \u{…}"));
    let mut out = Vec::with_capacity(text.len());
    let mut parts = text.split('\\');
    out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    while let Some(part) = parts.next() {
        let Some(sign) = part.chars().next() else {
            // Two backslashes: the part between them is empty, and what follows is plain.
            out.push(b'\\');
            out.extend_from_slice(parts.next().ok_or_else(wrong)?.as_bytes());
            continue;
        };
        let mut rest = &part[sign.len_utf8()..];
        match sign {
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'x' => {
                let digits = rest.get(..2).ok_or_else(wrong)?;
                out.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
                rest = &rest[2..];
            }
            'u' => {
                let (digits, after) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).ok_or_else(wrong)?;
                let one = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or_else(wrong)?;
                out.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            _ => return Err(wrong()),
        }
        out.extend_from_slice(rest.as_bytes());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_one_line_and_comes_back() {
        for key in
            ["plain", "a/b c", "\\", "\\\\n", "a\\", "tab\tnew\nline\r", "\u{202e}evil\u{1b}[2J", "ключ🔑", "\\x41"]
        {
            let line = printable(key.as_bytes());
            assert!(!line.chars().any(is_unseen), "{line}");
            assert_eq!(unescape(&line).unwrap(), key.as_bytes(), "{line}");
        }
        let all: Vec<u8> = (0..=255).chain([0xff, b'\\', 0xc3]).collect();
        assert_eq!(unescape(&printable(&all)).unwrap(), all);
        assert_eq!(printable("naïve/ключ".as_bytes()), "naïve/ключ");
        for wrong in ["\\", "\\q", "\\x4", "\\xzz", "\\u{", "\\u{110000}", "\\\\\\"] {
            assert!(unescape(wrong).is_err(), "{wrong}");
        }
    }
}
