//! A fresh, migrated database for one test.

use std::{
    env,
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
};

use db::Db;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Runs a test on a SQLite file of its own.
pub async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("deep/er/kvstore.db").display());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    test(db.clone()).await;
    db.close().await;
}

/// Runs a test on a database of its own on the server that the environment names.
pub async fn on_postgres<F>(test: impl FnOnce(Db) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = env::var("KVSTORE_TEST_POSTGRES_URL") else {
        assert_ne!(env::var("KVSTORE_TEST_REQUIRE").as_deref(), Ok("1"), "KVSTORE_TEST_POSTGRES_URL is not set");
        eprintln!("SKIPPED: KVSTORE_TEST_POSTGRES_URL is not set");
        return;
    };
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("kvstore_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let mut statement = async |text: String| admin.execute(AssertSqlSafe(text)).await.map(|_| ());
    statement(format!("drop database if exists {name} with (force)")).await.unwrap();
    statement(format!("create database {name}")).await.unwrap();

    let (base, _) = server.rsplit_once('/').unwrap();
    let db = Db::open(&format!("{base}/{name}")).await.unwrap();
    db.migrate().await.unwrap();
    let outcome = tokio::spawn(test(db.clone())).await;
    db.close().await;
    statement(format!("drop database {name} with (force)")).await.unwrap();
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}
