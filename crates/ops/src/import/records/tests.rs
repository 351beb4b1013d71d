//! Files as they come: with byte order marks, ragged rows, wrong bytes, lines that end in two ways, and ends cut off.

use super::*;

fn all(text: &[u8]) -> Vec<Next> {
    let mut records = Records::open(text, None).unwrap();
    let mut found = Vec::new();
    loop {
        let next = records.next();
        let is_last = matches!(next, Next::End | Next::Stop(_));
        found.push(next);
        if is_last {
            return found;
        }
    }
}

fn record(line: u64, cells: &[(&str, &str)]) -> Next {
    let cells = cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Next::Record(Record { line, cells })
}

fn bad(line: u64, field: &str, reason: &str) -> Next {
    Next::Bad(Problem::new(line, field, reason))
}

#[test]
fn csv_rows_have_the_line_they_begin_in() {
    let text = b"\xef\xbb\xbfname,size\r\na,1\r\n\"two\nlines\",2\r\n\r\nc,3,4\r\nd\r\ne,\xff\r\nf,6";
    assert_eq!(
        all(text),
        [
            record(2, &[("name", "a"), ("size", "1")]),
            record(3, &[("name", "two\nlines"), ("size", "2")]),
            bad(6, "row", "It has 3 values, the header names 2."),
            bad(7, "row", "It has 1 values, the header names 2."),
            bad(8, "size", "This is not UTF-8 text; save the file as UTF-8."),
            record(9, &[("name", "f"), ("size", "6")]),
            Next::End,
        ]
    );
}

#[test]
fn a_quotation_mark_that_does_not_end_stops_the_file_before_the_memory_is_full() {
    let mut text = b"name,size\na,1\n\"b,2\n".to_vec();
    text.resize(3 * ROW_MAX, b'x');
    let found = all(&text);
    assert_eq!(found[0], record(2, &[("name", "a"), ("size", "1")]));
    let says = "stopped at line 3: the row is longer than 1 MiB; is a quotation mark missing?";
    assert_eq!(found[1], Next::Stop(says.to_owned()));
}

#[test]
fn a_json_array_may_spread_over_lines() {
    let text = br#" [
  {"name": "a {\"}", "size": 1200.0},
  {"pii": true, "tags": ["x", "y"],
   "services": [{"name": "s", "access": "write"}]}, {"a": {"b": 1}}, {nonsense}]
"#;
    assert_eq!(
        all(text),
        [
            record(2, &[("name", "a {\"}"), ("size", "1200")]),
            record(3, &[("pii", "true"), ("services", "s:write"), ("tags", "x,y")]),
            bad(4, "a", "This is nested too deep; give a text, a number or a list."),
            bad(4, "row", "This is not a JSON object: key must be a string."),
            Next::End,
        ]
    );
}

#[test]
fn json_lines_are_judged_one_by_one() {
    let text = b"{\"name\": \"a\"}\n\n[1]\n{\"name\": \"b\"\n{\"name\": null}";
    assert_eq!(
        all(text),
        [
            record(1, &[("name", "a")]),
            bad(3, "row", "This is not a JSON object: invalid type: sequence, expected a map."),
            bad(4, "row", "This is not a JSON object: EOF while parsing an object."),
            record(5, &[("name", "")]),
            Next::End,
        ]
    );
}

#[test]
fn a_file_that_is_cut_off_says_so() {
    let end = |text: &[u8]| all(text).pop();
    let says = "the object of line 1 does not end; is the file cut off?";
    assert_eq!(end(b"[{\"a\": 1}, {\"b\": "), Some(Next::Stop(says.to_owned())));
    assert_eq!(end(b"[{\"a\": 1},"), Some(Next::Stop("the array does not end; is the file cut off?".to_owned())));
    assert_eq!(end(b"[1]"), Some(Next::Stop("stopped at line 1: an object is expected here".to_owned())));
    assert!(Records::open(&b"  \n"[..], None).is_err());
}
