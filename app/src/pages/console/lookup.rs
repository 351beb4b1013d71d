//! Many keys at once, pasted one a line.

use domain::format::size;
use leptos::{ev, prelude::*, task::spawn_local};
use serde_json::json;

use super::{
    parts::{Ago, CopyButton, Expires, Failure, Shell, download},
    state::Console,
};
use crate::{
    components::{Icon, IconName},
    console::{
        address::{self, Open},
        client::Call,
        curl,
        draft::{keep_text, kept_text},
        json,
        key::Key,
        table::{csv, lines},
        value::Format,
        wire::{Found, FoundItem, Problem},
    },
};

/// Keys that one call takes.
const MOST: usize = 100;

/// What was found, and the whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    items: Vec<FoundItem>,
    text: String,
}

#[component]
pub(super) fn Lookup(console: Console) -> impl IntoView {
    let typed = RwSignal::new(kept_text("lookup").unwrap_or_default());
    let result = RwSignal::new(None::<Result<Outcome, Problem>>);
    let busy = RwSignal::new(false);
    Effect::new(move |_| keep_text("lookup", typed.get()));
    let number = Memo::new(move |_| typed.with(|typed| lines(typed).len()));
    let too_many = move || number.get() > MOST;
    let body = move || {
        let keys: Vec<_> =
            typed.with(|typed| lines(typed).into_iter().filter_map(Key::new).map(|key| key.json()).collect());
        json!({ "keys": keys }).to_string()
    };
    let path = move || {
        console
            .dataset
            .with(|one| one.as_ref().map(|one| address::dataset(&one.name, "/batch-get")).unwrap_or_default())
    };
    let look = move || {
        let call = Call::post_json(&untrack(path), untrack(body));
        busy.set(true);
        spawn_local(async move {
            let answer = call.send().await;
            let read = answer.and_then(|answer| {
                let items = answer.json::<Found>()?.results;
                Ok(Outcome { items, text: json::pretty(&answer.text()) })
            });
            if busy.try_set(false).is_some() {
                return;
            }
            if let Ok(found) = &read {
                let there = found.items.iter().filter(|item| item.status == 200).count();
                console.say(format!("{there} of {} found", found.items.len()));
            }
            result.set(Some(read));
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        look();
    };
    let line =
        Signal::derive(move || curl::line("POST", &path(), &[("Content-Type", "application/json")], Some(&body())));
    view! {
        <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
            <form class="panel" aria-labelledby="console-lookup" on:submit=submit>
                <div class="panel-head"><h2 id="console-lookup" class="panel-title">"Keys to look up"</h2></div>
                <div class="flex flex-col gap-3 p-4">
                    <label class="text-xs text-muted" for="console-keys-typed">"One key a line, up to 100. Repeats count once."</label>
                    <textarea
                        id="console-keys-typed"
                        class="textarea mono console-editor w-full"
                        rows="10"
                        spellcheck="false"
                        autocomplete="off"
                        autocapitalize="none"
                        placeholder="user:42\nuser:43"
                        aria-invalid=move || (number.get() > MOST).then_some("true")
                        aria-describedby="console-lookup-count"
                        prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))
                    ></textarea>
                    <div class="flex flex-wrap items-center justify-between gap-2">
                        <p id="console-lookup-count" class="text-xs text-muted tabular-nums" class:text-error=too_many>
                            {move || match number.get() {
                                number if number > MOST => format!("{number} keys: take away {}", number - MOST),
                                number => format!("{number} of {MOST} keys"),
                            }}
                        </p>
                        <button type="submit" class="btn btn-primary" disabled=move || busy.get() || !(1..=MOST).contains(&number.get())>
                            <Icon name=IconName::Search class="size-3.5" />"Look up"
                        </button>
                    </div>
                    <Shell console line />
                </div>
            </form>
            <div class="min-w-0">
                {move || match result.get() {
                    None => view! {
                        <p class="rounded-box border border-dashed border-base-300 px-4 py-10 text-center text-muted">
                            "What is found and what is missing appears here, in the order of your keys."
                        </p>
                    }
                    .into_any(),
                    Some(Err(problem)) => view! { <Failure problem retry=look /> }.into_any(),
                    Some(Ok(found)) => view! { <Results console found /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Results(console: Console, found: Outcome) -> impl IntoView {
    let Outcome { items, text } = found;
    let there = items.iter().filter(|item| item.status == 200).count();
    let told = format!("{there} found, {} not", items.len() - there);
    let table: Vec<Vec<String>> = items.iter().map(as_fields).collect();
    let save = move |_| {
        let head = ["key", "status", "content_type", "size", "updated_at", "expires_at"];
        download("keys.csv", csv(&head, &table).as_bytes());
    };
    let rows = items.into_iter().map(|item| view! { <Item console item /> });
    view! {
        <section class="panel overflow-hidden" aria-labelledby="console-found">
            <div class="panel-head">
                <h2 id="console-found" class="panel-title">"Results"</h2>
                <span class="text-xs text-muted tabular-nums">{told}</span>
                <span class="ml-auto flex flex-wrap gap-2">
                    <CopyButton console text label="Copy as JSON" />
                    <button type="button" class="btn btn-sm" on:click=save><Icon name=IconName::Download class="size-3.5" />"CSV"</button>
                </span>
            </div>
            <div class="overflow-x-auto">
                <table class="table console-table">
                    <caption class="sr-only">"What was found"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Key"</th>
                            <th scope="col">"Result"</th>
                            <th scope="col" class="max-sm:hidden">"Type"</th>
                            <th scope="col" class="num">"Size"</th>
                            <th scope="col" class="max-md:hidden">"Updated"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Item(console: Console, item: FoundItem) -> impl IntoView {
    let href = console.place.get_untracked().opened(Open::Entry(item.key.clone())).href();
    let shown = item.key.shown();
    let name = if item.status == 200 {
        view! { <a class="namelink" href=href data-noscroll>{shown.clone()}</a> }.into_any()
    } else {
        shown.clone().into_any()
    };
    let (tone, icon, word) = match item.status {
        200 => ("green", IconName::CheckCircle, "found".to_owned()),
        404 => ("amber", IconName::CircleDashed, "missing".to_owned()),
        status => ("red", IconName::Warning, format!("failed, {status}")),
    };
    let why = item.problem.filter(|_| item.status != 404).map(|problem| problem.says());
    view! {
        <tr>
            <th scope="row" class="mono w-full max-w-0 truncate font-normal" title=shown>
                {name}
            </th>
            <td>
                <span class="tone" data-tone=tone><Icon name=icon class="size-3.5" />{word}</span>
                {why.map(|why| view! { <span class="mt-1 block text-xs text-muted">{why}</span> })}
            </td>
            <td class="max-sm:hidden">{item.content_type.map(|kind| view! { <span title=kind.clone()>{Format::of_type(&kind).label()}</span> })}</td>
            <td class="num">{item.size.map(size)}</td>
            <td class="max-md:hidden">
                {item.updated_at.map(|at| view! { <Ago console at /> })}
                {item.expires_at.map(|at| view! { <span class="block text-xs text-muted"><Expires console at /></span> })}
            </td>
        </tr>
    }
}

fn as_fields(item: &FoundItem) -> Vec<String> {
    let moment = |at: Option<domain::Timestamp>| at.map(domain::format::machine).unwrap_or_default();
    vec![
        item.key.shown(),
        item.status.to_string(),
        item.content_type.clone().unwrap_or_default(),
        item.size.map(|size| size.to_string()).unwrap_or_default(),
        moment(item.updated_at),
        moment(item.expires_at),
    ]
}
