//! Answers that are kept, so that a call that is sent again is not done again.
//!
//! A call with an `Idempotency-Key` first claims its place in a space of its own, then runs, then leaves its answer
//! there for a day. Where the store is shared, this holds across servers.

use std::{sync::Arc, time::Duration};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kv::{Clock, Condition, Content, Key, Millis, Outcome, Revision, Space, Store, StoreExt as _, Written};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// How long an answer is kept.
const KEPT: Millis = 24 * 60 * 60 * 1_000;
/// After this long without an answer the call is taken for dead, and may be done again.
const RUNNING: Millis = 120_000;
/// The most bytes of an answer that is kept; a larger one is done, but cannot be replayed.
pub const MAX_ANSWER: usize = 4 << 20;

/// Where answers are kept.
#[derive(Clone)]
pub struct Answers {
    store: Arc<dyn Store>,
    space: Space,
    clock: Clock,
}

/// What becomes of a call.
#[derive(Debug)]
pub enum Claim {
    /// It is new: do it, then [`Answers::keep`] the answer.
    Mine(Place),
    /// It was done: this was the answer.
    Replay(Answer),
    /// The key was used with another payload.
    OtherPayload,
    /// It is being done right now.
    Running,
}

/// A claimed place.
#[derive(Debug)]
pub struct Place {
    key: Key,
    revision: Revision,
    payload: [u8; 32],
}

/// An answer as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Bytes,
}

impl Answers {
    /// Keeps answers in `space` of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, space: Space, clock: Clock) -> Self {
        Self { store, space, clock }
    }

    /// Claims the place of a call of `subject` under `key`; `payload` is everything that tells the call: its address
    /// and its body.
    ///
    /// # Errors
    /// What the store says.
    pub async fn claim(&self, subject: &str, key: &str, payload: &[&[u8]]) -> Result<Claim> {
        let payload = digest(payload);
        let key = Key::new(digest(&[subject.as_bytes(), key.as_bytes()]).to_vec())
            .map_err(|error| Error::Malformed(error.to_string()))?;
        let mut running = payload.to_vec();
        running.push(0);
        let content = Content::new(running, "").expiring(self.clock.now() + RUNNING);
        let outcome = self.store.put(&self.space, key.clone(), content, Condition::Absent).await?;
        if let Outcome::Done(Written::Created(revision) | Written::Replaced(revision)) = outcome {
            return Ok(Claim::Mine(Place { key, revision, payload }));
        }
        let Some(entry) = self.store.get(&self.space, &key).await? else { return Ok(Claim::Running) };
        let mut kept = entry.content.value;
        if kept.len() < 33 {
            return Err(Error::Corrupt(kv::Error::corrupt("an idempotent answer that was cut")));
        }
        let other = kept.split_to(32);
        if other != payload[..] {
            return Ok(Claim::OtherPayload);
        }
        match kept.get_u8() {
            0 => Ok(Claim::Running),
            _ => Ok(Answer::decode(kept).map_or(Claim::Running, Claim::Replay)),
        }
    }

    /// Leaves the answer at its place. It is tried a few times: an answer that is lost would let the call be done twice.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keep(&self, place: &Place, answer: &Answer) -> Result<()> {
        let mut value = BytesMut::from(&place.payload[..]);
        value.put_u8(1);
        answer.encode(&mut value);
        let content = Content::new(value.freeze(), "").expiring(self.clock.now() + KEPT);
        let mut attempt = 0_u32;
        loop {
            let condition = Condition::OneOf(vec![place.revision]);
            match self.store.put(&self.space, place.key.clone(), content.clone(), condition).await {
                // Refused: the call took longer than `RUNNING` and another one has the place now.
                Ok(_) => return Ok(()),
                Err(error) if attempt >= 3 => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(100 << attempt)).await,
            }
            attempt += 1;
        }
    }

    /// Gives a place back: the call did nothing, and may be sent again.
    ///
    /// # Errors
    /// What the store says.
    pub async fn release(&self, place: Place) -> Result<()> {
        self.store.delete(&self.space, place.key, Condition::OneOf(vec![place.revision])).await?;
        Ok(())
    }
}

impl Answer {
    fn encode(&self, into: &mut BytesMut) {
        into.put_u16(self.status);
        #[expect(clippy::cast_possible_truncation, reason = "media types have at most 255 bytes")]
        into.put_u16(self.content_type.len() as u16);
        into.put_slice(self.content_type.as_bytes());
        into.put_slice(&self.body);
    }

    fn decode(mut bytes: Bytes) -> Option<Self> {
        let status = bytes.try_get_u16().ok()?;
        let length = usize::from(bytes.try_get_u16().ok()?);
        if length > bytes.len() {
            return None;
        }
        let content_type = String::from_utf8(bytes.split_to(length).to_vec()).ok()?;
        Some(Self { status, content_type, body: bytes })
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use kv::stores::memory::MemoryStore;

    use super::*;

    fn answers(clock: &Clock) -> Answers {
        Answers::new(Arc::new(MemoryStore::open(clock.clone())), Space::new("idempotency", 1).unwrap(), clock.clone())
    }

    #[tokio::test]
    async fn once_then_replayed_then_forgotten() {
        let clock = Clock::manual(0);
        let answers = answers(&clock);
        let Claim::Mine(place) = answers.claim("me", "k", &[b"POST", b"body"]).await.unwrap() else { panic!() };
        assert!(matches!(answers.claim("me", "k", &[b"POST", b"body"]).await.unwrap(), Claim::Running));
        assert!(matches!(answers.claim("me", "k", &[b"POST", b"other"]).await.unwrap(), Claim::OtherPayload));
        assert!(matches!(answers.claim("you", "k", &[b"POST", b"body"]).await.unwrap(), Claim::Mine(_)));
        let answer = Answer { status: 201, content_type: "application/json".into(), body: "{}".into() };
        answers.keep(&place, &answer).await.unwrap();
        let Claim::Replay(kept) = answers.claim("me", "k", &[b"POST", b"body"]).await.unwrap() else { panic!() };
        assert_eq!(kept, answer);
        assert!(matches!(answers.claim("me", "k", &[b"POSTbody"]).await.unwrap(), Claim::OtherPayload));
        clock.advance(KEPT);
        assert!(matches!(answers.claim("me", "k", &[b"POST", b"other"]).await.unwrap(), Claim::Mine(_)));
    }

    #[tokio::test]
    async fn a_dead_call_may_be_done_again() {
        let clock = Clock::manual(0);
        let answers = answers(&clock);
        let Claim::Mine(dead) = answers.claim("me", "k", &[b"x"]).await.unwrap() else { panic!() };
        clock.advance(RUNNING);
        let Claim::Mine(place) = answers.claim("me", "k", &[b"x"]).await.unwrap() else { panic!() };
        // The dead one comes back late: it does not overwrite.
        let late = Answer { status: 500, content_type: String::new(), body: Bytes::new() };
        answers.keep(&dead, &late).await.unwrap();
        assert!(matches!(answers.claim("me", "k", &[b"x"]).await.unwrap(), Claim::Running));
        answers.release(place).await.unwrap();
        assert!(matches!(answers.claim("me", "k", &[b"x"]).await.unwrap(), Claim::Mine(_)));
    }
}
