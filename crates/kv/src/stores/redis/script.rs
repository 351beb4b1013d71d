//! The scripts, and what goes into them and comes out. A script runs alone on its server, so each is one step.

use std::sync::LazyLock;

use bytes::Bytes;

use crate::{Condition, Revision};

pub(super) struct Script(LazyLock<redis::Script>, &'static str);

impl Script {
    pub(super) fn code(&self) -> &'static str {
        self.1
    }

    pub(super) fn hash(&self) -> &str {
        self.0.get_hash()
    }
}

macro_rules! script {
    ($(#[$what:meta])* $name:ident, $file:literal) => {
        $(#[$what])*
        pub(super) static $name: Script = Script(
            LazyLock::new(|| redis::Script::new(concat!(include_str!("lua/common.lua"), include_str!($file)))),
            concat!(include_str!("lua/common.lua"), include_str!($file)),
        );
    };
}

script!(
    /// Writes, each under its condition.
    WRITE, "lua/write.lua"
);
script!(
    /// Compares, then one branch or the other.
    TXN, "lua/txn.lua"
);
script!(
    /// Removes entries that have expired, or all, and members of the indexes that have no entry.
    REAP, "lua/reap.lua"
);
script!(
    /// Records without their values.
    HEADS, "lua/heads.lua"
);

/// A condition as a letter and the revisions that it names, one after the other.
pub(super) fn condition(condition: &Condition) -> [Bytes; 2] {
    let all = |revisions: &[Revision]| {
        revisions.iter().flat_map(|revision| revision.as_bytes()).copied().collect::<Vec<u8>>().into()
    };
    let (letter, revisions): (&'static [u8], Bytes) = match condition {
        Condition::Always => (b"*", Bytes::new()),
        Condition::Absent => (b"a", Bytes::new()),
        Condition::Present => (b"p", Bytes::new()),
        Condition::OneOf(revisions) => (b"o", all(revisions)),
        Condition::NoneOf(revisions) => (b"n", all(revisions)),
    };
    [Bytes::from_static(letter), revisions]
}

pub(super) fn number(number: impl std::fmt::Display) -> Bytes {
    number.to_string().into()
}
