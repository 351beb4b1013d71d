//! Small things that several parts show or do.

use domain::{
    Timestamp,
    format::{ago, machine, minute, span},
};
use leptos::{leptos_dom::helpers::window_event_listener_untyped, prelude::*, wasm_bindgen::JsCast};
use web_sys::{
    Blob, HtmlAnchorElement, Url,
    js_sys::{Array, Function, Reflect, Uint8Array},
};

use super::state::Console;
use crate::{
    components::{Icon, IconName},
    console::{
        draft, hex,
        json::{self, Token},
        wire::Problem,
    },
    links,
};

/// More characters are shown without colours.
const MOST_COLOURED: usize = 64 << 10;
/// More bytes of a value are not dumped.
const MOST_DUMPED: usize = 4 << 10;

/// A refusal in words, where it happened.
#[component]
pub(super) fn Failure<F>(problem: Problem, retry: F) -> impl IntoView
where
    F: Fn() + Send + Sync + Clone + 'static,
{
    let tone = if problem.status >= 500 || problem.status == 0 { "red" } else { "amber" };
    let icon = if matches!(problem.status, 401 | 403) { IconName::Lock } else { IconName::Warning };
    let again = problem.is_passing();
    let signed_out = problem.status == 401;
    view! {
        <div class="notice" data-tone=tone role="alert">
            <Icon name=icon />
            <div class="min-w-0">
                <p class="font-medium">{problem.title()}</p>
                <p class="mt-0.5 wrap-anywhere text-muted">{problem.says()}</p>
                {again.then(|| view! {
                    <button type="button" class="btn btn-sm mt-2" on:click=move |_| retry()>
                        <Icon name=IconName::Rotate class="size-3.5" />"Try again"
                    </button>
                })}
                {signed_out.then(|| view! {
                    <a class="btn btn-sm mt-2" href=links::href("/sign-in", &[("next", "/console")]) target="_blank" rel="external noopener">
                        "Sign in in a new tab"
                    </a>
                })}
            </div>
        </div>
    }
}

/// How long ago, told anew from time to time.
#[component]
pub(super) fn Ago(console: Console, at: Timestamp) -> impl IntoView {
    view! {
        <time class="whitespace-nowrap" datetime=machine(at) title=format!("{} UTC", minute(at))>
            {move || ago(at, console.now.get())}
        </time>
    }
}

/// When an entry goes.
#[component]
pub(super) fn Expires(console: Console, at: Timestamp) -> impl IntoView {
    let left = move || {
        let seconds = u64::try_from((at - console.now.get()).num_seconds()).unwrap_or(0);
        if seconds == 0 { "expired".to_owned() } else { format!("expires in {}", span(seconds)) }
    };
    view! {
        <time class="inline-flex items-center gap-1 whitespace-nowrap" datetime=machine(at) title=format!("{} UTC", minute(at))>
            <Icon name=IconName::Hourglass class="size-3" />
            {left}
        </time>
    }
}

/// JSON with colours; any other text without.
#[component]
pub(super) fn Code(#[prop(into)] text: String, #[prop(into)] label: String) -> impl IntoView {
    let body = if text.len() > MOST_COLOURED || json::check(&text).is_err() {
        view! { <code>{text}</code> }.into_any()
    } else {
        view! { <code>{coloured(&text)}</code> }.into_any()
    };
    view! { <pre class="console-pre" tabindex="0" role="region" aria-label=label>{body}</pre> }
}

/// The parts of JSON, each with its colour, and what stands between them as it is.
fn coloured(text: &str) -> Vec<AnyView> {
    let tokens: Vec<(usize, Token<'_>)> = json::tokens(text).collect();
    let mut parts = Vec::new();
    let mut written = 0;
    for (place, (at, token)) in tokens.iter().enumerate() {
        let (kind, part) = match token {
            Token::Text(part) if matches!(tokens.get(place + 1), Some((_, Token::Colon))) => ("key", *part),
            Token::Text(part) => ("text", *part),
            Token::Plain(part) => ("plain", *part),
            _ => continue,
        };
        parts.push(text[written..*at].to_owned().into_any());
        parts.push(view! { <span data-json=kind>{part.to_owned()}</span> }.into_any());
        written = at + part.len();
    }
    parts.push(text[written..].to_owned().into_any());
    parts
}

/// Bytes with their places and as characters.
#[component]
pub(super) fn HexDump(bytes: Vec<u8>) -> impl IntoView {
    let whole = bytes.len();
    let lines = hex::dump(&bytes[..whole.min(MOST_DUMPED)]).into_iter().map(|line| {
        view! {
            <span class="console-offset">{line.offset}</span>
            {format!("  {:<48}  {}\n", line.digits, line.text)}
        }
    });
    view! {
        <pre class="console-pre console-hex" tabindex="0" role="region" aria-label="Hex dump"><code>{lines.collect_view()}</code></pre>
        {(whole > MOST_DUMPED).then(|| view! {
            <p class="mt-1 text-xs text-muted">{format!("The first {MOST_DUMPED} of {whole} bytes; download the value for the rest.")}</p>
        })}
    }
}

/// A folded shell line for what was just shown.
#[component]
pub(super) fn Shell(console: Console, #[prop(into)] line: Signal<String>) -> impl IntoView {
    view! {
        <details class="console-shell">
            <summary>"From a program"</summary>
            <div class="mt-2 flex flex-col gap-2">
                <pre class="console-pre" tabindex="0" role="region" aria-label="The same with curl"><code>{line}</code></pre>
                <div><CopyButton console text=line label="Copy" /></div>
            </div>
        </details>
    }
}

/// Copies a text, and says whether it did.
#[component]
pub(super) fn CopyButton(console: Console, #[prop(into)] text: Signal<String>, label: &'static str) -> impl IntoView {
    let done = RwSignal::new(false);
    let copy = move |_| {
        if to_clipboard(&text.get_untracked()) {
            done.set(true);
            console.say("Copied.");
            set_timeout(move || _ = done.try_set(false), std::time::Duration::from_secs(2));
        } else {
            console.say("The browser does not let this page copy; select the text instead.");
        }
    };
    view! {
        <button type="button" class="btn btn-sm" on:click=copy>
            <Icon name=IconName::Copy class="size-3.5" />
            {move || if done.get() { "Copied" } else { label }}
        </button>
    }
}

/// Whether there is a clipboard at all: browsers have none on addresses that are neither encrypted nor local.
fn to_clipboard(text: &str) -> bool {
    let found = Reflect::get(&window().navigator(), &"clipboard".into()).ok().filter(|found| found.is_object());
    let Some(clipboard) = found else { return false };
    let write = Reflect::get(&clipboard, &"writeText".into()).ok().and_then(|write| write.dyn_into::<Function>().ok());
    write.is_some_and(|write| write.call1(&clipboard, &text.into()).is_ok())
}

/// Gives the browser a file to keep.
pub(super) fn download(name: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let Some(address) =
        Blob::new_with_u8_array_sequence(&parts).ok().and_then(|blob| Url::create_object_url_with_blob(&blob).ok())
    else {
        return;
    };
    if let Some(link) = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    let _ = Url::revoke_object_url(&address);
}

/// The browser asks before a tab with unsaved edits closes, wherever in the app one is then.
pub(super) fn guard_drafts() {
    use std::cell::Cell;
    thread_local! {
        static GUARDED: Cell<bool> = const { Cell::new(false) };
    }
    if GUARDED.replace(true) {
        return;
    }
    // Never removed: drafts outlive the page.
    let _ = window_event_listener_untyped("beforeunload", |event| {
        if draft::is_any() {
            event.prevent_default();
        }
    });
}
