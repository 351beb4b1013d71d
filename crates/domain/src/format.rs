//! Numbers and times as people read them; the same text from the server and in the browser.

use crate::{Timestamp, bounds::BYTES_PER_GB};

/// A whole number with thin groups of three: `1 048 576`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A size in decimal units: `0.25 GB`, `1.5 TB`, `900 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (1_000_000_000_000_000, "PB"),
        (1_000_000_000_000, "TB"),
        (BYTES_PER_GB, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    for (unit, name) in UNITS {
        if bytes >= unit {
            let tenths = (bytes as u128 * 10 + u128::from(unit) / 2) / u128::from(unit);
            let (whole, tenth) = (u64::try_from(tenths / 10).unwrap_or(u64::MAX), tenths % 10);
            return if tenth == 0 {
                format!("{} {name}", count(whole))
            } else {
                format!("{}.{tenth} {name}", count(whole))
            };
        }
    }
    format!("{bytes} B")
}

/// The decimal GB of a byte count, exactly: `1.5`.
#[must_use]
pub fn gigabytes(bytes: u64) -> String {
    let (whole, rest) = (bytes / BYTES_PER_GB, bytes % BYTES_PER_GB);
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{rest:09}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// Text of several lines as it is kept: line ends as `\n` whatever the browser sent, no space around it, and no control
/// characters, of which databases refuse the first and readers see none.
#[must_use]
pub fn prose(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// `2026-03-01 14:05` UTC.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// For the `datetime` attribute of a `<time>` element.
#[must_use]
pub fn machine(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How long ago, in the largest whole unit: `just now`, `5 min ago`, `3 h ago`, `12 d ago`, then the date.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now - at).num_seconds();
    match seconds {
        ..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..2_592_000 => format!("{} d ago", seconds / 86_400),
        _ => at.format("%Y-%m-%d").to_string(),
    }
}

/// A span in seconds in its largest units: `45 s`, `1 h 30 min`, `30 d`.
#[must_use]
pub fn span(seconds: u64) -> String {
    let parts = [(86_400 * 365, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut said = Vec::new();
    for (unit, name) in parts {
        if rest >= unit && said.len() < 2 {
            said.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    if said.is_empty() { "0 s".to_owned() } else { said.join(" ") }
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it (OWASP, CSV
/// injection).
fn formula_safe(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

/// A record of CSV (RFC 4180): quoted where it has to be, ended by CR LF; no cell is a formula.
#[must_use]
pub fn csv_record<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cell = |cell| {
        let safe = formula_safe(cell);
        if safe.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", safe.replace('"', "\"\""))
        } else {
            safe.into_owned()
        }
    };
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        let record = csv_record(["a", "b,c", "say \"x\"", "=1+1", ""]);
        assert_eq!(record, "a,\"b,c\",\"say \"\"x\"\"\",'=1+1,\r\n");
        for text in ["=1+1", "+x", "-x", "@sum", "\tx"] {
            assert_eq!(csv_record([text]), format!("'{text}\r\n"));
        }
        assert_eq!(csv_record(["a=1"]), "a=1\r\n");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_048_576), "1\u{202f}048\u{202f}576");
        assert_eq!(size(0), "0 B");
        assert_eq!(size(250_000_000), "250 MB");
        assert_eq!(size(1_500_000_000_000), "1.5 TB");
        assert_eq!(gigabytes(1), "0.000000001");
        assert_eq!(gigabytes(1_500_000_000), "1.5");
        assert_eq!(span(5_400), "1 h 30 min");
    }
}
