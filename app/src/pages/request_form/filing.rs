//! Saving and submitting by server functions: one at a time, and never over somebody else's change.

use std::time::Duration;

use domain::{
    error::Error,
    form::{Field, RequestForm},
    ids::{RequestId, Revision},
    lifecycle::Status,
    view::{Filed, FormPost, FormView},
};
use leptos::{
    leptos_dom::helpers::{debounce, window_event_listener_untyped},
    prelude::*,
    task::spawn_local,
    web_sys::js_sys::Date,
};

use crate::{api, components::form::FormState, error::AppError};

/// How long a draft rests after the last change before it is saved by itself.
const REST: Duration = Duration::from_millis(2_500);

/// What a button, or the passing of time, asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Submit,
    Save,
    /// Saves a draft without leaving the page.
    Autosave,
}

impl Intent {
    /// Values of the button that saves, or submits, what the YAML says; posted without scripts alone.
    pub const YAML_SAVE: &str = "yaml-save";
    pub const YAML_SUBMIT: &str = "yaml-submit";

    /// The value of the button named `intent`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Save | Self::Autosave => "save",
        }
    }

    /// What a posted `intent` means; submitting is the form's own purpose.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == Self::Save.word() { Self::Save } else { Self::Submit }
    }
}

/// How the last attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Saved at this time of the browser's day, `12:03`.
    Saved(String),
    /// Fields are wrong; the form shows them.
    Wrong,
    /// Refused for a reason that is about no field, or not answered.
    Failed(AppError),
}

/// One form's way to the server: a handle.
#[derive(Clone, Copy)]
pub struct Filing {
    pub state: FormState,
    pub id: RwSignal<Option<RequestId>>,
    pub revision: RwSignal<Option<Revision>>,
    status: RwSignal<Option<Status>>,
    token: StoredValue<String>,
    pending: RwSignal<Option<Intent>>,
    /// Asked for while a save was on its way.
    queued: StoredValue<Option<Intent>>,
    pub outcome: RwSignal<Option<Outcome>>,
    /// What the server has.
    saved: StoredValue<RequestForm>,
    /// The page is left on purpose, for what a button led to.
    leaving: StoredValue<bool>,
    on_filed: Callback<Filed>,
}

impl Filing {
    #[must_use]
    pub fn new(view: &FormView, token: String, state: FormState, on_filed: Callback<Filed>) -> Self {
        Self {
            state,
            id: RwSignal::new(view.id),
            revision: RwSignal::new(view.revision),
            status: RwSignal::new(view.status),
            token: StoredValue::new(token),
            pending: RwSignal::new(None),
            queued: StoredValue::new(None),
            outcome: RwSignal::new(None),
            saved: StoredValue::new(view.form.clone()),
            leaving: StoredValue::new(false),
            on_filed,
        }
    }

    /// Whether it may be kept as a draft: it is one, or not saved yet.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        matches!(self.status.get(), None | Some(Status::Draft))
    }

    /// Whether something typed here is nowhere else.
    fn is_unsaved(&self) -> bool {
        if self.leaving.try_get_value().unwrap_or(true) || !untrack(|| self.state.is_awake()) {
            return false;
        }
        let is_on_its_way = matches!(self.pending.get_untracked(), Some(Intent::Submit | Intent::Save));
        let draft = untrack(|| self.state.draft());
        !is_on_its_way && self.saved.with_value(|saved| *saved != draft)
    }

    /// The page is left for what a plain button asks: nobody is asked whether to stay.
    pub fn leave(self) {
        self.leaving.set_value(true);
    }

    /// What is on its way to the server.
    #[must_use]
    pub fn pending(&self) -> Option<Intent> {
        self.pending.get()
    }

    /// Somebody else's change, which an autosave must not run over.
    #[must_use]
    pub fn conflict(&self) -> Option<Revision> {
        self.outcome.with(|outcome| match outcome {
            Some(Outcome::Failed(AppError::Refused(Error::Stale { current, .. }))) => Some(*current),
            _ => None,
        })
    }

    /// Goes on from somebody else's revision with what is typed here: a draft is saved over theirs at once, a submitted
    /// request with the next press of its button.
    pub fn take_over(self, current: Revision) {
        self.revision.set(Some(current));
        self.outcome.set(None);
        if untrack(|| self.is_draft()) {
            self.send(Intent::Autosave);
        }
    }

    /// Sends the form. A second call while one is on its way does nothing, but for one after an autosave, which waits.
    pub fn send(self, intent: Intent) {
        match self.pending.get_untracked() {
            Some(Intent::Autosave) if intent != Intent::Autosave => return self.queued.set_value(Some(intent)),
            Some(_) => return,
            None => {}
        }
        if intent == Intent::Submit && self.state.attempt().is_err() {
            return self.outcome.set(Some(Outcome::Wrong));
        }
        self.pending.set(Some(intent));
        let post = FormPost {
            id: self.id.get_untracked(),
            revision: self.revision.get_untracked(),
            token: self.token.get_value(),
            form: untrack(|| match intent {
                Intent::Submit => self.state.submission(),
                Intent::Save | Intent::Autosave => self.state.draft(),
            }),
        };
        let sent = post.form.clone();
        spawn_local(async move {
            let answer = match intent {
                Intent::Submit => api::request_submit(post).await,
                Intent::Save | Intent::Autosave => api::request_save(post).await,
            };
            // The page may have been left meanwhile, and its signals with it.
            if self.pending.is_disposed() {
                return;
            }
            if answer.is_ok() {
                self.saved.set_value(sent);
            }
            self.settle(intent, answer);
        });
    }

    fn settle(self, intent: Intent, answer: Result<Filed, AppError>) {
        let queued = self.queued.try_update_value(Option::take).flatten();
        match answer {
            Ok(filed) => {
                self.id.set(Some(filed.id));
                self.revision.set(Some(filed.revision));
                self.status.set(Some(filed.status));
                self.outcome.set(Some(Outcome::Saved(time_of_day())));
                match (intent, queued) {
                    (Intent::Autosave, Some(next)) => {
                        self.pending.set(None);
                        self.send(next);
                    }
                    (Intent::Autosave, None) => self.pending.set(None),
                    // Stays pending: the page is being left, and nothing may be sent a second time.
                    (Intent::Submit | Intent::Save, _) => self.on_filed.run(filed),
                }
            }
            Err(error) => {
                self.pending.set(None);
                self.outcome.set(Some(match error {
                    AppError::Refused(error) => match self.state.refuse(error) {
                        None => Outcome::Wrong,
                        Some(error) => Outcome::Failed(AppError::Refused(error)),
                    },
                    unanswered @ AppError::Transport(_) => Outcome::Failed(unanswered),
                }));
            }
        }
    }

    /// Saves a draft some time after its last change from `stored`; the first time makes it one. Holds still while
    /// there is a conflict. Leaving the page with changes that are not saved asks first.
    pub fn autosave(self, stored: RequestForm) {
        let mut save_later = debounce(REST, move |()| {
            let may = untrack(|| {
                // What was only looked at makes no draft.
                let is_begun = self.id.get().is_some()
                    || self.state.with(|form| {
                        [Field::Name, Field::Description].iter().any(|field| !form.get(*field).trim().is_empty())
                    });
                is_begun && self.is_draft() && self.conflict().is_none() && self.pending.get().is_none()
            });
            if may {
                self.send(Intent::Autosave);
            }
        });
        let seen = StoredValue::new(stored.clone());
        self.saved.set_value(stored);
        let guard = window_event_listener_untyped("beforeunload", move |event| {
            if self.is_unsaved() {
                event.prevent_default();
            }
        });
        on_cleanup(move || guard.remove());
        Effect::new(move |_| {
            if !self.state.is_awake() {
                return;
            }
            let draft = self.state.draft();
            if seen.with_value(|seen| *seen != draft) {
                seen.set_value(draft);
                save_later(());
            }
        });
    }
}

/// `12:03`, by the browser's clock and zone.
fn time_of_day() -> String {
    let now = Date::new_0();
    format!("{:02}:{:02}", now.get_hours(), now.get_minutes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_without_a_known_intent_is_submitted() {
        for (word, intent) in [("save", Intent::Save), ("submit", Intent::Submit), ("", Intent::Submit)] {
            assert_eq!(Intent::of_word(word), intent, "{word}");
        }
    }
}
