//! Rows out of bytes: CSV with a header, a JSON array, or one JSON object on each line.
//!
//! Streams: no more than one row of at most [`ROW_MAX`] bytes is held, whatever the size of the file.

use std::{
    io::{self, BufRead, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::{Format, Problem};

/// The longest row, bytes. A file in which a quotation mark is missing would otherwise be one row.
pub(super) const ROW_MAX: usize = 1_048_576;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A row as the file has it: names of columns with their values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub line: u64,
    pub cells: Vec<(String, String)>,
}

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Record(Record),
    /// A row that cannot be read; those after it can.
    Bad(Problem),
    End,
    /// From here on nothing can be read; says why.
    Stop(String),
}

/// The rows of a file.
pub(super) enum Records<R: BufRead> {
    Csv(Box<Csv<R>>),
    Array(Array<R>),
    Lines(Lines<R>),
}

impl<R: BufRead> Records<R> {
    /// # Errors
    /// Says why the file cannot be read at all.
    pub(super) fn open(mut input: R, format: Option<Format>) -> Result<Self, String> {
        let first = first_byte(&mut input).map_err(|error| format!("cannot be read: {error}"))?;
        let Some(first) = first else { return Err("the file is empty".to_owned()) };
        match (format, first) {
            (None | Some(Format::Json), b'[') => Ok(Self::Array(Array { input, line: 1, is_open: false })),
            (None, b'{') | (Some(Format::Json), _) => Ok(Self::Lines(Lines { input, line: 0 })),
            (None | Some(Format::Csv), _) => Csv::open(input).map(|csv| Self::Csv(Box::new(csv))),
        }
    }

    /// The names of the columns, where the file says them first.
    pub(super) fn header(&self) -> Option<&[String]> {
        match self {
            Self::Csv(csv) => Some(&csv.header),
            Self::Array(_) | Self::Lines(_) => None,
        }
    }

    pub(super) fn next(&mut self) -> Next {
        match self {
            Self::Csv(csv) => csv.next(),
            Self::Array(array) => array.next(),
            Self::Lines(lines) => lines.next(),
        }
    }
}

/// The first byte that means something, after a byte order mark and space; it stays in the input.
fn first_byte(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    let buffer = input.fill_buf()?;
    let text = buffer.strip_prefix(BYTE_ORDER_MARK).unwrap_or(buffer);
    Ok(text.iter().copied().find(|byte| !byte.is_ascii_whitespace()))
}

pub(super) struct Csv<R> {
    reader: csv::Reader<Tidied<R>>,
    header: Vec<String>,
    record: ByteRecord,
    /// Bytes read since the last row.
    since: Arc<AtomicUsize>,
}

impl<R: BufRead> Csv<R> {
    fn open(input: R) -> Result<Self, String> {
        let since = Arc::new(AtomicUsize::new(0));
        let tidied = Tidied { input, last: b'\n', since: Arc::clone(&since) };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(tidied);
        let header = reader.byte_headers().map_err(|error| format!("the header cannot be read: {}", cause(&error)))?;
        let names: Result<Vec<String>, _> = header.iter().map(|name| String::from_utf8(name.to_vec())).collect();
        let names = names.map_err(|_| "the header is not UTF-8 text; save the file as UTF-8".to_owned())?;
        let header = names.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        Ok(Self { reader, header, record: ByteRecord::new(), since })
    }

    fn next(&mut self) -> Next {
        self.since.store(0, Ordering::Relaxed);
        let begun = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Next::End,
            Err(error) => return Next::Stop(format!("stopped at line {begun}: {}", cause(&error))),
        }
        // The reader stands behind the row's line end; its own position of the row counts from blank lines before it.
        let inside: usize = self.record.iter().flatten().filter(|byte| **byte == b'\n').count();
        let line = self.reader.position().line().saturating_sub(1 + inside as u64);
        if self.record.len() != self.header.len() {
            let reason = format!("It has {} values, the header names {}.", self.record.len(), self.header.len());
            return Next::Bad(Problem::new(line, "row", reason));
        }
        let mut cells = Vec::with_capacity(self.header.len());
        for (name, value) in self.header.iter().zip(self.record.iter()) {
            match std::str::from_utf8(value) {
                Ok(value) => cells.push((name.clone(), value.to_owned())),
                Err(_) => {
                    return Next::Bad(Problem::new(line, name, "This is not UTF-8 text; save the file as UTF-8."));
                }
            }
        }
        Next::Record(Record { line, cells })
    }
}

/// What went wrong below, without the reader's own words around it.
fn cause(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// What lies between a CSV file and its reader: every line ends in `\n` and nothing else, also the last, so that lines can
/// be counted; and where no row has ended for too long, nothing more is read.
pub(super) struct Tidied<R> {
    input: R,
    last: u8,
    since: Arc<AtomicUsize>,
}

impl<R: BufRead> Read for Tidied<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.since.load(Ordering::Relaxed) > ROW_MAX {
            return Err(too_long());
        }
        let mut written = 0;
        while written == 0 && !out.is_empty() {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                if self.last != b'\n' {
                    (self.last, out[0], written) = (b'\n', b'\n', 1);
                }
                break;
            }
            let count = available.len().min(out.len());
            for byte in available[..count].iter().copied().filter(|byte| *byte != b'\r') {
                (self.last, out[written]) = (byte, byte);
                written += 1;
            }
            self.input.consume(count);
        }
        self.since.fetch_add(written, Ordering::Relaxed);
        Ok(written)
    }
}

fn too_long() -> io::Error {
    io::Error::other("the row is longer than 1 MiB; is a quotation mark missing?")
}

pub(super) struct Lines<R> {
    input: R,
    line: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Next {
        loop {
            self.line += 1;
            let mut text = Vec::new();
            match self.input.by_ref().take(ROW_MAX as u64 + 1).read_until(b'\n', &mut text) {
                Ok(0) => return Next::End,
                Ok(_) if text.len() > ROW_MAX => {
                    return Next::Stop(format!("stopped at line {}: {}", self.line, too_long()));
                }
                Ok(_) => {}
                Err(error) => return Next::Stop(format!("stopped at line {}: {error}", self.line)),
            }
            let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text).trim_ascii();
            if !text.is_empty() {
                return object(self.line, text);
            }
        }
    }
}

pub(super) struct Array<R> {
    input: R,
    line: u64,
    /// Whether the bracket that begins the array was read.
    is_open: bool,
}

impl<R: BufRead> Array<R> {
    fn next(&mut self) -> Next {
        let first = loop {
            match self.byte() {
                Ok(Some(b'[')) if !self.is_open => self.is_open = true,
                // Only a byte order mark can stand before the bracket: opening looked.
                Ok(Some(_)) if !self.is_open => {}
                Ok(Some(byte)) if byte == b',' || byte.is_ascii_whitespace() => {}
                Ok(Some(byte)) => break byte,
                Ok(None) => return Next::Stop("the array does not end; is the file cut off?".to_owned()),
                Err(error) => return Next::Stop(format!("stopped at line {}: {error}", self.line)),
            }
        };
        match first {
            b']' => Next::End,
            b'{' => self.rest_of_object(),
            _ => Next::Stop(format!("stopped at line {}: an object is expected here", self.line)),
        }
    }

    fn rest_of_object(&mut self) -> Next {
        let line = self.line;
        let mut text = vec![b'{'];
        let (mut depth, mut in_string, mut escaped) = (1_usize, false, false);
        while depth > 0 {
            let byte = match self.byte() {
                Ok(Some(byte)) => byte,
                Ok(None) => return Next::Stop(format!("the object of line {line} does not end; is the file cut off?")),
                Err(error) => return Next::Stop(format!("stopped at line {line}: {error}")),
            };
            text.push(byte);
            if text.len() > ROW_MAX {
                return Next::Stop(format!("stopped at line {line}: {}", too_long()));
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' if !in_string => depth += 1,
                b'}' if !in_string => depth -= 1,
                _ => {}
            }
        }
        object(line, &text)
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.input.fill_buf()?.first().copied();
        if byte.is_some() {
            self.input.consume(1);
        }
        if byte == Some(b'\n') {
            self.line += 1;
        }
        Ok(byte)
    }
}

fn object(line: u64, text: &[u8]) -> Next {
    let object: Map<String, Value> = match serde_json::from_slice(text) {
        Ok(object) => object,
        Err(error) => {
            let said = error.to_string();
            let said = said.split(" at line").next().unwrap_or_default();
            return Next::Bad(Problem::new(line, "row", format!("This is not a JSON object: {said}.")));
        }
    };
    let mut cells = Vec::with_capacity(object.len());
    for (name, value) in object {
        match flat(&value) {
            Some(value) => cells.push((name, value)),
            None => {
                let reason = "This is nested too deep; give a text, a number or a list.";
                return Next::Bad(Problem::new(line, name, reason));
            }
        }
    }
    Next::Record(Record { line, cells })
}

/// A value as it would be typed; none where it is an object, save for services.
fn flat(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            // 1200.0 is how some programs write 1200.
            Some(text.strip_suffix(".0").unwrap_or(&text).to_owned())
        }
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(item).collect();
            items.map(|items| items.join(","))
        }
        Value::Object(_) => None,
    }
}

/// An item of a list; `{"name": "checkout", "access": "read"}` is a service.
fn item(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) => None,
        Value::Object(service) => {
            let name = service.get("name")?.as_str()?;
            let access = service.get("access").and_then(Value::as_str).unwrap_or("read");
            (service.len() <= 2).then(|| format!("{name}:{access}"))
        }
        scalar => flat(scalar),
    }
}

#[cfg(test)]
mod tests;
