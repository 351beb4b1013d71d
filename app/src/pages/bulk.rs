//! `/queue/bulk/:job`: a bulk action, its undo while it waits, and then what became of each request.

use std::time::Duration;

use domain::{
    bulk::{BulkItem, BulkOutcome, BulkState, BulkView},
    error::Error,
    ids::JobId,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api,
    components::{Alert, ErrorPage, Figure, FigureStrip, Icon, IconName, Loading, PageHeader, TimeAgo},
    error::AppError,
    links,
    posted::use_posted,
};

/// How often the page reads an action that is under way again.
const AGAIN: Duration = Duration::from_secs(1);

#[component]
pub fn BulkPage() -> impl IntoView {
    let posted = use_posted();
    let params = use_params_map();
    let job = Memo::new(move |_| params.with(|params| params.get("job")).unwrap_or_default());
    let bulk = Resource::new_blocking(move || job.get(), read);
    view! {
        <Title text="Bulk action" />
        <Transition fallback=Loading>
            {move || {
                let refused = posted.clone().map(|posted| posted.error);
                Suspend::new(async move {
                    match bulk.await {
                        Ok(view) => view! { <Shown view refused /> }.into_any(),
                        Err(error) => view! { <ErrorPage error /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

async fn read(job: String) -> Result<BulkView, AppError> {
    let job: JobId = job.parse().map_err(|_| AppError::from(Error::not_found("bulk action")))?;
    api::bulk_view(job).await
}

#[component]
fn Shown(view: BulkView, refused: Option<Error>) -> impl IntoView {
    let job = view.job;
    let title = format!("{} {}", view.command.action().label(), requests(view.items.len()));
    let back = links::href("/queue", &links::pairs(&view.view));
    let message = RwSignal::new(refused.map(|error| error.to_string()));
    let bulk = RwSignal::new(view);
    Effect::new(move |_| follow(bulk, job));
    let undo = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let answer = api::bulk_undo(job).await;
            if bulk.is_disposed() {
                return;
            }
            match answer {
                Ok(view) => bulk.set(view),
                Err(error) => message.set(Some(error.to_string())),
            }
        });
    };
    let lead = move || {
        bulk.with(|bulk| match bulk.state {
            BulkState::Waiting => {
                "Nothing has been changed yet. It begins in a few seconds; until then it can be undone."
            }
            BulkState::Running => "Under way.",
            BulkState::Undone => "Undone. Nothing was changed.",
            BulkState::Done => "Done. Each request was judged alone, by your rights and by what you had seen.",
            BulkState::Failed => "Given up after too many faults. What was done until then stands.",
        })
    };
    let asked = bulk.with_untracked(|bulk| (bulk.command.sentence(), bulk.by.name.clone(), bulk.asked_at, bulk.now));
    view! {
        <PageHeader title subtitle="One decision on many requests, with a result for each.">
            <a class="btn btn-sm" href=back>"Back to the queue"</a>
        </PageHeader>
        <div class="flex flex-col gap-4">
            {move || message.get().map(|text| view! { <Alert kind="error" text /> })}
            <section class="panel flex flex-wrap items-center gap-x-6 gap-y-3 p-4" aria-label="The action">
                <div class="min-w-0 grow">
                    <p class="font-medium wrap-anywhere">{asked.0}</p>
                    <p class="text-xs text-muted">{asked.1}" · "<TimeAgo at=asked.2 now=asked.3 /></p>
                    <p class="mt-2" role="status">{lead}</p>
                </div>
                {move || bulk.with(|bulk| bulk.state == BulkState::Waiting && bulk.may_undo).then(|| view! {
                    <form method="post" action=format!("/queue/bulk/{job}") on:submit=undo>
                        <button type="submit" class="btn btn-primary btn-sm"><Icon name=IconName::Undo />"Undo"</button>
                    </form>
                })}
                {move || bulk.with(|bulk| bulk.state.is_open()).then(|| view! {
                    <noscript>
                        <a class="btn btn-sm" href=format!("/queue/bulk/{job}")>"Show how it stands now"</a>
                    </noscript>
                })}
            </section>
            {move || bulk.with(|bulk| view! { <FigureStrip label="Results" figures=figures(bulk) /> })}
            <section class="panel" aria-labelledby="items-title">
                <div class="panel-head"><h2 id="items-title" class="panel-title">"Each request"</h2></div>
                <div class="overflow-x-auto">
                    <table class="table">
                        <thead>
                            <tr><th scope="col">"Request"</th><th scope="col">"Result"</th><th scope="col">"Why"</th></tr>
                        </thead>
                        <tbody>{move || bulk.with(|bulk| bulk.items.iter().cloned().map(line).collect_view())}</tbody>
                    </table>
                </div>
            </section>
        </div>
    }
}

/// Reads it again until it is over.
fn follow(bulk: RwSignal<BulkView>, job: JobId) {
    if !bulk.with_untracked(|bulk| bulk.state.is_open()) {
        return;
    }
    let again = move || {
        spawn_local(async move {
            let answer = api::bulk_view(job).await;
            if bulk.is_disposed() {
                return;
            }
            if let Ok(view) = answer {
                bulk.set(view);
            }
            follow(bulk, job);
        });
    };
    set_timeout(again, AGAIN);
}

fn requests(count: usize) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

fn figures(bulk: &BulkView) -> Vec<Figure> {
    let count = |outcome: BulkOutcome| bulk.items.iter().filter(|item| item.outcome == outcome).count();
    let figure = |label, number: usize, tone| Figure { label, value: number.to_string(), href: None, tone };
    let refused = count(BulkOutcome::Refused);
    vec![
        figure("Done", count(BulkOutcome::Done), ""),
        figure("Refused", refused, if refused > 0 { "amber" } else { "" }),
        figure("Not yet", count(BulkOutcome::Waiting), ""),
    ]
}

fn line(item: BulkItem) -> impl IntoView {
    let (icon, tone, says) = match item.outcome {
        BulkOutcome::Waiting => (IconName::Clock, "gray", "Not yet"),
        BulkOutcome::Done => (IconName::Check, "green", "Done"),
        BulkOutcome::Refused => (IconName::Ban, "red", "Refused"),
    };
    view! {
        <tr>
            <th scope="row" class="font-normal">
                <a class="namelink" href=format!("/requests/{}", item.id)>
                    <span class="mono">{item.full_name}</span>
                    " "
                    <span class="queue-id">{item.id.to_string()}</span>
                </a>
            </th>
            <td><span class="tone" data-tone=tone><Icon name=icon class="size-3.5" />{says}</span></td>
            <td class="text-muted wrap-anywhere">{item.says}</td>
        </tr>
    }
}
