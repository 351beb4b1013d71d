//! The frame inside a page: its heading, and what it shows when there is nothing or something went wrong.

use leptos::prelude::*;

use crate::error::AppError;

/// A page's one `h1`, a sentence under it, and its main actions at the right.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: String,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! { <header><h1>{title}</h1><p>{subtitle}</p>{children.map(|children| children())}</header> }
}

/// Instead of a page's content: what went wrong and what to do.
#[component]
pub fn ErrorPanel(error: AppError) -> impl IntoView {
    view! { <div role="alert">{error.to_string()}</div> }
}

/// Where a list is empty: why, and what to do.
#[component]
pub fn EmptyState(#[prop(into)] title: String, #[prop(into)] text: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! { <div><h2>{title}</h2><p>{text}</p>{children.map(|children| children())}</div> }
}

/// A message above a form or a table. `kind` is `info`, `success`, `warning` or `error`.
#[component]
pub fn Alert(#[prop(into)] kind: String, #[prop(into)] text: String) -> impl IntoView {
    view! { <div role="alert" class=format!("alert alert-{kind}")>{text}</div> }
}
