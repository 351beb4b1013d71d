//! Acts on a fresh database, with a clock that stands still.

use std::{env, future::Future, sync::Arc};

use db::Db;
use domain::{Timestamp, cluster::Cluster};
use ops::{Clock, DemoSignIn, Ops};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// A Monday morning, from which every test counts back.
pub fn now() -> Timestamp {
    domain::form::sample_now()
}

#[derive(Debug)]
struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Acts on a database with the demo people in it.
pub struct Place {
    pub ops: Ops,
    /// Removed with the place.
    _folder: TempDir,
}

impl Place {
    /// Another server of the same database, which shares no memory with the first.
    pub fn second_server(&self) -> Ops {
        ops(self.ops.db().clone())
    }
}

pub async fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("kvstore.db").display());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    let ops = ops(db);
    ops::seed::people(&ops).await.unwrap();
    Place { ops, _folder: folder }
}

fn ops(db: Db) -> Ops {
    Ops::new(db, clusters(), Arc::new(Standing(now())), DemoSignIn::On)
}

/// One cluster for all of development and staging, two for production, of which one takes only what is read.
pub fn clusters() -> Vec<Cluster> {
    let all = ["READONLY", "MUTABLE", "STREAMING"];
    serde_json::from_value(json!([
        {"name": "kv-dev", "environments": ["dev", "staging"], "storage": all, "capacity_gb": 50_000},
        {"name": "kv-prod", "environments": ["prod"], "storage": all, "region": "eu-central-1", "capacity_gb": 900_000},
        {"name": "kv-bulk", "environments": ["prod"], "storage": ["READONLY"], "capacity_gb": 400_000},
    ]))
    .unwrap()
}

/// Runs a test on a database of its own on the server that the environment names.
pub async fn on_postgres<F>(test: impl FnOnce(Ops) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = env::var("KVSTORE_TEST_POSTGRES_URL") else {
        assert_ne!(env::var("KVSTORE_TEST_REQUIRE").as_deref(), Ok("1"), "KVSTORE_TEST_POSTGRES_URL is not set");
        eprintln!("SKIPPED: KVSTORE_TEST_POSTGRES_URL is not set");
        return;
    };
    let name = format!("kvstore_past_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let mut statement = async |text: String| admin.execute(AssertSqlSafe(text)).await.map(|_| ());
    statement(format!("drop database if exists {name} with (force)")).await.unwrap();
    statement(format!("create database {name}")).await.unwrap();

    let (base, _) = server.rsplit_once('/').unwrap();
    let db = Db::open(&format!("{base}/{name}")).await.unwrap();
    db.migrate().await.unwrap();
    let ops = ops(db.clone());
    ops::seed::people(&ops).await.unwrap();
    let outcome = tokio::spawn(test(ops)).await;
    db.close().await;
    statement(format!("drop database {name} with (force)")).await.unwrap();
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}
