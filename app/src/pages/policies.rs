//! `/admin/policies`: the rules in force, other versions, what one would change, and the editor for the next.
//!
//! Every form here is a plain post to this address, with scripts too: an editor that is used once a month is not worth
//! a second way of doing the same. Steps of editing (add, remove, move) answer with the page again and what was typed.

mod editor;
mod replay;

use domain::{
    error::Error,
    policy::{
        Effect, Rule,
        page::{Difference, PoliciesView, VersionView},
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

use self::{editor::Editor, replay::Enabling};
use crate::{
    api,
    components::{ErrorPage, Icon, IconName, PageHeader, TimeAgo},
    links::use_query_of,
    posted::{Posted, use_posted, use_typed},
};

/// Which version is shown, and with which replay.
type Asked = (Option<u32>, Option<i64>);

#[component]
pub fn PoliciesPage() -> impl IntoView {
    let posted = use_posted();
    let typed = use_typed();
    let asked = use_query_of(|pairs| -> Asked {
        let number = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        (number("version").and_then(|text| text.parse().ok()), number("replay").and_then(|text| text.parse().ok()))
    });
    let view = Resource::new_blocking(move || asked.get(), |(version, replay)| api::policies(version, replay));
    view! {
        <Title text="Review policy" />
        <Transition>
            {move || {
                let (posted, typed) = (posted.clone(), typed.clone());
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Body view posted typed /> }.into_any(),
                        Err(error) => view! { <ErrorPage error posted /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// `typed` is what a step of editing came to; `posted` is a post that was refused.
#[component]
fn Body(view: PoliciesView, posted: Option<Posted>, typed: Option<Vec<(String, String)>>) -> impl IntoView {
    let PoliciesView { in_force, versions, shown, difference, replay, may_edit, now } = view;
    let is_in_force = shown.version == in_force;
    let newest = versions.first().map_or(shown.version, |version| version.version);
    let is_saving = posted
        .as_ref()
        .is_some_and(|posted| posted.values.iter().any(|(name, value)| name == "act" && value == "save"));
    let refused = posted.as_ref().map(|posted| {
        let conflict = is_saving && matches!(posted.error, Error::Stale { .. });
        view! { <Refused message=posted.error.to_string() newest=conflict.then_some(newest) /> }
    });
    // A version that was refused says so where it is written, everything else at the top.
    let (above, beside) = if is_saving && may_edit { (None, refused) } else { (refused, None) };
    let note = versions.iter().find(|version| version.version == shown.version).map(|version| version.note.clone());
    let title = if is_in_force {
        format!("Version {}, in force", shown.version)
    } else {
        format!("Version {}, not in force", shown.version)
    };
    let rules = shown.rules.as_slice().iter().map(|rule| view! { <RuleItem rule=rule.clone() /> }).collect_view();
    let superseded = posted.as_ref().is_some_and(|posted| matches!(posted.error, Error::Stale { .. }));
    let typed = posted.map(|posted| posted.values).or(typed);
    let editor = may_edit.then(|| {
        view! { <Editor shown=shown.clone() newest typed superseded refused=beside.into_any() /> }
    });
    let enabling = (!is_in_force).then(|| {
        view! { <Enabling version=shown.version in_force replay may_edit now /> }
    });
    let changes = (!is_in_force).then(|| view! { <Changes difference in_force /> });
    view! {
        <PageHeader
            title="Review policy"
            subtitle=format!("New requests are judged by version {in_force}. Rules that ask for people add up, and always win over one that approves; where nothing applies, one reviewer decides.")
        />
        <div class="flex flex-col gap-6">
            {above}
            <section id="rules" class="panel" aria-labelledby="rules-title">
                <div class="panel-head">
                    <h2 id="rules-title" class="panel-title">
                        {title}
                    </h2>
                </div>
                {note.map(|note| view! { <p class="px-4 pt-4 text-muted wrap-anywhere">{note}</p> })}
                <ol class="flex flex-col gap-4 p-4">{rules}</ol>
            </section>
            {changes}
            {enabling}
            <Versions versions in_force shown=shown.version now />
            {editor}
        </div>
    }
}

/// Why a post was refused, a line for each problem. `newest` is the version that somebody saved meanwhile.
#[component]
fn Refused(message: String, newest: Option<u32>) -> impl IntoView {
    let lines = message.lines().map(|line| view! { <p>{line.to_owned()}</p> }).collect_view();
    let conflict = newest.map(|newest| {
        view! {
            <p class="mt-2">
                <a class="textlink" href=format!("/admin/policies?version={newest}") target="_blank">
                    {format!("Read version {newest}")}
                    <span class="sr-only">" in a new tab"</span>
                </a>
                {format!(
                    " before you go on. What you wrote is kept below; saved again it becomes version {}, and both stay.",
                    newest.saturating_add(1),
                )}
            </p>
        }
    });
    view! {
        <div class="notice" data-tone="amber" role="alert">
            <Icon name=IconName::Warning />
            <div class="min-w-0 wrap-anywhere">{lines} {conflict}</div>
        </div>
    }
}

#[component]
fn RuleItem(rule: Rule) -> impl IntoView {
    let tone = match rule.effect {
        Effect::AutoApprove => "green",
        Effect::Reviews(_) => "blue",
        Effect::Privacy => "violet",
    };
    let effect = match rule.effect {
        Effect::AutoApprove => "approves automatically".to_owned(),
        effect => format!("asks for {}", effect.sentence()),
    };
    let conditions = rule.conditions();
    view! {
        <li class="flex flex-col gap-1">
            <p class="flex flex-wrap items-center gap-2">
                <span class="mono font-semibold">{rule.id}</span>
                <span class="tone" data-tone=tone>
                    {effect}
                </span>
            </p>
            <p class="wrap-anywhere">{rule.says}</p>
            <p class="text-xs text-muted wrap-anywhere">{format!("When {conditions}.")}</p>
        </li>
    }
}

/// What the shown version changes of the one in force.
#[component]
fn Changes(difference: Vec<Difference>, in_force: u32) -> impl IntoView {
    let body = if difference.is_empty() {
        view! { <p class="p-4 text-muted">"Both versions say the same."</p> }.into_any()
    } else {
        let cell = |text: Option<String>| {
            let missing = text.is_none();
            view! {
                <td class="max-w-96 align-top wrap-anywhere" class:text-muted=missing>
                    {text.unwrap_or_else(|| "nothing".to_owned())}
                </td>
            }
        };
        let rows = difference
            .into_iter()
            .map(|Difference { rule, before, after }| {
                view! {
                    <tr>
                        <th scope="row" class="align-top">
                            {rule}
                        </th>
                        {cell(before)}
                        {cell(after)}
                    </tr>
                }
            })
            .collect_view();
        view! {
            <div class="overflow-x-auto" tabindex="0" role="group" aria-labelledby="changes-title">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Rule"</th>
                            <th scope="col">{format!("Version {in_force}, in force")}</th>
                            <th scope="col">"This version"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section id="changes" class="panel" aria-labelledby="changes-title">
            <div class="panel-head">
                <h2 id="changes-title" class="panel-title">
                    "What it changes"
                </h2>
            </div>
            {body}
        </section>
    }
}

#[component]
fn Versions(versions: Vec<VersionView>, in_force: u32, shown: u32, now: domain::Timestamp) -> impl IntoView {
    let rows = versions
        .into_iter()
        .map(|VersionView { version, note, based_on, by, at }| {
            let by = by.map_or_else(|| "the system".to_owned(), |person| person.name);
            view! {
                <tr>
                    <th scope="row" class="align-top whitespace-nowrap">
                        <a
                            class="textlink"
                            href=format!("/admin/policies?version={version}")
                            aria-current=(version == shown).then_some("true")
                        >
                            {format!("Version {version}")}
                        </a>
                    </th>
                    <td class="align-top">
                        {(version == in_force)
                            .then(|| {
                                view! {
                                    <span class="tone" data-tone="green">
                                        "In force"
                                    </span>
                                }
                            })}
                    </td>
                    <td class="max-w-96 min-w-48 align-top wrap-anywhere">{note}</td>
                    <td class="align-top">{based_on.map(|base| format!("version {base}"))}</td>
                    <td class="align-top">{by}</td>
                    <td class="align-top">{at.map(|at| view! { <TimeAgo at now /> })}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="versions-title">
            <div class="panel-head">
                <h2 id="versions-title" class="panel-title">
                    "Versions"
                </h2>
            </div>
            <div class="overflow-x-auto" tabindex="0" role="group" aria-labelledby="versions-title">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Version"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Note"</th>
                            <th scope="col">"Written from"</th>
                            <th scope="col">"By"</th>
                            <th scope="col">"When"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
