//! Five-field cron schedules (minute, hour, day of month, month, day of week), in UTC.

use std::{fmt, str::FromStr};

use croner::{Cron, parser::CronParser, parser::Seconds};
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The text is not a five-field cron expression that ever runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error(
        "Use five fields: minute, hour, day of month, month, day of week; for example “0 3 * * *” for 03:00 UTC daily."
    )]
    NotCron,
    /// Such as the 30th of February.
    #[error("This day never comes; check the day of month and the month.")]
    NeverRuns,
}

/// A cron expression that has been parsed. Keeps the text as it was typed, with single spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule(String);

impl Schedule {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The next runs strictly after `now`, earliest first.
    #[must_use]
    pub fn next_runs(&self, now: Timestamp, count: usize) -> Vec<Timestamp> {
        match parse(&self.0) {
            Ok(cron) => cron.iter_after(now).take(count).collect(),
            Err(_) => Vec::new(),
        }
    }
}

fn parse(text: &str) -> Result<Cron, ScheduleError> {
    let five_fields = text.split_whitespace().count() == 5;
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'*' | b',' | b'-' | b'/'));
    if !five_fields || !plain {
        return Err(ScheduleError::NotCron);
    }
    CronParser::builder().seconds(Seconds::Disallowed).build().parse(text).map_err(|_| ScheduleError::NotCron)
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cron = parse(&text)?;
        cron.find_next_occurrence(&Timestamp::UNIX_EPOCH, true).map_err(|_| ScheduleError::NeverRuns)?;
        Ok(Self(text))
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> String {
        schedule.0
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_next_three_runs_follow_now() {
        let now = chrono::Utc.with_ymd_and_hms(2026, 3, 1, 3, 0, 0).unwrap();
        let runs = "0 3 * * *".parse::<Schedule>().unwrap().next_runs(now, 3);
        let days: Vec<String> = runs.iter().map(|run| run.format("%m-%d %H:%M").to_string()).collect();
        assert_eq!(days, ["03-02 03:00", "03-03 03:00", "03-04 03:00"]);
    }

    #[test]
    fn anything_but_five_fields_is_refused() {
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "61 * * * *",
            "* 24 * * *",
            "* * 32 * *",
            "* * * 13 *",
            "@daily",
            "a b c d e",
        ] {
            assert_eq!(bad.parse::<Schedule>(), Err(ScheduleError::NotCron), "{bad}");
        }
    }

    #[test]
    fn a_day_that_never_comes_is_refused_and_a_rare_one_is_not() {
        assert_eq!("0 0 30 2 *".parse::<Schedule>(), Err(ScheduleError::NeverRuns));
        let now = chrono::Utc.with_ymd_and_hms(2026, 3, 1, 3, 0, 0).unwrap();
        let runs = "0 0 29 2 *".parse::<Schedule>().unwrap().next_runs(now, 2);
        let days: Vec<String> = runs.iter().map(|run| run.format("%Y-%m-%d").to_string()).collect();
        assert_eq!(days, ["2028-02-29", "2032-02-29"]);
    }

    #[test]
    fn spaces_are_evened_out() {
        assert_eq!("  0  3\t* * 1-5 ".parse::<Schedule>().unwrap().as_str(), "0 3 * * 1-5");
    }
}
