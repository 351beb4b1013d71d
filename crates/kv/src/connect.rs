//! A store by its URL, as configuration names it.

use std::{sync::Arc, time::Duration};

use crate::{Clock, Error, Store, stores, wrappers::Slow};

/// Why a URL gives no store.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(
        "the store URL begins with `{0}`; it must be embedded:PATH, postgres://…, redis://…, redis+cluster://…, \
         dynamodb://REGION/TABLE-PREFIX or memory:"
    )]
    Scheme(String),
    #[error("the store URL cannot be used: {0}")]
    Url(String),
    #[error("the store `{0}` is not part of this build")]
    NotBuilt(&'static str),
    #[error(transparent)]
    Store(#[from] Error),
}

/// Opens the store that `url` names: `embedded:PATH`, `postgres://USER:PASSWORD@HOST/DATABASE`,
/// `redis://HOST:PORT[/DB]`, `redis+cluster://HOST:PORT,HOST:PORT`, `dynamodb://REGION/TABLE-PREFIX[?endpoint=URL]`,
/// `memory:[?latency_ms=]`, to try out what a store that is far away does.
///
/// # Errors
/// The URL names no store of this build, or the store cannot be opened. A server that is away is no error here: it is
/// `Unavailable` at each call until it answers.
pub async fn connect(url: &str, clock: Clock) -> Result<Arc<dyn Store>, ConnectError> {
    let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
    Ok(match scheme {
        #[cfg(feature = "embedded")]
        "embedded" => Arc::new(stores::embedded::EmbeddedStore::open(url, clock)?),
        #[cfg(not(feature = "embedded"))]
        "embedded" => return Err(ConnectError::NotBuilt("embedded")),
        "memory" => memory(url, clock)?,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Arc::new(stores::postgres::PostgresStore::open(url, clock)?),
        #[cfg(not(feature = "postgres"))]
        "postgres" | "postgresql" => return Err(ConnectError::NotBuilt("postgres")),
        #[cfg(feature = "redis")]
        "redis" | "rediss" | "redis+cluster" | "rediss+cluster" => {
            Arc::new(stores::redis::RedisStore::open(url, clock)?)
        }
        #[cfg(not(feature = "redis"))]
        "redis" | "rediss" | "redis+cluster" | "rediss+cluster" => return Err(ConnectError::NotBuilt("redis")),
        #[cfg(feature = "dynamodb")]
        "dynamodb" => Arc::new(stores::dynamodb::DynamoStore::open(url, clock).await?),
        #[cfg(not(feature = "dynamodb"))]
        "dynamodb" => return Err(ConnectError::NotBuilt("dynamodb")),
        other => return Err(ConnectError::Scheme(other.to_owned())),
    })
}

fn memory(url: &str, clock: Clock) -> Result<Arc<dyn Store>, ConnectError> {
    let store: Arc<dyn Store> = Arc::new(stores::memory::MemoryStore::open(clock));
    match url.strip_prefix("memory:") {
        Some("") | None => Ok(store),
        Some(rest) => {
            let latency = rest.strip_prefix("?latency_ms=").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
            let latency =
                latency.ok_or_else(|| ConnectError::Url("expected memory: or memory:?latency_ms=5".to_owned()))?;
            Ok(Arc::new(Slow::new(store, latency)))
        }
    }
}
