//! Who has a request open at present.

use domain::{
    Timestamp,
    ids::{RequestId, UserId},
};

use crate::{Db, Result, Tx, sql::sql, time::micros};

impl Db {
    /// The people who look at a request at `now`, whoever asks; by their number.
    pub async fn lookers(&self, request: RequestId, now: Timestamp) -> Result<Vec<UserId>> {
        let statement = sql("select person_id from lookers where request_id = $1 and until > $2 order by person_id");
        let all: Vec<(i64,)> = self.all(statement.bind(request).bind(micros(now))).await?;
        Ok(all.into_iter().map(|(id,)| UserId(id)).collect())
    }
}

impl Tx {
    /// Says that a person looks at a request until a moment, and forgets whose moment is over.
    pub async fn looker_put(
        &mut self,
        request: RequestId,
        person: UserId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        self.run(sql("delete from lookers where until <= $1").bind(micros(now))).await?;
        let statement = sql("insert into lookers (request_id, person_id, until) values ($1, $2, $3) \
                             on conflict (request_id, person_id) do update set until = excluded.until");
        self.run(statement.bind(request).bind(person).bind(micros(until))).await?;
        Ok(())
    }
}
