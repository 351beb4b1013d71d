//! Requests whose past was not lived here (fake data and imports), and the policy that judges those of the present.
//!
//! On a SQLite file each; a smoke test of both goes through PostgreSQL, on the server that `KVSTORE_TEST_POSTGRES_URL`
//! names (`scripts/with-postgres.sh` starts one).

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

mod import;
mod place;
mod policies;
mod seed;
