//! Who somebody is at an identity provider.

use domain::ids::UserId;

use crate::{Result, Tx, sql::sql};

impl Tx {
    /// Whose account belongs to somebody at a provider.
    pub async fn identity_find(&mut self, issuer: &str, subject: &str) -> Result<Option<UserId>> {
        let statement = sql("select person_id from identities where issuer = $1 and subject = $2");
        let found: Option<(i64,)> = self.maybe(statement.bind(issuer).bind(subject)).await?;
        Ok(found.map(|(id,)| UserId(id)))
    }

    /// Ties an account to somebody at a provider.
    ///
    /// # Errors
    /// A conflict on `identities_pkey` where they have one already.
    pub async fn identity_insert(&mut self, issuer: &str, subject: &str, person: UserId) -> Result<()> {
        let statement = sql("insert into identities (issuer, subject, person_id) values ($1, $2, $3)");
        self.run(statement.bind(issuer).bind(subject).bind(person)).await?;
        Ok(())
    }
}
