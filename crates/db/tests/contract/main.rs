//! What the database promises, tried on SQLite and on PostgreSQL by name: `queue::sqlite::pages_walk_the_whole_sort`.
//!
//! PostgreSQL is the server that `KVSTORE_TEST_POSTGRES_URL` names (`scripts/with-postgres.sh` starts one); each test
//! has a database of its own there. Without it these tests say SKIPPED, or fail where `KVSTORE_TEST_REQUIRE=1`.
//!
//! To add a test: an `async fn name(db: Db)` in the file of its subject, and its name in that file's `contract!`.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

/// Names each test once for each database.
macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::place::on_sqlite(super::$name).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::place::on_postgres(super::$name).await;
            })+
        }
    };
}

mod accounts;
mod audit;
mod datasets;
mod events;
mod jobs;
mod notices;
mod people;
mod place;
mod policies;
mod queue;
mod reports;
mod requests;
mod search;
mod sessions;
mod similar;
mod storage;
mod tokens;
mod triage;
mod webhooks;
mod world;
