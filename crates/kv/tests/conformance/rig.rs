//! A store to test, a clock that the test moves, and a space of its own.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use kv::{
    Clock, Condition, Content, Entry, Key, ListQuery, Listed, Millis, Outcome, Revision, Space, Store, StoreExt as _,
    Written,
    stores::memory::MemoryStore,
    wrappers::{Deadline, Slow},
};

/// When the tests' clock starts: in 2026, far from any server's clock only by what a test adds.
pub const START: Millis = 1_795_000_000_000;

pub type Opened = Option<Arc<dyn Store>>;
pub type Open = fn(Clock) -> Pin<Box<dyn Future<Output = Opened> + Send>>;

pub struct Rig {
    pub store: Arc<dyn Store>,
    pub clock: Clock,
    pub space: Space,
}

impl Rig {
    pub async fn open(open: Open, name: &str) -> Option<Self> {
        let clock = Clock::manual(START);
        let store = open(clock.clone()).await?;
        Some(Self { store, clock, space: space(name, 4) })
    }

    /// Another space that nobody else uses.
    pub fn other_space(&self, shards: u16) -> Space {
        space("other", shards)
    }

    pub async fn get(&self, key: &str) -> Option<Entry> {
        self.store.get(&self.space, &self::key(key)).await.unwrap()
    }

    pub async fn put(&self, key: &str, value: &str) -> Revision {
        match self.write(key, text(value), Condition::Always).await {
            Outcome::Done(Written::Created(revision) | Written::Replaced(revision)) => revision,
            other => panic!("an unconditional put: {other:?}"),
        }
    }

    pub async fn write(&self, key: &str, content: Content, condition: Condition) -> Outcome {
        self.store.put(&self.space, self::key(key), content, condition).await.unwrap()
    }

    pub async fn delete(&self, key: &str, condition: Condition) -> Outcome {
        self.store.delete(&self.space, self::key(key), condition).await.unwrap()
    }

    pub async fn value(&self, key: &str) -> Option<String> {
        self.get(key).await.map(|entry| String::from_utf8(entry.content.value.to_vec()).unwrap())
    }

    /// All entries, by walking pages of `query`.
    pub async fn walk(&self, mut query: ListQuery) -> Vec<Listed> {
        let mut all = Vec::new();
        loop {
            let page = self.store.list(&self.space, &query).await.unwrap();
            assert!(page.entries.len() <= query.limit());
            all.extend(page.entries);
            match page.next {
                Some(next) => {
                    assert!(next > query.start, "a walk goes on");
                    query.start = next;
                }
                None => return all,
            }
        }
    }
}

pub fn key(text: &str) -> Key {
    Key::new(text.as_bytes().to_vec()).unwrap()
}

pub fn text(value: &str) -> Content {
    Content::new(value.as_bytes().to_vec(), "text/plain; charset=utf-8")
}

fn space(name: &str, shards: u16) -> Space {
    // Servers are shared by tests and by runs: the random half of a revision makes the name new.
    let unique = Revision::fresh(0).to_string();
    Space::new(format!("{name}.{}", &unique[20..]), shards).unwrap()
}

pub async fn memory(clock: Clock) -> Opened {
    Some(Arc::new(MemoryStore::open(clock)))
}

pub async fn memory_behind_a_deadline(clock: Clock) -> Opened {
    Some(Arc::new(Deadline::new(memory(clock).await?, Duration::from_secs(30))))
}

pub async fn slow_memory(clock: Clock) -> Opened {
    Some(Arc::new(Slow::new(memory(clock).await?, Duration::from_millis(1))))
}

#[cfg(feature = "embedded")]
pub async fn embedded(clock: Clock) -> Opened {
    // The folder stays while the process runs: a store has no end that a test could hook into.
    let folder = tempfile::tempdir().unwrap().keep();
    Some(kv::connect(&format!("embedded:{}", folder.join("store").display()), clock).await.unwrap())
}

#[cfg(feature = "postgres")]
pub async fn postgres(clock: Clock) -> Opened {
    from_variable("KVSTORE_TEST_POSTGRES_URL", clock).await
}

#[cfg(feature = "postgres")]
pub async fn postgres_behind_a_deadline(clock: Clock) -> Opened {
    Some(Arc::new(Deadline::new(postgres(clock).await?, Duration::from_secs(30))))
}

#[cfg(feature = "redis")]
pub async fn redis(clock: Clock) -> Opened {
    from_variable("KVSTORE_TEST_REDIS_URL", clock).await
}

#[cfg(feature = "redis")]
pub async fn redis_cluster(clock: Clock) -> Opened {
    from_variable("KVSTORE_TEST_REDIS_CLUSTER_URL", clock).await
}

#[cfg(feature = "dynamodb")]
pub async fn dynamodb(clock: Clock) -> Opened {
    from_variable("KVSTORE_TEST_DYNAMODB_URL", clock).await
}

/// A real account, by three variables; without them it is skipped, in CI too: it costs money.
#[cfg(feature = "dynamodb")]
pub async fn aws(clock: Clock) -> Opened {
    let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(region), Some(_), Some(_)) =
        (named("KVSTORE_TEST_AWS_REGION"), named("AWS_ACCESS_KEY_ID"), named("AWS_SECRET_ACCESS_KEY"))
    else {
        eprintln!("SKIPPED: KVSTORE_TEST_AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY name no account");
        return None;
    };
    Some(kv::connect(&format!("dynamodb://{region}/kvstore-test-"), clock).await.unwrap())
}

#[cfg(any(feature = "postgres", feature = "redis", feature = "dynamodb"))]
async fn from_variable(name: &str, clock: Clock) -> Opened {
    match std::env::var(name) {
        Ok(url) if !url.is_empty() => Some(kv::connect(&url, clock).await.unwrap()),
        _ if std::env::var_os("KVSTORE_TEST_REQUIRE").is_some() => panic!("{name} is not set"),
        _ => {
            eprintln!("SKIPPED: {name} is not set; scripts/with-stores.sh sets it");
            None
        }
    }
}
