//! The data plane of this configuration: its stores, its datasets, and who may use them.

use std::{
    collections::HashMap,
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use async_trait::async_trait;
use data::{Access, Data, Dataset, Grant, Rules, Scope, Secret, StaticTokens, TokenHash, Tokens, idempotency::Answers};
use domain::choices::Role;
use kv::{Clock, Space, Store, wrappers::Deadline};
use ops::{Ctx, NewToken, Ops, TokenCaller};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::config::{Config, DatasetEntry, SignedInMay, StoreUrl};

/// No call to a store takes longer.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// The dataset that is always there.
pub const DEFAULT: &str = "default";

/// What `serve` holds of the data plane.
#[derive(Clone)]
pub struct DataPlane {
    pub api: rest::Api,
    /// What each person may do with declared datasets.
    signed_in: SignedInScopes,
    stores: Arc<[Arc<dyn Store>]>,
}

/// What people who are signed in may do with each declared dataset.
#[derive(Clone)]
struct SignedInScopes(Arc<[(String, SignedInMay)]>);

/// Opens the stores of `config` and declares its datasets. `ops` is where further tokens are kept.
///
/// # Errors
/// A store, a dataset or a token of the configuration that cannot be; a store's server that is away is none.
pub async fn open(config: &Config, ops: Option<&Ops>, stopping: watch::Receiver<bool>) -> anyhow::Result<DataPlane> {
    let clock = Clock::system();
    let mut stores = Stores { opened: HashMap::new(), clock: clock.clone() };
    let main = stores.open(&config.store_url).await?;
    let mut datasets = Vec::new();
    let mut signed_in = Vec::new();
    for entry in &config.datasets {
        let store =
            match entry.cluster.as_ref().and_then(|name| config.cluster_urls.iter().find(|(one, _)| one == name)) {
                Some((_, url)) => stores.open(url).await?,
                None => main.clone(),
            };
        let dataset = declare(entry, store).with_context(|| format!("the dataset {}", entry.name))?;
        if datasets.iter().any(|one: &Dataset| one.name == dataset.name) {
            bail!("two datasets are named {}; each [[dataset]] needs a name of its own", dataset.name);
        }
        signed_in.push((dataset.name.clone(), entry.signed_in));
        datasets.push(dataset);
    }
    if !datasets.iter().any(|one| one.name == DEFAULT) {
        datasets.push(Dataset::new(DEFAULT, main.clone(), Space::new(DEFAULT, 1)?, Rules::default())?);
        let may = if config.demo == ops::DemoSignIn::On { SignedInMay::Write } else { SignedInMay::Nothing };
        signed_in.push((DEFAULT.to_owned(), may));
    }
    let signed_in = SignedInScopes(signed_in.into());
    let answers = Answers::new(main, Space::new("kvstore.idempotency", 1)?, clock.clone());
    let api = rest::Api {
        data: Data::new(datasets, secret(config)?, clock),
        tokens: Arc::new(AllTokens {
            declared: declared_tokens(config)?,
            kept: ops.map(|ops| KeptTokens::new(ops, &signed_in)),
        }),
        answers,
        catalogue: ops.map(control::catalogue),
        settings: Arc::new(rest::Settings { cors_origins: config.cors_origins.clone(), ..rest::Settings::default() }),
        stopping,
    };
    let stores = stores.opened.into_values().collect();
    Ok(DataPlane { api, signed_in, stores })
}

impl DataPlane {
    /// What somebody who is signed in may do with data: admins everything, others what the configuration says.
    #[must_use]
    pub fn grant_of(&self, ctx: &Ctx) -> Grant {
        Grant::new(format!("person:{}", ctx.viewer.id.0), self.signed_in.of(ctx.viewer.role))
    }

    /// Removes what has expired, until the server stops.
    pub async fn sweep(self, mut stopping: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(SWEEP_EVERY) => {}
                // An error means that the server is gone.
                _ = stopping.changed() => return,
            }
            for store in self.stores.iter() {
                // A batch at a time, so that writers get between.
                while store.sweep(1_000).await.is_ok_and(|removed| removed > 0) {}
            }
        }
    }
}

impl SignedInScopes {
    fn of(&self, role: Role) -> Vec<Scope> {
        let of_dataset = |(name, may): &(String, SignedInMay)| {
            let access = match (may, role) {
                (SignedInMay::Nothing, _) => return None,
                (SignedInMay::Read, _) | (_, Role::Auditor) => Access::Read,
                (SignedInMay::Write, _) => Access::Write,
            };
            Some(Scope::Data { dataset: Some(name.clone()), prefix: String::new(), access })
        };
        match role {
            Role::Admin => vec![Scope::Data { dataset: None, prefix: String::new(), access: Access::Admin }],
            _ => self.0.iter().filter_map(of_dataset).collect(),
        }
    }
}

/// Each store is opened once, however many datasets are on it.
struct Stores {
    opened: HashMap<StoreUrl, Arc<dyn Store>>,
    clock: Clock,
}

impl Stores {
    async fn open(&mut self, url: &StoreUrl) -> anyhow::Result<Arc<dyn Store>> {
        if let Some(store) = self.opened.get(url) {
            return Ok(store.clone());
        }
        if let Some(path) = url.expose().strip_prefix("embedded:").map(Path::new)
            && let Some(folder) = path.parent()
        {
            fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        }
        let store = kv::connect(url.expose(), self.clock.clone()).await.with_context(|| format!("the store {url}"))?;
        let store: Arc<dyn Store> = Arc::new(Deadline::new(store, DEADLINE));
        self.opened.insert(url.clone(), store.clone());
        Ok(store)
    }
}

fn declare(entry: &DatasetEntry, store: Arc<dyn Store>) -> anyhow::Result<Dataset> {
    let default = Rules::default();
    let rules = Rules {
        storage: entry.storage.unwrap_or(default.storage),
        max_value_bytes: entry.max_value_bytes.unwrap_or(default.max_value_bytes),
        value_format: match &entry.value_format {
            Some(format) => format.parse().map_err(anyhow::Error::msg)?,
            None => default.value_format,
        },
        default_ttl_s: entry.default_ttl_s,
        ttl_override: entry.ttl_override.unwrap_or(default.ttl_override),
        qps_get: entry.qps_get,
        qps_set: entry.qps_set,
        qps_delete: entry.qps_delete,
    };
    let space = Space::new(entry.name.as_str(), entry.shards)?;
    Ok(Dataset::new(&entry.name, store, space, rules)?)
}

/// The key that signs cursors: of the configuration, or made once and kept beside the data.
fn secret(config: &Config) -> anyhow::Result<[u8; 32]> {
    if let Some(secret) = &config.secret {
        return Ok(Sha256::digest(secret.expose()).into());
    }
    let path = config.data_dir.join("secret.key");
    if let Ok(kept) = fs::read(&path) {
        return kept.try_into().map_err(|_| anyhow::anyhow!("{} has not 32 bytes: remove it", path.display()));
    }
    let mut fresh = [0; 32];
    getrandom::fill(&mut fresh)?;
    fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
    let kept = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    kept.and_then(|mut file| file.write_all(&fresh))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(fresh)
}

fn declared_tokens(config: &Config) -> anyhow::Result<StaticTokens> {
    let one = |entry: &crate::config::TokenEntry| {
        let hash = entry.sha256.parse::<TokenHash>().map_err(|_| anyhow::anyhow!("sha256 has 64 hexadecimal digits"));
        let scopes: Result<Vec<Scope>, _> = entry.scopes.iter().map(|scope| scope.parse::<Scope>()).collect();
        let grant = Grant::new(format!("declared:{}", entry.name), scopes?);
        anyhow::Ok((hash?, grant))
    };
    let tokens: anyhow::Result<Vec<_>> =
        config.tokens.iter().map(|entry| one(entry).with_context(|| format!("the token {}", entry.name))).collect();
    Ok(StaticTokens::new(tokens?))
}

/// A new token for `scopes`, kept in the database.
///
/// # Errors
/// No random numbers, or a database that does not answer.
pub async fn new_token(
    ops: &Ops,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<domain::Timestamp>,
) -> anyhow::Result<Secret> {
    let secret = Secret::fresh().map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    let words: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    ops.token_create(NewToken::new(name, secret.expose(), secret.hash().0, words, expires_at)?).await?;
    Ok(secret)
}

/// Tokens of the configuration, then those of the database.
struct AllTokens {
    declared: StaticTokens,
    kept: Option<KeptTokens>,
}

#[async_trait]
impl Tokens for AllTokens {
    async fn find(&self, hash: TokenHash) -> data::Result<Option<Grant>> {
        match (self.declared.find(hash).await?, &self.kept) {
            (None, Some(kept)) => kept.find(hash).await,
            (found, _) => Ok(found),
        }
    }
}

/// The database's tokens, remembered for a moment. What this process changes counts at once; what another server
/// changes counts at most [`REMEMBERED`] later.
struct KeptTokens {
    ops: Ops,
    signed_in: SignedInScopes,
    changes: watch::Receiver<u64>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The state of accounts and tokens that `grants` were read in.
    version: u64,
    grants: HashMap<TokenHash, (Instant, Option<Grant>)>,
}

const REMEMBERED: Duration = Duration::from_secs(2);
/// Beyond this many it forgets all: a guesser must not fill the memory.
const MOST_REMEMBERED: usize = 10_000;

impl KeptTokens {
    fn new(ops: &Ops, signed_in: &SignedInScopes) -> Self {
        let changes = ops.access_changes();
        Self { ops: ops.clone(), signed_in: signed_in.clone(), changes, known: Mutex::default() }
    }

    async fn find(&self, hash: TokenHash) -> data::Result<Option<Grant>> {
        let version = *self.changes.borrow();
        if let Some(grant) = self.remembered(hash, version) {
            return Ok(grant);
        }
        let away = |error| data::Error::Unavailable(kv::Error::unavailable(error));
        let caller = self.ops.token_caller(hash.0).await.map_err(away)?;
        let grant = caller.as_ref().map(|caller| self.grant_of(caller));
        if let Some(caller) = caller {
            let ops = self.ops.clone();
            tokio::spawn(async move {
                if let Err(error) = ops.token_used(&caller).await {
                    tracing::debug!(%error, "the last use of a token was not noted");
                }
            });
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.grants.len() >= MOST_REMEMBERED {
            known.grants.clear();
        }
        // What changed while it was read may not be in it.
        if known.version == version {
            known.grants.insert(hash, (Instant::now(), grant.clone()));
        }
        Ok(grant)
    }

    fn remembered(&self, hash: TokenHash, version: u64) -> Option<Option<Grant>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.version < version {
            *known = Known { version, grants: HashMap::new() };
        }
        let now = self.ops.now().timestamp_millis();
        let holds =
            |grant: &Option<Grant>| grant.as_ref().and_then(|grant| grant.expires_at).is_none_or(|ends| ends > now);
        let fresh = |(since, grant): &&(Instant, Option<Grant>)| since.elapsed() < REMEMBERED && holds(grant);
        known.grants.get(&hash).filter(fresh).map(|(_, grant)| grant.clone())
    }

    /// A person's token grants no more than the person may; a service account's what its admin said.
    fn grant_of(&self, caller: &TokenCaller) -> Grant {
        let row = &caller.token;
        // A word that this version does not know grants nothing.
        let scopes: Vec<Scope> = row.scopes.split(' ').filter_map(|word| word.parse().ok()).collect();
        let grant = Grant::new(format!("token:{}", row.id.0), scopes);
        let mut grant = match caller.person_role() {
            Some(role) => grant.within(&self.signed_in.of(role)),
            None => grant,
        };
        grant.expires_at = row.expires_at.map(|at| at.timestamp_millis());
        grant
    }
}
