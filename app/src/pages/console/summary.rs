//! A dataset: what it is kept in, its rules, and what the caller may do.

use domain::format::{count, size, span};
use leptos::prelude::*;

use super::{
    parts::Shell,
    state::{Console, Step},
};
use crate::{
    components::{Icon, IconName},
    console::{
        address::{Open, Place, Tab, list},
        curl,
        wire::Dataset,
    },
};

/// The dataset at hand, to be changed for another, with what matters of it.
#[component]
pub(super) fn DatasetBar(console: Console) -> impl IntoView {
    let choose = move |event| {
        let place = console.place.get_untracked();
        let dataset = event_target_value(&event);
        let open = if place.tab == Tab::Keys { Open::Nothing } else { place.open };
        console.go(&Place { dataset, prefix: String::new(), open, ..place }, Step::Own);
    };
    let options = move || {
        let chosen = console.name();
        let option = |one: Dataset| {
            let selected = one.name == chosen;
            view! { <option value=one.name.clone() selected=selected>{one.name.clone()}</option> }
        };
        console.datasets.get().into_iter().map(option).collect_view()
    };
    view! {
        <div class="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
            <label class="select w-full sm:w-72">
                <span class="label">"Dataset"</span>
                <select
                    class="mono"
                    prop:value=move || console.dataset.with(|one| one.as_ref().map(|one| one.name.clone()).unwrap_or_default())
                    on:change=choose
                >
                    {options}
                </select>
            </label>
            <ul class="flex flex-wrap items-center gap-1.5" aria-label="What this dataset can do">
                {move || console.dataset.get().map(|dataset| badges(&dataset))}
            </ul>
        </div>
    }
}

fn badges(dataset: &Dataset) -> impl IntoView + use<> {
    let can = &dataset.capabilities;
    let txn = if can.txn == "none" { "no transactions".to_owned() } else { format!("transactions: {}", can.txn) };
    let words = [
        (IconName::Server, can.store.clone()),
        (IconName::ShieldCheck, can.durability.clone()),
        (IconName::Layers, txn),
        (IconName::Eye, if can.watch { "watch" } else { "no watch" }.to_owned()),
    ];
    let (icon, access) =
        if dataset.may_write() { (IconName::Edit, "read and write") } else { (IconName::Lock, "read only") };
    view! {
        {words
            .into_iter()
            .map(|(icon, word)| view! { <li class="tag"><Icon name=icon class="size-3" />{word}</li> })
            .collect_view()}
        <li class="tone" data-tone=if dataset.may_write() { "green" } else { "gray" }>
            <Icon name=icon class="size-3" />
            {access}
        </li>
    }
}

/// What stands beside the list while nothing is open.
#[component]
pub(super) fn Summary(console: Console) -> impl IntoView {
    move || {
        console.dataset.get().map(|dataset| {
            let name = dataset.name.clone();
            let line = Signal::derive(move || {
                let path = console.place.with(|place| list(&name, &place.prefix, 100, None));
                curl::line("GET", &path, &[], None)
            });
            view! {
                <section class="panel overflow-hidden" aria-label="About the dataset">
                    <div class="panel-head justify-between">
                        <h2 class="panel-title">"About " <span class="mono">{dataset.name.clone()}</span></h2>
                        <span class="text-xs text-muted">"Choose a key to read its value"</span>
                    </div>
                    <dl class="facts">
                        {facts(&dataset).into_iter().map(|(term, fact)| view! { <div><dt>{term}</dt><dd>{fact}</dd></div> }).collect_view()}
                    </dl>
                    <div class="border-t border-base-300 px-4 py-3"><Shell console line /></div>
                </section>
            }
        })
    }
}

fn facts(dataset: &Dataset) -> Vec<(&'static str, String)> {
    let can = &dataset.capabilities;
    let a_second =
        |limit: Option<u64>| limit.map_or("no limit".to_owned(), |limit| format!("{} a second", count(limit)));
    let format = match dataset.value_format.as_str() {
        "json" => "JSON only",
        "text" => "Text only",
        _ => "any",
    };
    let ttl = match (dataset.default_ttl_s, dataset.ttl_override) {
        (Some(seconds), true) => format!("{}, unless a write says otherwise", span(seconds)),
        (Some(seconds), false) => format!("{} for every entry", span(seconds)),
        (None, true) => "none, unless a write says so".to_owned(),
        (None, false) => "none".to_owned(),
    };
    let may: Vec<&str> = dataset.allowed_actions.iter().map(String::as_str).collect();
    vec![
        ("Store", can.store.clone()),
        ("Durability", can.durability.clone()),
        ("Transactions", can.txn.clone()),
        ("Changes can be followed", if can.watch { "yes" } else { "no" }.to_owned()),
        ("Storage", dataset.storage.to_lowercase()),
        ("Values", format.to_owned()),
        ("Largest value", size(dataset.max_value_bytes)),
        ("Time to live", ttl),
        ("Reads", a_second(dataset.qps_get)),
        ("Writes", a_second(dataset.qps_set)),
        ("Deletes", a_second(dataset.qps_delete)),
        ("You may", if may.is_empty() { "nothing with all keys".to_owned() } else { may.join(", ") }),
    ]
}
