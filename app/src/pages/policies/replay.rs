//! What a version would have made of the last weeks, and the button that puts it into force.

use domain::{
    Timestamp, bounds,
    choices::Choice,
    format::count,
    policy::{
        page::ReplayView,
        replay::{Changed, Report},
    },
};
use leptos::prelude::*;

use crate::components::{Alert, StatusBadge, TimeAgo, here};

/// Replay first, then enable: the server refuses a version whose replay was not seen.
#[component]
pub fn Enabling(
    version: u32,
    in_force: u32,
    replay: Option<ReplayView>,
    may_edit: bool,
    now: Timestamp,
) -> impl IntoView {
    let days = bounds::POLICY_REPLAY_DAYS;
    let again = replay.is_some();
    let button = may_edit.then(|| {
        let label = if again { "Replay again".to_owned() } else { format!("Replay on the last {days} days") };
        view! {
            <form method="post" action=here() class="flex">
                <input type="hidden" name="version" value=version />
                <button type="submit" name="act" value="replay" class="btn btn-sm" class:btn-primary=!again>
                    {label}
                </button>
            </form>
        }
    });
    let found = match replay {
        None => view! {
            <p class="text-muted">
                {format!(
                    "Before version {version} can be enabled, every request that was submitted in the last {days} days is judged by it and by version {in_force}, and you see what would have been different. Nothing is changed by that.",
                )}
            </p>
        }
        .into_any(),
        Some(replay) => view! { <Found replay may_edit now /> }.into_any(),
    };
    view! {
        <section id="replay" class="panel" aria-labelledby="replay-title">
            <div class="panel-head">
                <h2 id="replay-title" class="panel-title">
                    "Replay and enable"
                </h2>
            </div>
            <div class="flex flex-col gap-4 p-4">{found} {button}</div>
        </section>
    }
}

#[component]
fn Found(replay: ReplayView, may_edit: bool, now: Timestamp) -> impl IntoView {
    let ReplayView { id, version, against, at, report, outdated } = replay;
    let Report { judged, changed, alarming, shifts, listed } = report;
    let summary = match changed {
        0 => format!("{} requests were judged by both versions; none differently.", count(judged)),
        1 => format!("{} requests were judged by both versions; one differently.", count(judged)),
        n => format!("{} requests were judged by both versions; {} differently.", count(judged), count(n)),
    };
    let alarm = (alarming > 0).then(|| {
        let text = match alarming {
            1 => "One request that a person denied would now be approved automatically. It stands first below."
                .to_owned(),
            n => format!(
                "{} requests that a person denied would now be approved automatically. They stand first below.",
                count(n)
            ),
        };
        view! { <Alert kind="error" text /> }
    });
    let figures = shifts
        .into_iter()
        .map(|(shift, number)| {
            view! {
                <div>
                    <dt class="text-xs text-muted">{shift.label()}</dt>
                    <dd class="mt-1 font-medium">{count(number)}</dd>
                </div>
            }
        })
        .collect_view();
    let cut = (changed > listed.len() as u64).then(|| {
        view! { <p class="text-xs text-muted">{format!("The first {} are listed.", listed.len())}</p> }
    });
    let table = (!listed.is_empty()).then(|| view! { <Listed listed now /> });
    let enable = may_edit.then(|| match outdated {
        Some(why) => view! { <Alert kind="warning" text=why /> }.into_any(),
        None => view! {
            <form method="post" action="/admin/policies" class="flex flex-wrap items-center gap-3">
                <input type="hidden" name="version" value=version />
                <input type="hidden" name="replay" value=id />
                <button type="submit" name="act" value="enable" class="btn btn-primary btn-sm">
                    {format!("Enable version {version}")}
                </button>
                <span class="text-xs text-muted">
                    "It counts for what is submitted, edited or reopened from then on; open requests keep what they were judged by."
                </span>
            </form>
        }
        .into_any(),
    });
    view! {
        <p>
            {summary}
            " "
            <span class="text-xs text-muted">{format!("Version {version} against version {against}, ")}<TimeAgo at now />"."</span>
        </p>
        {alarm}
        <dl class="flex flex-wrap gap-x-8 gap-y-3">{figures}</dl>
        {enable}
        {table}
        {cut}
    }
}

#[component]
fn Listed(listed: Vec<Changed>, now: Timestamp) -> impl IntoView {
    let rows = listed
        .into_iter()
        .map(|changed| {
            let Changed { id, full_name, status, submitted_at, before, after, shifts, alarming } = changed;
            let shifts = shifts.iter().map(|shift| shift.label()).collect::<Vec<_>>().join(", ");
            view! {
                <tr>
                    <th scope="row" class="align-top">
                        <a class="textlink mono" href=format!("/requests/{id}")>
                            {id.to_string()}
                        </a>
                        <span class="block text-xs font-normal text-muted wrap-anywhere">{full_name}</span>
                    </th>
                    <td class="align-top">
                        <StatusBadge status />
                        {alarming
                            .then(|| {
                                view! {
                                    <span class="mt-1 block text-xs font-semibold text-error">
                                        "Denied by a person, now automatic"
                                    </span>
                                }
                            })}
                    </td>
                    <td class="align-top">{shifts}</td>
                    <td class="align-top">{before.sentence()}</td>
                    <td class="align-top">{after.sentence()}</td>
                    <td class="align-top">
                        <TimeAgo at=submitted_at now />
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="max-h-128 overflow-auto" tabindex="0" role="group" aria-labelledby="replay-title">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Request"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"By the version in force"</th>
                        <th scope="col">"By this version"</th>
                        <th scope="col">"Submitted"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
