//! What is open beside the list: an entry with all that is known of it, or the form for a new one.

use domain::{
    Timestamp,
    format::{count, minute, size},
};
use leptos::{prelude::*, task::spawn_local};

use super::{
    editor::Editor,
    parts::{Ago, Code, CopyButton, Expires, Failure, HexDump, Shell},
    state::{Console, Step},
};
use crate::{
    components::{Icon, IconName, form::dom::focus_id},
    console::{
        address::{self, Open},
        client::{Answer, Call},
        curl, draft,
        key::Key,
        value::{Format, MOST_EDITED, Value},
        wire::Problem,
    },
};

/// The heading, which takes the focus when the list gives way to it.
const HEADING: &str = "console-entry";
/// The editor's box.
const VALUE: &str = "console-value";

/// An entry's value as it is now.
pub(super) async fn read_value(path: String) -> Result<Value, Problem> {
    Call::get(path).send().await.map(value_of)
}

fn value_of(answer: Answer) -> Value {
    let moment = |parsed: chrono::ParseResult<chrono::DateTime<chrono::FixedOffset>>| -> Option<Timestamp> {
        parsed.ok().map(Into::into)
    };
    Value {
        updated: moment(chrono::DateTime::parse_from_rfc2822(&answer.last_modified)),
        expires: moment(chrono::DateTime::parse_from_rfc3339(&answer.expires_at)),
        etag: uncompressed(&answer.etag),
        content_type: answer.content_type,
        bytes: answer.body,
    }
}

/// The tag of the value itself, where the answer came compressed and says so in its tag.
fn uncompressed(etag: &str) -> String {
    etag.strip_suffix("-z\"").map_or_else(|| etag.to_owned(), |tag| format!("{tag}\""))
}

/// The button that was pressed may be gone with the value that it saved: its reader goes on at the new one.
fn keep_focus() {
    let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
    if lost {
        focus_id(VALUE);
    }
}

#[component]
pub(super) fn EntryPane(console: Console, key: Option<Key>) -> impl IntoView {
    // Where the list was left for this, the reader follows.
    Effect::new(move |_| {
        let is_narrow = window().match_media("(width < 64rem)").ok().flatten().is_some_and(|query| query.matches());
        if is_narrow {
            focus_id(HEADING);
        }
    });
    match key {
        Some(key) => view! { <Existing console key /> }.into_any(),
        None => view! { <Fresh console /> }.into_any(),
    }
}

#[component]
fn BackLink(console: Console) -> impl IntoView {
    let href = move || console.place.with(|place| place.opened(Open::Nothing).href());
    view! {
        <a class="btn btn-sm btn-ghost mb-2 -ml-2 lg:hidden" href=href data-noscroll>
            <Icon name=IconName::ChevronLeft class="size-3.5" />"All keys"
        </a>
    }
}

#[component]
fn Fresh(console: Console) -> impl IntoView {
    let saved = Callback::new(move |key: Key| {
        console.go(&console.place.get_untracked().opened(Open::Entry(key)), Step::Replaced);
    });
    let close = move || console.place.with(|place| place.opened(Open::Nothing).href());
    view! {
        <BackLink console />
        <section class="panel" aria-labelledby=HEADING>
            <div class="panel-head justify-between">
                <h2 id=HEADING class="panel-title" tabindex="-1">"New key"</h2>
                <a class="btn btn-ghost btn-xs btn-square" href=close data-noscroll>
                    <Icon name=IconName::X class="size-4" /><span class="sr-only">"Close"</span>
                </a>
            </div>
            <Editor console key=None original=None saved />
        </section>
    }
}

#[component]
fn Existing(console: Console, key: Key) -> impl IntoView {
    let name = console.name();
    let path = address::entry(&name, &key);
    let slot = (name, Some(key.clone()));
    let found = RwSignal::new(None::<Result<Value, Problem>>);
    let news = RwSignal::new(None::<&'static str>);
    let saved_at = RwSignal::new(false);
    let read = {
        let (path, shown) = (path.clone(), key.shown());
        Callback::new(move |(): ()| {
            let (path, shown) = (path.clone(), shown.clone());
            spawn_local(async move {
                let value = read_value(path).await;
                match &value {
                    Ok(value) => {
                        console.say(format!("{shown}: {}, {}", value.format().label(), size(value.bytes.len() as u64)))
                    }
                    Err(problem) => console.say(problem.title()),
                }
                news.try_set(None);
                if found.try_set(Some(value)).is_none() {
                    request_animation_frame(keep_focus);
                }
            });
        })
    };
    read.run(());
    let saved = Callback::new(move |_: Key| {
        saved_at.set(true);
        console.say("Saved.");
        read.run(());
    });
    // What others did to it meanwhile: taken over by itself where nothing was typed.
    Effect::new({
        let (key, slot) = (key.clone(), slot.clone());
        move |_| {
            let Some((heard, etag)) = console.heard.get() else { return };
            let known = found.with_untracked(|found| match found {
                Some(Ok(value)) => Some(value.etag.clone()),
                _ => None,
            });
            // What is not read yet is read as it is.
            if heard != key || known.is_none() || etag == known {
                return;
            }
            if draft::kept(&slot).is_none() && etag.is_some() {
                read.run(());
            } else {
                news.set(Some(if etag.is_some() {
                    "Somebody changed it just now."
                } else {
                    "Somebody deleted it just now."
                }));
            }
        }
    });
    let close = move || console.place.with(|place| place.opened(Open::Nothing).href());
    let shown = key.shown();
    let body = {
        let key = key.clone();
        move || match found.get() {
            None => view! {
                <div class="flex flex-col gap-3 p-4" role="status">
                    <span class="sr-only">"Loading…"</span>
                    <div class="skeleton h-5 w-64"></div>
                    <div class="skeleton h-48"></div>
                </div>
            }
            .into_any(),
            Some(Err(problem)) => {
                view! { <div class="p-4"><Failure problem retry=move || read.run(()) /></div> }.into_any()
            }
            Some(Ok(value)) => view! { <Opened console key=key.clone() value saved /> }.into_any(),
        }
    };
    view! {
        <BackLink console />
        <section class="panel" aria-labelledby=HEADING>
            <div class="panel-head flex-nowrap">
                <Icon name=IconName::Key class="size-4 text-muted" />
                <h2 id=HEADING class="panel-title mono min-w-0 flex-1 wrap-anywhere" tabindex="-1">{shown}</h2>
                <Show when=move || saved_at.get()>
                    <span class="tone" data-tone="green"><Icon name=IconName::Check class="size-3" />"Saved"</span>
                </Show>
                <a class="btn btn-ghost btn-xs btn-square" href=close data-noscroll>
                    <Icon name=IconName::X class="size-4" /><span class="sr-only">"Close"</span>
                </a>
            </div>
            {move || news.get().map(|news| view! {
                <div class="notice m-4 mb-0" data-tone="amber" role="alert">
                    <Icon name=IconName::Bolt />
                    <p>{news}" What you typed is kept; saving will show both."</p>
                </div>
            })}
            {body}
        </section>
    }
}

/// A value that is there.
#[component]
fn Opened(console: Console, key: Key, value: Value, saved: Callback<Key>) -> impl IntoView {
    let path = address::entry(&console.name(), &key);
    let format = value.format();
    let may_edit = console.may_write.get_untracked() && value.is_editable();
    let text = format.typed(&value.bytes);
    let line = curl::line("GET", &path, &[], None);
    let bytes = value.bytes.len() as u64;
    let file = key.text().and_then(|key| key.rsplit(['/', ':']).next()).unwrap_or("value").to_owned();
    let Value { etag, content_type, updated, expires, .. } = value.clone();
    let why_not = (console.may_write.get_untracked() && !value.is_editable()).then(|| {
        if value.bytes.len() > MOST_EDITED {
            format!("Values above {} are not edited here; put them with a program.", size(MOST_EDITED as u64))
        } else {
            "This text has carriage returns, which an editor in a page would lose, so it is only shown.".to_owned()
        }
    });
    view! {
        <dl class="console-meta">
            <div><dt>"Type"</dt><dd>{if content_type.is_empty() { "none".to_owned() } else { content_type }}</dd></div>
            <div><dt>"Size"</dt><dd title=format!("{} bytes", count(bytes))>{size(bytes)}</dd></div>
            <div><dt>"Updated"</dt><dd>{updated.map(|at| view! { <Ago console at /> })}</dd></div>
            <div>
                <dt>"Expiry"</dt>
                <dd title=expires.map(|at| format!("{} UTC", minute(at)))>
                    {match expires {
                        Some(at) => view! { <Expires console at /> }.into_any(),
                        None => "never".into_any(),
                    }}
                </dd>
            </div>
            <div class="console-etag"><dt>"ETag"</dt><dd class="mono truncate" title=etag.clone()>{etag.clone()}</dd></div>
        </dl>
        {(format == Format::Bytes).then(|| view! { <div class="px-4 pt-4"><HexDump bytes=value.bytes.clone() /></div> })}
        {why_not.map(|why| view! { <p class="px-4 pt-4 text-muted">{why}</p> })}
        {if may_edit {
            view! { <Editor console key=Some(key) original=Some(value) saved /> }.into_any()
        } else if format == Format::Bytes {
            ().into_any()
        } else {
            view! { <div class="p-4"><Code text=text.clone() label="Value" /></div> }.into_any()
        }}
        <div class="flex flex-wrap items-center gap-2 border-t border-base-300 px-4 py-3">
            <CopyButton console text label=if format == Format::Bytes { "Copy as base64" } else { "Copy value" } />
            <a class="btn btn-sm" href=path download=file rel="external"><Icon name=IconName::Download class="size-3.5" />"Download"</a>
            <Shell console line />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_a_value_with_its_moments() {
        let value = value_of(Answer {
            etag: "\"0199-z\"".into(),
            last_modified: "Sun, 22 Nov 2026 15:00:00 GMT".into(),
            expires_at: "2026-11-23T15:00:00.500Z".into(),
            ..Answer::default()
        });
        assert_eq!(value.etag, "\"0199\"");
        assert_eq!(minute(value.updated.unwrap()), "2026-11-22 15:00");
        assert_eq!(value.expires.unwrap().timestamp_subsec_millis(), 500);
    }
}
