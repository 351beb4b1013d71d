//! Where an address leads nowhere.

use domain::error::Error;
use leptos::prelude::*;

use crate::{components::ErrorPage, error::AppError};

/// Answers with 404 and the ways that are left.
#[component]
pub fn NotFound() -> impl IntoView {
    view! { <ErrorPage error=AppError::Refused(Error::not_found("page")) /> }
}
