//! Where a comment is written: a plain text area, which offers people after an `@` where scripts run.

use domain::{ids::RequestId, lifecycle::ActionKind, notice::mentions, view::Mentionable};
use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{acting::Acting, form::InputError};
use crate::{api, components::form::area_text};

const ID: &str = "comment-comment";

/// What is being offered.
#[derive(Clone, Copy)]
struct Offer {
    request: RequestId,
    area: NodeRef<html::Textarea>,
    people: RwSignal<Vec<Mentionable>>,
    at: RwSignal<usize>,
    /// Those that were offered and may not read the thread.
    strangers: RwSignal<Vec<String>>,
    /// Those of them whom the text mentions.
    untold: RwSignal<Vec<String>>,
    /// The newest question to the server: answers to others are late.
    asked: StoredValue<u32>,
}

#[component]
pub fn Composer(acting: Acting) -> impl IntoView {
    let offer = Offer {
        request: acting.id,
        area: NodeRef::new(),
        people: RwSignal::default(),
        at: RwSignal::new(0),
        strangers: RwSignal::default(),
        untold: RwSignal::default(),
        asked: StoredValue::new(0),
    };
    let error = Memo::new(move |_| acting.input_error(ActionKind::Comment, "comment"));
    let described =
        move || if error.with(Option::is_some) { format!("{ID}-error {ID}-help") } else { format!("{ID}-help") };
    let active = move || offer.people.with(|people| (!people.is_empty()).then(|| option_id(offer.at.get())));
    view! {
        <div class="relative flex flex-col gap-1.5">
            <label class="text-sm font-medium" for=ID>"Add a comment"</label>
            <textarea
                class="textarea w-full"
                id=ID
                name="comment"
                rows="3"
                autocomplete="off"
                aria-autocomplete="list"
                aria-controls="mention-people"
                aria-activedescendant=active
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                node_ref=offer.area
                on:input=move |_| offer.look()
                on:click=move |_| offer.look()
                on:keydown=move |event| offer.key(&event)
                on:blur=move |_| offer.close()
            >
                {area_text(acting.typed(ActionKind::Comment, "comment").unwrap_or_default())}
            </textarea>
            <ul
                id="mention-people"
                role="listbox"
                aria-label="People to mention"
                class="absolute inset-x-0 top-full z-20 max-h-72 overflow-y-auto rounded-box border border-base-300 bg-base-100 shadow-lg"
                hidden=move || offer.people.with(Vec::is_empty)
            >
                {move || offer.people.get().into_iter().enumerate().map(|(index, person)| option(offer, index, person)).collect_view()}
            </ul>
            <p id=format!("{ID}-help") class="text-xs text-muted">
                "Markdown works; @ and a handle mentions somebody. Everybody who sees this thread can read it."
            </p>
            <p class="text-sm" role="status">
                {move || {
                    offer.untold.with(|untold| {
                        (!untold.is_empty()).then(|| format!("Not told, because they cannot read this thread: {}.", untold.join(", ")))
                    })
                }}
            </p>
            <InputError id=format!("{ID}-error") error />
        </div>
    }
}

fn option_id(index: usize) -> String {
    format!("mention-{index}")
}

fn option(offer: Offer, index: usize, person: Mentionable) -> impl IntoView {
    let Mentionable { handle, name, reads } = person;
    let picked = handle.clone();
    view! {
        <li
            id=option_id(index)
            role="option"
            class="cursor-pointer px-3 py-1.5 aria-selected:bg-base-300"
            aria-selected=move || (offer.at.get() == index).to_string()
            on:mousedown=move |event| {
                // The text area keeps the focus.
                event.prevent_default();
                offer.pick(&picked);
            }
        >
            <span class="font-medium">{name}</span>
            " "
            <span class="mono text-xs text-muted">{handle}</span>
            {(!reads).then(|| view! { <span class="ml-2 text-xs text-muted">"cannot read this thread"</span> })}
        </li>
    }
}

impl Offer {
    fn close(self) {
        self.asked.update_value(|asked| *asked += 1);
        self.people.set(Vec::new());
    }

    /// Offers whoever the word before the caret could mean.
    fn look(self) {
        let Some(area) = self.area.get_untracked() else { return };
        let text = area.value();
        self.mind(&text);
        let caret = area.selection_start().ok().flatten().unwrap_or(0);
        let Some(typed) = typed_mention(&split_at(&text, caret).0).map(str::to_owned) else {
            self.close();
            return;
        };
        self.asked.update_value(|asked| *asked += 1);
        let question = self.asked.get_value();
        spawn_local(async move {
            let Ok(people) = api::mentionable(self.request, typed).await else { return };
            if self.people.is_disposed() || self.asked.get_value() != question {
                return;
            }
            let strangers = people.iter().filter(|person| !person.reads).map(|person| person.handle.clone());
            let new: Vec<String> =
                self.strangers.with_untracked(|known| strangers.filter(|handle| !known.contains(handle)).collect());
            self.strangers.update(|known| known.extend(new));
            self.at.set(0);
            self.people.set(people);
            if let Some(area) = self.area.get_untracked() {
                self.mind(&area.value());
            }
        });
    }

    /// Says who will not be told.
    fn mind(self, text: &str) {
        let mentioned = mentions(text);
        let untold = self.strangers.with_untracked(|known| {
            known.iter().filter(|handle| mentioned.contains(handle)).cloned().collect::<Vec<_>>()
        });
        self.untold.set(untold);
    }

    fn key(self, event: &ev::KeyboardEvent) {
        let count = self.people.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => self.at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => self.at.update(|at| *at = (*at + count - 1) % count),
            "Enter" | "Tab" => {
                let at = self.at.get_untracked();
                if let Some(handle) = self.people.with_untracked(|people| people.get(at).map(|one| one.handle.clone()))
                {
                    self.pick(&handle);
                }
            }
            "Escape" => self.close(),
            _ => return,
        }
        event.prevent_default();
    }

    /// Writes the handle in the place of what was typed of it.
    fn pick(self, handle: &str) {
        let Some(area) = self.area.get_untracked() else { return };
        let caret = area.selection_start().ok().flatten().unwrap_or(0);
        let (before, after) = split_at(&area.value(), caret);
        let Some(typed) = typed_mention(&before) else { return };
        let kept = &before[..before.len() - typed.len()];
        let written = format!("{kept}{handle} ");
        let caret = u32::try_from(written.encode_utf16().count()).unwrap_or(caret);
        area.set_value(&format!("{written}{}", after.trim_start_matches(' ')));
        // Fails only for an input that has no caret.
        let _ = area.set_selection_range(caret, caret);
        self.close();
        self.mind(&area.value());
    }
}

/// A text before and after the caret, which browsers count in UTF-16.
fn split_at(text: &str, caret: u32) -> (String, String) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (before, after) = units.split_at(units.len().min(caret as usize));
    (String::from_utf16_lossy(before), String::from_utf16_lossy(after))
}

/// The beginning of a handle that is being typed at the end of a text, after its `@`.
fn typed_mention(before: &str) -> Option<&str> {
    let (head, typed) = before.rsplit_once('@')?;
    let is_free = head.chars().next_back().is_none_or(|last| !last.is_alphanumeric() && last != '.');
    let is_handle = typed.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    (is_free && is_handle).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_typed_at_the_end_after_a_free_at_sign() {
        for (before, typed) in [
            ("@", Some("")),
            ("Hi @ma", Some("ma")),
            ("(@maya.c", Some("maya.c")),
            ("Hi @maya ", None),
            ("mail maya@ex", None),
            ("nobody", None),
        ] {
            assert_eq!(typed_mention(before), typed, "{before}");
        }
    }

    #[test]
    fn the_caret_counts_as_browsers_do() {
        assert_eq!(split_at("😀 @m", 5), ("😀 @m".to_owned(), String::new()));
        assert_eq!(split_at("😀ab", 3), ("😀a".to_owned(), "b".to_owned()));
    }
}
