//! Typed identifiers that print what they are: `REQ-2001`, `DS-1042`, `U-7`.
//!
//! Each parses from its own printed form and from the bare number, which is what a person types.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an identifier like {example}")]
pub struct ParseIdError {
    example: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let text = text.trim();
                let digits = match text.split_once('-') {
                    Some((prefix, digits)) if prefix.eq_ignore_ascii_case($prefix) => digits,
                    Some(_) => return Err(ParseIdError { example: $example }),
                    None => text,
                };
                match digits.parse::<i64>() {
                    Ok(number) if number > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(number)),
                    _ => Err(ParseIdError { example: $example }),
                }
            }
        }
    };
}

id!(
    /// A dataset request; numbering starts at 2001.
    RequestId, "REQ", "REQ-2001"
);
id!(
    /// A dataset; numbering starts at 1001.
    DatasetId, "DS", "DS-1001"
);
id!(
    /// A person.
    UserId, "U", "U-7"
);
id!(
    /// A team.
    TeamId, "T", "T-3"
);
id!(
    /// A comment in a request's thread.
    CommentId, "C", "C-12"
);
id!(
    /// An event. Ids follow commit order, so that a reader who resumes after one misses nothing.
    EventId, "E", "E-90"
);
id!(
    /// A signed-in browser.
    SessionId, "S", "S-4"
);
id!(
    /// A token of a program.
    TokenId, "K", "K-5"
);
id!(
    /// A job.
    JobId, "J", "J-31"
);
id!(
    /// A named view of the queue.
    SavedViewId, "V", "V-6"
);

id!(
    /// Something that one person is told.
    NoticeId, "N", "N-8"
);
id!(
    /// A webhook.
    HookId, "H", "H-2"
);
id!(
    /// One message to a webhook.
    DeliveryId, "D", "D-6"
);

/// How often the content of a request has changed. Starts at 1; votes and decisions are bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl Revision {
    pub const FIRST: Self = Self(1);

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_refuse_each_other() {
        assert_eq!(RequestId(2001).to_string(), "REQ-2001");
        assert_eq!("REQ-2001".parse(), Ok(RequestId(2001)));
        assert_eq!("req-2001".parse(), Ok(RequestId(2001)));
        assert_eq!(" 2001 ".parse(), Ok(RequestId(2001)));
        for bad in ["DS-2001", "REQ-", "REQ--1", "-1", "0", "+5", "REQ-1x", ""] {
            assert!(bad.parse::<RequestId>().is_err(), "{bad}");
        }
    }
}
