//! What stops guessing. The counts are in the database, so that they hold across servers.
//!
//! A try of an account counts before it is judged, so that many at once are counted too; a right password takes the
//! count back. Of an address only failures count, and a right password from one that has to wait by then counts for
//! nothing. An account is what was typed, so a name that nobody has is slowed down alike, and waiting for a handle tells
//! nothing of an e-mail address.

use std::net::IpAddr;

use chrono::Duration;
use db::{Failures, PersonRow, Tx};
use domain::{
    Timestamp,
    account::subject_of,
    audit::AdminAct,
    error::{Error, Result},
    ids::UserId,
};
use sha2::{Digest, Sha256};

use crate::{Ops, error::from_db};

/// Tries that are free, and then how long the first wait is; each further one doubles it.
struct Limit {
    free: i64,
    first_wait: Duration,
    longest_wait: Duration,
}

const OF_ACCOUNT: Limit = Limit { free: 5, first_wait: Duration::seconds(30), longest_wait: Duration::minutes(15) };
/// Wider, because many people may share an address.
const OF_ADDRESS: Limit = Limit { free: 30, first_wait: Duration::seconds(30), longest_wait: Duration::minutes(15) };
/// Without a failure for this long the count begins anew.
const FORGIVEN_AFTER: Duration = Duration::hours(1);

/// An account that somebody tries to prove to be theirs.
pub(super) struct Tried<'a> {
    /// The handle or address as it was typed.
    pub login: &'a str,
    /// Whose it is; nobody's where there is no such account.
    pub person: Option<UserId>,
}

/// Whose tries are counted.
enum Counted<'a> {
    Account(&'a Tried<'a>),
    /// Of the client: an IPv4 address, or the 64 bits of an IPv6 address that its network has.
    Address(String),
}

impl Counted<'_> {
    fn subject(&self) -> [u8; 32] {
        match self {
            Self::Account(tried) => subject_of_login(tried.login),
            Self::Address(address) => Sha256::digest(format!("address:{address}")).into(),
        }
    }

    /// For the audit trail, which never has what was typed.
    fn says(&self) -> String {
        match self {
            Self::Account(Tried { person: Some(id), .. }) => subject_of(*id),
            Self::Account(_) => "an unknown account".to_owned(),
            Self::Address(_) => "an address".to_owned(),
        }
    }

    fn limit(&self) -> &'static Limit {
        match self {
            Self::Account(_) => &OF_ACCOUNT,
            Self::Address(_) => &OF_ADDRESS,
        }
    }
}

fn subject_of_login(login: &str) -> [u8; 32] {
    Sha256::digest(format!("account:{login}")).into()
}

/// What is counted of an address; none where the connection does not say one: then everybody would share the count.
fn network(address: &str) -> Option<Counted<'static>> {
    let network = match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        _ => address.to_owned(),
    };
    (!network.is_empty()).then_some(Counted::Address(network))
}

impl Limit {
    /// How long nothing more is taken after so many failures.
    fn wait(&self, failures: i64) -> Option<Duration> {
        let over = u32::try_from(failures - self.free).ok()?;
        let factor = 2_i32.checked_pow(over).unwrap_or(i32::MAX);
        Some(self.first_wait.checked_mul(factor).map_or(self.longest_wait, |wait| wait.min(self.longest_wait)))
    }
}

impl Ops {
    /// Counts a try of an account, where neither it nor the address has to wait.
    ///
    /// # Errors
    /// [`Error::TooMany`] where one of them has to; then nothing is counted.
    pub(super) async fn count_try(&self, tried: &Tried<'_>, address: &str) -> Result<()> {
        self.address_may_try(address).await?;
        self.count(&Counted::Account(tried), address).await
    }

    /// Whether the address has to wait.
    ///
    /// # Errors
    /// [`Error::TooMany`] where it has to.
    pub(super) async fn address_may_try(&self, address: &str) -> Result<()> {
        let Some(counted) = network(address) else { return Ok(()) };
        let failures = self.db().failures(&counted.subject()).await.map_err(from_db)?;
        failures.map_or(Ok(()), |failures| refuse_while_blocked(&failures, self.machine_now()))
    }

    /// Counts a failure of an address. Who signs in does not count: many people may share one.
    ///
    /// # Errors
    /// [`Error::TooMany`] where it has to wait already.
    pub(super) async fn count_failure(&self, address: &str) -> Result<()> {
        match network(address) {
            Some(counted) => self.count(&counted, address).await,
            None => Ok(()),
        }
    }

    async fn count(&self, counted: &Counted<'_>, address: &str) -> Result<()> {
        let now = self.machine_now();
        let subject = counted.subject();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let failures = tx.failure_count(&subject, now, now - FORGIVEN_AFTER).await.map_err(from_db)?;
        refuse_while_blocked(&failures, now)?;
        if let Some(wait) = counted.limit().wait(failures.count) {
            tx.failure_block(&subject, now + wait).await.map_err(from_db)?;
            let locked = serde_json::json!({ "locked_for_s": wait.num_seconds(), "failures": failures.count });
            let entry = db::NewAdminAct {
                at: self.now(),
                by: None,
                act: AdminAct::SignInFailed,
                subject: counted.says(),
                before: None,
                after: Some(locked.to_string()),
                origin: address.to_owned(),
                request_ref: String::new(),
            };
            tx.admin_act_insert(&entry).await.map_err(from_db)?;
        }
        tx.commit().await.map_err(from_db)
    }

    /// Takes the tries of an account back, after the right password.
    pub(super) async fn forget_tries(&self, tx: &mut Tx, login: &str) -> Result<()> {
        tx.failures_forget(&subject_of_login(login)).await.map_err(from_db)
    }

    /// Takes the tries of somebody back, however they were named: they have a new password.
    pub(super) async fn forget_all_tries(&self, tx: &mut Tx, person: &PersonRow) -> Result<()> {
        for login in [&person.handle, &person.email] {
            self.forget_tries(tx, login).await?;
        }
        Ok(())
    }
}

fn refuse_while_blocked(failures: &Failures, now: Timestamp) -> Result<()> {
    if failures.blocked_until <= now {
        return Ok(());
    }
    let left = (failures.blocked_until - now).num_seconds() + 1;
    Err(Error::TooMany { retry_after_s: u32::try_from(left).unwrap_or(u32::MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<_> = (4..14).map(|failures| OF_ACCOUNT.wait(failures).map(|wait| wait.num_seconds())).collect();
        let expected = [None, Some(30), Some(60), Some(120), Some(240), Some(480), Some(900), Some(900)];
        assert_eq!(waits[..8], expected);
        assert_eq!(OF_ACCOUNT.wait(i64::from(i32::MAX)), Some(Duration::minutes(15)));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_and_nothing_said_counts_not_at_all() {
        let of = |address| network(address).map(|counted| counted.subject());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::7"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of(""), None);
    }
}
