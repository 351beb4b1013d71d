//! One call to DynamoDB: what an error means, how long to try, and batches whose rest comes back.
//!
//! The SDK's own retries are off: after a lost answer it would tell only how the last attempt failed, and "throttled"
//! would hide that the first attempt may have written.

use std::{collections::HashMap, future::Future, time::Duration};

use aws_sdk_dynamodb::{
    Error as Answer,
    config::http::HttpResponse,
    error::{BoxError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    types::{KeysAndAttributes, WriteRequest},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;

use super::{
    DynamoStore,
    item::{Item, Place},
};
use crate::Error;

/// Attempts while the server refuses connections, and while it says that it is busy.
const ATTEMPTS_AWAY: u32 = 5;
const ATTEMPTS_BUSY: u32 = 12;
/// The most items of one `BatchGetItem` and one `BatchWriteItem`.
const MAX_BATCH_GET: usize = 100;
pub(super) const MAX_BATCH_WRITE: usize = 25;

/// Batches of one read at the same time.
const AT_ONCE: usize = 4;

/// Why a call gave no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// Not sent: nobody is there.
    Away(BoxError),
    /// Nothing was changed, and later it may work.
    Busy(BoxError),
    /// It may have been done.
    Lost(BoxError),
    /// The table is not there, or not yet; nothing was changed.
    NoTable(BoxError),
    /// The answer is no.
    Answer(Box<Answer>),
}

pub(super) fn classify<E>(error: SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + Send + Sync + 'static,
    Answer: From<E>,
{
    let service = match error {
        SdkError::ServiceError(service) => service,
        SdkError::ConstructionFailure(_) => return Failure::Away(error.into()),
        SdkError::DispatchFailure(_) => {
            // The connector has no other sign for "never sent" than this text, which names the phase; where it is
            // missing the answer counts as lost, which is never wrong.
            let text = DisplayErrorContext(&error).to_string();
            let unsent = ["client error (Connect)", "Connection refused", "no providers in chain", "Credentials"];
            let away = unsent.iter().any(|sign| text.contains(sign));
            return if away { Failure::Away(error.into()) } else { Failure::Lost(error.into()) };
        }
        _ => return Failure::Lost(error.into()),
    };
    let status = service.raw().status().as_u16();
    let answer = Answer::from(service.into_err());
    match answer.code().unwrap_or_default() {
        "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "LimitExceededException"
        | "TransactionConflictException"
        | "TransactionInProgressException"
        | "ReplicatedWriteConflictException" => Failure::Busy(answer.into()),
        "ResourceNotFoundException" => Failure::NoTable(answer.into()),
        _ => match &answer {
            Answer::TransactionCanceledException(canceled) => {
                let passing = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
                let mut reasons = canceled.cancellation_reasons().iter();
                if reasons.all(|reason| reason.code().is_none_or(|code| passing.contains(&code))) {
                    Failure::Busy(answer.into())
                } else {
                    Failure::Answer(answer.into())
                }
            }
            // An internal error may come after the write.
            _ if status >= 500 => Failure::Lost(answer.into()),
            _ => Failure::Answer(answer.into()),
        },
    }
}

/// An answer that no caller expected.
pub(super) fn unexpected(answer: Answer) -> Error {
    let too_large = answer.code() == Some("ValidationException")
        && answer.message().is_some_and(|text| text.contains("size") && text.contains("exceed"));
    let too_large = too_large
        || matches!(&answer, Answer::TransactionCanceledException(canceled)
        if canceled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ValidationError")));
    if too_large {
        return Error::because(crate::ErrorKind::TooLarge { limit: super::txn::MAX_TXN_BYTES }, answer);
    }
    Error::unavailable(answer)
}

/// How long to go on trying: with a growing, random pause between attempts, until the store's time limit.
#[derive(Debug)]
pub(super) struct Patience {
    limit: Duration,
    until: Instant,
    attempt: u32,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, until: Instant::now() + limit, attempt: 0 }
    }

    /// Progress was made: it begins anew.
    fn renew(&mut self) {
        *self = Self::new(self.limit);
    }

    /// Waits; false when patience is over.
    pub(super) async fn wait(&mut self, attempts: u32) -> bool {
        self.attempt += 1;
        let most = 20_u64 << self.attempt.min(6);
        let mut random = [0; 8];
        // Without random numbers the pause is the longest.
        let pause = getrandom::fill(&mut random).map_or(most, |()| u64::from_be_bytes(random) % most + 1);
        let pause = Duration::from_millis(pause);
        if self.attempt >= attempts || Instant::now() + pause > self.until {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

impl DynamoStore {
    pub(super) fn patience(&self) -> Patience {
        Patience::new(self.timeout)
    }

    /// Waits for another attempt.
    ///
    /// # Errors
    /// There is none: the answer is no, or patience is over. `Lost` counts as "nothing was changed" here; where that
    /// matters the caller looks first.
    pub(super) async fn another(&self, patience: &mut Patience, failure: Failure) -> Result<(), Error> {
        let (attempts, because) = match failure {
            Failure::Away(because) => (ATTEMPTS_AWAY, because),
            Failure::Busy(because) | Failure::Lost(because) => (ATTEMPTS_BUSY, because),
            Failure::NoTable(because) => {
                self.ensure_table(self.timeout).await?;
                (ATTEMPTS_BUSY, because)
            }
            Failure::Answer(answer) => return Err(unexpected(*answer)),
        };
        if patience.wait(attempts).await { Ok(()) } else { Err(Error::unavailable(because)) }
    }

    /// A call that may be done twice.
    pub(super) async fn repeat<T, E, F>(&self, mut call: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: std::error::Error + Send + Sync + 'static,
        Answer: From<E>,
    {
        let mut patience = self.patience();
        loop {
            match call().await {
                Ok(done) => return Ok(done),
                Err(error) => self.another(&mut patience, classify(error)).await?,
            }
        }
    }

    /// The item at a place.
    pub(super) async fn item(&self, place: &Place, projection: Option<&str>) -> Result<Option<Item>, Error> {
        let get = || {
            let get = self.client.get_item().table_name(&self.table).set_key(Some(place.key()));
            get.consistent_read(true).set_projection_expression(projection.map(Into::into)).send()
        };
        Ok(self.repeat(get).await?.item)
    }

    /// The items at places that differ from each other.
    pub(super) async fn items(&self, places: &[Place]) -> Result<HashMap<Place, Item>, Error> {
        if let [place] = places {
            return Ok(self.item(place, None).await?.map(|item| (place.clone(), item)).into_iter().collect());
        }
        let batches: Vec<Vec<Item>> =
            places.chunks(MAX_BATCH_GET).map(|places| places.iter().map(Place::key).collect()).collect();
        let batches = stream::iter(batches).map(|keys| self.batch(keys)).buffer_unordered(AT_ONCE);
        let found: Vec<HashMap<Place, Item>> = batches.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The items of up to [`MAX_BATCH_GET`] keys.
    async fn batch(&self, mut keys: Vec<Item>) -> Result<HashMap<Place, Item>, Error> {
        let mut found = HashMap::with_capacity(keys.len());
        let mut patience = self.patience();
        while !keys.is_empty() {
            let wanted = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys.clone()));
            let wanted = wanted.build().map_err(Error::unavailable)?;
            let answer = match self.client.batch_get_item().request_items(&self.table, wanted).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    self.another(&mut patience, classify(error)).await?;
                    continue;
                }
            };
            let items = answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            let progress = !items.is_empty();
            for item in items {
                let place = Place::from_item(&item).ok_or_else(|| Error::corrupt("an item without its key"))?;
                found.insert(place, item);
            }
            let rest = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            keys = rest.map(|rest| rest.keys).unwrap_or_default();
            if !keys.is_empty() {
                self.rest(&mut patience, progress).await?;
            }
        }
        Ok(found)
    }

    /// Puts and deletes without conditions, which may be done twice; at most [`MAX_BATCH_WRITE`].
    pub(super) async fn write_items(&self, requests: Vec<WriteRequest>) -> Result<(), Error> {
        let mut requests = requests;
        let mut patience = self.patience();
        while !requests.is_empty() {
            let asked = requests.len();
            let sent = requests.clone();
            match self.client.batch_write_item().request_items(&self.table, sent).send().await {
                Ok(answer) => {
                    requests = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
                    if !requests.is_empty() {
                        self.rest(&mut patience, requests.len() < asked).await?;
                    }
                }
                Err(error) => self.another(&mut patience, classify(error)).await?,
            }
        }
        Ok(())
    }

    /// A part of a batch was not done: that is throttling, too.
    async fn rest(&self, patience: &mut Patience, progress: bool) -> Result<(), Error> {
        if progress {
            patience.renew();
        }
        self.another(patience, Failure::Busy("DynamoDB left a part of a batch undone".into())).await
    }
}
