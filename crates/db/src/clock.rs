//! How far the app's clock is ahead of the machine's: 0 everywhere but in tests and demonstrations.

use chrono::Duration;

use crate::{Db, Result, Tx, sql::sql};

impl Db {
    pub async fn clock_ahead(&self) -> Result<Duration> {
        let (ahead,): (i64,) = self.one(sql("select ahead from clock where one = 1")).await?;
        Ok(Duration::microseconds(ahead))
    }
}

impl Tx {
    /// Moves the clock ahead by some more, for every server on this database; gives how far it is ahead then.
    pub async fn clock_advance(&mut self, by: Duration) -> Result<Duration> {
        let more = by.num_microseconds().unwrap_or(i64::MAX);
        let statement = sql("update clock set ahead = ahead + $1 where one = 1 returning ahead");
        let (ahead,): (i64,) = self.one(statement.bind(more)).await?;
        Ok(Duration::microseconds(ahead))
    }
}
