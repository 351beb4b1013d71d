//! The table: made when it is missing.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Error as Answer,
    error::{DisplayErrorContext, ProvideErrorMetadata},
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
        TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use tokio::time::Instant;

use super::{
    DynamoStore,
    call::{Failure, classify},
    item::{PK, SK, TTL},
};
use crate::Error;

/// DynamoDB says no to the table, and will say so again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(String);

impl DynamoStore {
    /// Sees to it that the table is there, and waits up to `limit` while it is being made.
    ///
    /// # Errors
    /// `Unavailable`: it is not there, and the source says why.
    pub(super) async fn ensure_table(&self, limit: Duration) -> Result<(), Error> {
        let until = Instant::now() + limit;
        let mut made = false;
        let mut patience = self.patience();
        loop {
            match self.client.describe_table().table_name(&self.table).send().await {
                Ok(answer) => {
                    let status = answer.table.and_then(|table| table.table_status);
                    if matches!(status, Some(TableStatus::Active | TableStatus::Updating)) {
                        break;
                    }
                }
                Err(error) => match classify(error) {
                    Failure::NoTable(_) => {
                        self.create_table().await?;
                        made = true;
                    }
                    Failure::Answer(answer) if denied(answer.code()) => {
                        tracing::warn!(table = %self.table, "dynamodb:DescribeTable is not allowed; the table is taken to be there");
                        return Ok(());
                    }
                    Failure::Answer(answer) => return Err(self.refused(&answer)),
                    other => {
                        self.another_without_table(&mut patience, other).await?;
                        continue;
                    }
                },
            }
            if Instant::now() >= until {
                return Err(Error::unavailable(format!("the table `{}` is still being made", self.table)));
            }
            tokio::time::sleep(Duration::from_millis(if made { 200 } else { 500 }).min(limit / 4)).await;
        }
        self.enable_ttl().await;
        Ok(())
    }

    async fn another_without_table(&self, patience: &mut super::call::Patience, failure: Failure) -> Result<(), Error> {
        // `another` would come back here for a missing table; that case is dealt with above.
        match failure {
            Failure::NoTable(because) => Err(Error::unavailable(because)),
            other => Box::pin(self.another(patience, other)).await,
        }
    }

    async fn create_table(&self) -> Result<(), Error> {
        let attribute =
            |name: &str, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        let create = self
            .client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PK, ScalarAttributeType::S).map_err(Error::unavailable)?)
            .attribute_definitions(attribute(SK, ScalarAttributeType::B).map_err(Error::unavailable)?)
            .key_schema(key(PK, KeyType::Hash).map_err(Error::unavailable)?)
            .key_schema(key(SK, KeyType::Range).map_err(Error::unavailable)?);
        match create.send().await.map_err(classify) {
            Ok(_) => {
                tracing::info!(table = %self.table, "made the table");
                Ok(())
            }
            Err(Failure::Answer(answer)) if answer.code() == Some("ResourceInUseException") => Ok(()), // another was first
            Err(Failure::Answer(answer)) if denied(answer.code()) => {
                let reason = answer.message().unwrap_or("no reason given");
                Err(Error::unavailable(Refused(format!(
                    "the table `{}` does not exist, and these credentials may not make it (dynamodb:CreateTable): {reason}",
                    self.table,
                ))))
            }
            Err(Failure::Answer(answer)) => Err(self.refused(&answer)),
            // The loop looks again.
            Err(Failure::Lost(_) | Failure::Busy(_)) => Ok(()),
            Err(Failure::Away(because) | Failure::NoTable(because)) => Err(Error::unavailable(because)),
        }
    }

    fn refused(&self, answer: &Answer) -> Error {
        let reason = DisplayErrorContext(answer);
        Error::unavailable(Refused(format!("DynamoDB refuses the table `{}`: {reason}", self.table)))
    }

    /// DynamoDB gives the room of expired entries back. Without it everything works, and the room stays taken.
    async fn enable_ttl(&self) {
        if let Ok(answer) = self.client.describe_time_to_live().table_name(&self.table).send().await {
            let status = answer.time_to_live_description.and_then(|ttl| ttl.time_to_live_status);
            if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
                return;
            }
        }
        let Ok(ttl) = TimeToLiveSpecification::builder().enabled(true).attribute_name(TTL).build() else { return };
        let update = self.client.update_time_to_live().table_name(&self.table).time_to_live_specification(ttl);
        if let Err(Failure::Answer(answer)) = update.send().await.map_err(classify) {
            // Another server may have switched it on meanwhile; that is an error here, too.
            let reason = answer.message().unwrap_or("no reason given");
            tracing::warn!(table = %self.table, reason, "the expiry of DynamoDB could not be switched on for attribute `{TTL}`");
        }
    }
}

fn denied(code: Option<&str>) -> bool {
    matches!(code, Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation"))
}
