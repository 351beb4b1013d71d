//! Addresses with parameters, read and written alike on the server and in the browser.
//!
//! The router's own parameter map decodes each value twice, so that a search for `50%41` would become one for `50A`; a
//! page whose state lives in its URL reads the raw query string with [`pairs`] instead.

use leptos::prelude::*;
use leptos_router::hooks::use_url;

/// The address of a page with these parameters.
#[must_use]
pub fn href<N: AsRef<str>, V: AsRef<str>>(path: &str, pairs: &[(N, V)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    // A comma may stand as it is, and lists of statuses and columns are easier to read with it.
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().replace("%2C", ",");
    format!("{path}?{query}")
}

/// The parameters of a query string without its `?`.
#[must_use]
pub fn pairs(search: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(search.as_bytes()).into_owned().collect()
}

/// What the present URL asks for, read by `from_pairs` of a query.
pub fn use_query_of<Q>(read: fn(&[(String, String)]) -> Q) -> Memo<Q>
where
    Q: PartialEq + Send + Sync + 'static,
{
    let url = use_url();
    Memo::new(move |_| read(&url.with(|url| pairs(url.search()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_round_trip_whatever_they_hold() {
        let asked = [("q", "50%41 é+&=#"), ("sort", "-size,name")];
        let address = href("/queue", &asked);
        let (path, search) = address.split_once('?').unwrap();
        assert_eq!(path, "/queue");
        assert!(search.ends_with("sort=-size,name"), "{search}");
        let read = pairs(search);
        assert_eq!(read, asked.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_plain_form_writes_spaces_as_plus() {
        assert_eq!(pairs("q=user+profiles"), [("q".to_owned(), "user profiles".to_owned())]);
        assert_eq!(href::<&str, &str>("/queue", &[]), "/queue");
    }
}
