//! Moments and days as the databases keep them: whole numbers, the same in both.
//!
//! A moment is microseconds and a day is days since 1970-01-01 (UTC). What is not there has a number that sorts where
//! the pages expect it: a moment that has not come is before all others, a day that nobody set is after all others.

use chrono::{DateTime, Days, NaiveDate};
use domain::Timestamp;

use crate::{Error, Result};

pub(crate) const NO_MOMENT: i64 = 0;
pub(crate) const NO_DAY: i64 = i64::MAX;
/// Where a stopped age clock stands: it has waited less than every running one.
pub(crate) const NOT_WAITING: i64 = i64::MAX;
pub(crate) const US_PER_HOUR: i64 = 3_600_000_000;
pub(crate) const US_PER_DAY: i64 = 24 * US_PER_HOUR;

pub(crate) fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

pub(crate) fn micros_or_none(at: Option<Timestamp>) -> i64 {
    at.map_or(NO_MOMENT, micros)
}

pub(crate) fn moment(micros: i64) -> Result<Timestamp> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| Error::corrupt("moment", format!("{micros} µs")))
}

pub(crate) fn moment_or_none(micros: i64) -> Result<Option<Timestamp>> {
    if micros == NO_MOMENT { Ok(None) } else { moment(micros).map(Some) }
}

/// A stopped clock has no moment by which a decision is due, and sorts after every one that has.
pub(crate) fn due_number(at: Option<Timestamp>) -> i64 {
    at.map_or(NOT_WAITING, micros)
}

pub(crate) fn due_or_none(number: i64) -> Result<Option<Timestamp>> {
    if number == NOT_WAITING { Ok(None) } else { moment(number).map(Some) }
}

pub(crate) fn day_number(day: Option<NaiveDate>) -> i64 {
    day.map_or(NO_DAY, |day| day.signed_duration_since(NaiveDate::default()).num_days())
}

pub(crate) fn day(number: i64) -> Result<NaiveDate> {
    let epoch = NaiveDate::default();
    let day = match u64::try_from(number) {
        Ok(days) => epoch.checked_add_days(Days::new(days)),
        Err(_) => epoch.checked_sub_days(Days::new(number.unsigned_abs())),
    };
    day.ok_or_else(|| Error::corrupt("day", format!("{number} days")))
}

pub(crate) fn day_or_none(number: i64) -> Result<Option<NaiveDate>> {
    if number == NO_DAY { Ok(None) } else { day(number).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_round_trip() {
        let some = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert_eq!(day_or_none(day_number(Some(some))).unwrap(), Some(some));
        assert_eq!(day_or_none(day_number(None)).unwrap(), None);
        assert_eq!(day(-1).unwrap(), NaiveDate::from_ymd_opt(1969, 12, 31).unwrap());
        assert!(day(i64::MAX - 1).is_err());
        let at = moment(1_772_442_000_000_001).unwrap();
        assert_eq!(micros(at), 1_772_442_000_000_001);
        assert_eq!(moment_or_none(micros_or_none(None)).unwrap(), None);
    }
}
