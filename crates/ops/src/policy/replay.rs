//! What a version would have made of the requests of the last weeks.

use chrono::Duration;
use domain::{
    bounds,
    error::Result,
    ids::RequestId,
    policy::{
        Policy,
        replay::{Past, Report},
    },
};

use crate::{Ops, error::from_db};

/// Requests read at once.
const SLICE: u32 = 500;

impl Ops {
    /// Judges every request that was submitted in the last [`bounds::POLICY_REPLAY_DAYS`] days by both versions, each
    /// with its content as last edited. Clusters are left out: whether one has room is another question.
    pub(super) async fn replay(&self, before: &Policy, after: &Policy) -> Result<Report> {
        let since = self.now() - Duration::days(bounds::POLICY_REPLAY_DAYS);
        let mut report = Report::default();
        let mut last = RequestId(0);
        loop {
            let rows = self.db().requests_submitted(since, last, SLICE).await.map_err(from_db)?;
            let Some(newest) = rows.last() else { return Ok(report) };
            last = newest.request.id;
            for row in rows {
                let (status, kind, id) = (row.request.status(), row.request.kind, row.request.id);
                let (Some(spec), Some(submitted_at)) = (row.spec, row.submitted_at) else { continue };
                report.add(before, after, Past { id, full_name: row.full_name, kind, status, submitted_at, spec });
            }
        }
    }
}
