//! Typing a value and saving it: only over what was read, unless one knowingly overwrites.

mod fields;

use chrono::SecondsFormat;
use domain::bounds::{TTL_SECONDS_MAX, TTL_SECONDS_MIN};
use leptos::{ev, prelude::*, task::spawn_local};

use self::fields::{Buttons, Conflicting, NameField, Terms, ValueField};
use super::{
    entry::read_value,
    parts::Failure,
    state::{Console, Step},
};
use crate::{
    components::{Icon, IconName, form::dom::focus_id},
    console::{
        address::{self, Open},
        client::Call,
        draft::{self, Draft, Expiry, Slot},
        key::Key,
        value::{Format, Value},
        wire::Problem,
    },
};

/// What another did to the entry since it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Conflict {
    /// It has another value, or the new key is taken.
    Theirs(Value),
    Gone,
}

/// Under which condition a save is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Guard {
    Match(String),
    Create,
}

#[derive(Clone, Copy)]
struct Edit {
    console: Console,
    slot: StoredValue<Slot>,
    original: StoredValue<Option<Value>>,
    /// What nothing was changed of.
    begun: StoredValue<Draft>,
    typed: RwSignal<Draft>,
    dirty: Memo<bool>,
    busy: RwSignal<bool>,
    failure: RwSignal<Option<Problem>>,
    conflict: RwSignal<Option<Conflict>>,
    asking: RwSignal<bool>,
    saved: Callback<Key>,
}

impl Edit {
    fn key(self) -> Option<Key> {
        self.slot
            .with_value(|(_, key)| key.clone())
            .or_else(|| self.typed.with_untracked(|typed| Key::new(&typed.name)))
    }

    fn path(self, key: &Key) -> String {
        self.slot.with_value(|(name, _)| address::entry(name, key))
    }

    /// The guard that nothing that others wrote passes.
    fn guard(self) -> Guard {
        self.typed.with_untracked(|typed| typed.etag.clone()).map_or(Guard::Create, Guard::Match)
    }

    fn is_new(self) -> bool {
        self.slot.with_value(|(_, key)| key.is_none())
    }

    /// What would be stored.
    fn bytes(self) -> Result<Vec<u8>, String> {
        self.typed.with(|typed| {
            self.original.with_value(|original| match original {
                Some(value) => value.rewritten(typed.format, &typed.text),
                None => typed.format.read(&typed.text),
            })
        })
    }

    /// What is wrong with the value.
    fn invalid(self) -> Option<String> {
        self.typed.with(|typed| typed.format.read(&typed.text).err())
    }

    /// What is wrong with the time to live.
    fn invalid_seconds(self) -> Option<&'static str> {
        self.typed.with(|typed| {
            let is_fine = typed.expiry != Expiry::Seconds
                || typed
                    .seconds
                    .trim()
                    .parse::<u64>()
                    .is_ok_and(|seconds| (TTL_SECONDS_MIN..=TTL_SECONDS_MAX).contains(&seconds));
            (!is_fine).then_some("Seconds from 1 to 315 360 000.")
        })
    }

    fn save(self, guard: Guard) {
        let draft = self.typed.get_untracked();
        let Some(key) = self.key() else { return };
        let Ok(bytes) = untrack(|| self.bytes()) else { return };
        if self.busy.get_untracked() || untrack(|| self.invalid_seconds()).is_some() {
            return;
        }
        let mut path = self.path(&key);
        if draft.expiry == Expiry::Seconds {
            path.push_str(&format!("&ttl={}", draft.seconds.trim()));
        }
        let mut call = Call::put(path, draft.content_type.trim(), bytes);
        if draft.content_type.trim().is_empty() {
            call.headers.clear();
        }
        let expires = self.original.with_value(|original| original.as_ref().and_then(|value| value.expires));
        if let (Expiry::Keep, Some(at)) = (draft.expiry, expires) {
            call = call.header("Expires-At", &at.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
        call = match &guard {
            Guard::Match(etag) => call.header("If-Match", etag),
            Guard::Create => call.header("If-None-Match", "*"),
        };
        self.send(call, key, Done::Saved);
    }

    fn delete(self) {
        let Some(key) = self.key() else { return };
        let call = Call::delete(self.path(&key));
        let call = match self.guard() {
            Guard::Match(etag) => call.header("If-Match", &etag),
            Guard::Create => call,
        };
        self.send(call, key, Done::Deleted);
    }

    fn send(self, call: Call, key: Key, done: Done) {
        self.busy.set(true);
        self.failure.set(None);
        let slot = self.slot.get_value();
        let path = self.path(&key);
        spawn_local(async move {
            let answer = call.send().await;
            let conflict = match &answer {
                Err(problem) if problem.status == 412 || (problem.status == 404 && problem.code == "no_such_key") => {
                    match read_value(path).await {
                        Ok(value) => Some(Ok(Conflict::Theirs(value))),
                        Err(problem) if problem.status == 404 => Some(Ok(Conflict::Gone)),
                        Err(problem) => Some(Err(problem)),
                    }
                }
                _ => None,
            };
            if answer.is_ok() {
                draft::keep(&slot, None);
            }
            // The page may have been left meanwhile.
            if self.busy.try_set(false).is_some() {
                return;
            }
            match (answer, conflict) {
                (_, Some(Ok(conflict))) => {
                    self.asking.set(false);
                    self.conflict.set(Some(conflict));
                }
                (Err(problem), _) | (_, Some(Err(problem))) => self.failure.set(Some(problem)),
                (Ok(_), None) => {
                    self.conflict.set(None);
                    self.begun.set_value(self.typed.get_untracked());
                    self.console.read_list_again();
                    match done {
                        Done::Saved => self.saved.run(key),
                        Done::Deleted => {
                            self.console.say(format!("{} is deleted.", key.shown()));
                            self.console.go(&self.console.place.get_untracked().opened(Open::Nothing), Step::Replaced);
                            focus_id("console-keys");
                        }
                    }
                }
            }
        });
    }

    /// Back to what was read.
    fn discard(self) {
        self.conflict.set(None);
        self.failure.set(None);
        self.typed.set(self.begun.get_value());
    }

    /// Gives up what was typed for what is there now.
    fn reload(self, key: Key) {
        draft::keep(&self.slot.get_value(), None);
        self.begun.set_value(self.typed.get_untracked());
        if self.is_new() {
            self.console.go(&self.console.place.get_untracked().opened(Open::Entry(key)), Step::Replaced);
        } else {
            self.saved.run(key);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Saved,
    Deleted,
}

#[component]
pub(super) fn Editor(
    console: Console,
    key: Option<Key>,
    original: Option<Value>,
    saved: Callback<Key>,
) -> impl IntoView {
    let dataset = console.dataset.get_untracked();
    let only = dataset.as_ref().and_then(|dataset| match dataset.value_format.as_str() {
        "json" => Some(Format::Json),
        "text" => Some(Format::Text),
        _ => None,
    });
    let begun = match &original {
        Some(value) => Draft {
            name: String::new(),
            text: value.format().typed(&value.bytes),
            format: value.format(),
            content_type: value.content_type.clone(),
            expiry: if value.expires.is_some() && dataset.as_ref().is_some_and(|one| one.ttl_override) {
                Expiry::Keep
            } else {
                Expiry::Default
            },
            seconds: String::new(),
            etag: Some(value.etag.clone()),
        },
        None => {
            let format = only.unwrap_or(Format::Json);
            Draft {
                name: console.place.with_untracked(|place| place.prefix.clone()),
                text: String::new(),
                format,
                content_type: format.content_type().to_owned(),
                expiry: Expiry::Default,
                seconds: String::new(),
                etag: None,
            }
        }
    };
    let slot = (console.name(), key);
    let kept = draft::kept(&slot);
    let restored = kept.is_some();
    let begun = StoredValue::new(begun);
    let typed = RwSignal::new(kept.unwrap_or_else(|| begun.get_value()));
    let dirty = Memo::new(move |_| {
        typed.with(|typed| {
            begun.with_value(|begun| {
                // Where it began from is not something that was typed.
                Draft { etag: None, ..typed.clone() } != Draft { etag: None, ..begun.clone() }
            })
        })
    });
    let edit = Edit {
        console,
        slot: StoredValue::new(slot),
        original: StoredValue::new(original),
        begun,
        typed,
        dirty,
        busy: RwSignal::new(false),
        failure: RwSignal::new(None),
        conflict: RwSignal::new(None),
        asking: RwSignal::new(false),
        saved,
    };
    Effect::new(move |_| {
        let draft = typed.get();
        edit.slot.with_value(|slot| draft::keep(slot, dirty.get().then_some(draft)));
    });
    let on_keys = move |event: ev::KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key() == "s" {
            event.prevent_default();
            edit.save(edit.guard());
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        edit.save(edit.guard());
    };
    view! {
        <form class="flex flex-col gap-4 p-4" aria-label="Edit the entry" on:submit=submit on:keydown=on_keys>
            {restored.then(|| view! {
                <div class="notice" role="status" hidden=move || !dirty.get()>
                    <Icon name=IconName::Undo />
                    <p>"What you typed here before and did not save is back."</p>
                </div>
            })}
            {edit.is_new().then(|| view! { <NameField edit /> })}
            <ValueField edit only />
            <Terms edit />
            {move || edit.conflict.get().map(|conflict| view! { <Conflicting edit conflict /> })}
            {move || edit.failure.get().map(|problem| view! { <Failure problem retry=move || edit.save(edit.guard()) /> })}
            <Buttons edit />
        </form>
    }
}
