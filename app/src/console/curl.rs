//! The same call from a shell.

/// Where a program finds server and token; both are for the reader to fill in.
const URL: &str = "$KVSTORE_URL";

/// A `curl` line for a call. `path` begins with `/v1`.
#[must_use]
pub fn line(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> String {
    let mut line = String::from("curl -sS");
    if method != "GET" {
        line.push_str(&format!(" -X {method}"));
    }
    // Double quotes, so that the shell puts the server in; a path of ours has none of what it would read there.
    line.push_str(&format!(" \"{URL}{path}\" \\\n  -H \"Authorization: Bearer $KVSTORE_TOKEN\""));
    for (name, value) in headers {
        line.push_str(&format!(" \\\n  -H {}", quoted(&format!("{name}: {value}"))));
    }
    if let Some(body) = body {
        line.push_str(&format!(" \\\n  --data-binary {}", quoted(body)));
    }
    line
}

/// One word for a shell, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_one_word_whatever_it_holds() {
        let said = line("PUT", "/v1/datasets/default/entry?key=a", &[("If-Match", "\"7\"")], Some("it's $HOME"));
        assert_eq!(
            said,
            "curl -sS -X PUT \"$KVSTORE_URL/v1/datasets/default/entry?key=a\" \\\n  -H \"Authorization: Bearer \
             $KVSTORE_TOKEN\" \\\n  -H 'If-Match: \"7\"' \\\n  --data-binary 'it'\\''s $HOME'"
        );
        assert!(!line("GET", "/v1/datasets", &[], None).contains("-X"));
    }
}
