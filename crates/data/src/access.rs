//! Who may do what with which keys.

use std::{fmt, str::FromStr, sync::Arc};

use kv::Millis;

/// What one may do with entries. Each includes the former.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
    Admin,
}

impl Access {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// What a token is for: `DATASET:read`, `DATASET/PREFIX:write`, `*:admin` (all data), `control:read|write` (requests
/// and datasets), `admin:*` (everything).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Data { dataset: Option<String>, prefix: String, access: Access },
    Control(Access),
    Everything,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scope; use DATASET:read, DATASET/PREFIX:write, *:admin, control:read, control:write or admin:*")]
pub struct InvalidScope(String);

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let invalid = || InvalidScope(text.chars().take(80).collect());
        if text == "admin:*" {
            return Ok(Self::Everything);
        }
        let (what, word) = text.rsplit_once(':').ok_or_else(invalid)?;
        let access = Access::ALL.into_iter().find(|access| access.word() == word).ok_or_else(invalid)?;
        if what == "control" && access != Access::Admin {
            return Ok(Self::Control(access));
        }
        let (dataset, prefix) = what.split_once('/').unwrap_or((what, ""));
        let named =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        match dataset {
            "*" if prefix.is_empty() => Ok(Self::Data { dataset: None, prefix: String::new(), access }),
            name if named(name) && name != "control" => {
                Ok(Self::Data { dataset: Some(name.to_owned()), prefix: prefix.to_owned(), access })
            }
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data { dataset, prefix, access } => {
                f.write_str(dataset.as_deref().unwrap_or("*"))?;
                if !prefix.is_empty() {
                    write!(f, "/{prefix}")?;
                }
                write!(f, ":{}", access.word())
            }
            Self::Control(access) => write!(f, "control:{}", access.word()),
            Self::Everything => f.write_str("admin:*"),
        }
    }
}

impl Scope {
    /// What both grant of data; none where they have nothing in common.
    #[must_use]
    pub fn within(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Everything, Self::Data { .. }) => Some(other.clone()),
            (Self::Data { .. }, Self::Everything) => Some(self.clone()),
            (Self::Everything, Self::Everything) => Some(Self::Everything),
            (Self::Data { dataset, prefix, access }, Self::Data { dataset: of, prefix: below, access: at_most }) => {
                let dataset = match (dataset, of) {
                    (Some(one), Some(other)) if one != other => return None,
                    (one, other) => one.clone().or_else(|| other.clone()),
                };
                // Of two prefixes the longer one, where it begins with the other.
                let (long, short) = if prefix.len() >= below.len() { (prefix, below) } else { (below, prefix) };
                let access = *access.min(at_most);
                long.starts_with(short.as_str()).then(|| Self::Data { dataset, prefix: long.clone(), access })
            }
            (Self::Control(_), _) | (_, Self::Control(_)) => None,
        }
    }
}

/// What the caller may do, and who that is.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose quota and whose idempotency keys these are, such as `token:42` or `person:7`.
    pub subject: Arc<str>,
    pub scopes: Arc<[Scope]>,
    /// From this moment on it grants nothing.
    pub expires_at: Option<Millis>,
}

impl Grant {
    #[must_use]
    pub fn new(subject: impl Into<Arc<str>>, scopes: impl Into<Arc<[Scope]>>) -> Self {
        Self { subject: subject.into(), scopes: scopes.into(), expires_at: None }
    }

    /// What of this grant's data the scopes of somebody else cover: a token of a person grants no more than the person
    /// may. Control scopes stay, for they are judged by the person's role.
    #[must_use]
    pub fn within(mut self, most: &[Scope]) -> Self {
        let control = self.scopes.iter().filter_map(|scope| match scope {
            Scope::Control(access) => Some(Scope::Control(*access)),
            Scope::Everything => Some(Scope::Control(Access::Write)),
            Scope::Data { .. } => None,
        });
        let data = self.scopes.iter().flat_map(|scope| most.iter().filter_map(|other| scope.within(other)));
        self.scopes = control.chain(data).collect();
        self
    }

    /// Whether any of it is for the control plane.
    #[must_use]
    pub fn controls(&self) -> bool {
        self.scopes.iter().any(|scope| matches!(scope, Scope::Control(_) | Scope::Everything))
    }

    /// Whether anything in `dataset` is granted: if not, the dataset is not there for this caller.
    #[must_use]
    pub fn sees(&self, dataset: &str) -> bool {
        self.scopes.iter().any(|scope| match scope {
            Scope::Data { dataset: of, .. } => of.as_deref().is_none_or(|of| of == dataset),
            Scope::Everything => true,
            Scope::Control(_) => false,
        })
    }

    /// Whether `access` is granted to every key that begins with `prefix`; a whole key is a prefix of itself.
    #[must_use]
    pub fn allows(&self, access: Access, dataset: &str, prefix: &[u8]) -> bool {
        self.scopes.iter().any(|scope| match scope {
            Scope::Data { dataset: of, prefix: within, access: granted } => {
                of.as_deref().is_none_or(|of| of == dataset)
                    && *granted >= access
                    && prefix.starts_with(within.as_bytes())
            }
            Scope::Everything => true,
            Scope::Control(_) => false,
        })
    }

    /// The scope that would have been needed.
    pub(crate) fn needed(access: Access, dataset: &str) -> String {
        Scope::Data { dataset: Some(dataset.to_owned()), prefix: String::new(), access }.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(scopes: &[&str]) -> Grant {
        Grant::new("test", scopes.iter().map(|scope| scope.parse().unwrap()).collect::<Vec<Scope>>())
    }

    #[test]
    fn scopes_print_what_was_parsed() {
        for text in
            ["users:read", "users/eu/:write", "users/a:b:read", "*:admin", "control:read", "control:write", "admin:*"]
        {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "users",
            "users:",
            "users:own",
            ":read",
            "/x:read",
            "*/x:read",
            "control:admin",
            "Users:read",
            "admin:read:",
        ] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_prefix_bounds_keys_and_lists() {
        let grant = grant(&["users/eu/:write"]);
        assert!(grant.allows(Access::Read, "users", b"eu/1"));
        assert!(grant.allows(Access::Write, "users", b"eu/"));
        assert!(!grant.allows(Access::Admin, "users", b"eu/1"));
        assert!(!grant.allows(Access::Read, "users", b"eu"), "a list of `eu` would show `eux`");
        assert!(!grant.allows(Access::Read, "users", b""));
        assert!(!grant.allows(Access::Read, "teams", b"eu/1"));
        assert!(grant.sees("users") && !grant.sees("teams"));
    }

    #[test]
    fn what_two_scopes_have_in_common() {
        for (one, other, both) in [
            ("users:write", "users:read", "users:read"),
            ("users:read", "*:admin", "users:read"),
            ("*:admin", "users/eu/:write", "users/eu/:write"),
            ("users/eu/:write", "users/eu/de/:admin", "users/eu/de/:write"),
            ("admin:*", "users:write", "users:write"),
            ("users:read", "teams:read", ""),
            ("users/eu/:read", "users/us/:read", ""),
            ("control:write", "admin:*", ""),
        ] {
            let [one, other] = [one, other].map(|text| text.parse::<Scope>().unwrap());
            let said = |scope: Option<Scope>| scope.map(|scope| scope.to_string()).unwrap_or_default();
            assert_eq!(said(one.within(&other)), both, "{one} {other}");
            assert_eq!(said(other.within(&one)), both, "{other} {one}");
        }
        let few = grant(&["*:admin", "control:read"]).within(&["users:read".parse().unwrap()]);
        assert!(few.allows(Access::Read, "users", b"k") && !few.allows(Access::Write, "users", b"k"));
        assert!(!few.sees("teams"));
    }

    #[test]
    fn control_is_no_data() {
        let grant = grant(&["control:write"]);
        assert!(!grant.sees("default") && !grant.allows(Access::Read, "default", b"k"));
        assert!(self::grant(&["admin:*"]).allows(Access::Admin, "default", b""));
        assert!(self::grant(&["*:read"]).allows(Access::Read, "anything", b""));
        assert!(!self::grant(&["*:read"]).allows(Access::Write, "anything", b"k"));
    }
}
