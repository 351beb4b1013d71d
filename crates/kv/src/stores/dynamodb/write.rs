//! One conditional write.
//!
//! A lost answer is looked into before it is reported: where the entry is at our own revision the write was done. It is
//! sent again only under `OneOf`, because those revisions never come back, so that it cannot be done twice; any other
//! write that was done, overwritten by somebody and then sent again would undo an acknowledged write.

use aws_sdk_dynamodb::{
    Error as Answer,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use tokio::time::Instant;

use super::{
    CAPABILITIES, DynamoStore,
    call::{Failure, classify, unexpected},
    chunks::{GRACE, INLINE},
    item::{Expression, HEAD, Item, Place, Stored, attributes, expression, live_revision, number},
};
use crate::{Condition, Content, Entry, Error, ErrorKind, Millis, Outcome, Revision, Space, Write, WriteKind, Written};

/// How often a write under `OneOf` is sent.
const RESENDS: u32 = 3;

/// What came of sending one write: what was there before, or what refused it.
enum Sent {
    Done(Option<Stored>),
    Refused(Option<Stored>),
}

impl DynamoStore {
    pub(super) async fn write_one(&self, space: &Space, write: Write) -> Result<Outcome, Error> {
        let now = self.clock.now();
        let place = Place::of(space, &write.key);
        match write.kind {
            WriteKind::Put(content) => self.put(&place, content, &write.condition, now).await,
            WriteKind::Delete => self.delete(&place, &write.condition, now).await,
        }
    }

    async fn put(&self, place: &Place, content: Content, condition: &Condition, now: Millis) -> Result<Outcome, Error> {
        let size = content.value.len() as u64;
        if size > CAPABILITIES.max_value_bytes {
            return Err(Error::new(ErrorKind::TooLarge { limit: CAPABILITIES.max_value_bytes }));
        }
        let started = Instant::now();
        let entry = Entry::fresh(content, now);
        let revision = entry.revision;
        let chunks = self.upload(place, &entry, INLINE).await?;
        if started.elapsed().as_millis() > u128::from(GRACE.unsigned_abs() / 2) {
            // Its chunks may be swept soon.
            return Err(Error::unavailable("writing the chunks took too long"));
        }
        let outcome = self.put_head(place, &entry, chunks, condition, now).await;
        match &outcome {
            Ok((Outcome::Done(_), old)) => {
                if let Some(old) = old {
                    self.discard(place, old.revision, old.chunks).await;
                }
                self.settled(revision, chunks).await;
            }
            Err(error) if error.kind() == ErrorKind::Unknown => {} // the sweep finds out
            Ok((Outcome::Refused { .. }, _)) | Err(_) => self.discard(place, revision, chunks).await,
        }
        outcome.map(|(outcome, _)| outcome)
    }

    /// Writes the head; gives what it replaced, too.
    async fn put_head(
        &self,
        place: &Place,
        entry: &Entry,
        chunks: u32,
        condition: &Condition,
        now: Millis,
    ) -> Result<(Outcome, Option<Stored>), Error> {
        let update = Update::new(entry, chunks, condition, now);
        let done = |replaced: bool| {
            let revision = entry.revision;
            Outcome::Done(if replaced { Written::Replaced(revision) } else { Written::Created(revision) })
        };
        let send = || async { self.send_put(place, &update).await };
        match self.conditional(place, condition, Some(entry.revision), send).await? {
            Settled::Sent(Sent::Done(old)) => Ok((done(live_revision(old.as_ref(), now).is_some()), old)),
            Settled::Sent(Sent::Refused(current)) => {
                Ok((Outcome::Refused { current: live_revision(current.as_ref(), now) }, None))
            }
            // What it replaced is known from the head; chunks of it are not, they stay until the space is purged.
            Settled::Found(head) => Ok((done(head.replaced_live(now)), None)),
        }
    }

    async fn delete(&self, place: &Place, condition: &Condition, now: Millis) -> Result<Outcome, Error> {
        let expression = expression(condition, now);
        let send = || async { self.send_delete(place, &expression).await };
        match self.conditional(place, condition, None, send).await? {
            Settled::Sent(Sent::Done(old)) => {
                let was_live = live_revision(old.as_ref(), now).is_some();
                if let Some(old) = old {
                    self.discard(place, old.revision, old.chunks).await;
                }
                Ok(Outcome::Done(if was_live { Written::Deleted } else { Written::WasAbsent }))
            }
            Settled::Sent(Sent::Refused(current)) => {
                Ok(Outcome::Refused { current: live_revision(current.as_ref(), now) })
            }
            Settled::Found(_) => Err(Error::corrupt("a delete has no revision")),
        }
    }

    /// Sends until it is known what came of it.
    async fn conditional<F>(
        &self,
        place: &Place,
        condition: &Condition,
        own: Option<Revision>,
        mut send: impl FnMut() -> F,
    ) -> Result<Settled, Error>
    where
        F: Future<Output = Result<Result<Sent, Failure>, Error>>,
    {
        let mut patience = self.patience();
        let mut lost = false;
        loop {
            let failure = match send().await? {
                Ok(Sent::Refused(Some(head))) if lost && own == Some(head.revision) => return Ok(Settled::Found(head)),
                // Either the lost one did it and somebody wrote since, or it was refused at once.
                Ok(Sent::Refused(_)) if lost => return Err(Error::unknown("the answer to a write was lost")),
                Ok(sent) => return Ok(Settled::Sent(sent)),
                Err(failure) => failure,
            };
            if let Failure::Lost(because) = failure {
                lost = true;
                if matches!(condition, Condition::OneOf(_)) && patience.wait(RESENDS).await {
                    continue;
                }
                if let Some(own) = own
                    && let Ok(Some(item)) = self.item(place, Some(HEAD)).await
                {
                    let head = Stored::parse(item)?;
                    if head.revision == own {
                        return Ok(Settled::Found(head));
                    }
                }
                return Err(Error::unknown(because));
            } else {
                let went_on = self.another(&mut patience, failure).await;
                went_on.map_err(|error| if lost { Error::unknown(error) } else { error })?;
            }
        }
    }

    async fn send_put(&self, place: &Place, update: &Update) -> Result<Result<Sent, Failure>, Error> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(place.key()))
            .update_expression(&update.text)
            .set_condition_expression(update.condition.clone())
            .set_expression_attribute_values(Some(update.values.clone()))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(answer) => Ok(Ok(Sent::Done(old(answer.attributes)?))),
            Err(error) => refused_or(classify(error)),
        }
    }

    async fn send_delete(&self, place: &Place, condition: &Expression) -> Result<Result<Sent, Failure>, Error> {
        let values = Some(condition.values.clone()).filter(|values| !values.is_empty());
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(place.key()))
            .set_condition_expression(condition.text.clone())
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(answer) => Ok(Ok(Sent::Done(old(answer.attributes)?))),
            Err(error) => refused_or(classify(error)),
        }
    }
}

enum Settled {
    Sent(Sent),
    /// The answer was lost, and this head tells that it was done.
    Found(Stored),
}

/// A put in DynamoDB's words. It is an update, because that can keep when the entry before it expires (`w`): the one
/// thing that tells created from replaced when the answer is lost.
struct Update {
    text: String,
    condition: Option<String>,
    values: Item,
}

impl Update {
    fn new(entry: &Entry, chunks: u32, condition: &Condition, now: Millis) -> Self {
        let Expression { text: condition, mut values } = expression(condition, now);
        let attributes: Vec<(&str, AttributeValue)> = attributes(entry, chunks);
        let mut sets = vec!["w = if_not_exists(x, :w)".to_owned()];
        values.insert(":w".to_owned(), number(0));
        let mut gone = vec!["t", "v", "n"];
        for (name, value) in attributes {
            gone.retain(|other| *other != name);
            sets.push(format!("{name} = :{name}"));
            values.insert(format!(":{name}"), value);
        }
        let text = format!("SET {} REMOVE {}", sets.join(", "), gone.join(", "));
        Self { text, condition, values }
    }
}

/// What was there before. Where nothing was, an emulator gives back the key alone.
fn old(item: Option<Item>) -> Result<Option<Stored>, Error> {
    item.filter(|item| item.contains_key("r")).map(Stored::parse).transpose()
}

fn refused_or(failure: Failure) -> Result<Result<Sent, Failure>, Error> {
    match failure {
        Failure::Answer(answer) => match *answer {
            Answer::ConditionalCheckFailedException(refused) => Ok(Ok(Sent::Refused(old(refused.item)?))),
            other => Err(unexpected(other)),
        },
        other => Ok(Err(other)),
    }
}
