//! A request form as YAML: written with its bounds as comments, and read strictly.
//!
//! - [`write()`]: stable order, one key for each field; what is empty stands there as a comment.
//! - [`read_all`] and [`read_one`]: a key that is unknown or doubled, a value of the wrong type, an alias that grows
//!   and a text that is too long are refused, with the line and what to do.
//!
//! What is read starts from the defaults of a new request ([`RequestForm::new`]): a key that is absent keeps its
//! default, `key: null` empties it. Every form that is written reads back the same. JSON is YAML, so it is read too.

mod read;
mod write;

pub use self::{
    read::{Document, INPUT, read_all, read_one},
    write::write,
};

#[cfg(test)]
mod tests;
