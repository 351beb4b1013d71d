//! The router over the memory store, with datasets and tokens for everything that the suite looks at.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use data::{Data, Dataset, Grant, Rules, Scope, Secret, StaticTokens, ValueFormat, idempotency::Answers};
use domain::choices::StorageKind;
use kv::{
    Capabilities, Clock, Millis, Space, Store, TxnScope,
    stores::memory::MemoryStore,
    wrappers::{Deadline, Slow},
};
use rest::{Api, Settings};
use tokio::{net::TcpListener, sync::watch};

use crate::faulty::{Fault, Faulty};

/// How long the dataset `slow` takes for a call.
pub const SLOW: Duration = Duration::from_millis(100);
/// How long the dataset `faulty` is waited for.
pub const PATIENCE: Duration = Duration::from_millis(300);
/// How long a body may take.
pub const BODY_TIMEOUT: Duration = Duration::from_millis(500);
/// The origin whose pages may call.
pub const ORIGIN: &str = "https://tools.example.com";

/// A running router. It stops when this is dropped.
pub struct Rig {
    pub address: SocketAddr,
    pub clock: Clock,
    pub admin: Secret,
    pub read: Secret,
    pub prefix: Secret,
    /// Its time has passed.
    pub expired: Secret,
    /// It grants everything for one minute of `clock`.
    pub brief: Secret,
    /// How the store of the dataset `faulty` fails.
    pub fault: Arc<Fault>,
    /// How the place of idempotent answers fails.
    pub answers_fault: Arc<Fault>,
    stop: watch::Sender<bool>,
}

impl Rig {
    /// # Panics
    /// There is no free port or no random number.
    pub async fn start(clock: Clock) -> Self {
        let [admin, read, prefix, expired, brief] = std::array::from_fn(|_| Secret::fresh().unwrap());
        let grant = |secret: &Secret, subject: &str, scope: &str, expires_at: Option<Millis>| {
            let scopes: Vec<Scope> = vec![scope.parse().unwrap()];
            (secret.hash(), Grant { expires_at, ..Grant::new(subject, scopes) })
        };
        let tokens = StaticTokens::new([
            grant(&admin, "token:admin", "admin:*", None),
            grant(&read, "token:read", "default:read", None),
            grant(&prefix, "token:prefix", "default/p/:write", None),
            grant(&expired, "token:expired", "admin:*", Some(clock.now() - 1)),
            grant(&brief, "token:brief", "admin:*", Some(clock.now() + 60_000)),
        ]);
        let fault = Arc::new(Fault::default());
        let answers_fault = Arc::new(Fault::default());
        let memory: Arc<dyn Store> = Arc::new(MemoryStore::open(clock.clone()));
        let answers: Arc<dyn Store> = Arc::new(Faulty::new(memory.clone(), answers_fault.clone()));
        let (stop, stopping) = watch::channel(false);
        let api = Api {
            data: Data::new(datasets(&memory, &fault), [7; 32], clock.clone()),
            tokens: Arc::new(tokens),
            answers: Answers::new(Arc::new(Deadline::new(answers, PATIENCE)), space("answers"), clock.clone()),
            catalogue: None,
            settings: Arc::new(Settings {
                cors_origins: vec![ORIGIN.to_owned()],
                body_timeout: BODY_TIMEOUT,
                ..Settings::default()
            }),
            stopping,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut stopped = stop.subscribe();
        let router: Router = rest::router(api, Router::new(), &rest::document());
        tokio::spawn(async move {
            let ended = async move { _ = stopped.wait_for(|stop| *stop).await };
            axum::serve(listener, router).with_graceful_shutdown(ended).await
        });
        Self { address, clock, admin, read, prefix, expired, brief, fault, answers_fault, stop }
    }

    /// Begins to stop, as a server does that is told to.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop();
    }
}

fn space(name: &str) -> Space {
    Space::new(name, 1).unwrap()
}

fn datasets(memory: &Arc<dyn Store>, fault: &Arc<Fault>) -> Vec<Dataset> {
    let with = |name: &str, store: Arc<dyn Store>, rules: Rules| Dataset::new(name, store, space(name), rules).unwrap();
    let ruled = |name: &str, rules: Rules| with(name, memory.clone(), rules);
    let plain = Capabilities { txn: TxnScope::None, watch: false, ..*memory.capabilities() };
    let faulty = Faulty::new(memory.clone(), fault.clone());
    vec![
        ruled("default", Rules::default()),
        ruled("users", Rules::default()),
        ruled("teams", Rules::default()),
        ruled("small", Rules { max_value_bytes: 16, ..Rules::default() }),
        ruled("catalogue", Rules { storage: StorageKind::ReadOnly, ..Rules::default() }),
        ruled("documents", Rules { value_format: ValueFormat::Json, ..Rules::default() }),
        ruled("notes", Rules { value_format: ValueFormat::Text, ..Rules::default() }),
        ruled("sessions", Rules { default_ttl_s: Some(60), ..Rules::default() }),
        ruled("leases", Rules { default_ttl_s: Some(60), ttl_override: false, ..Rules::default() }),
        ruled("limited", Rules { qps_get: Some(5), qps_set: Some(5), qps_delete: Some(5), ..Rules::default() }),
        with("plain", Arc::new(Faulty::able(memory.clone(), plain)), Rules::default()),
        with("slow", Arc::new(Slow::new(memory.clone(), SLOW)), Rules::default()),
        with("faulty", Arc::new(Deadline::new(Arc::new(faulty), PATIENCE)), Rules::default()),
    ]
}
