//! Small forms that are posted plainly, with and without scripts: a labelled input with its message.

use domain::error::Error;
use leptos::prelude::*;

use super::page::Alert;
use crate::posted::{Posted, use_told};

/// What a refused post says of one input; none where it says nothing of it.
#[must_use]
pub fn message_of(posted: Option<&Posted>, name: &str) -> Option<String> {
    match &posted?.error {
        Error::Input { input, message } if input == name => Some(message.clone()),
        _ => None,
    }
}

/// A labelled input. What was typed before a refusal stands in it again, except a password.
#[component]
pub fn PlainField(
    #[prop(into)] label: String,
    name: &'static str,
    /// Other than its name where a page has several inputs of one name.
    #[prop(optional, into)]
    id: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional)] help: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(optional_no_strip)] posted: Option<Posted>,
) -> impl IntoView {
    let message = message_of(posted.as_ref(), name);
    let value = posted.as_ref().and_then(|posted| posted.value(name)).map_or(value, str::to_owned);
    let id = if id.is_empty() { name.to_owned() } else { id };
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let described = [(!help.is_empty()).then(|| help_id.clone()), message.is_some().then(|| error_id.clone())];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <div class="flex min-w-0 flex-col gap-1.5">
            <label class="text-sm font-medium" for=id.clone()>{label}</label>
            <input
                class="input w-full"
                id=id
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                aria-invalid=message.is_some().then_some("true")
                aria-describedby=(!described.is_empty()).then_some(described)
            />
            {message.map(|message| view! { <p class="text-sm text-error" id=error_id>{message}</p> })}
            {(!help.is_empty()).then(|| view! { <p class="text-xs text-muted" id=help_id>{help}</p> })}
        </div>
    }
}

/// Why the post that this page answers was refused, above its forms.
#[component]
pub fn Refusal(#[prop(optional_no_strip)] posted: Option<Posted>) -> impl IntoView {
    posted.map(|posted| view! { <Alert kind="error" text=posted.error.to_string() /> })
}

/// What the post that this page answers has made, shown this once.
#[component]
pub fn ToldOnce() -> impl IntoView {
    use_told().map(|told| {
        view! {
            <section class="panel mb-6 flex flex-col gap-3 border-s-4 border-s-success p-4" role="status">
                <p class="font-medium">{told.says}</p>
                {told
                    .secret
                    .map(|secret| {
                        view! {
                            <label class="flex min-w-0 flex-col gap-1.5 text-sm">
                                "Copy it now"
                                <input class="input mono w-full" name="secret" type="text" readonly value=secret />
                            </label>
                        }
                    })}
            </section>
        }
    })
}
