//! How an action of this page is sent, and where its refusal is shown.

use domain::{command::ActionForm, error::Error, ids::RequestId, lifecycle::ActionKind, view::RequestView};
use leptos::{ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::HtmlFormElement};

use crate::{
    api,
    components::{Alert, form::form_pairs},
    error::AppError,
    posted::Posted,
};

/// The request at hand and what is being done to it: a handle that every part of the page shares.
#[derive(Clone, Copy)]
pub struct Acting {
    pub id: RequestId,
    pub view: RwSignal<RequestView>,
    /// The action that is on its way.
    pub pending: RwSignal<Option<ActionKind>>,
    /// The last refusal, with the action that it is about.
    refusal: RwSignal<Option<(ActionKind, AppError)>>,
    /// What a refused plain post had typed.
    posted: StoredValue<Option<(ActionKind, Posted)>>,
    /// What an action came to, for screen readers.
    pub said: RwSignal<String>,
    /// That somebody else changed the request while the page was open.
    pub moved: RwSignal<Option<String>>,
    /// That the request cannot be seen any more.
    pub lost: RwSignal<Option<Error>>,
}

impl Acting {
    #[must_use]
    pub fn new(view: RequestView, posted: Option<Posted>) -> Self {
        let posted = posted.map(|posted| {
            let action = posted.value("action").and_then(|word| word.parse().ok()).unwrap_or(ActionKind::Comment);
            (action, posted)
        });
        let refusal = posted.as_ref().map(|(action, posted)| (*action, AppError::Refused(posted.error.clone())));
        Self {
            id: view.id,
            view: RwSignal::new(view),
            pending: RwSignal::new(None),
            refusal: RwSignal::new(refusal),
            posted: StoredValue::new(posted),
            said: RwSignal::default(),
            moved: RwSignal::new(None),
            lost: RwSignal::new(None),
        }
    }

    /// A part of the page's data; who reads it hears only of changes of this part.
    pub fn part<T: PartialEq + Send + Sync + 'static>(self, read: fn(&RequestView) -> T) -> Memo<T> {
        Memo::new(move |_| self.view.with(read))
    }

    /// Whether the viewer can do this now.
    #[must_use]
    pub fn allows(self, action: ActionKind) -> Memo<bool> {
        Memo::new(move |_| self.view.with(|view| view.allowed_actions.contains(&action)))
    }

    /// What a refused plain post of this action had typed into an input.
    #[must_use]
    pub fn typed(self, action: ActionKind, name: &str) -> Option<String> {
        self.posted.with_value(|posted| {
            posted
                .as_ref()
                .filter(|(of, _)| *of == action)
                .and_then(|(_, posted)| posted.value(name).map(str::to_owned))
        })
    }

    /// Everything that a refused plain post of this action had typed.
    #[must_use]
    pub fn typed_pairs(self, action: ActionKind) -> Option<Vec<(String, String)>> {
        self.posted.with_value(|posted| {
            posted.as_ref().filter(|(of, _)| *of == action).map(|(_, posted)| posted.values.clone())
        })
    }

    /// Why the last attempt of this action was refused.
    #[must_use]
    pub fn refused(self, action: ActionKind) -> Option<AppError> {
        self.refusal.with(|refusal| refusal.as_ref().filter(|(of, _)| *of == action).map(|(_, error)| error.clone()))
    }

    /// The message for one input of an action's form.
    #[must_use]
    pub fn input_error(self, action: ActionKind, input: &str) -> Option<String> {
        let Some(AppError::Refused(error)) = self.refused(action) else { return None };
        match error {
            Error::Input { input: at, message } if at == input => Some(message),
            Error::Placement { fields } => match input {
                "cluster" => fields.cluster,
                "partitions" => fields.partitions,
                "override_reason" => fields.override_reason,
                _ => None,
            },
            _ => None,
        }
    }

    /// Sends what a form holds. Does nothing while another action is on its way.
    pub fn send(self, action: ActionKind, form: ActionForm, element: HtmlFormElement) {
        if self.pending.get_untracked().is_some() {
            return;
        }
        self.pending.set(Some(action));
        self.said.set(String::new());
        spawn_local(async move {
            let answer = api::request_act(self.id, form).await;
            if self.pending.is_disposed() {
                return;
            }
            self.pending.set(None);
            match answer {
                Ok(view) => {
                    self.refusal.set(None);
                    self.moved.set(None);
                    element.reset();
                    close_details(&element);
                    self.said.set(format!(
                        "Done: you {}. The request is now {}.",
                        action.past(),
                        view.status.label().to_lowercase()
                    ));
                    self.view.set(view);
                }
                Err(error) => self.refusal.set(Some((action, error))),
            }
        });
    }

    /// Takes the request as it is now, after somebody else's change.
    pub fn hear(self, view: RequestView) {
        let before = self.view.with_untracked(|before| (before.revision, before.status));
        self.lost.set(None);
        if view.revision != before.0 {
            let text = format!(
                "This request was changed while you had it open; it is now revision {}. Look at what changed before you decide.",
                view.revision
            );
            self.moved.set(Some(text));
        } else if view.status != before.1 {
            self.moved.set(Some(format!("Meanwhile this request is {}.", view.status.label().to_lowercase())));
        }
        self.view.set(view);
    }

    /// The request is not there any more for this viewer.
    pub fn lose(self, error: Error) {
        self.lost.set(Some(error));
    }
}

/// Folds the form away that was just used.
fn close_details(form: &HtmlFormElement) {
    if let Ok(Some(details)) = form.closest("details") {
        // Fails only for an attribute that is none.
        let _ = details.remove_attribute("open");
    }
}

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
        acting.send(action, ActionForm::from_pairs(&form_pairs(&form)), form);
    };
    let is_pending = move || acting.pending.get() == Some(action);
    let label = label.unwrap_or_else(|| action.label().to_owned());
    view! {
        <form method="post" class="flex flex-col gap-3" data-action=action.word() on:submit=on_submit>
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
        let advice = match &error {
            AppError::Refused(Error::Stale { .. }) => {
                Some("Reload the page to see it as it is now; what you typed here stays until then.")
            }
            AppError::Refused(Error::InvalidTransition { .. }) => Some("Reload the page: the request has moved on."),
            _ => None,
        };
        let text = match advice {
            Some(advice) => format!("{error} {advice}"),
            None => error.to_string(),
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
                {acting.typed(action, name).unwrap_or_default()}
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
