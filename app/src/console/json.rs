//! JSON as text: judged, indented and packed without being read into values, so that numbers, the order of members and
//! members that come twice stay as they were stored.

use serde::de::IgnoredAny;

/// A part of JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{` or `[`
    Open(&'a str),
    /// `}` or `]`
    Close(&'a str),
    Comma,
    Colon,
    /// With its quotes.
    Text(&'a str),
    /// A number, `true`, `false` or `null`.
    Plain(&'a str),
}

/// What is wrong with a text, and where.
///
/// # Errors
/// A sentence for people.
pub fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("Type a JSON value, such as {\"name\": \"Maya\"}.".to_owned());
    }
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| {
        let said = error.to_string();
        let what = said.split(" at line ").next().unwrap_or_default();
        format!("Line {}, column {}: {what}.", error.line(), error.column())
    })
}

/// With a member or an item on each line. Of text that [`check`] accepts.
#[must_use]
pub fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut tokens = tokens(text).map(|(_, token)| token).peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(token) = tokens.next() {
        match token {
            Token::Open(mark) => {
                out.push_str(mark);
                if let Some(Token::Close(mark)) = tokens.peek() {
                    out.push_str(mark);
                    tokens.next();
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            Token::Close(mark) => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push_str(mark);
            }
            Token::Comma => {
                out.push(',');
                line(&mut out, depth);
            }
            Token::Colon => out.push_str(": "),
            Token::Text(text) | Token::Plain(text) => out.push_str(text),
        }
    }
    out
}

/// Without any space between its parts. Of text that [`check`] accepts.
#[must_use]
pub fn packed(text: &str) -> String {
    tokens(text).map(|(_, token)| token.text()).collect()
}

/// The members of an object in their order, each with the text of its value; none of any other text.
#[must_use]
pub fn members(text: &str) -> Vec<(String, &str)> {
    let mut members = Vec::new();
    let mut depth = 0_usize;
    let mut name = None;
    let mut begin = None;
    for (at, token) in tokens(text) {
        let ends = depth == 1 && matches!(token, Token::Comma | Token::Close(_));
        if ends && let (Some(name), Some(begin)) = (name.take(), begin.take()) {
            members.push((name, text[begin..at].trim_end()));
        }
        match token {
            Token::Open("[") if depth == 0 => return members,
            Token::Text(text) if depth == 1 && name.is_none() => name = serde_json::from_str(text).ok(),
            Token::Colon | Token::Comma if depth == 1 => {}
            _ if depth >= 1 && begin.is_none() && !ends => begin = Some(at),
            _ => {}
        }
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    members
}

/// The parts of JSON text with their places. What is no JSON gives parts all the same.
pub fn tokens(text: &str) -> impl Iterator<Item = (usize, Token<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let begin = at;
        let first = *bytes.get(at)?;
        at += 1;
        let token = match first {
            b'{' | b'[' => Token::Open(&text[begin..at]),
            b'}' | b']' => Token::Close(&text[begin..at]),
            b',' => Token::Comma,
            b':' => Token::Colon,
            b'"' => {
                while let Some(byte) = bytes.get(at) {
                    at += 1;
                    match byte {
                        b'"' => break,
                        // The escaped one is ASCII in all JSON; in other text it may begin a longer character.
                        b'\\' => at += text[at..].chars().next().map_or(0, char::len_utf8),
                        _ => {}
                    }
                }
                Token::Text(&text[begin..at])
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"{}[],:\"".contains(byte);
                at += bytes[at..].iter().take_while(|byte| !ends(byte)).count();
                Token::Plain(&text[begin..at])
            }
        };
        Some((begin, token))
    })
}

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Open(text) | Self::Close(text) | Self::Text(text) | Self::Plain(text) => text,
            Self::Comma => ",",
            Self::Colon => ":",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        assert_eq!(check(r#"{"a": [1, 2.50, "x"]}"#), Ok(()));
        assert_eq!(check("{\n  \"a\" 1\n}"), Err("Line 2, column 7: expected `:`.".to_owned()));
        assert!(check(" ").unwrap_err().starts_with("Type a JSON value"));
        assert!(check("NaN").is_err());
    }

    #[test]
    fn indenting_and_packing_keep_every_part() {
        let odd = r#"{"b":1.0e400,"a":[],"a":{"t":"x, {\"y\"}: é\\"},"big":12345678901234567890123,"e":{}}"#;
        let shown = pretty(odd);
        assert_eq!(
            shown,
            "{\n  \"b\": 1.0e400,\n  \"a\": [],\n  \"a\": {\n    \"t\": \"x, {\\\"y\\\"}: é\\\\\"\n  },\n  \"big\": 12345678901234567890123,\n  \"e\": {}\n}"
        );
        assert_eq!(packed(&shown), odd);
        assert_eq!(pretty("  3 "), "3");
        assert_eq!(pretty(&pretty(odd)), shown);
    }

    #[test]
    fn members_come_in_their_order() {
        let text = r#" {"z": {"a": [1, {"b": 2}]} , "y":"t,\"}", "x\u0041" : [ ] ,"w":-1 } "#;
        let found = members(text);
        let expected = [("z", r#"{"a": [1, {"b": 2}]}"#), ("y", r#""t,\"}""#), ("xA", "[ ]"), ("w", "-1")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(members("[{\"a\": 1}]"), []);
        assert_eq!(members("{}"), []);
    }

    #[test]
    fn text_that_is_no_json_does_no_harm() {
        for text in ["\"a\\é", "{\"a\": \"\\", "}{", "é\"\\", "{\"a\":}"] {
            let _ = (pretty(text), packed(text), members(text));
        }
    }
}
