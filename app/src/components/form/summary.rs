//! Everything that is wrong with a form, on one spot.

use leptos::{ev, html, prelude::*};

use super::{
    super::icon::{Icon, IconName},
    FormState, focus_id,
};

/// The messages of all fields, each a link to its input. Empty, and then not there, until somebody tried to submit.
///
/// `at` is where the focus goes after a refusal.
#[component]
pub fn ErrorSummary(state: FormState, at: NodeRef<html::Div>) -> impl IntoView {
    let listed = Memo::new(move |_| state.listed());
    let heading = move || match listed.with(Vec::len) {
        1 => "One field needs another look".to_owned(),
        n => format!("{n} fields need another look"),
    };
    let items = move || {
        let link = |(field, message): (domain::form::Field, String)| {
            let id = state.input_id(field);
            let target = id.clone();
            let go = move |event: ev::MouseEvent| {
                event.prevent_default();
                focus_id(&target);
            };
            view! {
                <li>
                    <a class="textlink" href=format!("#{id}") on:click=go>
                        {field.label()}
                    </a>
                    ": "
                    {message}
                </li>
            }
        };
        listed.get().into_iter().map(link).collect_view()
    };
    view! {
        <div
            node_ref=at
            id="error-summary"
            tabindex="-1"
            autofocus=listed.with_untracked(|listed| !listed.is_empty())
            role="group"
            aria-labelledby="error-summary-title"
            class="notice scroll-mt-24"
            data-tone="red"
            hidden=move || listed.with(Vec::is_empty)
        >
            <Icon name=IconName::Warning />
            <div class="min-w-0">
                <h2 id="error-summary-title">{heading}</h2>
                <ul class="mt-1 list-disc ps-5">{items}</ul>
            </div>
        </div>
    }
}
