//! Requests as a short list, where the queue's whole table would be too much.

use domain::{Timestamp, choices::Choice, format::size, view::QueueRow};
use leptos::prelude::*;

use super::badges::{PersonChip, PriorityBadge, StatusBadge, TimeAgo};

/// Which moment of a request its row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Submitted,
    Updated,
}

/// Requests one below the other, two lines each.
#[component]
pub fn RequestRows(
    rows: Vec<QueueRow>,
    now: Timestamp,
    #[prop(default = Moment::Updated)] moment: Moment,
) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let (at, said) = match (moment, row.submitted_at) {
            (Moment::Submitted, Some(at)) => (at, "submitted "),
            _ => (row.updated_at, "changed "),
        };
        // A draft may not say yet how much it is.
        let size = if row.size_bytes > 0 { size(row.size_bytes.unsigned_abs()) } else { String::new() };
        let about = [row.id.to_string(), row.team, row.environment.word().to_owned(), size];
        let about = about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let name = if row.full_name.is_empty() { "Unnamed draft".to_owned() } else { row.full_name };
        view! {
            <li class="flex flex-col gap-1 px-4 py-2.5">
                <span class="flex items-center justify-between gap-3">
                    <a class="namelink mono truncate" href=format!("/requests/{}", row.id) title=name.clone()>{name.clone()}</a>
                    <StatusBadge status=row.status />
                </span>
                <span class="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 text-xs text-muted">
                    <span>{about}</span>
                    <span class="flex items-center gap-3">
                        {(!row.reviewer.is_empty()).then(|| view! {
                            <span class="inline-flex items-center gap-1.5"><span class="sr-only">"Reviewer"</span><PersonChip handle=row.reviewer /></span>
                        })}
                        <PriorityBadge priority=row.priority />
                        <span>{said}<TimeAgo at now /></span>
                    </span>
                </span>
            </li>
        }
    });
    view! { <ul class="divide-y divide-base-300/70">{rows.collect_view()}</ul> }
}
