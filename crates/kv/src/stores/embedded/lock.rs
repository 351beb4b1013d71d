//! One process owns the store, and says which one it is.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
    process,
};

/// Held until it is dropped or the process ends, however it ends: the system lets go of it.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is the open file that holds the lock")] File);

/// Who has a store.
#[derive(Debug)]
pub(super) struct Owner(Option<u32>);

#[derive(Debug)]
pub(super) enum Refused {
    InUse(Owner),
    Io(io::Error),
}

impl Lock {
    pub(super) fn take(folder: &Path) -> Result<Self, Refused> {
        let path = folder.join("lock");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(Refused::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Refused::InUse(Owner::of(&mut file))),
            Err(TryLockError::Error(error)) => return Err(Refused::Io(error)),
        }
        // The text is for people; without room for it the lock holds all the same.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", process::id()));
        Ok(Self(file))
    }
}

impl Owner {
    fn of(file: &mut File) -> Self {
        let mut text = String::new();
        let read = file.read_to_string(&mut text);
        Self(read.ok().and_then(|_| text.trim().parse().ok()))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) if id == process::id() => write!(f, "this process ({id})"),
            Some(id) => write!(f, "process {id}"),
            None => f.write_str("another process"),
        }
    }
}
