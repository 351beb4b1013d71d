//! A dataset's declared operations a second, as token buckets that hold one second's worth.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use crate::Rules;

/// The three buckets of a dataset on this server.
#[derive(Debug)]
pub struct Quota {
    get: Option<Bucket>,
    set: Option<Bucket>,
    delete: Option<Bucket>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Get,
    Set,
    Delete,
}

/// How a bucket stands after an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub kind: Kind,
    /// Operations a second.
    pub limit: u32,
    /// Operations that may follow at once.
    pub remaining: u32,
    /// Milliseconds until the refused operations would be taken; 0 when they were.
    pub retry_after_ms: u64,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "reads",
            Self::Set => "writes",
            Self::Delete => "deletes",
        })
    }
}

impl Quota {
    pub(crate) fn new(rules: &Rules) -> Self {
        let bucket = |limit: Option<u32>| limit.map(|limit| Bucket::full(limit.max(1)));
        Self { get: bucket(rules.qps_get), set: bucket(rules.qps_set), delete: bucket(rules.qps_delete) }
    }

    /// Takes `count` operations.
    ///
    /// # Errors
    /// They are more than what is left; nothing was taken.
    pub fn take(&self, kind: Kind, count: usize) -> Result<Option<Standing>, Standing> {
        let bucket = match kind {
            Kind::Get => &self.get,
            Kind::Set => &self.set,
            Kind::Delete => &self.delete,
        };
        bucket.as_ref().map(|bucket| bucket.take(kind, count, Instant::now())).transpose()
    }
}

#[derive(Debug)]
struct Bucket {
    limit: u32,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn full(limit: u32) -> Self {
        Self { limit, state: Mutex::new((f64::from(limit), Instant::now())) }
    }

    /// More than a second's worth is let through a full bucket, which then is in debt: a batch of a thousand on a quota
    /// of a hundred takes ten seconds' worth instead of being impossible.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "bounded by the limit"
    )]
    fn take(&self, kind: Kind, count: usize, now: Instant) -> Result<Standing, Standing> {
        let limit = f64::from(self.limit);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = *state;
        let level = (level + now.saturating_duration_since(since).as_secs_f64() * limit).min(limit);
        let count = count as f64;
        let standing = |level: f64, retry_after_ms| Standing {
            kind,
            limit: self.limit,
            remaining: level.max(0.0) as u32,
            retry_after_ms,
        };
        let needed = count.min(limit);
        if level < needed {
            *state = (level, now);
            return Err(standing(level, ((needed - level) / limit * 1_000.0).ceil() as u64));
        }
        *state = (level - count, now);
        Ok(standing(level - count, 0))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_second_gives_back_what_a_second_may_take() {
        let start = Instant::now();
        let bucket = Bucket::full(10);
        for left in (0..10).rev() {
            assert_eq!(bucket.take(Kind::Get, 1, start).unwrap().remaining, left);
        }
        let refused = bucket.take(Kind::Get, 1, start).unwrap_err();
        assert_eq!((refused.limit, refused.remaining, refused.retry_after_ms), (10, 0, 100));
        assert!(bucket.take(Kind::Get, 1, start + Duration::from_millis(101)).is_ok());
        assert!(
            bucket.take(Kind::Get, 10, start + Duration::from_secs(60)).is_ok(),
            "no more than a second is saved up"
        );
        assert!(bucket.take(Kind::Get, 1, start + Duration::from_secs(60)).is_err());
    }

    #[test]
    fn a_large_batch_is_possible_and_paid_for() {
        let start = Instant::now();
        let bucket = Bucket::full(10);
        assert!(bucket.take(Kind::Set, 35, start).is_ok());
        let refused = bucket.take(Kind::Set, 1, start).unwrap_err();
        assert_eq!(refused.retry_after_ms, 2_600);
    }
}
