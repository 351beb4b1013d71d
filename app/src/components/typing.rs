//! A box whose text the page's address follows.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::debounce, prelude::*};

/// The pause in typing after which the address follows.
const PAUSE: Duration = Duration::from_millis(250);

/// The text of a box and what to do on its input. `shown` is what the address says, `tidy` what of a text goes into it,
/// and `go` goes there.
///
/// What is typed stays while the page follows it. Only an address that the box did not ask for changes it, such as one
/// with the search cleared; and what was typed before that does not come back afterwards.
pub fn followed_text(
    shown: impl Fn() -> String + 'static,
    tidy: fn(&str) -> &str,
    go: impl Fn(String) + 'static,
) -> (RwSignal<String>, impl FnMut(ev::Event) + 'static) {
    let typed = RwSignal::new(untrack(&shown));
    let sent = StoredValue::new(typed.get_untracked());
    Effect::new(move |_| {
        let text = shown();
        if sent.get_value() != text {
            sent.set_value(text.clone());
            typed.set(text);
        }
    });
    let mut follow = debounce(PAUSE, move |text: String| {
        // The box says something else by now, or is gone.
        if typed.try_with_untracked(|typed| *typed == text) != Some(true) {
            return;
        }
        let text = tidy(&text).to_owned();
        sent.set_value(text.clone());
        go(text);
    });
    let on_input = move |event: ev::Event| {
        let text = event_target_value(&event);
        typed.set(text.clone());
        follow(text);
    };
    (typed, on_input)
}
