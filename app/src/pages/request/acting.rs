//! The request at hand, and what is being done to it.

use domain::{command::ActionForm, error::Error, ids::RequestId, lifecycle::ActionKind, view::RequestView};
use leptos::{prelude::*, task::spawn_local, web_sys::HtmlFormElement};

use crate::{api, components::form::form_pairs, error::AppError, posted::Posted};

/// The request at hand and what is being done to it: a handle that every part of the page shares.
#[derive(Clone, Copy)]
pub struct Acting {
    pub id: RequestId,
    pub view: RwSignal<RequestView>,
    /// The action that is on its way.
    pub pending: RwSignal<Option<ActionKind>>,
    /// The last refusal, with the action that it is about; none for a post that named no action.
    refusal: RwSignal<Option<(Option<ActionKind>, AppError)>>,
    /// What the refused attempt had typed.
    typed: StoredValue<Vec<(String, String)>>,
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
        let (refusal, typed) = match posted {
            Some(Posted { values, error }) => {
                let action = values.iter().find(|(name, _)| name == "action").and_then(|(_, word)| word.parse().ok());
                (Some((action, AppError::Refused(error))), values)
            }
            None => (None, Vec::new()),
        };
        Self {
            id: view.id,
            view: RwSignal::new(view),
            pending: RwSignal::new(None),
            refusal: RwSignal::new(refusal),
            typed: StoredValue::new(typed),
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

    /// What the refused attempt of this action had typed into an input.
    #[must_use]
    pub fn typed(self, action: ActionKind, name: &str) -> Option<String> {
        self.typed_pairs(action)?.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Everything that the refused attempt of this action had typed.
    #[must_use]
    pub fn typed_pairs(self, action: ActionKind) -> Option<Vec<(String, String)>> {
        let is_about = self.refusal.with_untracked(|refusal| matches!(refusal, Some((Some(of), _)) if *of == action));
        is_about.then(|| self.typed.get_value())
    }

    /// Why the last attempt of this action was refused.
    #[must_use]
    pub fn refused(self, action: ActionKind) -> Option<AppError> {
        self.refusal.with(|refusal| match refusal {
            Some((Some(of), error)) if *of == action => Some(error.clone()),
            _ => None,
        })
    }

    /// A refusal whose form is not on the page any more, with what was written in it.
    #[must_use]
    pub fn stranded(self) -> Option<(AppError, Vec<String>)> {
        let (action, error) = self.refusal.get()?;
        let has_form = action.is_some_and(|action| self.view.with(|view| view.allowed_actions.contains(&action)));
        let written = |(name, value): (String, String)| {
            (TEXTS.contains(&name.as_str()) && !value.trim().is_empty()).then_some(value)
        };
        (!has_form).then(|| (error, self.typed.get_value().into_iter().filter_map(written).collect()))
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
    pub fn send(self, action: ActionKind, element: HtmlFormElement) {
        if self.pending.get_untracked().is_some() {
            return;
        }
        self.pending.set(Some(action));
        self.said.set(String::new());
        let pairs = form_pairs(&element);
        let form = ActionForm::from_pairs(&pairs);
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
                Err(error) => {
                    self.typed.set_value(pairs);
                    let moved_on = matches!(
                        error,
                        AppError::Refused(
                            Error::Stale { .. } | Error::InvalidTransition { .. } | Error::NotFound { .. }
                        )
                    );
                    self.refusal.set(Some((Some(action), error)));
                    if moved_on {
                        self.read_again();
                    }
                }
            }
        });
    }

    /// Reads the request as it is now.
    pub fn read_again(self) {
        spawn_local(async move {
            let answer = api::request_view(self.id).await;
            if self.view.is_disposed() {
                return;
            }
            match answer {
                Ok(view) => self.hear(view),
                Err(AppError::Refused(error @ (Error::NotFound { .. } | Error::SignedOut))) => {
                    self.lost.set(Some(error))
                }
                // Not reached: the stream says so when it is back, and then everything is read again.
                Err(_) => {}
            }
        });
    }

    /// Takes the request as it is now, after somebody else's change.
    fn hear(self, view: RequestView) {
        let before = self.view.with_untracked(|before| (before.revision, before.status));
        self.lost.set(None);
        if view.revision != before.0 {
            let text = format!(
                "This request was changed while you had it open; it is now revision {}. Look at what changed before you decide.",
                view.revision
            );
            self.moved.set(Some(text));
        } else if view.status != before.1 {
            self.moved.set(Some(format!("Somebody moved this request on; it is now “{}”.", view.status.label())));
        }
        self.view.set(view);
    }
}

/// The inputs whose text somebody wrote.
const TEXTS: [&str; 5] = ["question", "reply", "comment", "reason", "override_reason"];

/// Folds the form away that was just used.
fn close_details(form: &HtmlFormElement) {
    if let Ok(Some(details)) = form.closest("details") {
        // Fails only for an attribute that is none.
        let _ = details.remove_attribute("open");
    }
}
