//! A dataset with all its metadata.

use domain::{
    Timestamp,
    choices::{Choice, Environment},
    error::Error,
    format::{count, machine, minute, size},
    ids::DatasetId,
    spec::Visibility,
    view::{DatasetView, Entry},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api,
    components::{
        ClassBadge, DatasetBadge, ErrorPage, FactSheets, Figure, FigureStrip, Icon, IconName, Loading, PersonChip,
        TimeAgo, refresh_on_live,
    },
    error::AppError,
    live::use_live,
    pages::about::AboutLinks,
};

#[component]
pub fn DatasetPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let dataset = Resource::new_blocking(
        move || id.get(),
        |text| async move {
            match text.parse::<DatasetId>() {
                Ok(id) => api::dataset_view(id).await,
                Err(_) => Err(AppError::Refused(Error::not_found("dataset"))),
            }
        },
    );
    let live = use_live();
    refresh_on_live(move || dataset.refetch());
    view! {
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match dataset.await {
                    Ok(view) => {
                        live.resume_after(view.last_event);
                        view! { <Dataset view /> }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Dataset(view: DatasetView) -> impl IntoView {
    let DatasetView { row, visibility, owner, team, placement, physical_shards, description_html, facts, .. } = view;
    let (may_change, open_request) = (view.may_change, view.open_request);
    let promotes = row.environment != Environment::Prod;
    let figures = [
        ("Declared size", size(row.size_bytes.unsigned_abs())),
        ("Peak QPS", count(row.peak_qps.unsigned_abs())),
        ("Partitions", count(u64::from(u16::from(placement.partitions)))),
        ("Physical shards", count(physical_shards)),
        ("Criticality", format!("Tier {}", row.tier)),
    ];
    let figures = figures.map(|(label, value)| Figure { label, value, href: None, tone: "" }).to_vec();
    let team_name = team.as_ref().map_or_else(|| row.team.clone(), |team| team.name.clone());
    let owner_name = owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default();
    let class = row.class;
    view! {
        <Title text=row.full_name.clone() />
        <nav class="mb-2 text-xs text-muted" aria-label="Breadcrumb">
            <a class="hover:text-base-content hover:underline" href="/catalogue">"Catalogue"</a>
            " / "
            <span aria-current="page">{row.id.to_string()}</span>
        </nav>
        <header class="mb-6">
            <h1 class="mono text-xl leading-7 wrap-anywhere">{row.full_name.clone()}</h1>
            <div class="mt-2 flex flex-wrap items-center gap-2">
                <DatasetBadge status=row.status />
                <span class="tag">{row.environment.label()}</span>
                <span class="tag">{row.storage.label()}</span>
                <ClassBadge class />
                {(visibility == Visibility::Full).then(|| view! {
                    <a class="btn btn-sm ml-auto" href=format!("/requests/new?clone={}", row.id)>"Request one like it"</a>
                })}
            </div>
        </header>
        <div class="flex flex-col gap-4">
            {(visibility == Visibility::Summary).then(|| view! { <Hidden team=team_name.clone() class=class.label() /> })}
            <FigureStrip label="In figures" figures />
            <div class="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
                <div class="flex min-w-0 flex-col gap-4">
                    {description_html.map(|html| view! {
                        <section class="panel">
                            <div class="panel-head"><h2 class="panel-title">"Use case"</h2></div>
                            <div class="rich p-4" inner_html=html></div>
                        </section>
                    })}
                    <FactSheets sheets=facts />
                </div>
                <div class="flex min-w-0 flex-col gap-4">
                    <section class="panel overflow-hidden">
                        <div class="panel-head"><h2 class="panel-title">"Who and where"</h2></div>
                        <dl class="facts sm:grid-cols-1">
                            <div><dt>"Owner"</dt><dd><PersonChip handle=row.owner name=owner_name /></dd></div>
                            <div><dt>"Team"</dt><dd>{team_name}</dd></div>
                            <div><dt>"Cluster"</dt><dd class="mono">{placement.cluster.to_string()}</dd></div>
                            <div><dt>"Approved"</dt><dd><TimeAgo at=row.created_at now=view.now /></dd></div>
                            <div>
                                <dt>"Request"</dt>
                                <dd><a class="textlink" href=format!("/requests/{}", view.request)>{view.request.to_string()}</a></dd>
                            </div>
                        </dl>
                    </section>
                    {may_change.then(|| view! { <AboutLinks dataset=row.id open=open_request promotes /> })}
                    <Runs title="Next updates" runs=view.next_updates none="Updated by hand: there is no schedule." />
                    <Runs title="Next backups" runs=view.next_backups none="Backups are off." />
                    {(!view.history.is_empty()).then(|| view! { <History entries=view.history now=view.now /> })}
                </div>
            </div>
        </div>
    }
}

/// What a viewer of another team does not see, and why.
#[component]
fn Hidden(team: String, class: &'static str) -> impl IntoView {
    let text = format!(
        "The data class is {}. Use case, source, justification and history are for {team}, reviewers, admins and auditors.",
        class.to_lowercase()
    );
    view! { <div class="notice"><Icon name=IconName::Lock /><p>{text}</p></div> }
}

/// The next runs of a schedule, in UTC.
#[component]
fn Runs(title: &'static str, runs: Vec<Timestamp>, none: &'static str) -> impl IntoView {
    let list = if runs.is_empty() {
        view! { <p class="px-4 py-3 text-muted">{none}</p> }.into_any()
    } else {
        let runs = runs.into_iter().map(|run| {
            view! {
                <li class="flex items-center gap-2 px-4 py-2">
                    <Icon name=IconName::Clock class="size-3.5 text-muted" />
                    <time datetime=machine(run)>{minute(run)} " UTC"</time>
                </li>
            }
        });
        view! { <ol class="divide-y divide-base-300/70">{runs.collect_view()}</ol> }.into_any()
    };
    view! {
        <section class="panel">
            <div class="panel-head"><h2 class="panel-title">{title}</h2></div>
            {list}
        </section>
    }
}

/// Who did what to the request behind the dataset; its page has the words.
#[component]
fn History(entries: Vec<Entry>, now: Timestamp) -> impl IntoView {
    let entries = entries.into_iter().map(|entry| {
        let by = entry.by.map_or_else(|| "The system".to_owned(), |person| person.name);
        view! {
            <li class="px-4 py-2">
                <span class="font-medium">{by}</span>
                " "
                {entry.action.past()}
                <span class="block text-xs text-muted"><TimeAgo at=entry.at now /></span>
            </li>
        }
    });
    view! {
        <section class="panel">
            <div class="panel-head"><h2 class="panel-title">"History"</h2></div>
            <ol class="divide-y divide-base-300/70">{entries.collect_view()}</ol>
        </section>
    }
}
