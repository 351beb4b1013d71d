//! Working hours: Monday to Friday, 09:00 to 17:00 UTC. What is promised in hours is promised in these.
//!
//! Time that was worked is counted from a Monday long ago, so that both directions are a few divisions: how much lies
//! between two moments, and by which moment so much has been worked. Migration 0012 has the same in SQL.

use chrono::{DateTime, Duration};

use crate::Timestamp;

/// Working hours of one day.
pub const HOURS_PER_DAY: i64 = 8;
pub const US_PER_HOUR: i64 = 3_600_000_000;

const OPENS_US: i64 = 9 * US_PER_HOUR;
const WORK_DAY_US: i64 = HOURS_PER_DAY * US_PER_HOUR;
const WORK_WEEK_US: i64 = 5 * WORK_DAY_US;
const DAY_US: i64 = 24 * US_PER_HOUR;
const WEEK_US: i64 = 7 * DAY_US;
/// From Monday, 1969-12-29, to 1970-01-01.
const MONDAY_US: i64 = 3 * DAY_US;

/// Microseconds of working time between two moments; 0 where the second is the earlier one.
#[must_use]
pub fn between_us(from: Timestamp, to: Timestamp) -> i64 {
    (worked_until(to) - worked_until(from)).max(0)
}

/// The first moment by which, counted from `from`, so many microseconds of working time have passed. With a negative
/// number, the moment by which they had.
#[must_use]
pub fn after(from: Timestamp, worked_us: i64) -> Timestamp {
    // The last microsecond before the moment lies in a working day, whose end is not the next one's beginning.
    let last = worked_until(from) + worked_us - 1;
    let in_week = last.rem_euclid(WORK_WEEK_US);
    let at =
        last.div_euclid(WORK_WEEK_US) * WEEK_US + in_week / WORK_DAY_US * DAY_US + OPENS_US + in_week % WORK_DAY_US + 1
            - MONDAY_US;
    DateTime::from_timestamp_micros(at).unwrap_or(from)
}

/// So many working hours after a moment.
#[must_use]
pub fn hours_after(from: Timestamp, hours: i64) -> Timestamp {
    after(from, hours * US_PER_HOUR)
}

/// How a working time reads: `45 min`, `3 h`, `20 h`; in hours, as promises are made in them.
#[must_use]
pub fn text(worked_us: i64) -> String {
    let minutes = worked_us.max(0) / 60_000_000;
    if minutes < 60 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}

/// Microseconds of working time from the Monday before 1970 until a moment.
fn worked_until(at: Timestamp) -> i64 {
    let since = at.timestamp_micros() + MONDAY_US;
    let in_week = since.rem_euclid(WEEK_US);
    let (day, in_day) = (in_week / DAY_US, in_week % DAY_US);
    let this_week = if day > 4 { WORK_WEEK_US } else { day * WORK_DAY_US + (in_day - OPENS_US).clamp(0, WORK_DAY_US) };
    since.div_euclid(WEEK_US) * WORK_WEEK_US + this_week
}

/// Whole hours of a working time, rounded up, at least one: `usually decided in N hours`.
#[must_use]
pub fn hours_up(worked_us: i64) -> u32 {
    let hours = Duration::microseconds(worked_us.max(1) + US_PER_HOUR - 1).num_hours();
    u32::try_from(hours).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
        // 2 March 2026 is a Monday.
        chrono::Utc.with_ymd_and_hms(2026, 3, day, hour, minute, 0).unwrap()
    }

    #[test]
    fn nights_and_weekends_do_not_count() {
        let hours = |from, to| between_us(from, to) / US_PER_HOUR;
        assert_eq!(hours(at(2, 9, 0), at(2, 13, 0)), 4);
        assert_eq!(hours(at(2, 16, 0), at(3, 10, 0)), 2);
        assert_eq!(hours(at(6, 16, 0), at(9, 10, 0)), 2);
        assert_eq!(hours(at(7, 3, 0), at(8, 23, 0)), 0);
        assert_eq!(hours(at(3, 0, 0), at(2, 0, 0)), 0);
    }

    #[test]
    fn a_promise_ends_in_working_hours() {
        assert_eq!(hours_after(at(2, 9, 0), 4), at(2, 13, 0));
        assert_eq!(hours_after(at(2, 9, 0), 8), at(2, 17, 0), "the end of a day, not the beginning of the next");
        assert_eq!(hours_after(at(6, 15, 30), 4), at(9, 11, 30));
        assert_eq!(hours_after(at(7, 12, 0), 24), at(11, 17, 0));
        assert_eq!(hours_after(at(2, 9, 0), 72), at(12, 17, 0));
        assert_eq!(hours_after(at(3, 10, 0), -2), at(2, 16, 0));
    }

    #[test]
    fn spans_read_in_hours() {
        let said: Vec<String> = [0, 45, 60, 7 * 60 + 59, 20 * 60].map(|m| text(m * 60_000_000)).into();
        assert_eq!(said, ["0 min", "45 min", "1 h", "7 h", "20 h"]);
        assert_eq!([0, 1, US_PER_HOUR, US_PER_HOUR + 1].map(hours_up), [1, 1, 1, 2]);
    }

    proptest! {
        #[test]
        fn both_directions_agree(from in 0..2_000_000_000_000_000_i64, us in 1..500 * US_PER_HOUR) {
            let from = DateTime::from_timestamp_micros(from).unwrap();
            let then = after(from, us);
            prop_assert_eq!(between_us(from, then), us);
            prop_assert!(between_us(from, then - Duration::microseconds(1)) < us);
        }
    }
}
