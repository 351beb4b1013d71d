//! Tables as files.

use domain::format::csv_record;

/// Rows as CSV (RFC 4180). A field that a spreadsheet would run as a formula gets a `'` before it.
#[must_use]
pub fn csv(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows = rows.iter().map(|row| csv_record(row.iter().map(String::as_str)));
    std::iter::once(csv_record(head.iter().copied())).chain(rows).collect()
}

/// The lines that are typed, without empty ones and repeats, in their order.
#[must_use]
pub fn lines(typed: &str) -> Vec<&str> {
    let mut seen = std::collections::HashSet::new();
    // Spaces may belong to a key; an end of line from elsewhere does not.
    typed
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty() && seen.insert(*line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must() {
        let rows = vec![vec!["a,b".to_owned(), "say \"x\"\n".to_owned()], vec!["=1+1".to_owned(), "é".to_owned()]];
        assert_eq!(csv(&["key", "found"], &rows), "key,found\r\n\"a,b\",\"say \"\"x\"\"\n\"\r\n'=1+1,é\r\n");
    }

    #[test]
    fn each_line_is_a_key_once() {
        assert_eq!(lines("a\r\n\n b\na\nc "), ["a", " b", "c "]);
        assert!(lines("").is_empty());
    }
}
