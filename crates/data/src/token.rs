//! Secrets of programs. Only their hashes are kept.

use std::{collections::HashMap, fmt, str::FromStr};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::Grant;

/// What a token begins with, so that secret scanners find it.
const PREFIX: &str = "kvs_";

/// A token: `kvs_` and 43 characters that stand for 256 random bits. `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(String);

/// The SHA-256 of a token. Salt and stretching would add nothing to 256 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token is `kvs_` and 43 characters")]
pub struct InvalidToken;

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub fn fresh() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The secret itself, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl FromStr for Secret {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let rest = text.strip_prefix(PREFIX).ok_or(InvalidToken)?;
        let fits =
            rest.len() == 43 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fits.then(|| Self(text.to_owned())).ok_or(InvalidToken)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kvs_…")
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for TokenHash {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(InvalidToken);
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| InvalidToken)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| InvalidToken)?;
        }
        Ok(Self(bytes))
    }
}

/// Where tokens are looked up.
#[async_trait]
pub trait Tokens: Send + Sync + 'static {
    /// What the token of this hash grants; none where it is unknown, revoked or expired.
    ///
    /// # Errors
    /// The place where tokens are kept does not answer.
    async fn find(&self, hash: TokenHash) -> crate::Result<Option<Grant>>;
}

/// The tokens of the configuration.
#[derive(Debug, Default)]
pub struct StaticTokens(HashMap<TokenHash, Grant>);

impl StaticTokens {
    #[must_use]
    pub fn new(tokens: impl IntoIterator<Item = (TokenHash, Grant)>) -> Self {
        Self(tokens.into_iter().collect())
    }
}

#[async_trait]
impl Tokens for StaticTokens {
    async fn find(&self, hash: TokenHash) -> crate::Result<Option<Grant>> {
        Ok(self.0.get(&hash).cloned())
    }
}
