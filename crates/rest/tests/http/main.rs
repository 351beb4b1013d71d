//! What every server of `/v1` must answer, as one suite over HTTP.
//!
//! `KVSTORE_TEST_URL` (`http://HOST:PORT`) and `KVSTORE_TEST_TOKEN` (scope `admin:*` or `*:admin`) name the server;
//! `KVSTORE_TEST_READ_TOKEN` (scope `default:read`) and `KVSTORE_TEST_PREFIX_TOKEN` (scope `default/p/:write`) let the
//! tests of access run too. Without a URL each test starts the router in its own process over the memory store, with the
//! datasets of `rig`. `smoke_` begins the names of a small set that tells whether a server works at all.
//!
//! Each test has a prefix of its own for its keys, so that the suite can run against a server that others use. What a
//! server cannot do (it says so in `GET /v1/datasets`) is skipped, aloud.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test it is the assertion")]

mod access;
mod bad_input;
mod batches;
mod client;
mod datasets;
mod entries;
mod faulty;
mod idempotency;
mod lists;
mod outages;
mod patches;
mod pipelines;
mod preconditions;
mod protocol;
mod quotas;
mod races;
mod representations;
mod rig;
mod ttl;
mod txns;
mod watching;
