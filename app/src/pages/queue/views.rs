//! Named views, as links behind one button; plain forms keep and delete them. And the ways out of the queue with a view.

use domain::{
    query::QueueQuery,
    triage::{Desk, SavedView, VIEW_NAME_MAX, default_views},
};
use leptos::prelude::*;

use super::{steps, triage::parameters};
use crate::{
    components::{Icon, IconName},
    links,
    posted::Posted,
};

/// The menu of views.
#[component]
pub fn Views(query: Memo<QueueQuery>, desk: Desk, posted: Option<Posted>) -> impl IntoView {
    let Desk { views, may_share, reviewer, bulks, .. } = desk;
    let refused = posted.filter(|posted| posted.value("intent") == Some("save_view"));
    let name = refused.as_ref().and_then(|posted| posted.value("name")).unwrap_or_default().to_owned();
    let message = refused.as_ref().map(|posted| posted.error.to_string());
    let defaults = default_views(reviewer.as_deref())
        .into_iter()
        .map(|(label, view)| {
            let same = view.clone();
            let here = move || query.with(|query| query.first_page() == same).then_some("true");
            view! { <li><a class="queue-view" href=steps::href(&view) aria-current=here>{label}</a></li> }
        })
        .collect_view();
    let (shared, own): (Vec<SavedView>, Vec<SavedView>) = views.into_iter().partition(|view| view.shared);
    let list = move |title: &'static str, views: Vec<SavedView>| {
        (!views.is_empty()).then(|| {
            let views = views.into_iter().map(|saved| one(query, saved)).collect_view();
            view! {
                <h3 class="queue-views-title">{title}</h3>
                <ul>{views}</ul>
            }
        })
    };
    let last = (!bulks.is_empty()).then(|| {
        let items = bulks
            .into_iter()
            .map(|(job, says)| view! { <li><a class="queue-view" href=super::triage::bulk_href(job)>{format!("{job} · {says}")}</a></li> })
            .collect_view();
        view! {
            <h3 class="queue-views-title">"Your last bulk actions"</h3>
            <ul>{items}</ul>
        }
    });
    view! {
        <details class="queue-views" open=message.is_some()>
            <summary class="btn btn-sm">
                <Icon name=IconName::Layers />
                "Views"
            </summary>
            <div class="panel queue-views-menu">
                <ul aria-label="Views for everybody">{defaults}</ul>
                {list("Shared", shared)}
                {list("Yours", own)}
                <form method="post" action="/queue" class="queue-views-save" aria-label="Save this view">
                    <input type="hidden" name="intent" value="save_view" />
                    <input type="hidden" name="view" value=move || query.with(parameters) />
                    <label class="text-xs font-medium" for="view-name">"Save this view as"</label>
                    <input
                        id="view-name"
                        name="name"
                        class="input input-sm w-full"
                        required=true
                        maxlength=VIEW_NAME_MAX.to_string()
                        autocomplete="off"
                        value=name
                        aria-describedby="view-name-error"
                        aria-invalid=message.is_some().then_some("true")
                    />
                    <p id="view-name-error" class="text-xs text-error" hidden=message.is_none()>{message.clone()}</p>
                    <div class="flex items-center justify-between gap-3">
                        {may_share.then(|| view! {
                            <label class="inline-flex items-center gap-2 text-xs">
                                <input type="checkbox" class="checkbox checkbox-xs" name="shared" value="on" />
                                "Share it with everybody"
                            </label>
                        })}
                        <button type="submit" class="btn btn-sm">"Save"</button>
                    </div>
                </form>
                {last}
            </div>
        </details>
    }
}

fn one(query: Memo<QueueQuery>, saved: SavedView) -> impl IntoView {
    let href = links::href(steps::PATH, &links::pairs(&saved.view));
    let same = saved.view.clone();
    // A saved view is kept as its parameters are written, which is as they are written here.
    let here = move || query.with(|query| links::pairs(&parameters(query)) == links::pairs(&same)).then_some("true");
    let by = (saved.shared && !saved.may_change).then(|| format!(" · {}", saved.owner.name));
    view! {
        <li class="flex items-center gap-1">
            <a class="queue-view grow" href=href aria-current=here>
                {saved.name.clone()}
                {by.map(|by| view! { <span class="text-muted">{by}</span> })}
            </a>
            {saved
                .may_change
                .then(|| view! {
                    <form method="post" action="/queue">
                        <input type="hidden" name="intent" value="delete_view" />
                        <input type="hidden" name="id" value=saved.id.to_string() />
                        <input type="hidden" name="view" value=move || query.with(parameters) />
                        <button type="submit" class="btn btn-ghost btn-xs btn-square" title="Delete this view">
                            <Icon name=IconName::Trash class="size-3.5" />
                            <span class="sr-only">{format!("Delete the view {}", saved.name)}</span>
                        </button>
                    </form>
                })}
        </li>
    }
}

/// The rows of this view as files.
#[component]
pub fn Exports(query: Memo<QueueQuery>) -> impl IntoView {
    let href = move |kind: &'static str| {
        query.with(|query| links::href(&format!("{}/export.{kind}", steps::PATH), &query.first_page().to_pairs()))
    };
    view! {
        <span class="inline-flex items-center gap-2 text-xs text-muted">
            <Icon name=IconName::Download class="size-3.5" />
            "Export as "
            <a class="textlink" rel="external" download="requests.csv" href=move || href("csv")>"CSV"</a>
            <a class="textlink" rel="external" download="requests.json" href=move || href("json")>"JSON"</a>
        </span>
    }
}
