//! Figures that a page begins with, bars, and the chart of days. Lengths are attributes of SVG, never styles.

use domain::{format::count, view::DayCount};
use leptos::prelude::*;

/// One figure with what it counts, as a link to what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub label: &'static str,
    pub value: String,
    pub href: Option<String>,
    /// A `data-tone` for a figure that asks for attention, else empty.
    pub tone: &'static str,
}

/// Figures side by side in one panel.
#[component]
pub fn FigureStrip(#[prop(into)] label: String, figures: Vec<Figure>) -> impl IntoView {
    let cells = figures.into_iter().map(|figure| {
        let content = view! {
            <span class="order-last text-xs text-muted group-hover:text-base-content">{figure.label}</span>
            <span class="text-xl leading-7 font-semibold tracking-tight wrap-anywhere tabular-nums">{figure.value}</span>
        };
        let tone = (!figure.tone.is_empty()).then_some(figure.tone);
        view! {
            <li class="figure" data-tone=tone>
                {match figure.href {
                    Some(href) => view! { <a class="group figure-body hover:bg-base-200" href=href>{content}</a> }.into_any(),
                    None => view! { <div class="figure-body">{content}</div> }.into_any(),
                }}
            </li>
        }
    });
    view! { <ul class="figures panel" aria-label=label>{cells.collect_view()}</ul> }
}

/// Labelled counts with bars on a common scale.
#[component]
pub fn BarList(rows: Vec<(&'static str, i64)>) -> impl IntoView {
    let most = rows.iter().map(|(_, value)| *value).max().unwrap_or(0).max(1);
    rows.into_iter()
        .map(|(label, value)| {
            let width = value.max(0) * 100 / most;
            view! {
                <div class="grid grid-cols-[6.5rem_1fr_3rem] items-center gap-3 py-1.5">
                    <dt class="text-muted">{label}</dt>
                    <dd class="order-last text-right font-medium">{count(value.unsigned_abs())}</dd>
                    <dd aria-hidden="true">
                        <svg class="block h-2.5 w-full" viewBox="0 0 100 10" preserveAspectRatio="none">
                            <rect class="fill-base-300/60" width="100" height="10" rx="1" />
                            <rect class="fill-primary" width=width height="10" rx="1" />
                        </svg>
                    </dd>
                </div>
            }
        })
        .collect_view()
}

/// Submitted and decided requests of each day, as bars and, on demand, as a table.
#[component]
pub fn DayChart(days: Vec<DayCount>) -> impl IntoView {
    let top = axis_top(days.iter().map(|day| day.submitted.max(day.decided)).max().unwrap_or(0));
    let submitted: i64 = days.iter().map(|day| day.submitted).sum();
    let decided: i64 = days.iter().map(|day| day.decided).sum();
    let summary = format!("In {} days {submitted} requests were submitted and {decided} decided.", days.len());
    let width = days.len() * 20;
    let bars = days.iter().enumerate().map(|(index, day)| {
        let left = index * 20;
        // 100 units high; a day with anything shows at least a sliver.
        let bar = |value: i64, x: usize, class: &'static str| {
            let height = if value > 0 { (value * 100 / top).max(1) } else { 0 };
            view! { <rect class=class x=x y=100 - height width="6" height=height /> }
        };
        view! {
            <g>
                {bar(day.submitted, left + 3, "fill-control")}
                {bar(day.decided, left + 11, "fill-primary")}
            </g>
        }
    });
    let labels = days.iter().enumerate().map(|(index, day)| {
        // Every other day keeps its label on a narrow screen.
        let class = if (days.len() - 1 - index).is_multiple_of(2) { "" } else { "max-sm:invisible" };
        view! { <span class=class>{day.day.format("%-d").to_string()}</span> }
    });
    let rows = days.iter().map(|day| {
        view! {
            <tr>
                <th scope="row" class="font-normal">{day.day.format("%-d %B").to_string()}</th>
                <td class="num">{day.submitted}</td>
                <td class="num">{day.decided}</td>
            </tr>
        }
    });
    view! {
        <figure>
            <div class="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-hidden="true">
                <span class="inline-flex items-center gap-1.5">
                    <svg class="size-2.5" viewBox="0 0 10 10"><rect class="fill-control" width="10" height="10" rx="2" /></svg>
                    {format!("Submitted {submitted}")}
                </span>
                <span class="inline-flex items-center gap-1.5">
                    <svg class="size-2.5" viewBox="0 0 10 10"><rect class="fill-primary" width="10" height="10" rx="2" /></svg>
                    {format!("Decided {decided}")}
                </span>
            </div>
            <div class="grid grid-cols-[auto_1fr] gap-x-2">
                <div class="flex flex-col justify-between text-right text-xs leading-none text-muted tabular-nums" aria-hidden="true">
                    <span>{top}</span>
                    <span>{top / 2}</span>
                    <span>"0"</span>
                </div>
                <svg
                    class="block h-36 w-full overflow-visible"
                    viewBox=format!("0 0 {width} 100")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=summary
                >
                    {[0, 50, 100]
                        .map(|y| {
                            view! {
                                <line class="stroke-base-300" x1="0" x2=width y1=y y2=y vector-effect="non-scaling-stroke" />
                            }
                        })
                        .into_iter()
                        .collect_view()} {bars.collect_view()}
                </svg>
                <div
                    class="col-start-2 mt-1.5 grid auto-cols-fr grid-flow-col text-center text-xs text-muted tabular-nums"
                    aria-hidden="true"
                >
                    {labels.collect_view()}
                </div>
            </div>
            <details class="mt-3 text-xs">
                <summary class="cursor-pointer text-muted hover:text-base-content">"Show as a table"</summary>
                <table class="table mt-2">
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col" class="num">"Submitted"</th>
                            <th scope="col" class="num">"Decided"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </details>
        </figure>
    }
}

/// The even end of an axis that holds `most`: 2, 4, 6, 8, 10, 20, 40, …
fn axis_top(most: i64) -> i64 {
    let mut scale = 1;
    loop {
        for step in [2, 4, 6, 8, 10] {
            if most <= step * scale {
                return step * scale;
            }
        }
        scale *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_an_even_number_that_holds_everything() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (5, 6), (10, 10), (11, 20), (39, 40), (57, 60), (101, 200)] {
            assert_eq!(axis_top(most), top, "{most}");
        }
    }
}
