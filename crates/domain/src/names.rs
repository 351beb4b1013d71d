//! Parsed strings: one private field, one door.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{bounds, choices::Environment};

/// Why a text is not the name it should be; the message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(String);

macro_rules! text_type {
    ($name:ident) => {
        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

/// The base name of a dataset, without its environment.
///
/// - matches `^[a-z][a-z0-9_]{2,62}$`
/// - is none of [`bounds::RESERVED_NAMES`]
/// - does not end in an environment's suffix, which the form adds itself
///
/// ```
/// use domain::names::DatasetName;
/// assert!("user_profiles".parse::<DatasetName>().is_ok());
/// assert!("User-Profiles".parse::<DatasetName>().is_err());
/// assert!("default".parse::<DatasetName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatasetName(String);
text_type!(DatasetName);

impl DatasetName {
    /// The name in an environment: the base name in production, `base_dev` or `base_staging` elsewhere.
    #[must_use]
    pub fn full(&self, environment: Environment) -> String {
        format!("{}{}", self.0, environment.suffix())
    }
}

impl FromStr for DatasetName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let length = text.chars().count() as u64;
        if !(bounds::NAME_MIN..=bounds::NAME_MAX).contains(&length) {
            return Err(NameError(format!(
                "Use {} to {} characters; this has {length}.",
                bounds::NAME_MIN,
                bounds::NAME_MAX
            )));
        }
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(NameError("Start with a lower-case letter, a to z.".into()));
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_')) {
            return Err(NameError(format!(
                "Use only a to z, 0 to 9 and _; “{}” cannot be in a name.",
                bad.escape_debug()
            )));
        }
        if bounds::RESERVED_NAMES.contains(&text) {
            return Err(NameError(format!("“{text}” is reserved; choose another name.")));
        }
        for environment in [Environment::Dev, Environment::Staging] {
            if let Some(base) = text.strip_suffix(environment.suffix()) {
                return Err(NameError(format!(
                    "Leave out “{}”: the form adds it for the environment, so “{base}” is enough.",
                    environment.suffix()
                )));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

/// Who somebody is in forms, files and mentions: 1 to 64 of `a-z 0-9 . _ -`, starting with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(String);
text_type!(Handle);

impl FromStr for Handle {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim().trim_start_matches('@');
        let fits = !text.is_empty()
            && text.len() as u64 <= bounds::HANDLE_MAX
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
            && text.as_bytes()[0].is_ascii_alphanumeric();
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError("Use a handle such as maya.chen: a to z, 0 to 9, dot, dash and _.".into()))
        }
    }
}

/// A service that calls a dataset, such as `checkout-api`: 1 to 100 visible characters without spaces, `:` or `,`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceName(String);
text_type!(ServiceName);

impl FromStr for ServiceName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = !text.is_empty()
            && text.chars().count() <= bounds::SERVICE_NAME_MAX
            && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, ':' | ','));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError(format!(
                "“{}” is not a service name; use 1 to {} characters without spaces, : or , .",
                text.chars().take(bounds::SERVICE_NAME_MAX).collect::<String>().escape_debug(),
                bounds::SERVICE_NAME_MAX
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dataset_names_keep_their_bounds() {
        let longest = "a".repeat(63);
        for good in ["abc", "a1_", "user_profiles_v2", longest.as_str()] {
            assert!(good.parse::<DatasetName>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(64);
        for bad in [
            "",
            "ab",
            "1ab",
            "_ab",
            "Abc",
            "a-b",
            "a b",
            "abc\n",
            "abé",
            "default",
            "orders_dev",
            "orders_staging",
            too_long.as_str(),
        ] {
            assert!(bad.parse::<DatasetName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_full_name_carries_the_environment_except_in_production() {
        let name: DatasetName = "orders".parse().unwrap();
        assert_eq!(name.full(Environment::Prod), "orders");
        assert_eq!(name.full(Environment::Dev), "orders_dev");
        assert_eq!(name.full(Environment::Staging), "orders_staging");
    }
}
