//! How the queue was decided lately, from the decisions themselves.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Duration, NaiveDate, NaiveTime};
use db::DecisionRow;
use domain::{
    Timestamp,
    choices::{Choice, Priority},
    error::Result,
    ids::UserId,
    lifecycle::ActionKind,
    triage::{Analytics, Outcome, PriorityLine, ReviewerLine, Spread, Usual, Week},
    working::{US_PER_HOUR, hours_up},
};

use tokio::sync::Mutex;

use crate::{Ctx, Ops, error::from_db};

/// Weeks of the charts, the present one among them.
const WEEKS: u64 = 12;
/// Decisions that one page counts.
const DECISIONS_MAX: u32 = 20_000;
/// What requesters are told comes from so many days and the last so many decisions, and from at least so many.
const USUAL_DAYS: i64 = 90;
const USUAL_MAX: u32 = 2_000;
const USUAL_DECISIONS: usize = 5;
/// How long it is remembered: every page of an open request says it.
const USUAL_KEPT: Duration = Duration::minutes(1);

/// What requesters are told, as it was last counted.
#[derive(Default)]
pub(crate) struct Usuals {
    kept: Mutex<Option<Counted>>,
}

/// When, and what of each priority that had enough decisions.
type Counted = (Timestamp, Vec<(Priority, Usual)>);

impl Ops {
    /// Within how many working hours people usually decided requests of a priority lately; none where there were too
    /// few. At most a minute old.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn usually_decided(&self, priority: Priority) -> Result<Option<Usual>> {
        let now = self.now();
        // Held while it is counted, so that many pages at once count once.
        let mut kept = self.inner.usuals.kept.lock().await;
        let usuals = match &*kept {
            Some((at, usuals)) if (now - *at).abs() < USUAL_KEPT => usuals,
            _ => &kept.insert((now, self.count_usuals(now).await?)).1,
        };
        Ok(usuals.iter().find(|(known, _)| *known == priority).map(|(_, usual)| *usual))
    }

    async fn count_usuals(&self, now: Timestamp) -> Result<Vec<(Priority, Usual)>> {
        let rows = self.db().decisions(now - Duration::days(USUAL_DAYS), USUAL_MAX).await.map_err(from_db)?;
        let usual = |priority: Priority| {
            let times = rows.iter().filter(|row| row.priority == priority && is_decision(row)).map(|row| row.worked_us);
            let spread = Spread::of(times.collect()).filter(|spread| spread.decisions >= USUAL_DECISIONS)?;
            Some((priority, Usual { hours: hours_up(spread.p90_us), decisions: spread.decisions }))
        };
        Ok(Priority::ALL.iter().filter_map(|priority| usual(*priority)).collect())
    }

    /// The last weeks in figures. Counts of single reviewers are for reviewers.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn analytics(&self, ctx: &Ctx) -> Result<Analytics> {
        let now = self.now();
        let this_week = monday(now.date_naive());
        let first = this_week - Days::new(7 * (WEEKS - 1));
        let since = first.and_time(NaiveTime::MIN).and_utc();
        let rows = self.db().decisions(since, DECISIONS_MAX).await.map_err(from_db)?;
        let open = self.db().open_by_priority().await.map_err(from_db)?;
        let reviewers = if ctx.viewer.is_reviewer() { Some(self.reviewer_lines(since).await?) } else { None };
        Ok(Analytics {
            weeks: weeks(first, &rows),
            priorities: Priority::ALL.iter().map(|priority| line(*priority, &rows, &open)).collect(),
            outcomes: outcomes(&rows),
            ages: self.db().waiting_ages(now).await.map_err(from_db)?,
            overdue: self.db().count_due_before(now).await.map_err(from_db)?,
            reviewers,
            cut: rows.len() >= DECISIONS_MAX as usize,
        })
    }

    async fn reviewer_lines(&self, since: Timestamp) -> Result<Vec<ReviewerLine>> {
        let counted = self.db().decisions_by_person(since).await.map_err(from_db)?;
        let people = self.people().await?;
        let mut lines: BTreeMap<UserId, (i64, i64)> = BTreeMap::new();
        for (by, action, count) in counted {
            let line = lines.entry(by).or_default();
            if action == ActionKind::Approve { line.0 += count } else { line.1 += count }
        }
        let mut lines: Vec<ReviewerLine> = lines
            .into_iter()
            .map(|(by, (approved, denied))| ReviewerLine { person: people.known(by), approved, denied })
            .collect();
        lines.sort_by_key(|line| (-(line.approved + line.denied), line.person.handle.clone()));
        Ok(lines)
    }
}

/// Whether a person approved or denied it: what a rule decides takes no time.
fn is_decision(row: &DecisionRow) -> bool {
    matches!(Outcome::of(row.status, row.by_person), Some(Outcome::Approved | Outcome::Denied))
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

fn weeks(first: NaiveDate, rows: &[DecisionRow]) -> Vec<Week> {
    let mut times: BTreeMap<NaiveDate, Vec<i64>> =
        (0..WEEKS).map(|week| (first + Days::new(7 * week), Vec::new())).collect();
    for row in rows.iter().filter(|row| is_decision(row)) {
        times.entry(monday(row.at.date_naive())).or_default().push(row.worked_us);
    }
    times.into_iter().map(|(monday, times)| Week { monday, spread: Spread::of(times) }).collect()
}

fn line(priority: Priority, rows: &[DecisionRow], open: &[(Priority, i64)]) -> PriorityLine {
    let promised = i64::from(priority.sla_hours()) * US_PER_HOUR;
    let times: Vec<i64> =
        rows.iter().filter(|row| row.priority == priority && is_decision(row)).map(|row| row.worked_us).collect();
    PriorityLine {
        priority,
        in_time: times.iter().filter(|time| **time <= promised).count(),
        open: open.iter().find(|(known, _)| *known == priority).map_or(0, |(_, count)| *count),
        spread: Spread::of(times),
    }
}

fn outcomes(rows: &[DecisionRow]) -> Vec<(Outcome, i64)> {
    let of = |outcome: Outcome| {
        rows.iter().filter(|row| Outcome::of(row.status, row.by_person) == Some(outcome)).fold(0, |sum, _| sum + 1)
    };
    Outcome::ALL.iter().map(|outcome| (*outcome, of(*outcome))).filter(|(_, count)| *count > 0).collect()
}

#[cfg(test)]
mod tests {
    use domain::lifecycle::Status;

    use super::*;

    fn row(day: u32, status: Status, by_person: bool, hours: i64) -> DecisionRow {
        let day = NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let at = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
        DecisionRow { at, status, priority: Priority::High, by_person, worked_us: hours * US_PER_HOUR }
    }

    #[test]
    fn weeks_begin_on_mondays_and_count_what_people_decided() {
        let first = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let rows = [
            row(2, Status::Completed, true, 2),
            row(8, Status::Denied, true, 4),
            row(9, Status::Approved, true, 9),
            row(9, Status::Approved, false, 0),
            row(9, Status::Expired, false, 80),
        ];
        let weeks = weeks(first, &rows);
        assert_eq!(weeks.len(), 12);
        assert_eq!(weeks[0].spread.map(|spread| spread.decisions), Some(2));
        assert_eq!(weeks[1].spread.map(|spread| spread.median_us), Some(9 * US_PER_HOUR));
        assert_eq!(weeks[2].spread, None);
        let high = line(Priority::High, &rows, &[(Priority::High, 3)]);
        assert_eq!((high.in_time, high.open), (2, 3));
        let shares = outcomes(&rows);
        assert_eq!(
            shares,
            [(Outcome::Approved, 2), (Outcome::ApprovedByRule, 1), (Outcome::Denied, 1), (Outcome::Expired, 1)]
        );
    }
}
