//! Their words for ours. What is not listed here is left as it is and judged by the form's own rules.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use domain::{
    Timestamp,
    form::{Control, Field, is_yes},
    lifecycle::Status,
};

/// What is typed into a field for what the file says.
///
/// # Errors
/// What to write instead, where neither our words nor theirs are meant.
pub(super) fn typed(field: Field, value: &str) -> Result<String, String> {
    let lower = value.to_lowercase();
    Ok(match field {
        Field::StorageType if lower == "bootstrap" => "MUTABLE".to_owned(),
        Field::Criticality => tier(&lower),
        Field::TtlSeconds if matches!(lower.as_str(), "0" | "-1" | "none" | "never" | "infinite") => String::new(),
        Field::Environment => match lower.as_str() {
            "production" => "prod".to_owned(),
            "development" => "dev".to_owned(),
            "stage" => "staging".to_owned(),
            _ => lower,
        },
        Field::Owner | Field::BackupOwner => handle(value),
        Field::Team => lower.replace([' ', '_'], "-"),
        Field::Services | Field::Tags | Field::PersonalDataKinds => value.replace([';', '|'], ","),
        Field::NeededBy | Field::MigrationCutoverBy => day(value),
        _ if matches!(field.control(), Control::Check) => tick(&lower)?.to_owned(),
        _ => value.to_owned(),
    })
}

/// `P1`, `tier 1` and `high` are 1.
fn tier(lower: &str) -> String {
    let word = match lower {
        "critical" => "0",
        "high" => "1",
        "medium" | "normal" => "2",
        "low" => "3",
        other => {
            let digits = other.trim_start_matches("tier").trim_start_matches(['t', 'p', ' ', '-', '_']);
            if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() { digits } else { other }
        }
    };
    word.to_owned()
}

/// `Maya.Chen@example.com` is maya.chen.
pub(super) fn handle(value: &str) -> String {
    let value = value.trim_start_matches('@');
    value.split('@').next().unwrap_or(value).to_lowercase()
}

fn tick(lower: &str) -> Result<&'static str, String> {
    match lower {
        yes if is_yes(yes) => Ok("on"),
        "no" | "n" | "false" | "0" | "off" | "none" => Ok(""),
        other => Err(format!("“{other}” is neither yes nor no.")),
    }
}

/// A moment is its day.
fn day(value: &str) -> String {
    moment(value).map_or_else(|_| value.to_owned(), |at| at.date_naive().to_string())
}

/// # Errors
/// Names all that would do.
pub(super) fn status(value: &str) -> Result<Status, String> {
    let word = value.trim().to_lowercase().replace([' ', '-'], "_");
    let word = match word.as_str() {
        "rejected" => "denied",
        "closed" | "canceled" => "cancelled",
        other => other,
    };
    word.parse().map_err(|_| {
        let words: Vec<&str> = Status::ALL.iter().map(|status| status.word()).collect();
        format!("“{value}” is no status; use one of {}, or REJECTED, CLOSED.", words.join(", "))
    })
}

/// The earliest and latest moment that is believed: before the first and after it, a number means something else.
const SECONDS: std::ops::RangeInclusive<i64> = 946_684_800..=4_102_444_800;

/// A moment: RFC 3339; a day with or without a time, in UTC; seconds or milliseconds since 1970.
///
/// # Errors
/// Says how to write it.
pub(super) fn moment(value: &str) -> Result<Timestamp, String> {
    let value = value.trim();
    let read = Timestamp::from_timestamp_micros(0).and_then(|_| {
        if let Ok(number) = value.parse::<i64>() {
            let seconds = if SECONDS.contains(&(number / 1_000)) { number / 1_000 } else { number };
            return Timestamp::from_timestamp(seconds, 0);
        }
        if let Ok(at) = chrono::DateTime::parse_from_rfc3339(value) {
            return Some(at.to_utc());
        }
        let times = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
        let time = times.iter().find_map(|format| NaiveDateTime::parse_from_str(value, format).ok());
        let day = || NaiveDate::parse_from_str(value, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
        time.or_else(day).map(|at| at.and_utc())
    });
    let read = read.filter(|at| SECONDS.contains(&at.timestamp()));
    // Databases keep microseconds.
    let read = read.and_then(|at| Timestamp::from_timestamp_micros(at.timestamp_micros()));
    read.ok_or_else(|| format!("“{value}” is no moment; write 2026-03-01T09:30:00Z, 2026-03-01 09:30 or 2026-03-01."))
}

#[cfg(test)]
mod tests {
    use domain::form::sample_now;

    use super::*;

    #[test]
    fn their_words_are_ours() {
        for (field, theirs, ours) in [
            (Field::StorageType, "BOOTSTRAP", "MUTABLE"),
            (Field::StorageType, "readonly", "readonly"),
            (Field::Criticality, "P1", "1"),
            (Field::Criticality, "Tier 0", "0"),
            (Field::Criticality, "low", "3"),
            (Field::Criticality, "urgent", "urgent"),
            (Field::TtlSeconds, "never", ""),
            (Field::TtlSeconds, "-5", "-5"),
            (Field::Owner, "Maya.Chen@example.com", "maya.chen"),
            (Field::Team, "Home Feed", "home-feed"),
            (Field::PersonalData, "TRUE", "on"),
            (Field::PersonalData, "No", ""),
            (Field::Tags, "a;b|c", "a,b,c"),
            (Field::NeededBy, "2026-03-09T00:00:00Z", "2026-03-09"),
            (Field::NeededBy, "soon", "soon"),
        ] {
            assert_eq!(typed(field, theirs).as_deref(), Ok(ours), "{field} = {theirs}");
        }
        assert!(typed(Field::PersonalData, "maybe").is_err());
    }

    #[test]
    fn every_status_of_ours_and_theirs_is_known() {
        for (theirs, ours) in [
            ("NEW", Status::New),
            ("In Review", Status::InReview),
            ("NEEDS-INFO", Status::NeedsInfo),
            ("REJECTED", Status::Denied),
            ("Closed", Status::Cancelled),
        ] {
            assert_eq!(status(theirs), Ok(ours));
        }
        for known in Status::ALL {
            assert_eq!(status(&known.word().to_uppercase()), Ok(*known));
        }
        assert!(status("WONTFIX").is_err());
    }

    #[test]
    fn moments_are_read_as_people_and_programs_write_them() {
        let now = sample_now();
        for text in
            ["2026-03-02T10:00:00+01:00", "2026-03-02 09:00:00", "2026-03-02T09:00", "1772442000", "1772442000000"]
        {
            assert_eq!(moment(text), Ok(now), "{text}");
        }
        assert_eq!(moment("2026-03-02").map(|at| at.to_string()), Ok("2026-03-02 00:00:00 UTC".to_owned()));
        for bad in ["", "yesterday", "2026-13-01", "12", "0001-01-01", "99999999999999999"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
