//! What is asked for: the use case, the metadata in sections, and what changed since it was filed.

use domain::{form::Field, spec::Visibility, view::Change};
use leptos::prelude::*;

use super::acting::Acting;
use crate::components::{Alert, FactSheets};

/// The use case, as its author formatted it; the server made and cleaned the HTML.
#[component]
pub fn Description(acting: Acting) -> impl IntoView {
    let html = acting.part(|view| view.description_html.clone());
    let hidden = acting.part(|view| view.visibility == Visibility::Summary);
    let body = move || match html.get() {
        Some(html) if !html.trim().is_empty() => view! { <div class="rich" inner_html=html></div> }.into_any(),
        _ if hidden.get() => {
            view! { <p class="text-muted">"Hidden: the data class keeps the use case within its team."</p> }.into_any()
        }
        _ => view! { <p class="text-muted">"Nothing is written yet."</p> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="use-case-title">
            <div class="panel-head">
                <h2 id="use-case-title" class="panel-title">
                    {Field::Description.label()}
                </h2>
            </div>
            <div class="p-4">{body}</div>
        </section>
    }
}

/// The metadata, section by section. Empty while a draft is not complete.
#[component]
pub fn Facts(acting: Acting) -> impl IntoView {
    let sheets = acting.part(|view| view.facts.clone());
    move || {
        let sheets = sheets.get();
        if sheets.is_empty() {
            return view! { <Alert kind="info" text="The draft is not complete yet; its metadata shows here once every field is right." /> }
                .into_any();
        }
        view! { <FactSheets sheets /> }.into_any()
    }
}

/// What differs between the request as filed, as last edited and as decided. Not there while nothing does.
#[component]
pub fn Changes(acting: Acting) -> impl IntoView {
    let changes = acting.part(|view| view.changes.clone());
    move || {
        let changes = changes.get();
        if changes.is_empty() {
            return None;
        }
        let decided = changes.iter().any(|change| change.decided.is_some());
        let rows: Vec<_> = changes.into_iter().map(|change| row(change, decided)).collect();
        Some(view! {
            <section class="panel" aria-labelledby="changes-title">
                <div class="panel-head">
                    <h2 id="changes-title" class="panel-title">
                        "What changed"
                    </h2>
                </div>
                <div class="overflow-x-auto" tabindex="0" role="group" aria-labelledby="changes-title">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Field"</th>
                                <th scope="col">"As filed"</th>
                                <th scope="col">"As last edited"</th>
                                {decided.then(|| view! { <th scope="col">"As decided"</th> })}
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        })
    }
}

fn row(change: Change, with_decided: bool) -> impl IntoView {
    let Change { field, filed, edited, decided } = change;
    let cell = |text: String| {
        let empty = text.is_empty();
        view! {
            <td class="max-w-72 align-top whitespace-pre-line wrap-anywhere" class:text-muted=empty>
                {if empty { "nothing".to_owned() } else { text }}
            </td>
        }
    };
    view! {
        <tr>
            <th scope="row" class="align-top">
                {field.label()}
            </th>
            {cell(filed)}
            {cell(edited)}
            {with_decided.then(|| cell(decided.unwrap_or_default()))}
        </tr>
    }
}
