//! `/queue/analytics`: how long decisions took, how they went, and what waits; drawn on the server, each chart with its
//! numbers as a table.

use domain::{
    choices::Choice,
    format::count,
    triage::{Analytics, PriorityLine, ReviewerLine, Spread, Week},
    working::{US_PER_HOUR, text},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{Alert, BarList, EmptyState, ErrorPage, Figure, FigureStrip, Loading, PageHeader},
};

#[component]
pub fn AnalyticsPage() -> impl IntoView {
    let analytics = Resource::new_blocking(|| (), |()| api::queue_analytics());
    view! {
        <Title text="Decisions" />
        <Transition fallback=Loading>
            {move || Suspend::new(async move {
                match analytics.await {
                    Ok(view) => view! { <Shown view /> }.into_any(),
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(view: Analytics) -> impl IntoView {
    let Analytics { weeks, priorities, outcomes, ages, overdue, reviewers, cut } = view;
    let decided: usize = weeks.iter().filter_map(|week| week.spread).map(|spread| spread.decisions).sum();
    let in_time: usize = priorities.iter().map(|line| line.in_time).sum();
    let open: i64 = priorities.iter().map(|line| line.open).sum();
    let share = percent(in_time, decided);
    let number = |number: i64| count(number.max(0).unsigned_abs());
    let figures = vec![
        Figure { label: "Decided by people", value: count(decided as u64), href: None, tone: "" },
        Figure { label: "In the time promised", value: share, href: None, tone: "" },
        Figure { label: "Open now", value: number(open), href: Some("/queue?status=open".to_owned()), tone: "" },
        Figure {
            label: "Overdue now",
            value: number(overdue),
            href: Some("/queue?due=overdue&sort=due".to_owned()),
            tone: if overdue > 0 { "red" } else { "" },
        },
    ];
    let [under_4h, under_1d, under_3d, longer] = ages;
    let shares: Vec<(&'static str, i64)> =
        outcomes.into_iter().map(|(outcome, count)| (outcome.label(), count)).collect();
    view! {
        <PageHeader
            title="Decisions"
            subtitle=format!("The last {} weeks, in working hours: Monday to Friday, 09:00 to 17:00 UTC.", weeks.len())
        >
            <a class="btn btn-sm" href="/queue">"Open the queue"</a>
        </PageHeader>
        <div class="flex flex-col gap-4">
            {cut.then(|| view! { <Alert kind="info" text="There were more decisions than are counted here; the oldest weeks lack some." /> })}
            <FigureStrip label="Decisions in figures" figures />
            <section class="panel" aria-labelledby="weeks-title">
                <div class="panel-head"><h2 id="weeks-title" class="panel-title">"How long decisions took, by week"</h2></div>
                <div class="p-4">
                    {if decided == 0 {
                        view! { <EmptyState title="No decision yet" text="What people approve and deny is counted here." /> }.into_any()
                    } else {
                        view! { <WeekChart weeks /> }.into_any()
                    }}
                </div>
            </section>
            <section class="panel" aria-labelledby="priorities-title">
                <div class="panel-head"><h2 id="priorities-title" class="panel-title">"By priority"</h2></div>
                <div class="overflow-x-auto"><Priorities lines=priorities /></div>
            </section>
            <div class="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
                <section class="panel" aria-labelledby="ends-title">
                    <div class="panel-head"><h2 id="ends-title" class="panel-title">"How requests ended"</h2></div>
                    <dl class="p-4"><BarList rows=shares /></dl>
                </section>
                <section class="panel" aria-labelledby="ages-title">
                    <div class="panel-head"><h2 id="ages-title" class="panel-title">"How long open requests have waited"</h2></div>
                    <dl class="p-4">
                        <BarList rows=vec![
                            ("under 4 hours", under_4h),
                            ("under a day", under_1d),
                            ("under 3 days", under_3d),
                            ("longer", longer),
                        ] />
                    </dl>
                </section>
            </div>
            {reviewers.map(|lines| view! { <Reviewers lines /> })}
        </div>
    }
}

/// The median and the ninth of ten of each week, as bars and as a table.
#[component]
fn WeekChart(weeks: Vec<Week>) -> impl IntoView {
    let top = weeks.iter().filter_map(|week| week.spread).map(|spread| spread.p90_us).max().unwrap_or(0);
    let top = (top / US_PER_HOUR + 1).max(2);
    let width = weeks.len() * 20;
    let bars = weeks
        .iter()
        .enumerate()
        .filter_map(|(index, week)| Some((index * 20, week.spread?)))
        .map(|(left, spread)| {
            // 100 units high; a week with a decision shows at least a sliver.
            let height = |us: i64| (us * 100 / (top * US_PER_HOUR)).clamp(1, 100);
            let (median, p90) = (height(spread.median_us), height(spread.p90_us));
            view! {
                <g>
                    <rect class="fill-control" x=left + 5 y=100 - p90 width="10" height=p90 />
                    <rect class="fill-primary" x=left + 5 y=100 - median width="10" height=median />
                </g>
            }
        })
        .collect_view();
    let labels = weeks
        .iter()
        .enumerate()
        .map(|(index, week)| {
            let class = if index.is_multiple_of(2) { "" } else { "max-sm:invisible" };
            view! { <span class=class>{week.monday.format("%-d %b").to_string()}</span> }
        })
        .collect_view();
    let last = weeks.iter().rev().find_map(|week| Some((week.monday, week.spread?)));
    let summary = last.map_or_else(String::new, |(monday, spread)| {
        format!(
            "Working time until a decision, week by week. In the week of {}: half of {} decisions within {}, nine of ten within {}.",
            monday.format("%-d %B"), spread.decisions, text(spread.median_us), text(spread.p90_us)
        )
    });
    let rows = weeks
        .iter()
        .map(|week| view! { <tr><th scope="row" class="font-normal">{week.monday.to_string()}</th>{spread_cells(week.spread)}</tr> })
        .collect_view();
    view! {
        <figure>
            <div class="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-hidden="true">
                <span class="inline-flex items-center gap-1.5">
                    <svg class="size-2.5" viewBox="0 0 10 10"><rect class="fill-primary" width="10" height="10" rx="2" /></svg>
                    "Half within"
                </span>
                <span class="inline-flex items-center gap-1.5">
                    <svg class="size-2.5" viewBox="0 0 10 10"><rect class="fill-control" width="10" height="10" rx="2" /></svg>
                    "Nine of ten within"
                </span>
            </div>
            <div class="grid grid-cols-[auto_1fr] gap-x-2">
                <div class="flex flex-col justify-between text-right text-xs leading-none text-muted tabular-nums" aria-hidden="true">
                    <span>{format!("{top} h")}</span>
                    <span>"0"</span>
                </div>
                <svg class="block h-36 w-full" viewBox=format!("0 0 {width} 100") preserveAspectRatio="none" role="img" aria-label=summary>
                    {bars}
                </svg>
                <div class="col-start-2 mt-1.5 grid auto-cols-fr grid-flow-col text-center text-xs text-muted tabular-nums" aria-hidden="true">
                    {labels}
                </div>
            </div>
            <details class="mt-3 text-xs">
                <summary class="cursor-pointer text-muted hover:text-base-content">"Show as a table"</summary>
                <table class="table mt-2">
                    <thead>
                        <tr><th scope="col">"Week of"</th>{spread_heads()}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </figure>
    }
}

/// A share in whole per cent; a dash where there is nothing to share.
fn percent(part: usize, whole: usize) -> String {
    (part * 100).checked_div(whole).map_or_else(|| "–".to_owned(), |share| format!("{share} %"))
}

#[component]
fn Priorities(lines: Vec<PriorityLine>) -> impl IntoView {
    let rows = lines
        .into_iter()
        .map(|line| {
            let decided = line.spread.map_or(0, |spread| spread.decisions);
            let in_time = percent(line.in_time, decided);
            view! {
                <tr>
                    <th scope="row" class="font-normal">{line.priority.label()}</th>
                    <td class="num">{format!("{} h", line.priority.sla_hours())}</td>
                    {spread_cells(line.spread)}
                    <td class="num">{in_time}</td>
                    <td class="num">{line.open}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Priority"</th>
                    <th scope="col" class="num">"Promised"</th>
                    {spread_heads()}
                    <th scope="col" class="num">"In time"</th>
                    <th scope="col" class="num">"Open now"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn spread_heads() -> impl IntoView {
    view! {
        <th scope="col" class="num">"Decisions"</th>
        <th scope="col" class="num">"Half within"</th>
        <th scope="col" class="num">"Nine of ten within"</th>
    }
}

fn spread_cells(spread: Option<Spread>) -> impl IntoView {
    let (decisions, median, p90) = spread.map_or_else(
        || ("0".to_owned(), "–".to_owned(), "–".to_owned()),
        |spread| (spread.decisions.to_string(), text(spread.median_us), text(spread.p90_us)),
    );
    view! {
        <td class="num">{decisions}</td>
        <td class="num">{median}</td>
        <td class="num">{p90}</td>
    }
}

/// For reviewers alone; the server sends it to nobody else.
#[component]
fn Reviewers(lines: Vec<ReviewerLine>) -> impl IntoView {
    let rows = lines
        .into_iter()
        .map(|line| {
            view! {
                <tr>
                    <th scope="row" class="font-normal">{line.person.name}</th>
                    <td class="num">{line.approved}</td>
                    <td class="num">{line.denied}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="reviewers-title">
            <div class="panel-head"><h2 id="reviewers-title" class="panel-title">"By reviewer"</h2></div>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Reviewer"</th>
                        <th scope="col" class="num">"Approved"</th>
                        <th scope="col" class="num">"Denied"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}
