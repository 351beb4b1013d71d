//! What every handler can reach.

use std::{sync::Arc, time::Duration};

use data::{Data, Tokens, idempotency::Answers};
use tokio::sync::watch;

/// Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub data: Data,
    pub tokens: Arc<dyn Tokens>,
    /// Where the answers to calls with an `Idempotency-Key` are kept.
    pub answers: Answers,
    pub settings: Arc<Settings>,
    /// Becomes true when the server stops: long answers end then.
    pub stopping: watch::Receiver<bool>,
}

/// How it answers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origins whose pages may call, such as `https://tools.example.com`; others get no CORS header.
    pub cors_origins: Vec<String>,
    /// The most bytes of a request's body.
    pub max_body_bytes: usize,
    /// How long a body may take to come.
    pub body_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cors_origins: Vec::new(), max_body_bytes: 32 << 20, body_timeout: Duration::from_secs(30) }
    }
}
