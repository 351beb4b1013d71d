//! When things happen in a seeded history: on working days, in working hours, one after the other, never after now.

use chrono::{DateTime, Datelike, Duration, NaiveTime, Timelike, Utc, Weekday};
use domain::{Timestamp, lifecycle::Status};

use super::dice::Dice;

const MORNING_HOUR: u32 = 7;
const EVENING_HOUR: u32 = 18;

/// When a request was filed that has come to `status` by `now`: within the last 120 days, more of them lately.
pub(super) fn filed_at(dice: &mut Dice, status: Status, now: Timestamp) -> Timestamp {
    // Youngest, oldest in days, and how strongly the young prevail.
    let (youngest, oldest, lean) = match status {
        Status::New => (0.02, 4.0, 1.8),
        Status::InReview => (0.3, 9.0, 1.6),
        Status::NeedsInfo => (0.5, 13.0, 1.3),
        Status::Approved | Status::InProgress => (0.6, 5.0, 1.4),
        Status::Failed => (0.8, 12.0, 1.4),
        Status::Draft => (0.05, 40.0, 2.2),
        // Two weeks without an answer, and a week before the question.
        Status::Expired => (23.0, 120.0, 1.2),
        Status::Completed | Status::Denied | Status::Cancelled => (1.0, 120.0, 1.6),
    };
    let days = youngest + (oldest - youngest) * dice.fraction().powf(lean);
    let mut at = now - seconds(days * 86_400.0);
    if is_weekend(at) && !dice.chance(4) {
        let back = if at.weekday() == Weekday::Sat { 1 } else { 2 };
        at -= Duration::days(back);
    }
    let evening = if dice.chance(4) { 22 } else { EVENING_HOUR };
    let at = at_hour(at, dice.whole(i64::from(MORNING_HOUR) * 3_600, i64::from(evening) * 3_600), dice);
    if at < now - Duration::minutes(2) { at } else { now - seconds(120.0 + dice.fraction() * 6.0 * 3_600.0) }
}

/// The time of one history, which only goes on.
pub(super) struct Steps {
    at: Timestamp,
    now: Timestamp,
}

impl Steps {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn last(&self) -> Timestamp {
        self.at
    }

    /// When a person gets to the next step, about `hours` later, in working hours.
    pub(super) fn person(&mut self, dice: &mut Dice, hours: f64) -> Timestamp {
        let waited = dice.log_normal(hours, 0.8).clamp(0.05, hours * 4.0);
        let wish = self.at + seconds(waited * 3_600.0);
        let wish = working(wish, dice);
        self.go(dice, wish)
    }

    /// When the system gets to the next step, a few seconds up to some minutes later.
    pub(super) fn system(&mut self, dice: &mut Dice) -> Timestamp {
        let wish = self.at + seconds(dice.log_normal(25.0, 1.0).clamp(1.0, 1_800.0));
        self.go(dice, wish)
    }

    /// A step at a given moment; the caller knows that it is past.
    pub(super) fn exactly(&mut self, at: Timestamp) -> Timestamp {
        self.at = at.max(self.at);
        self.at
    }

    /// Where a wish lies in the future, the step has happened somewhere on the way to now.
    fn go(&mut self, dice: &mut Dice, wish: Timestamp) -> Timestamp {
        self.at = if wish < self.now {
            wish
        } else {
            let left = (self.now - self.at).num_microseconds().unwrap_or(0) as f64;
            self.at + Duration::microseconds((left * (0.15 + 0.4 * dice.fraction())) as i64)
        };
        self.at
    }
}

/// The same moment where people work, else the next morning.
fn working(at: Timestamp, dice: &mut Dice) -> Timestamp {
    let mut day = at;
    if day.hour() >= EVENING_HOUR {
        day += Duration::days(1);
    } else if day.hour() >= MORNING_HOUR && !is_weekend(day) {
        return at;
    }
    while is_weekend(day) {
        day += Duration::days(1);
    }
    let second = i64::from(MORNING_HOUR) * 3_600 + dice.whole(0, 3 * 3_600);
    at_hour(day, second, dice)
}

fn is_weekend(at: Timestamp) -> bool {
    matches!(at.weekday(), Weekday::Sat | Weekday::Sun)
}

/// A second of the same day, with a fraction that makes moments differ.
fn at_hour(at: Timestamp, second: i64, dice: &mut Dice) -> Timestamp {
    let midnight: DateTime<Utc> = at.date_naive().and_time(NaiveTime::MIN).and_utc();
    midnight + Duration::seconds(second) + Duration::microseconds(dice.whole(0, 999_999))
}

fn seconds(seconds: f64) -> Duration {
    Duration::microseconds((seconds * 1_000_000.0) as i64)
}

#[cfg(test)]
mod tests {
    use domain::form::sample_now;

    use super::*;

    #[test]
    fn nothing_happens_after_now_and_time_only_goes_on() {
        let now = sample_now();
        for number in 0..2_000 {
            let mut dice = Dice::new(3, number);
            let status = Status::ALL[dice.weighted(&[1; 11])];
            let filed = filed_at(&mut dice, status, now);
            assert!(filed < now && filed > now - Duration::days(124), "{filed}");
            let mut steps = Steps::new(filed, now);
            for _ in 0..8 {
                let before = steps.last();
                let after = if dice.chance(50) { steps.person(&mut dice, 9.0) } else { steps.system(&mut dice) };
                assert!(after >= before && after <= now);
            }
        }
    }
}
