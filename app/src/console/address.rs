//! Where one is in the console, as the page's own address has it, and the addresses of the API.

use super::key::Key;
use crate::links;

/// The console's own path.
pub const PATH: &str = "/console";

/// The part of the console that is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Keys,
    Lookup,
    Pipeline,
}

impl Tab {
    pub const ALL: [Self; 3] = [Self::Keys, Self::Lookup, Self::Pipeline];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Keys => "Keys",
            Self::Lookup => "Look up many",
            Self::Pipeline => "Pipeline",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Lookup => "lookup",
            Self::Pipeline => "pipeline",
        }
    }
}

/// What is open beside the list of keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Open {
    #[default]
    Nothing,
    Entry(Key),
    /// The form for a new key.
    New,
}

/// All of the page's state that can be shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Empty for the first that there is.
    pub dataset: String,
    pub prefix: String,
    pub open: Open,
    pub tab: Tab,
    /// Whether keys are gathered by their next `/` or `:`.
    pub folders: bool,
}

impl Place {
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let find = |name: &str| pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
        let key = Key::from_fields(find("key").filter(|key| !key.is_empty()), find("key_b64"));
        let open = match key {
            Some(key) => Open::Entry(key),
            None if find("new").is_some() => Open::New,
            None => Open::Nothing,
        };
        Self {
            dataset: find("dataset").unwrap_or_default().to_owned(),
            prefix: find("prefix").unwrap_or_default().to_owned(),
            open,
            tab: Tab::ALL.into_iter().find(|tab| find("tab") == Some(tab.word())).unwrap_or_default(),
            folders: find("folders") == Some("1"),
        }
    }

    /// The page's address.
    #[must_use]
    pub fn href(&self) -> String {
        let mut pairs = Vec::new();
        let mut add = |name: &'static str, value: &str| {
            if !value.is_empty() {
                pairs.push((name, value.to_owned()));
            }
        };
        add("dataset", &self.dataset);
        add("tab", if self.tab == Tab::Keys { "" } else { self.tab.word() });
        add("prefix", &self.prefix);
        add("folders", if self.folders { "1" } else { "" });
        match &self.open {
            Open::Nothing => {}
            Open::New => add("new", "1"),
            Open::Entry(key) => {
                let (name, value) = key.pair();
                add(name, &value);
            }
        }
        links::href(PATH, &pairs)
    }

    #[must_use]
    pub fn opened(&self, open: Open) -> Self {
        Self { open, tab: Tab::Keys, ..self.clone() }
    }

    /// The same dataset from another side.
    #[must_use]
    pub fn on(&self, tab: Tab) -> Self {
        Self { tab, ..self.clone() }
    }
}

/// `/v1/datasets/NAME` and what follows.
#[must_use]
pub fn dataset(name: &str, rest: &str) -> String {
    format!("/v1/datasets/{}{rest}", escaped(name))
}

/// The address of an entry, whatever its key is made of.
#[must_use]
pub fn entry(name: &str, key: &Key) -> String {
    let (parameter, value) = key.pair();
    dataset(name, &format!("/entry?{parameter}={}", escaped(&value)))
}

/// A page of keys.
#[must_use]
pub fn list(name: &str, prefix: &str, limit: usize, cursor: Option<&str>) -> String {
    let mut query = format!("/keys?limit={limit}");
    for (parameter, value) in [("prefix", prefix), ("cursor", cursor.unwrap_or_default())] {
        if !value.is_empty() {
            query.push_str(&format!("&{parameter}={}", escaped(value)));
        }
    }
    dataset(name, &query)
}

/// Safe in a path and in a query alike.
#[must_use]
pub fn escaped(text: &str) -> String {
    // `+` for a space is for queries alone.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let key = |text| Key::new(text).unwrap();
        for place in [
            Place::default(),
            Place { dataset: "default".into(), prefix: "50%41 é+&".into(), folders: true, ..Place::default() },
            Place { open: Open::Entry(key("a/b?#c")), tab: Tab::Keys, ..Place::default() },
            Place { open: Open::New, tab: Tab::Lookup, ..Place::default() },
        ] {
            let href = place.href();
            let search = href.split_once('?').map_or("", |(_, search)| search);
            assert_eq!(Place::from_pairs(&links::pairs(search)), place, "{href}");
        }
        let odd = Place::default().opened(Open::Entry(Key::from_fields(None, Some("/A==")).unwrap()));
        assert_eq!(odd.href(), "/console?key_b64=%2FA%3D%3D");
    }

    #[test]
    fn addresses_of_the_api_hold_any_key() {
        let key = |text| Key::new(text).unwrap();
        assert_eq!(
            entry("default", &key("a b/../?#%+é")),
            "/v1/datasets/default/entry?key=a%20b%2F..%2F%3F%23%25%2B%C3%A9"
        );
        assert_eq!(list("d", "", 100, None), "/v1/datasets/d/keys?limit=100");
        assert_eq!(list("d", "u:", 100, Some("x=")), "/v1/datasets/d/keys?limit=100&prefix=u%3A&cursor=x%3D");
    }
}
