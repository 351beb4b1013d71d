//! Jobs: the list, and one with its log. Plain links and forms, so that both work alike without JavaScript; with it
//! they follow what happens.

use std::time::Duration;

use domain::{
    Timestamp,
    error::Error,
    format::{count, minute},
    ids::JobId,
    job::{Job, JobRow, JobState, JobView, JobsPage as Page, LogLevel, LogLine},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api,
    components::{
        Alert, EmptyState, ErrorPage, ErrorPanel, Icon, IconName, Loading, PageHeader, PersonChip, TimeAgo,
        refresh_on_live,
    },
    error::AppError,
    links::{self, use_query_of},
    posted::use_posted,
};

const PATH: &str = "/jobs";
/// Runs change without an event, so the pages look again this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What the list is asked for by its address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Query {
    state: Option<JobState>,
    before: Option<JobId>,
}

impl Query {
    fn from_pairs(pairs: &[(String, String)]) -> Self {
        let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        Self {
            state: value("state").and_then(JobState::from_word),
            before: value("before").and_then(|id| id.parse().ok()),
        }
    }

    fn href(self) -> String {
        let state = self.state.map(|state| ("state", state.word().to_owned()));
        let before = self.before.map(|id| ("before", id.to_string()));
        links::href(PATH, &state.into_iter().chain(before).collect::<Vec<_>>())
    }
}

/// Calls `look` now and then while the page is open, in the browser alone.
fn look_again(look: impl Fn() + Clone + Send + Sync + 'static) {
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(look.clone(), LOOK_AGAIN) {
            on_cleanup(move || handle.clear());
        }
    });
}

#[component]
pub fn JobsPage() -> impl IntoView {
    let query = use_query_of(Query::from_pairs);
    let page = Resource::new_blocking(move || query.get(), |query| api::jobs_page(query.state, query.before));
    refresh_on_live(move || page.refetch());
    look_again(move || page.refetch());
    view! {
        <Title text="Jobs" />
        <PageHeader title="Jobs" subtitle="What the service does by itself, what waits, and what has failed for good." />
        <nav class="mb-4 flex flex-wrap gap-2" aria-label="States">
            {move || {
                let chosen = query.get().state;
                let states = std::iter::once(None).chain(JobState::ALL.iter().copied().map(Some));
                states
                    .map(|state| {
                        let label = state.map_or("All", JobState::label);
                        view! {
                            <a
                                class="btn btn-sm"
                                class:btn-active=chosen == state
                                href=Query { state, before: None }.href()
                                aria-current=(chosen == state).then_some("true")
                            >
                                {label}
                            </a>
                        }
                    })
                    .collect_view()
            }}
        </nav>
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Results page query=query.get_untracked() /> }.into_any(),
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Results(page: Page, query: Query) -> impl IntoView {
    let Page { rows, next, now } = page;
    let list = if rows.is_empty() {
        view! {
            <div class="panel">
                <EmptyState title="No jobs here" text="Jobs appear when the service has something to do beside your requests." />
            </div>
        }
        .into_any()
    } else {
        view! { <JobTable rows now /> }.into_any()
    };
    view! {
        {list}
        <nav class="mt-4 flex flex-wrap gap-2" aria-label="Pages">
            {query.before.is_some().then(|| view! {
                <a class="btn btn-sm" href=Query { before: None, ..query }.href()><Icon name=IconName::ChevronLeft />"First page"</a>
            })}
            {next.map(|before| view! {
                <a class="btn btn-sm" href=Query { before: Some(before), ..query }.href()>
                    "Next page"<Icon name=IconName::ChevronRight />
                </a>
            })}
        </nav>
    }
}

#[component]
fn JobTable(rows: Vec<JobRow>, now: Timestamp) -> impl IntoView {
    let rows = rows.into_iter().map(|JobRow { job, by }| {
        let says = job.error.clone().or_else(|| job.result.clone()).unwrap_or_default();
        view! {
            <tr>
                <th scope="row" class="w-full max-w-0 font-normal">
                    <a class="namelink block" href=format!("{PATH}/{}", job.id)>{job.kind.label()}</a>
                    <span class="mt-1 flex flex-wrap gap-x-2 text-xs text-muted">
                        {job.id.to_string()}
                        {job.request.map(|id| view! { <a class="textlink" href=format!("/requests/{id}")>{id.to_string()}</a> })}
                        <span class="wrap-anywhere">{says}</span>
                    </span>
                </th>
                <td><JobBadge state=job.state cancelling=job.cancelling /></td>
                <td class="max-md:hidden">{progress(&job)}</td>
                <td class="num max-md:hidden">{format!("{} of {}", job.attempt, job.max_attempts)}</td>
                <td class="max-lg:hidden"><By by /></td>
                <td class="max-sm:hidden"><TimeAgo at=job.created_at now /></td>
            </tr>
        }
    });
    view! {
        <div class="panel overflow-x-auto">
            <table class="table">
                <caption class="sr-only">"Jobs"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Job"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="max-md:hidden">"Progress"</th>
                        <th scope="col" class="num max-md:hidden">"Attempt"</th>
                        <th scope="col" class="max-lg:hidden">"Asked for by"</th>
                        <th scope="col" class="max-sm:hidden">"Age"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn By(by: Option<String>) -> impl IntoView {
    match by {
        Some(handle) => view! { <PersonChip handle /> }.into_any(),
        None => view! { "The system" }.into_any(),
    }
}

/// Where a job stands as word, icon and colour.
#[component]
fn JobBadge(state: JobState, cancelling: bool) -> impl IntoView {
    let (icon, tone) = match state {
        JobState::Queued => (IconName::Clock, "gray"),
        JobState::Running => (IconName::Play, "blue"),
        JobState::Done => (IconName::CheckCircle, "green"),
        JobState::Failed => (IconName::Warning, "red"),
        JobState::Cancelled => (IconName::Ban, "gray"),
    };
    let label = if cancelling && state == JobState::Running { "Stopping" } else { state.label() };
    view! {
        <span class="tone" data-tone=tone data-state=state.word()>
            <Icon name=icon class="size-3.5" />
            {label}
        </span>
    }
}

fn progress(job: &Job) -> String {
    let numbers = match (job.done, job.total) {
        (0, 0) => String::new(),
        (done, 0) => count(done),
        (done, total) => format!("{} of {}", count(done), count(total)),
    };
    [numbers, job.says.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

#[component]
pub fn JobPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let job = Resource::new_blocking(
        move || id.get(),
        |text| async move {
            match text.parse::<JobId>() {
                Ok(id) => api::job_view(id).await,
                Err(_) => Err(AppError::Refused(Error::not_found("job"))),
            }
        },
    );
    look_again(move || job.refetch());
    let refused = use_posted().map(|posted| posted.error);
    view! {
        <Transition fallback=|| view! { <Loading /> }>
            {move || {
                let refused = refused.clone();
                Suspend::new(async move {
                    match job.await {
                        Ok(view) => view! { <OneJob view refused /> }.into_any(),
                        Err(error) => view! { <ErrorPage error /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn OneJob(view: JobView, #[prop(optional_no_strip)] refused: Option<Error>) -> impl IntoView {
    let JobView { row: JobRow { job, by }, log, may_cancel, may_retry, now } = view;
    let title = format!("{} {}", job.kind.label(), job.id);
    let action = format!("{PATH}/{}", job.id);
    let due = (job.state == JobState::Queued).then(|| format!("{} UTC", minute(job.run_at)));
    let progress = progress(&job);
    let facts = [
        ("Due", due),
        ("Attempt", Some(format!("{} of {}", job.attempt, job.max_attempts))),
        ("Progress", (!progress.is_empty()).then_some(progress)),
        ("Result", job.result.clone()),
        ("Ended", job.finished_at.map(|at| format!("{} UTC", minute(at)))),
    ];
    let facts = facts.into_iter().filter_map(|(label, value)| Some((label, value?))).map(|(label, value)| {
        view! {
            <div class="flex flex-wrap justify-between gap-x-4 px-4 py-2">
                <dt class="text-muted">{label}</dt>
                <dd class="wrap-anywhere">{value}</dd>
            </div>
        }
    });
    let error = job.error.clone().filter(|_| job.state != JobState::Done);
    view! {
        <Title text=title.clone() />
        <PageHeader title>
            {may_cancel.then(|| view! { <ActButton action=action.clone() word="cancel" label="Cancel the job" /> })}
            {may_retry.then(|| view! { <ActButton action=action.clone() word="retry" label="Try again" /> })}
        </PageHeader>
        <div class="flex flex-col gap-4">
            {refused.map(|error| view! { <Alert kind="error" text=error.to_string() /> })}
            {error.map(|error| view! { <Alert kind="warning" text=error /> })}
            <section class="panel" aria-label="State">
                <dl class="divide-y divide-base-300/70">
                    <div class="flex flex-wrap justify-between gap-x-4 px-4 py-2">
                        <dt class="text-muted">"State"</dt>
                        <dd><JobBadge state=job.state cancelling=job.cancelling /></dd>
                    </div>
                    <div class="flex flex-wrap justify-between gap-x-4 px-4 py-2">
                        <dt class="text-muted">"Asked for by"</dt>
                        <dd><By by />", "<TimeAgo at=job.created_at now /></dd>
                    </div>
                    {job.request.map(|id| view! {
                        <div class="flex flex-wrap justify-between gap-x-4 px-4 py-2">
                            <dt class="text-muted">"Request"</dt>
                            <dd><a class="textlink" href=format!("/requests/{id}")>{id.to_string()}</a></dd>
                        </div>
                    })}
                    {facts.collect_view()}
                </dl>
            </section>
            <section class="panel" aria-labelledby="log-title">
                <div class="panel-head"><h2 id="log-title" class="panel-title">"Log"</h2></div>
                <Log lines=log />
            </section>
        </div>
    }
}

/// One button, which posts to the job's own page.
#[component]
fn ActButton(action: String, word: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <button type="submit" class="btn btn-sm" name="action" value=word>{label}</button>
        </form>
    }
}

#[component]
fn Log(lines: Vec<LogLine>) -> impl IntoView {
    if lines.is_empty() {
        return view! { <p class="px-4 py-3 text-muted">"Nothing was said yet."</p> }.into_any();
    }
    let lines = lines.into_iter().map(|line| {
        let tone = match line.level {
            LogLevel::Info => "gray",
            LogLevel::Warn => "amber",
            LogLevel::Error => "red",
        };
        view! {
            <li class="px-4 py-2">
                <span class="flex flex-wrap gap-x-2 text-xs text-muted">
                    {format!("{} UTC", minute(line.at))}
                    <span class="tone-bare" data-tone=tone>{line.level.label()}</span>
                    {format!("attempt {}", line.attempt)}
                </span>
                <span class="wrap-anywhere">{line.says}</span>
            </li>
        }
    });
    view! { <ol class="divide-y divide-base-300/70">{lines.collect_view()}</ol> }.into_any()
}
