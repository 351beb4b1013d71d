//! What a person or a program can do: one async function for each act.
//!
//! Every change goes the same way: authorize, then in one transaction the change, its audit row and its event; after
//! the commit the event is announced. Nothing here knows of HTTP or of SQL.
//!
//! - [`Ops`]: the handle that everything else holds; cheap to clone.
//! - [`Ctx`]: who asks; the first argument of every act.
//! - [`EventHub`]: what live pages listen to.
//!
//! To add an act: a function on [`Ops`] in the file of its noun; the check in its first lines says the act.

mod account;
mod admin_audit;
mod analytics;
mod audit;
mod bulk;
mod catalogue;
mod clock;
mod context;
mod counts;
mod directory;
mod error;
mod events;
mod export;
mod home;
pub mod import;
mod jobs;
mod lookers;
mod markdown;
mod notices;
mod past;
mod policy;
mod queue;
mod request;
mod saved_views;
pub mod seed;
mod session;
mod timers;
mod tokens;
mod webhooks;
pub mod yaml;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use db::Db;
use domain::{
    cluster::{Cluster, ClusterLoad},
    error::Result,
};
use tokio::sync::{Notify, watch};

pub use self::{
    account::{By, External, NewPassword, NewPersonForm},
    audit::{Broken, ExportFormat, Verified},
    context::{Clock, Ctx, Reach, SystemClock},
    error::internal,
    events::{EventHub, Heard, Reader},
    export::{EXPORT_MAX, ExportPage, csv_head, csv_rows},
    markdown::to_html,
    notices::{Letter, Mail, Outside, Shown},
    policy::Wording,
    request::{ApplyOutcome, RequestRecord, Snapshot, differing},
    saved_views::Sharing,
    session::{Client, DemoSignIn, SignedIn},
    timers::{Purged, SEAL_EVERY, TIMERS_EVERY, TimersDone},
    tokens::{NewToken, TokenCaller},
    webhooks::{HookMessage, Next, Sending},
};

/// How often the stored clock is read again.
const CLOCK_EVERY: Duration = Duration::from_secs(1);

/// Everything that acts need.
#[derive(Clone)]
pub struct Ops {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clusters: Vec<Cluster>,
    clock: Arc<dyn Clock>,
    demo: DemoSignIn,
    events: EventHub,
    counts: counts::Counts,
    usuals: analytics::Usuals,
    ahead: clock::Ahead,
    /// Wakes the worker of this process.
    jobs: Notify,
    policies: policy::Policies,
    hasher: account::Hasher,
    /// Grows with every change of who may do what.
    access: watch::Sender<u64>,
    /// How this installation is reached from outside; set once.
    outside: OnceLock<Outside>,
}

impl Ops {
    /// `clusters` are those that configuration names; datasets are placed on them.
    #[must_use]
    pub fn new(db: Db, clusters: Vec<Cluster>, clock: Arc<dyn Clock>, demo: DemoSignIn) -> Self {
        let events = EventHub::new(db.clone());
        let inner = Inner {
            db,
            clusters,
            clock,
            demo,
            events,
            counts: counts::Counts::default(),
            usuals: analytics::Usuals::default(),
            ahead: clock::Ahead::default(),
            jobs: Notify::new(),
            policies: policy::Policies::default(),
            hasher: account::Hasher::default(),
            access: watch::Sender::new(0),
            outside: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where what changes is announced.
    #[must_use]
    pub fn events(&self) -> EventHub {
        self.inner.events.clone()
    }

    /// The clusters that configuration names.
    #[must_use]
    pub fn clusters(&self) -> &[Cluster] {
        &self.inner.clusters
    }

    /// The database, for commands that work below the acts: migration, seeding, import.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// A number that grows with every change of an account, a session or a token that this process makes: whoever
    /// remembers what somebody may do knows when to ask again.
    #[must_use]
    pub fn access_changes(&self) -> watch::Receiver<u64> {
        self.inner.access.subscribe()
    }

    pub(crate) fn access_changed(&self) {
        self.inner.access.send_modify(|version| *version += 1);
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`].
    pub async fn ready(&self) -> Result<()> {
        self.db().ping().await.map_err(error::from_db)
    }

    /// Follows the stored clock, hears of other servers' changes and announces them here, until `shutdown` says true.
    pub async fn run_background(&self, shutdown: watch::Receiver<bool>) {
        let mut stopping = shutdown.clone();
        let clock = async {
            loop {
                if let Err(error) = self.clock_refresh().await {
                    tracing::warn!(%error, "the stored clock could not be read");
                }
                tokio::time::sleep(CLOCK_EVERY).await;
            }
        };
        let follow = async {
            tokio::select! {
                () = clock => {}
                _ = stopping.wait_for(|stop| *stop) => {}
            }
        };
        tokio::join!(self.inner.events.run(shutdown), follow);
    }

    /// The clusters with what is declared on them, for who is signed in.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn clusters_view(&self, _ctx: &Ctx) -> Result<Vec<ClusterLoad>> {
        self.loads().await
    }

    /// The clusters with what is declared on them.
    pub(crate) async fn loads(&self) -> Result<Vec<ClusterLoad>> {
        let usage = self.db().cluster_usage().await.map_err(error::from_db)?;
        let load = |cluster: &Cluster| ClusterLoad {
            used_bytes: usage.get(cluster.name.as_str()).and_then(|bytes| u64::try_from(*bytes).ok()).unwrap_or(0),
            cluster: cluster.clone(),
        };
        Ok(self.clusters().iter().map(load).collect())
    }
}
