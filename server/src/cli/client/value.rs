//! Values on the command line and their content types. Nothing is ever guessed from the bytes.

use std::{
    fs,
    io::{self, Read as _, StdinLock},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use super::failure::{Failure, Outcome};

/// Reads a file whole; `-` is standard input.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        stdin()?.read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    read.map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))
}

/// Standard input, once: whoever read it second would find it empty.
pub fn stdin() -> Outcome<StdinLock<'static>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Err(Failure::usage("standard input can be only one thing, and it is named twice"));
    }
    Ok(io::stdin().lock())
}

/// `json`, `text` and `binary` are short for content types.
pub fn content_type(given: &str) -> &str {
    match given {
        "json" => "application/json",
        "text" => "text/plain; charset=utf-8",
        "binary" => "application/octet-stream",
        given => given,
    }
}
