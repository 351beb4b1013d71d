//! Teams, for admins and auditors: their names and their people. A slug is for ever.

use domain::{
    account::{TeamView, TeamsView},
    view::Person,
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{ErrorPage, Loading, PageHeader, PlainField, Refusal},
    posted::{Posted, use_posted},
};

const PATH: &str = "/admin/teams";

#[component]
pub fn TeamsPage() -> impl IntoView {
    let teams = Resource::new_blocking(|| (), |()| api::teams_page());
    let posted = StoredValue::new(use_posted());
    view! {
        <Title text="Teams" />
        <PageHeader title="Teams" subtitle="Requests and datasets belong to teams. A slug stays; a name and people change." />
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match teams.await {
                    Ok(teams) => view! { <Teams teams posted=posted.get_value() /> }.into_any(),
                    Err(error) => view! { <ErrorPage error posted=posted.get_value() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Teams(teams: TeamsView, posted: Option<Posted>) -> impl IntoView {
    let TeamsView { teams, people, may_change } = teams;
    let made = posted.clone().filter(|posted| posted.value("do") == Some("create"));
    let panels = teams
        .into_iter()
        .map(|team| {
            if may_change {
                view! { <TeamPanel team people=people.clone() /> }.into_any()
            } else {
                view! { <TeamRead team /> }.into_any()
            }
        })
        .collect::<Vec<_>>();
    let new = may_change.then(|| {
        view! {
            <section class="panel" aria-labelledby="new-team-title">
                <div class="panel-head"><h2 id="new-team-title" class="panel-title">"New team"</h2></div>
                <form method="post" action=PATH class="grid gap-4 p-4 sm:grid-cols-2">
                    <input type="hidden" name="do" value="create" />
                    <PlainField label="Slug" name="slug" help="Such as home-feed; it stays for ever." posted=made.clone() />
                    <PlainField label="Name" name="name" posted=made />
                    <div><button type="submit" class="btn btn-primary btn-sm">"Make the team"</button></div>
                </form>
            </section>
        }
    });
    view! {
        <div class="flex max-w-4xl flex-col gap-6">
            <Refusal posted />
            {new}
            {panels}
        </div>
    }
}

fn count(members: &[Person]) -> String {
    match members.len() {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

/// A team for who may not change it.
#[component]
fn TeamRead(team: TeamView) -> impl IntoView {
    let TeamView { team, members } = team;
    let count = count(&members);
    let names = members.into_iter().map(|person| person.name).collect::<Vec<_>>().join(", ");
    view! {
        <section class="panel px-4 py-3">
            <h2 class="flex flex-wrap items-baseline gap-x-3">
                <span class="font-medium">{team.name}</span>
                <span class="mono text-muted">{team.slug}</span>
                <span class="text-xs text-muted">{count}</span>
            </h2>
            <p class="mt-1">{names}</p>
        </section>
    }
}

#[component]
fn TeamPanel(team: TeamView, people: Vec<Person>) -> impl IntoView {
    let TeamView { team, members } = team;
    let count = count(&members);
    let boxes = people
        .into_iter()
        .map(|person| {
            let checked = members.iter().any(|member| member.id == person.id);
            view! {
                <label class="flex min-w-0 items-center gap-2">
                    <input type="checkbox" class="checkbox checkbox-sm" name="member" value=person.id.to_string() checked=checked />
                    <span class="truncate">{person.name}</span>
                </label>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <details class="panel">
            <summary class="flex cursor-pointer flex-wrap items-baseline gap-x-3 px-4 py-3">
                <span class="font-medium">{team.name.clone()}</span>
                <span class="mono text-muted">{team.slug.clone()}</span>
                <span class="text-xs text-muted">{count}</span>
            </summary>
            <form method="post" action=PATH class="flex flex-col gap-4 border-t border-base-300 p-4">
                <input type="hidden" name="do" value="change" />
                <input type="hidden" name="team" value=team.id.0.to_string() />
                <PlainField label="Name" name="name" id=format!("name-{}", team.slug) value=team.name />
                <fieldset>
                    <legend class="mb-2 text-sm font-medium">"People"</legend>
                    <div class="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">{boxes}</div>
                </fieldset>
                <div><button type="submit" class="btn btn-primary btn-sm">"Save the team"</button></div>
            </form>
        </details>
    }
}
