//! Changes of keys as they happen, for the stores that live in this process.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use futures::{Stream, stream};
use tokio::sync::broadcast;

use crate::{Key, Millis, Revision, Space};

/// How many changes are remembered for those who come back.
const REMEMBERED: usize = 10_000;

/// A place in the feed. It is valid as long as the store is open; after that, or when the feed has forgotten it, the
/// reader gets a [`WatchItem::Reset`]. Printed as `EPOCH-NUMBER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedId {
    epoch: u64,
    number: u64,
}

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.epoch, self.number)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of a change is what a change's `id` said, such as 18f0c2-42")]
pub struct InvalidFeedId;

impl FromStr for FeedId {
    type Err = InvalidFeedId;

    fn from_str(text: &str) -> Result<Self, InvalidFeedId> {
        let (epoch, number) = text.split_once('-').ok_or(InvalidFeedId)?;
        let epoch = u64::from_str_radix(epoch, 16).map_err(|_| InvalidFeedId)?;
        Ok(Self { epoch, number: number.parse().map_err(|_| InvalidFeedId)? })
    }
}

/// A key was written or deleted. Expiry makes no change here: the reader knows when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: FeedId,
    pub key: Key,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Put(Revision),
    Delete,
}

/// What a watcher gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchItem {
    Change(Change),
    /// Changes may be missing here: read again what matters. Further changes come after `id`.
    Reset {
        id: FeedId,
    },
}

pub type WatchStream = Pin<Box<dyn Stream<Item = WatchItem> + Send>>;

/// The changes of one open store.
#[derive(Debug)]
pub(crate) struct Feed {
    epoch: u64,
    past: Mutex<Past>,
    live: broadcast::Sender<(Space, Change)>,
}

#[derive(Debug, Default)]
struct Past {
    last: u64,
    changes: VecDeque<(Space, Change)>,
}

impl Feed {
    pub(crate) fn new(now: Millis) -> Self {
        // The revision's random half makes two stores opened in the same millisecond differ.
        let bytes = Revision::fresh(now).as_bytes()[8..].try_into().unwrap_or_default();
        Self { epoch: u64::from_be_bytes(bytes), past: Mutex::default(), live: broadcast::channel(4_096).0 }
    }

    /// Tells a change. The caller holds what orders writes of the key.
    pub(crate) fn tell(&self, space: &Space, key: Key, kind: ChangeKind) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.last += 1;
        let change = Change { id: FeedId { epoch: self.epoch, number: past.last }, key, kind };
        if past.changes.len() == REMEMBERED {
            past.changes.pop_front();
        }
        past.changes.push_back((space.clone(), change.clone()));
        // No receiver is no error.
        let _ = self.live.send((space.clone(), change));
    }

    pub(crate) fn watch(&self, space: &Space, after: Option<FeedId>) -> WatchStream {
        let (live, missed, now) = {
            let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
            let now = FeedId { epoch: self.epoch, number: past.last };
            let missed = after.map_or(Ok(Vec::new()), |after| past.after(self.epoch, after));
            (self.live.subscribe(), missed, now)
        };
        let missed: Vec<WatchItem> = match missed {
            Ok(changes) => {
                let ours = changes.into_iter().filter(|(of, _)| of == space);
                ours.map(|(_, change)| WatchItem::Change(change)).collect()
            }
            Err(Gap) => vec![WatchItem::Reset { id: now }],
        };
        let live = stream::unfold((live, space.clone(), now), |(mut live, space, mut last)| async move {
            loop {
                match live.recv().await {
                    Ok((of, change)) => {
                        last = change.id;
                        if of == space {
                            return Some((WatchItem::Change(change), (live, space, last)));
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(skipped)) => {
                        last.number += skipped;
                        return Some((WatchItem::Reset { id: last }, (live, space, last)));
                    }
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        });
        Box::pin(futures::StreamExt::chain(stream::iter(missed), live))
    }
}

/// The feed no longer knows what happened since.
struct Gap;

impl Past {
    fn after(&self, epoch: u64, after: FeedId) -> Result<Vec<(Space, Change)>, Gap> {
        let oldest = self.changes.front().map_or(self.last + 1, |(_, change)| change.id.number);
        if after.epoch != epoch || after.number > self.last || after.number + 1 < oldest {
            return Err(Gap);
        }
        Ok(self.changes.iter().filter(|(_, change)| change.id.number > after.number).cloned().collect())
    }
}
