//! Standard output, where a reader that goes away is no error.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};

use super::failure::{Failure, Outcome};

/// Buffered; flushed by [`finish`](Output::finish), or after each line of a stream.
pub struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    pub fn new() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    pub fn line(&mut self, line: impl std::fmt::Display) -> Outcome {
        Ok(writeln!(self.0, "{line}")?)
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Outcome {
        Ok(self.0.write_all(bytes)?)
    }

    pub fn flush(&mut self) -> Outcome {
        Ok(self.0.flush()?)
    }

    pub fn finish(mut self) -> Outcome {
        self.flush()
    }
}

/// Bytes that would act on a terminal instead of being shown.
pub fn refuse_on_terminal(bytes: &[u8]) -> Outcome {
    let acts = |text: &str| text.chars().any(|one| one.is_control() && !matches!(one, '\n' | '\r' | '\t'));
    if io::stdout().is_terminal() && std::str::from_utf8(bytes).map_or(true, acts) {
        return Err(Failure::usage("the value is binary: name a file with --output, or pipe it somewhere"));
    }
    Ok(())
}

/// A text in at most so many characters of one line.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}
