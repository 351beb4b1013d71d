//! What tells one state of an entry from every other.

use std::{fmt, str::FromStr};

use crate::Millis;

/// A revision of an entry: a UUID of version 7 (RFC 9562). No two writes have the same, also not of a key that was
/// deleted and made again, on no store, so that no store needs to remember deleted keys.
///
/// It is printed as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision([u8; 16]);

impl Revision {
    /// A revision that no other write has.
    ///
    /// # Panics
    /// The system has no random numbers to give.
    #[must_use]
    pub fn fresh(now: Millis) -> Self {
        let mut bytes = [0; 16];
        #[expect(clippy::expect_used, reason = "without random numbers no write is safe")]
        getrandom::fill(&mut bytes[6..]).expect("the system gives random numbers");
        bytes[..6].copy_from_slice(&now.to_be_bytes()[2..]);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self(bytes)
    }

    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a revision is 32 lower-case hexadecimal digits")]
pub struct InvalidRevision;

impl FromStr for Revision {
    type Err = InvalidRevision;

    fn from_str(text: &str) -> Result<Self, InvalidRevision> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 32 || !digits {
            return Err(InvalidRevision);
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| InvalidRevision)
    }
}
