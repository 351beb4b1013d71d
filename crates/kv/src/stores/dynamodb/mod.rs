//! DynamoDB: `dynamodb://REGION/TABLE-PREFIX[?endpoint=URL][&timeout_ms=MILLISECONDS]`.
//!
//! One table, `TABLE-PREFIXentries`, which the store makes when it is missing (on demand, with TTL on `t`). Its keys are
//! `pk`, text, and `sk`, bytes:
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | `SPACE#SHARD` | the key's bytes | a head: the entry, or all of it but the value |
//! | `SPACE#SHARD#c` | revision, number (4 bytes) | a chunk of a value of more than 390 KiB, in `v` |
//! | `#writing#DIGIT` | revision | a record of chunks that no head may count: `p` and `k` name the head, `n` their number |
//!
//! A head has `r` revision, `u` updated at (ms), `x` expires at (ms; `i64::MAX` for never), `c` content type, `z` bytes
//! of the value, `v` the value or `n` the number of its chunks, `w` the `x` of what it replaced (0 for nothing), and `t`,
//! when DynamoDB may remove it (s): a day after `x`, because expiry is judged by the store's clock, and DynamoDB's own
//! must only ever come later.
//!
//! Every read is consistent. A shard is a partition, so it has DynamoDB's limits of a partition (1 000 writes of 1 KB and
//! 3 000 reads of 4 KB a second); choose a space's shards by that. A transaction takes 4 MiB of stored items.
//! Credentials are those of the environment, of a container or of Lambda; with an `endpoint` and none in the
//! environment, made-up ones, which emulators take. It needs GetItem, BatchGetItem, Query, PutItem, UpdateItem,
//! DeleteItem, BatchWriteItem and ConditionCheckItem on the table, and to make it CreateTable, DescribeTable,
//! DescribeTimeToLive and UpdateTimeToLive.
//!
//! `sweep` removes chunks that a crash or a lost answer left behind; expired entries are removed by DynamoDB itself. One
//! gap is left: a process that dies between a head and the removal of the chunks that it replaced leaves them until the
//! space is purged.

mod call;
mod chunks;
mod item;
mod list;
mod table;
#[cfg(test)]
mod tests;
mod txn;
mod write;

use std::{collections::HashMap, error::Error as StdError, time::Duration};

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{
    Client,
    config::{
        Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use self::item::{HEAD, PK, Place, Stored, partition, text};
use crate::{
    Capabilities, Clock, ConnectError, Durability, Entry, Error, ErrorKind, Key, ListQuery, Millis, Outcome, Page,
    Space, Store, Txn, TxnOutcome, TxnScope, Write,
};

static CAPABILITIES: Capabilities = Capabilities {
    store: "dynamodb",
    durability: Durability::Replicated,
    txn: TxnScope::Space,
    watch: false,
    max_value_bytes: 25 << 20,
    shared: true,
};

/// Single writes of one call that are under way at the same time.
const WRITES_AT_ONCE: usize = 32;
/// Values in chunks of one call that are read at the same time.
const VALUES_AT_ONCE: usize = 4;
/// How long opening the store waits for a table that is being made.
const TABLE_LIMIT: Duration = Duration::from_secs(60);
/// Idle connections are closed before AWS does it: a request on a connection that is just being closed is a lost answer.
const IDLE: Duration = Duration::from_secs(20);

/// What the URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Config {
    region: String,
    table: String,
    endpoint: Option<String>,
    timeout: Duration,
}

impl Config {
    fn parse(url: &str) -> Result<Self, ConnectError> {
        let wrong = |what: String| ConnectError::Url(what);
        let rest = url.strip_prefix("dynamodb://").unwrap_or(url);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (region, prefix) = place.split_once('/').unwrap_or((place, ""));
        if region.is_empty() || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(wrong(format!("`{region}` is no region; it must be dynamodb://REGION/TABLE-PREFIX")));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if prefix.len() > 200 || !prefix.bytes().all(plain) {
            return Err(wrong(format!(
                "the table prefix `{prefix}` has more than 200 or other than A-Z a-z 0-9 _ - ."
            )));
        }
        let (mut endpoint, mut timeout) = (None, Duration::from_secs(5));
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "endpoint" if value.starts_with("http://") || value.starts_with("https://") => {
                    endpoint = Some(value.trim_end_matches('/').to_owned());
                }
                "endpoint" => return Err(wrong("`endpoint` must begin with http:// or https://".to_owned())),
                "timeout_ms" => match value.parse::<u64>() {
                    Ok(ms @ 10..=600_000) => timeout = Duration::from_millis(ms),
                    _ => return Err(wrong(format!("`timeout_ms={value}`: it must be 10 to 600000"))),
                },
                other => {
                    return Err(wrong(format!("dynamodb:// has no parameter `{other}`, only endpoint and timeout_ms")));
                }
            }
        }
        Ok(Self { region: region.to_owned(), table: format!("{prefix}entries"), endpoint, timeout })
    }
}

/// Entries in DynamoDB.
#[derive(Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
    clock: Clock,
    timeout: Duration,
}

impl DynamoStore {
    /// Opens the store that `url` names, and makes its table when it is missing.
    ///
    /// # Errors
    /// The URL is wrong, or DynamoDB answers, but the table is not there and cannot be made.
    pub async fn open(url: &str, clock: Clock) -> Result<Self, ConnectError> {
        let Config { region, table, endpoint, timeout } = Config::parse(url)?;
        // Without TLS the machine's certificates need not be loaded.
        let http: SharedHttpClient = match &endpoint {
            Some(endpoint) if endpoint.starts_with("http://") => Builder::new().pool_idle_timeout(IDLE).build_http(),
            _ => Builder::new().pool_idle_timeout(IDLE).tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
        };
        let timeouts = TimeoutConfig::builder().connect_timeout(timeout / 2).operation_timeout(timeout).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region))
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(endpoint) = &endpoint {
            loader = loader.endpoint_url(endpoint);
            if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
                loader = loader.credentials_provider(Credentials::new("kvstore", "kvstore", None, None, "made up"));
            }
        }
        let store = Self { client: Client::new(&loader.load().await), table, clock, timeout };
        if let Err(error) = store.ensure_table(TABLE_LIMIT).await {
            if let Some(refused) = StdError::source(&error).and_then(|source| source.downcast_ref::<table::Refused>()) {
                return Err(ConnectError::Url(refused.to_string()));
            }
            tracing::warn!(%error, table = %store.table, "DynamoDB does not answer yet");
        }
        Ok(store)
    }

    /// Removes heads and the chunks that they count, of one shard; gives how many entries that were.
    async fn purge_shard(&self, partition: &str, limit: u32) -> Result<u64, Error> {
        let limit = i32::try_from(limit.clamp(1, 1_000)).unwrap_or(1_000);
        let query = || {
            let query = self.client.query().table_name(&self.table).consistent_read(true).limit(limit);
            let query = query.key_condition_expression(format!("{PK} = :pk")).projection_expression(HEAD);
            query.expression_attribute_values(":pk", text(partition)).send()
        };
        let (mut heads, mut chunks) = (Vec::new(), Vec::new());
        for item in self.repeat(query).await?.items.unwrap_or_default() {
            let place = Place::from_item(&item).ok_or_else(|| Error::corrupt("an item without its key"))?;
            // A head that cannot be read goes, too.
            if let Ok(stored) = Stored::parse(item) {
                chunks.extend((0..stored.chunks).map(|number| place.chunk(stored.revision, number)));
            }
            heads.push(place);
        }
        let removed = heads.len() as u64;
        self.delete_all(heads).await?;
        self.delete_all(chunks).await?;
        Ok(removed)
    }

    /// Removes chunks of one shard that are too old to belong to a write under way. There are no heads any more.
    async fn purge_chunks(&self, partition: &str, now: Millis) -> Result<(), Error> {
        let young = (now - chunks::GRACE).max(0).to_be_bytes();
        loop {
            let query = || {
                let query = self.client.query().table_name(&self.table).consistent_read(true).limit(100);
                let query = query.key_condition_expression(format!("{PK} = :pk AND {} < :young", item::SK));
                let query = query.expression_attribute_values(":pk", text(&format!("{partition}#c")));
                let query = query.expression_attribute_values(":young", item::blob(&young[2..]));
                query.projection_expression("pk, sk").send()
            };
            let found = self.repeat(query).await?.items.unwrap_or_default();
            if found.is_empty() {
                return Ok(());
            }
            self.delete_all(found.iter().filter_map(Place::from_item).collect()).await?;
        }
    }
}

#[async_trait]
impl Store for DynamoStore {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        let now = self.clock.now();
        let mut places: Vec<Place> = keys.iter().map(|key| Place::of(space, key)).collect();
        let wanted = places.clone();
        // A batch may not name an item twice.
        places.sort_unstable_by(|a, b| (&a.partition, &a.sort).cmp(&(&b.partition, &b.sort)));
        places.dedup();
        let items = self.items(&places).await?;
        let entries = stream::iter(items).map(|(place, item)| async move {
            let entry = self.entry(&place, Stored::parse(item)?, now).await?;
            Ok::<_, Error>((place, entry))
        });
        let entries: HashMap<Place, Option<Entry>> = entries.buffer_unordered(VALUES_AT_ONCE).try_collect().await?;
        Ok(wanted.iter().map(|place| entries.get(place).cloned().flatten()).collect())
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        stream::iter(writes).map(|write| self.write_one(space, write)).buffered(WRITES_AT_ONCE).collect().await
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        self.page(space, query).await
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        let partly = |error: Error| if error.kind() == ErrorKind::Unavailable { Error::unknown(error) } else { error };
        let mut removed = 0;
        for shard in 0..space.shards() {
            let left = limit.saturating_sub(u32::try_from(removed).unwrap_or(u32::MAX));
            if left == 0 {
                break;
            }
            removed += self.purge_shard(&partition(space, shard), left).await.map_err(partly)?;
        }
        if removed == 0 {
            let now = self.clock.now();
            for shard in 0..space.shards() {
                self.purge_chunks(&partition(space, shard), now).await.map_err(partly)?;
            }
        }
        Ok(removed)
    }

    async fn ping(&self) -> Result<(), Error> {
        let nowhere = Place { partition: "#ping".to_owned(), sort: vec![0] };
        self.item(&nowhere, None).await.map(drop)
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        self.run_txn(space, &txn).await
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        self.sweep_chunks(limit, self.clock.now()).await
    }
}
