//! What request forms are made of: one input for each field of the metadata, its state, and the list of what is wrong.
//!
//! - [`FormState`]: what is typed, what is judged wrong, and when that may be shown.
//! - [`FormField`]: label, control, help, condition and message of one field.
//! - [`ErrorSummary`]: every message on one spot, each a link to its field.
//!
//! Inputs keep their own text: a signal follows them and never writes into them, so nothing typed before the page came
//! alive is lost. A new kind of input is a variant of [`domain::form::Control`] and an arm in `field.rs`.

pub(crate) mod dom;
mod field;
mod hint;
mod state;
mod summary;

pub use self::{
    dom::{focus_id, form_pairs, value_of_id},
    field::{Choices, FormField, PeopleList, area_text},
    hint::{condition, hint},
    state::{Extent, FormState},
    summary::ErrorSummary,
};
