//! Parts of the panel beside the form: what the dataset takes up, what it costs, and what resembles it.

use domain::{
    cost::Estimate,
    format::size,
    view::{FormPreview, Similar},
};
use leptos::prelude::*;

use super::panel::{holder_href, holder_id};

/// Footprint and cost: on the cluster that would be cheapest, and on the others one by one.
#[component]
pub fn Estimates(preview: ReadSignal<Option<FormPreview>>) -> impl IntoView {
    move || {
        let FormPreview { entry_bytes, estimates, .. } = preview.get()?;
        let entry_bytes = entry_bytes?;
        let first = estimates.first().cloned();
        let stored = first.as_ref().map(|first| {
            let copies = match first.replication {
                1 => "one copy".to_owned(),
                n => format!("{n} copies"),
            };
            format!("{} stored in {copies} on {}", size(first.stored_bytes), first.cluster)
        });
        let ahead = first.as_ref().filter(|first| first.stored_bytes_in_a_year != first.stored_bytes);
        let ahead = ahead.map(|first| format!("{} in twelve months", size(first.stored_bytes_in_a_year)));
        let cost = first.as_ref().and_then(|first| {
            let now = first.monthly.as_ref()?.to_string();
            let later = first.monthly_in_a_year.as_ref().map(ToString::to_string).filter(|later| *later != now);
            Some((now, later))
        });
        let others: Vec<_> = estimates.iter().skip(1).map(other_line).collect();
        let has_others = !others.is_empty();
        Some(view! {
            <div>
                <h3 class="text-xs text-muted">"Footprint"</h3>
                <p class="mt-1">
                    <span class="font-medium">{size(entry_bytes)}</span>
                    " of entries"
                    {stored.map(|stored| view! { <span class="block text-xs text-muted">{stored}</span> })}
                    {ahead.map(|ahead| view! { <span class="block text-xs text-muted">{ahead}</span> })}
                </p>
            </div>
            {cost.map(|(now, later)| {
                view! {
                    <div>
                        <h3 class="text-xs text-muted">"Cost a month"</h3>
                        <p class="mt-1">
                            <span class="font-medium">{now}</span>
                            {later.map(|later| view! { <span class="block text-xs text-muted">{later} " in twelve months"</span> })}
                        </p>
                    </div>
                }
            })}
            {has_others
                .then(|| {
                    view! {
                        <details>
                            <summary class="cursor-pointer text-xs text-muted">"On the other clusters"</summary>
                            <ul class="mt-1 flex flex-col gap-1 text-xs">{others}</ul>
                        </details>
                    }
                })}
        })
    }
}

fn other_line(estimate: &Estimate) -> impl IntoView + use<> {
    let cost = estimate.monthly.as_ref().map(|cost| format!(", {cost} a month")).unwrap_or_default();
    let unfit = if estimate.fits { "" } else { " (does not fit)" };
    let said = format!(": {} stored{cost}{unfit}", size(estimate.stored_bytes));
    view! {
        <li>
            <span class="mono">{estimate.cluster.clone()}</span>
            {said}
        </li>
    }
}

/// Datasets and open requests that resemble what is typed, each with its reason.
#[component]
pub fn SimilarOnes(preview: ReadSignal<Option<FormPreview>>) -> impl IntoView {
    move || {
        let similar = preview.with(|preview| preview.as_ref().map(|preview| preview.similar.clone()))?;
        if similar.is_empty() {
            return None;
        }
        let lines: Vec<_> = similar
            .into_iter()
            .map(|Similar { holder, full_name, reason }| {
                view! {
                    <li>
                        <a class="textlink mono wrap-anywhere" href=holder_href(holder)>
                            {full_name}
                        </a>
                        <span class="text-xs text-muted">" " {holder_id(holder)}</span>
                        <span class="block text-xs text-muted">{reason}</span>
                    </li>
                }
            })
            .collect();
        Some(view! {
            <div>
                <h3 class="text-xs text-muted">"Is one of these what you need?"</h3>
                <ul class="mt-1 flex flex-col gap-2" aria-label="Similar datasets and requests">
                    {lines}
                </ul>
            </div>
        })
    }
}
