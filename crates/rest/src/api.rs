//! What every handler can reach.

use std::{sync::Arc, time::Duration};

use data::{Data, Tokens, idempotency::Answers, json::Object};
use futures::future::BoxFuture;
use http::Extensions;
use tokio::sync::watch;

use crate::{Problem, Query};

/// Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub data: Data,
    pub tokens: Arc<dyn Tokens>,
    /// Where the answers to calls with an `Idempotency-Key` are kept.
    pub answers: Answers,
    /// Where there is a database.
    pub catalogue: Option<Arc<dyn Catalogue>>,
    pub settings: Arc<Settings>,
    /// Becomes true when the server stops: long answers end then.
    pub stopping: watch::Receiver<bool>,
}

/// What is known of datasets beside what their stores serve.
pub trait Catalogue: Send + Sync {
    /// The page that `query` asks for; none where the caller, told by the request's extensions, reads no catalogue.
    ///
    /// # Errors
    /// A query that cannot be understood, or a database that does not answer.
    fn page<'a>(&'a self, asker: &'a Extensions, query: Query)
    -> BoxFuture<'a, Result<Option<CataloguePage>, Problem>>;
}

/// What a catalogue adds to the list of datasets.
#[derive(Debug)]
pub struct CataloguePage {
    /// Members of the answer.
    pub members: Object,
    /// Full names of the datasets of this page, where the query narrows it: the others are left out.
    pub only: Option<Vec<String>>,
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
