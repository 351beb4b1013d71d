//! Passwords are kept as Argon2id hashes. One takes memory and time on purpose, so only a few are made at a time.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, Salt},
};
use domain::error::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::internal;

/// Memory in KiB, passes and lanes: what OWASP asks at least (19 MiB, 2, 1).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// At most so many hashes are made at a time, so a flood takes at most [`MEMORY_KIB`] times this.
const AT_A_TIME: usize = 4;
/// Whoever waited this long for their turn is asked to come again.
const PATIENCE: Duration = Duration::from_secs(5);
/// When that is.
const COME_AGAIN_S: u32 = 10;

/// Makes and checks hashes.
#[derive(Debug)]
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

impl Hasher {
    /// The hash of a new password, as a PHC text with its parameters and salt.
    ///
    /// # Errors
    /// [`Error::TooMany`] where too many wait, [`Error::Internal`].
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || {
            let mut salt = [0_u8; Salt::RECOMMENDED_LENGTH];
            getrandom::fill(&mut salt).map_err(|error| internal(&error))?;
            let salt = argon2::password_hash::SaltString::encode_b64(&salt).map_err(|error| internal(&error))?;
            let hash = argon2()?.hash_password(password.as_bytes(), &salt).map_err(|error| internal(&error))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and says no: how long an answer
    /// takes must not tell whether there is such an account.
    ///
    /// # Errors
    /// As [`Hasher::hash`].
    pub(crate) async fn matches(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password = password.to_owned();
        self.run(move || {
            let argon2 = argon2()?;
            let Some(hash) = hash else {
                let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
                argon2
                    .hash_password_into(password.as_bytes(), b"nobody has this salt", &mut out)
                    .map_err(|error| internal(&error))?;
                return Ok(false);
            };
            let parsed = PasswordHash::new(&hash).map_err(|error| internal(&error))?;
            match argon2.verify_password(password.as_bytes(), &parsed) {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::Password) => Ok(false),
                Err(error) => Err(internal(&error)),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = self.turn().await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|error| internal(&error))?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        turn.map_err(|_| Error::TooMany { retry_after_s: COME_AGAIN_S })?.map_err(|error| internal(&error))
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| internal(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_alone() {
        let hasher = Hasher::default();
        let hash = hasher.hash("a quiet river at noon").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hasher.hash("a quiet river at noon").await.unwrap(), "each has its own salt");
        assert!(hasher.matches("a quiet river at noon", Some(hash.clone())).await.unwrap());
        assert!(!hasher.matches("a quiet river at dusk", Some(hash)).await.unwrap());
        assert!(!hasher.matches("a quiet river at noon", None).await.unwrap());
    }
}
