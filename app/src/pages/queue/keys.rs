//! The queue by keyboard. Single keys work while nothing is typed into, and can be turned off (WCAG 2.1.4).
//!
//! The focus is the browser's own, on the row: it is announced, it is seen, and a row that changes keeps it. To add a
//! key: a line in [`KEYS`] and an arm in [`act`].

use domain::{bulk::BulkAction, ids::RequestId};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::{HtmlElement, KeyboardEvent};

use super::{
    bulk_bar::{CLUSTER_ID, REASON_ID, target_element},
    state::QueueState,
    triage::{Reach, could},
};
use crate::components::{Icon, IconName, form::value_of_id};

const DIALOG_ID: &str = "queue-keys";
const BUTTON_ID: &str = "queue-keys-button";
/// Where the browser keeps that single keys are off.
const STORED: &str = "kvstore-single-keys";
const OFF: &str = "off";

/// The keys as the dialog shows them.
const KEYS: &[(&str, &str)] = &[
    ("j, ↓", "next request"),
    ("k, ↑", "previous request"),
    ("x", "select it; with shift, all from the last one to it"),
    ("Enter, o", "open it"),
    ("c", "claim"),
    ("a", "approve; what nobody has is claimed first"),
    ("d", "deny: type the reason, then Enter"),
    ("i", "ask the requester, on its page"),
    ("u", "undo the last action that still waits"),
    ("/", "search"),
    ("Esc", "clear the selection"),
    ("g q, g h, g c", "go to the queue, home, the catalogue"),
    ("?", "this list"),
];

/// A button that opens the list of keys, and the list. Listens while the page is open.
#[component]
pub fn Keys(state: QueueState) -> impl IntoView {
    let on = RwSignal::new(true);
    let going = StoredValue::new(false);
    let navigate = use_navigate();
    Effect::new(move |_| on.set(stored().as_deref() != Some(OFF)));
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let go = move |address: &str| navigate(address, NavigateOptions::default());
        let handle = window_event_listener(ev::keydown, move |event| {
            if on.get_untracked() && is_for_us(&event) && act(state, &event, going, &go) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let toggle = move |event: ev::Event| {
        let wanted = event_target_checked(&event);
        on.set(wanted);
        if let Ok(Some(storage)) = window().local_storage() {
            // Where the browser keeps nothing, the choice holds for this page.
            let _ = if wanted { storage.remove_item(STORED) } else { storage.set_item(STORED, OFF) };
        }
    };
    view! {
        <button id=BUTTON_ID type="button" class="btn btn-ghost btn-sm queue-keys-button" popovertarget=DIALOG_ID title="Keys: ?">
            <Icon name=IconName::Keyboard />
            "Keys"
        </button>
        <div id=DIALOG_ID popover="auto" role="dialog" aria-labelledby="queue-keys-title" class="queue-keys panel">
            <div class="panel-head">
                <h2 id="queue-keys-title" class="panel-title">"Keys of the queue"</h2>
                <button
                    type="button"
                    class="btn btn-ghost btn-xs btn-square ml-auto"
                    popovertarget=DIALOG_ID
                    popovertargetaction="hide"
                    autofocus=true
                    aria-label="Close"
                >
                    <Icon name=IconName::X />
                </button>
            </div>
            <dl class="queue-keys-list">
                {KEYS
                    .iter()
                    .map(|(key, says)| view! { <div><dt><kbd class="kbd kbd-sm">{*key}</kbd></dt><dd>{*says}</dd></div> })
                    .collect_view()}
            </dl>
            <label class="flex items-center gap-2 border-t border-base-300 p-4">
                <input type="checkbox" class="checkbox checkbox-sm" prop:checked=move || on.get() on:change=toggle />
                "Single keys work on this page"
            </label>
        </div>
    }
}

/// Does what a key says; returns whether it was one of ours.
fn act(state: QueueState, event: &KeyboardEvent, going: StoredValue<bool>, go: &impl Fn(&str)) -> bool {
    let triage = state.triage;
    let key = event.key();
    if going.get_value() {
        going.set_value(false);
        let address = match key.as_str() {
            "q" => "/queue",
            "h" => "/",
            "c" => "/catalogue",
            _ => return false,
        };
        go(address);
        return true;
    }
    let here = focused();
    match key.as_str() {
        "j" => step(state, 1),
        "k" => step(state, -1),
        "ArrowDown" if here.is_some() => step(state, 1),
        "ArrowUp" if here.is_some() => step(state, -1),
        "x" | "X" => {
            let reach = if event.shift_key() { Reach::Range } else { Reach::One };
            current(state).into_iter().for_each(|id| triage.pick(state, id, reach));
        }
        // A link or a button in the row has its own Enter.
        "Enter" if is_row(event) => open(state, "", go),
        "o" => open(state, "", go),
        "i" => open(state, "#actions-title", go),
        "c" => decide(state, BulkAction::Claim),
        "a" => decide(state, BulkAction::Approve),
        "d" => {
            if !has_selection(state) {
                current(state).into_iter().for_each(|id| triage.pick(state, id, Reach::One));
            }
            if has_selection(state) {
                // The bar is shown with the selection, and only what is shown can have the focus.
                request_animation_frame(|| focus(REASON_ID));
            }
        }
        "u" => triage.undo_last(),
        "/" => {
            let search = document().query_selector("[role=search] input[type=search]").ok().flatten();
            if let Some(search) = search.and_then(|search| search.dyn_into::<HtmlElement>().ok()) {
                // As below.
                let _ = search.focus();
            }
        }
        "Escape" if has_selection(state) => triage.clear(),
        "g" => going.set_value(true),
        "?" => click(BUTTON_ID),
        _ => return false,
    }
    true
}

/// Takes the selection, or the row at hand; after one row the focus goes to the next.
fn decide(state: QueueState, action: BulkAction) {
    let triage = state.triage;
    if has_selection(state) {
        let mut form = triage.form(state, action, None);
        form.cluster = value_of_id(CLUSTER_ID).unwrap_or_default();
        triage.start(form);
        return;
    }
    let Some(id) = current(state) else {
        triage.said.set("Choose a request first: j and k move.".to_owned());
        return;
    };
    let row = state.rows.with_untracked(|rows| rows.iter().find(|row| row.id == id).map(|row| row.line.clone()));
    if row.is_some_and(|line| line.with_untracked(|line| could(&line.row, action))) {
        triage.start(triage.form(state, action, Some(id)));
        step(state, 1);
    } else {
        let doing = action.label().to_lowercase();
        triage.said.set(format!("{id}: “{doing}” is not possible for you now."));
    }
}

/// After a reason was given: on with the row after the one that was looked at.
pub fn back_to_rows(state: QueueState) {
    step(state, 1);
}

fn has_selection(state: QueueState) -> bool {
    state.triage.whole.get_untracked() || state.triage.picked.with_untracked(|picked| !picked.is_empty())
}

/// Moves the focus by so many rows; from nowhere, to the first.
fn step(state: QueueState, by: isize) {
    let ids: Vec<RequestId> = state.rows.with_untracked(|rows| rows.iter().map(|row| row.id).collect());
    let at = current(state).and_then(|id| ids.iter().position(|known| *known == id));
    let to = match at {
        Some(at) => at.saturating_add_signed(by).min(ids.len().saturating_sub(1)),
        None => 0,
    };
    if let Some(id) = ids.get(to) {
        state.triage.last.set_value(Some(*id));
        focus(&row_id(*id));
    }
}

fn open(state: QueueState, part: &str, go: &impl Fn(&str)) {
    if let Some(id) = current(state) {
        go(&format!("/requests/{id}{part}"));
    }
}

/// The row that has the focus, or had it last, while it is shown.
fn current(state: QueueState) -> Option<RequestId> {
    let known = |id: &RequestId| state.rows.with_untracked(|rows| rows.iter().any(|row| row.id == *id));
    focused().or_else(|| state.triage.last.get_value()).filter(known)
}

fn focused() -> Option<RequestId> {
    let row = document().active_element()?.closest("tr[data-request]").ok()??;
    row.get_attribute("data-request")?.parse().ok()
}

/// The `id` of a row's element.
#[must_use]
pub fn row_id(id: RequestId) -> String {
    format!("row-{id}")
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        // Fails only for what cannot have the focus. The browser brings it into view.
        let _ = element.focus();
    }
}

fn click(id: &str) {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.into_iter().for_each(|element| element.click());
}

fn is_row(event: &KeyboardEvent) -> bool {
    target_element(event).is_some_and(|target| target.has_attribute("data-request"))
}

/// Keys with a modifier are the browser's, and what is typed is text.
fn is_for_us(event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() || event.is_composing() {
        return false;
    }
    let Some(target) = target_element(event) else { return true };
    let typed_into = "input:not([type=checkbox]), textarea, select, [contenteditable], [popover]";
    !target.closest(typed_into).is_ok_and(|found| found.is_some())
}

fn stored() -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(STORED).ok().flatten()
}

/// The check box of a row; without scripts it belongs to the bulk form by its name.
#[component]
pub fn Pick(state: QueueState, id: RequestId, revision: domain::ids::Revision) -> impl IntoView {
    let triage = state.triage;
    let picked = move || triage.picked.with(|picked| picked.contains_key(&id));
    let first = untrack(picked);
    view! {
        <input
            type="checkbox"
            class="checkbox checkbox-xs queue-pick"
            name="pick"
            form=super::triage::FORM_ID
            value=domain::bulk::Seen { id, revision }.word()
            aria-label=format!("Select {id}")
            checked=first
            prop:checked=picked
            on:click=move |event: ev::MouseEvent| {
                let reach = if event.shift_key() { Reach::Range } else { Reach::One };
                triage.pick(state, id, reach);
            }
        />
    }
}
