//! The stored clock: the machine's, and how far the database says that the app is ahead of it.
//!
//! Everything that people wait for goes by [`Ops::now`]. Sign-in goes by [`Ops::machine_now`]: a session that ends when
//! a test or a demonstration lets a fortnight pass would end the test, and a clock that somebody can move is none to
//! guard a door with.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::Duration;
use domain::{
    Timestamp,
    audit::AdminAct,
    choices::Role,
    error::{Error, Result},
};

use crate::{Ctx, DemoSignIn, Ops, error::from_db};

/// No clock is advanced further at once, nor further in all than ten times this.
const FURTHEST: Duration = Duration::days(366);

/// How far the clock is ahead, as last read: microseconds.
#[derive(Debug, Default)]
pub(crate) struct Ahead(AtomicI64);

impl Ahead {
    pub(crate) fn get(&self) -> Duration {
        Duration::microseconds(self.0.load(Ordering::Relaxed))
    }

    /// Only ever further ahead: what was read before an advance may arrive after it.
    fn set(&self, ahead: Duration) {
        self.0.fetch_max(ahead.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }
}

impl Ops {
    /// The time that the app goes by.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now() + self.inner.ahead.get()
    }

    /// The machine's time, which nobody advances: for sign-in, and for leases of jobs.
    #[must_use]
    pub fn machine_now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Reads from the database how far the clock is ahead.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn clock_refresh(&self) -> Result<()> {
        self.inner.ahead.set(self.db().clock_ahead().await.map_err(from_db)?);
        Ok(())
    }

    /// Lets time pass on every server of this database, and wakes the worker. For an admin, and where the demo sign-in
    /// is on.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the demo is off, [`Error::Forbidden`] for anyone else, [`Error::Input`] for a time that
    /// is not above zero or too long.
    pub async fn clock_advance(&self, ctx: &Ctx, by: Duration) -> Result<Timestamp> {
        if self.inner.demo == DemoSignIn::Off {
            return Err(Error::not_found("page"));
        }
        if !ctx.viewer.role.includes(Role::Admin) {
            return Err(Error::forbidden("Only an admin can advance the clock."));
        }
        self.advance(Some(ctx), by).await
    }

    /// As [`clock_advance`](Self::clock_advance), by the operator's command, which has looked whether it may.
    ///
    /// # Errors
    /// As there.
    pub async fn clock_advance_by_operator(&self, by: Duration) -> Result<Timestamp> {
        self.advance(None, by).await
    }

    async fn advance(&self, ctx: Option<&Ctx>, by: Duration) -> Result<Timestamp> {
        if by <= Duration::zero() || by > FURTHEST {
            return Err(Error::input(
                "advance",
                format!("Advance by more than 0 and at most {} days.", FURTHEST.num_days()),
            ));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let ahead = tx.clock_advance(by).await.map_err(from_db)?;
        if ahead > FURTHEST * 10 {
            return Err(Error::input("advance", "The clock is too far ahead already."));
        }
        let seconds = |time: Duration| serde_json::json!({ "ahead_seconds": time.num_seconds() }).to_string();
        let (before, after) = (Some(seconds(ahead - by)), Some(seconds(ahead)));
        self.admin_audit(&mut tx, ctx, AdminAct::ClockAdvanced, "clock", before, after).await?;
        tx.commit().await.map_err(from_db)?;
        self.inner.ahead.set(ahead);
        self.wake_jobs();
        Ok(self.now())
    }
}
