//! The form of an action: how it is sent, and where its refusal is shown.

use domain::{error::Error, lifecycle::ActionKind};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlFormElement};

use super::acting::Acting;
use crate::{
    components::{Alert, form::area_text},
    error::AppError,
};

/// The form of one action: the hidden inputs, what the action asks, its refusal, and the button.
///
/// An action that asks nothing is a form with a button alone.
#[component]
pub fn ActionFrame(
    acting: Acting,
    action: ActionKind,
    /// What the button says; the action's own label otherwise.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(default = "btn")] button: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        acting.send(action, form);
    };
    let is_pending = move || acting.pending.get() == Some(action);
    let label = label.unwrap_or_else(|| action.label().to_owned());
    let address = acting.view.with_untracked(|view| format!("/requests/{}", view.id));
    view! {
        <form method="post" action=address class="flex flex-col gap-3" data-action=action.word() on:submit=on_submit>
            <input type="hidden" name="action" value=action.word() />
            <input type="hidden" name="revision" value=move || acting.view.with(|view| view.revision.to_string()) />
            {children.map(|children| children())}
            <Refusal acting action />
            <button
                type="submit"
                class=format!("{button} self-start")
                disabled=move || acting.pending.get().is_some()
                aria-busy=move || is_pending().then_some("true")
            >
                {move || is_pending().then(|| view! { <span class="loading loading-spinner loading-xs" aria-hidden="true"></span> })}
                {label}
            </button>
        </form>
    }
}

/// A refusal that is about no input of the form.
#[component]
fn Refusal(acting: Acting, action: ActionKind) -> impl IntoView {
    move || {
        let error = acting.refused(action)?;
        if let AppError::Refused(Error::Input { input, .. }) = &error
            && inputs_of(action).contains(&input.as_str())
        {
            return None;
        }
        let text = match &error {
            AppError::Refused(Error::Stale { .. }) => {
                format!("{error} The page shows it as it is now, and what you typed is still here.")
            }
            // The reply form shows these at its fields; the other forms have no such fields.
            AppError::Refused(Error::Form { fields }) if action != ActionKind::Reply => {
                let said = fields.iter().map(|(field, message)| format!("{}: {message}", field.label()));
                said.collect::<Vec<_>>().join(" ")
            }
            _ => error.to_string(),
        };
        Some(view! { <Alert kind="error" text /> })
    }
}

/// The inputs of an action's form that show their own message.
fn inputs_of(action: ActionKind) -> &'static [&'static str] {
    match action {
        ActionKind::Assign => &["reviewer"],
        ActionKind::Ask => &["question"],
        ActionKind::Reply => &["reply"],
        ActionKind::Comment => &["comment"],
        ActionKind::Deny | ActionKind::Withdraw | ActionKind::GiveUp => &["reason"],
        _ => &[],
    }
}

/// One text of an action's form, with its message.
#[component]
pub fn NoteInput(
    acting: Acting,
    action: ActionKind,
    /// The name of the input.
    name: &'static str,
    label: &'static str,
    #[prop(default = "")] help: &'static str,
    #[prop(default = 3)] rows: u8,
) -> impl IntoView {
    let id = format!("{action}-{name}");
    let error = Memo::new(move |_| acting.input_error(action, name));
    let described = {
        let id = id.clone();
        move || if error.with(Option::is_some) { format!("{id}-error {id}-help") } else { format!("{id}-help") }
    };
    view! {
        <div class="flex flex-col gap-1.5">
            <label class="text-sm font-medium" for=id.clone()>
                {label}
            </label>
            <textarea
                class="textarea w-full"
                id=id.clone()
                name=name
                rows=rows.to_string()
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
            >
                {area_text(acting.typed(action, name).unwrap_or_default())}
            </textarea>
            <p id=format!("{id}-help") class="text-xs text-muted" hidden=help.is_empty()>
                {help}
            </p>
            <InputError id=format!("{id}-error") error />
        </div>
    }
}

/// The message under an input.
#[component]
pub fn InputError(#[prop(into)] id: String, error: Memo<Option<String>>) -> impl IntoView {
    view! {
        <p id=id class="text-sm text-error" role="alert" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
        </p>
    }
}
