//! The first page: what waits for the viewer, and for reviewers the queue as they meet it in the morning.

use domain::{
    Timestamp,
    bounds::COUNT_CAP,
    choices::{Choice, Priority},
    format::count,
    lifecycle::Status,
    query::{Column, Direction, DueFilter, QueueQuery, ReviewerFilter, Scope, SortKey},
    view::{HomeView, QueueRow, ReviewSummary, StatusCount},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{
        BarList, DayChart, EmptyState, ErrorPage, Figure, FigureStrip, Icon, IconName, Loading, MeResource, Moment,
        PageHeader, RequestRows, refresh_on_live, status_look,
    },
    links,
    live::use_live,
};

#[component]
pub fn HomePage() -> impl IntoView {
    let me = expect_context::<MeResource>();
    let home = Resource::new_blocking(|| (), |()| api::home());
    let live = use_live();
    refresh_on_live(move || home.refetch());
    view! {
        <Title text="Home" />
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                let may_file = me.await.ok().flatten().is_some_and(|me| me.may_file);
                match home.await {
                    Ok(view) => {
                        live.resume_after(view.last_event);
                        view! { <Home view filing=if may_file { Filing::Offered } else { Filing::NotFor } /> }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Whether the viewer may file requests; an auditor may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filing {
    Offered,
    NotFor,
}

#[component]
fn Home(view: HomeView, filing: Filing) -> impl IntoView {
    let HomeView { mine, recent, to_answer, drafts, review, now, .. } = view;
    let new_request = move || {
        (filing == Filing::Offered).then(
            || view! { <a class="btn btn-primary" href="/requests/new"><Icon name=IconName::Plus />"New request"</a> },
        )
    };
    let nothing = recent.is_empty() && drafts.is_empty() && to_answer.is_empty();
    view! {
        <PageHeader title="Home" subtitle="What waits for you, and where your requests are.">{new_request()}</PageHeader>
        <div class="flex flex-col gap-8">
            {(!to_answer.is_empty()).then(|| view! { <ToAnswer rows=to_answer now /> })}
            {review.map(|summary| view! { <Review summary now /> })}
            <section class="flex flex-col gap-4" aria-labelledby="yours">
                <h2 id="yours" class="text-base">"Your requests"</h2>
                {if nothing {
                    let text = match filing {
                        Filing::Offered => "File one and follow it here until the dataset works.",
                        Filing::NotFor => "Your role reads requests and files none. The queue has all of them.",
                    };
                    view! {
                        <div class="panel">
                            <EmptyState title="No requests of yours yet" text=text>
                                {new_request()} <a class="btn" href="/queue">"Open the queue"</a>
                            </EmptyState>
                        </div>
                    }
                        .into_any()
                } else {
                    view! {
                        <FigureStrip label="Your requests by status" figures=by_status(&mine, Scope::Mine) />
                        <div class="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
                            <RowPanel title="Changed last" rows=recent now empty="Nothing has changed yet." />
                            <RowPanel title="Drafts" rows=drafts now empty="No drafts. A request that you save before you submit it waits here." />
                        </div>
                    }
                        .into_any()
                }}
            </section>
        </div>
    }
}

/// Questions come first: somebody waits for the answer, and the age clock stands still.
#[component]
fn ToAnswer(rows: Vec<QueueRow>, now: Timestamp) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="to-answer">
            <div class="panel-head">
                <span class="tone-bare" data-tone="amber"><Icon name=IconName::Help /></span>
                <h2 id="to-answer" class="panel-title">"Questions for you or your team"</h2>
                <span class="tag">{rows.len()}</span>
            </div>
            <RequestRows rows now />
        </section>
    }
}

/// The queue for reviewers: figures, ages, the last two weeks, the oldest and their own.
#[component]
fn Review(summary: ReviewSummary, now: Timestamp) -> impl IntoView {
    let ReviewSummary { counts, unassigned, overdue, due_soon, mine, oldest, ages, days } = summary;
    let open = QueueQuery { statuses: Status::OPEN.to_vec(), ..QueueQuery::default() };
    let nobody = QueueQuery { reviewer: ReviewerFilter::Nobody, ..open.clone() };
    let waiting: i64 = Status::OPEN.iter().map(|status| number(&counts, *status)).sum();
    let due_first = vec![SortKey { column: Column::Due, direction: Direction::Ascending }];
    let mut figures = vec![
        Figure { label: "Open", value: capped(waiting), href: Some(queue(&open)), tone: "" },
        Figure {
            label: "Nobody has it",
            value: capped(unassigned),
            href: Some(queue(&nobody)),
            tone: if unassigned > 0 { "amber" } else { "" },
        },
    ];
    let late = QueueQuery { due: DueFilter::Overdue, sort: due_first.clone(), ..QueueQuery::default() };
    figures.push(Figure {
        label: "Overdue",
        value: capped(overdue),
        href: Some(queue(&late)),
        tone: if overdue > 0 { "red" } else { "" },
    });
    figures.push(Figure {
        label: "Due in 2 hours",
        value: capped(due_soon),
        href: Some(queue(&QueueQuery { sort: due_first, ..open })),
        tone: if due_soon > 0 { "amber" } else { "" },
    });
    figures.extend(by_status(&counts, Scope::All).into_iter().filter(|figure| {
        [Status::InReview, Status::NeedsInfo, Status::Approved, Status::Failed]
            .iter()
            .any(|s| s.label() == figure.label)
    }));
    let [under_4h, under_1d, under_3d, longer] = ages;
    let promises = Priority::ALL
        .iter()
        .map(|priority| format!("{} {} h", priority.label().to_lowercase(), priority.sla_hours()))
        .collect::<Vec<_>>()
        .join(", ");
    view! {
        <section class="flex flex-col gap-4" aria-labelledby="review">
            <h2 id="review" class="text-base">"The review queue"</h2>
            <FigureStrip label="The queue in figures" figures />
            <div class="grid grid-cols-1 items-stretch gap-4 xl:grid-cols-[3fr_2fr]">
                <section class="panel flex flex-col">
                    <div class="panel-head">
                        <h3 class="panel-title">"The last two weeks"</h3>
                        <a class="textlink ml-auto text-xs" href="/queue/analytics">"How long decisions take"</a>
                    </div>
                    <div class="p-4"><DayChart days /></div>
                </section>
                <section class="panel flex flex-col">
                    <div class="panel-head"><h3 class="panel-title">"How long open requests have waited"</h3></div>
                    <div class="flex flex-1 flex-col justify-between gap-4 p-4">
                        <dl>
                            <BarList rows=vec![
                                ("under 4 hours", under_4h),
                                ("under a day", under_1d),
                                ("under 3 days", under_3d),
                                ("longer", longer),
                            ] />
                        </dl>
                        <p class="text-xs text-muted">{format!("Decisions are promised within working hours: {promises}.")}</p>
                    </div>
                </section>
            </div>
            <div class="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
                <RowPanel title="Waiting longest" rows=oldest now moment=Moment::Submitted empty="Nothing is open. Well done." />
                <RowPanel title="Claimed by you" rows=mine now empty="You have claimed none. Open the queue and take one." />
            </div>
        </section>
    }
}

#[component]
fn RowPanel(
    title: &'static str,
    rows: Vec<QueueRow>,
    now: Timestamp,
    empty: &'static str,
    #[prop(default = Moment::Updated)] moment: Moment,
) -> impl IntoView {
    view! {
        <section class="panel">
            <div class="panel-head"><h3 class="panel-title">{title}</h3></div>
            {if rows.is_empty() {
                view! { <p class="px-4 py-5 text-muted">{empty}</p> }.into_any()
            } else {
                view! { <RequestRows rows now moment /> }.into_any()
            }}
        </section>
    }
}

/// A figure for each status that has requests, in the order of a request's life.
fn by_status(counts: &[StatusCount], scope: Scope) -> Vec<Figure> {
    let mut counts: Vec<StatusCount> = counts.iter().copied().filter(|entry| entry.count > 0).collect();
    counts.sort_by_key(|entry| entry.status);
    counts
        .into_iter()
        .map(|StatusCount { status, count }| {
            let query = QueueQuery { scope, statuses: vec![status], ..QueueQuery::default() };
            let (_, tone) = status_look(status);
            let tone = if matches!(tone, "amber" | "red") { tone } else { "" };
            Figure { label: status.label(), value: capped(count), href: Some(queue(&query)), tone }
        })
        .collect()
}

fn number(counts: &[StatusCount], status: Status) -> i64 {
    counts.iter().find(|entry| entry.status == status).map_or(0, |entry| entry.count)
}

/// Counting stops at the cap, so it reads `10 000+`.
fn capped(number: i64) -> String {
    let shown = count(number.clamp(0, COUNT_CAP).unsigned_abs());
    if number >= COUNT_CAP { format!("{shown}+") } else { shown }
}

fn queue(query: &QueueQuery) -> String {
    links::href("/queue", &query.to_pairs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stop_at_the_cap() {
        assert_eq!(capped(0), "0");
        assert_eq!(capped(COUNT_CAP), "10\u{202f}000+");
    }

    #[test]
    fn a_status_without_requests_has_no_figure() {
        let counts = [Status::Denied, Status::Draft, Status::New]
            .map(|status| StatusCount { status, count: i64::from(status != Status::New) });
        let figures = by_status(&counts, Scope::Mine);
        assert_eq!(figures.iter().map(|figure| figure.label).collect::<Vec<_>>(), ["Draft", "Denied"]);
        assert_eq!(figures[0].href.as_deref(), Some("/queue?scope=mine&status=draft"));
    }
}
