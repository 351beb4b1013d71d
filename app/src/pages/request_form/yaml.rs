//! The whole form as YAML, to be copied out, edited and read in again; without scripts a plain post saves what it says.

use leptos::{html, prelude::*, task::spawn_local};

use super::filing::{Filing, Intent};
use crate::{
    api,
    components::{
        Alert,
        form::{FormState, area_text},
    },
};

/// `start` is the form as it was opened, or what a refused post held.
#[component]
pub fn YamlView(state: FormState, filing: Filing, start: String) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    // What was last put into the box: as long as it still stands there, nobody's typing is lost by writing it anew.
    let written = StoredValue::new(start.clone());
    let refused = RwSignal::new(None::<String>);
    let said = RwSignal::new("");

    let write_out = move || {
        let form = untrack(|| state.draft());
        spawn_local(async move {
            let Ok(text) = api::form_to_yaml(filing.id.get_untracked(), form).await else { return };
            if let Some(Some(area)) = area.try_get_untracked() {
                area.set_value(&text);
                written.set_value(text);
            }
        });
    };
    let on_toggle = move |_| {
        let is_ours = area.get_untracked().is_some_and(|area| written.with_value(|text| *text == area.value()));
        if is_ours {
            write_out();
        }
    };
    let read_in = move |_| {
        let Some(area) = area.get_untracked() else { return };
        let text = area.value();
        spawn_local(async move {
            let answer = api::form_from_yaml(text.clone()).await;
            if refused.is_disposed() {
                return;
            }
            match answer {
                Ok(form) => {
                    refused.set(None);
                    said.set("Read into the form. Nothing is saved yet.");
                    written.set_value(text);
                    state.replace(form);
                }
                Err(error) => {
                    said.set("");
                    refused.set(Some(error.to_string()));
                }
            }
        });
    };
    let plain = move || if filing.is_draft() { Intent::YAML_SAVE } else { Intent::YAML_SUBMIT };

    view! {
        <details class="panel" on:toggle=on_toggle>
            <summary class="panel-head cursor-pointer">
                <span class="panel-title">"The form as YAML"</span>
            </summary>
            <div class="flex flex-col gap-3 p-4">
                <p class="text-sm text-muted">
                    "Copy it out to keep it in a repository, or paste one in. A key that is left out has its default."
                </p>
                <label class="text-sm font-medium" for="request-yaml">
                    "YAML"
                </label>
                <textarea
                    id="request-yaml"
                    name="yaml"
                    class="textarea mono w-full text-xs"
                    rows="16"
                    spellcheck="false"
                    autocapitalize="off"
                    node_ref=area
                >
                    {area_text(start)}
                </textarea>
                {move || refused.get().map(|text| view! { <Alert kind="error" text /> })}
                <div class="flex flex-wrap items-center gap-2">
                    <button type="button" class="btn btn-sm" hidden=move || !state.is_awake() on:click=read_in>
                        "Read into the form"
                    </button>
                    <button
                        type="button"
                        class="btn btn-sm"
                        hidden=move || !state.is_awake()
                        on:click=move |_| write_out()
                    >
                        "Write the form out"
                    </button>
                    <button
                        type="submit"
                        name="intent"
                        value=plain
                        class="btn btn-sm"
                        hidden=move || state.is_awake()
                    >
                        "Save what the YAML says"
                    </button>
                    <span class="text-sm text-muted" role="status">
                        {move || said.get()}
                    </span>
                </div>
            </div>
        </details>
    }
}
