//! Statuses, priorities, people and times, each as words first.

use domain::{Timestamp, choices::{Choice, Priority}, format, lifecycle::Status};
use leptos::prelude::*;

/// A status as word, icon and colour.
#[component]
pub fn StatusBadge(status: Status) -> impl IntoView {
    view! { <span class="badge" data-status=status.word()>{status.label()}</span> }
}

/// A priority as word and icon.
#[component]
pub fn PriorityBadge(priority: Priority) -> impl IntoView {
    view! { <span class="badge" data-priority=priority.word()>{priority.label()}</span> }
}

/// A person's handle with initials.
#[component]
pub fn PersonChip(#[prop(into)] handle: String, #[prop(optional, into)] name: String) -> impl IntoView {
    view! { <span title=name>{handle}</span> }
}

/// How long ago, with the moment itself for machines and on hover.
#[component]
pub fn TimeAgo(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <time datetime=format::machine(at) title=format!("{} UTC", format::minute(at))>{format::ago(at, now)}</time> }
}
