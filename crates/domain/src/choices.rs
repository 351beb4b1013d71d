//! The closed lists of the metadata table. Each variant has one wire word and one label.

use serde::{Deserialize, Serialize};

/// The text is none of the words of a closed list; the message names them all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("choose one of: {0}")]
pub struct UnknownChoice(pub String);

/// A closed list that a form offers.
pub trait Choice: Sized + Copy + 'static {
    const ALL: &'static [Self];
    fn word(self) -> &'static str;
    fn label(self) -> &'static str;
}

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = UnknownChoice;

            fn from_str(text: &str) -> Result<Self, UnknownChoice> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|choice| choice.word().eq_ignore_ascii_case(text.trim()))
                    .ok_or_else(|| UnknownChoice([$($word,)+].join(", ")))
            }
        }
    };
}

pub(crate) use choices;

choices!(
    /// What a request asks for. All but `create` refer to a dataset.
    RequestKind {
        Create = "create", "Create";
        Change = "change", "Change";
        Migrate = "migrate", "Migrate";
        Restore = "restore", "Restore in place";
        Transfer = "transfer", "Transfer ownership";
        Deprecate = "deprecate", "Deprecate";
        Delete = "delete", "Delete";
    }
);
choices!(
    /// Where a dataset lives. The full name carries it everywhere but in production.
    Environment {
        Dev = "dev", "Development";
        Staging = "staging", "Staging";
        Prod = "prod", "Production";
    }
);
choices!(
    /// How data gets in.
    StorageKind {
        /// Bulk uploads only.
        ReadOnly = "READONLY", "Read-only (bulk uploads)";
        /// Point reads and writes.
        Mutable = "MUTABLE", "Mutable (reads and writes)";
        /// Ingested as a stream.
        Streaming = "STREAMING", "Streaming (ingested)";
    }
);
choices!(
    Consistency {
        Strong = "strong", "Strong";
        ReadYourWrites = "read-your-writes", "Read your writes";
        Eventual = "eventual", "Eventual";
    }
);
choices!(
    Availability {
        Two = "99", "99 %";
        Three = "99.9", "99.9 %";
        Four = "99.99", "99.99 %";
    }
);
choices!(
    KeyFormat {
        Utf8 = "utf8", "UTF-8 text";
        Binary = "binary", "Binary";
    }
);
choices!(
    ValueFormat {
        Json = "json", "JSON";
        Text = "text", "Text";
        Binary = "binary", "Binary";
        Msgpack = "msgpack", "MessagePack";
    }
);
choices!(
    /// What happens to a value that does not match the dataset's JSON Schema.
    SchemaEnforcement {
        Off = "off", "Off";
        Warn = "warn", "Warn";
        Reject = "reject", "Reject";
    }
);
choices!(
    /// How sensitive the data is. From `confidential` on, some fields are for the own team only.
    DataClass {
        Public = "public", "Public";
        Internal = "internal", "Internal";
        Confidential = "confidential", "Confidential";
        Restricted = "restricted", "Restricted";
    }
);
choices!(
    /// How soon a decision is needed; the order is by urgency.
    Priority {
        Urgent = "urgent", "Urgent";
        High = "high", "High";
        Normal = "normal", "Normal";
        Low = "low", "Low";
    }
);
choices!(
    /// The legacy systems that data is moved from.
    MigrationSystem {
        Redis = "redis", "Redis";
        DynamoDb = "dynamodb", "DynamoDB";
        Postgres = "postgres", "PostgreSQL table";
        Sqlite = "sqlite", "SQLite table";
        KvStore = "kvstore", "Another KVStore";
        Files = "files", "Files";
    }
);
choices!(
    ServiceAccess {
        Read = "read", "reads";
        Write = "write", "writes";
    }
);
choices!(
    /// Exactly one for each person; each of the first three includes the former.
    Role {
        Engineer = "engineer", "Engineer";
        Reviewer = "reviewer", "Reviewer";
        Admin = "admin", "Admin";
        /// Reads all, changes and files nothing.
        Auditor = "auditor", "Auditor";
    }
);

impl Environment {
    /// What is appended to a base name to make the full name.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Dev => "_dev",
            Self::Staging => "_staging",
            Self::Prod => "",
        }
    }
}

impl StorageKind {
    /// Whether set and delete traffic exists, and so is asked for.
    #[must_use]
    pub fn takes_writes(self) -> bool {
        !matches!(self, Self::ReadOnly)
    }

    #[must_use]
    pub fn short_label(self) -> &'static str {
        match self {
            Self::ReadOnly => "Read-only",
            Self::Mutable => "Mutable",
            Self::Streaming => "Streaming",
        }
    }
}

impl DataClass {
    /// Whether description, thread and source locator are hidden from other teams.
    #[must_use]
    pub fn is_guarded(self) -> bool {
        matches!(self, Self::Confidential | Self::Restricted)
    }
}

impl Priority {
    /// Working hours in which a decision is promised.
    #[must_use]
    pub fn sla_hours(self) -> u32 {
        match self {
            Self::Urgent => 4,
            Self::High => 8,
            Self::Normal => 24,
            Self::Low => 72,
        }
    }

    /// For columns that sort by urgency: 0 is urgent.
    #[must_use]
    pub fn rank(self) -> i64 {
        self as i64
    }
}

impl Role {
    /// Whether this role includes all that `other` may do. An auditor includes nothing.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Auditor, _) | (_, Self::Auditor) => self == other,
            _ => self >= other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parse_back() {
        for kind in StorageKind::ALL {
            assert_eq!(kind.word().parse(), Ok(*kind));
            assert_eq!(kind.word().to_lowercase().parse(), Ok(*kind));
        }
        assert_eq!("soon".parse::<Priority>().unwrap_err().to_string(), "choose one of: urgent, high, normal, low");
    }

    #[test]
    fn roles_include_upwards_but_not_the_auditor() {
        assert!(Role::Admin.includes(Role::Reviewer));
        assert!(Role::Reviewer.includes(Role::Engineer));
        assert!(!Role::Engineer.includes(Role::Reviewer));
        assert!(!Role::Auditor.includes(Role::Engineer));
        assert!(!Role::Admin.includes(Role::Auditor));
    }
}
