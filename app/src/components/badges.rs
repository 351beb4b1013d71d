//! Statuses, priorities, people and times, each as words first; icon and colour only repeat them.

use domain::{
    Timestamp,
    choices::{Choice, DataClass, Priority},
    format,
    lifecycle::Status,
    view::DatasetStatus,
};
use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// A request's status as word, icon and colour.
#[component]
pub fn StatusBadge(status: Status) -> impl IntoView {
    let (icon, tone) = status_look(status);
    view! {
        <span class="tone" data-tone=tone data-status=status.word()>
            <Icon name=icon class="size-3.5" />
            {status.label()}
        </span>
    }
}

/// A dataset's status as word, icon and colour.
#[component]
pub fn DatasetBadge(status: DatasetStatus) -> impl IntoView {
    let (icon, tone) = match status {
        DatasetStatus::Planned => (IconName::CircleDashed, "teal"),
        DatasetStatus::Live => (IconName::CheckCircle, "green"),
    };
    view! {
        <span class="tone" data-tone=tone data-status=status.word()>
            <Icon name=icon class="size-3.5" />
            {status.label()}
        </span>
    }
}

/// A priority as word and icon. Without a ground, so that it does not compete with the status beside it.
#[component]
pub fn PriorityBadge(priority: Priority) -> impl IntoView {
    let (icon, tone) = match priority {
        Priority::Urgent => (IconName::Bolt, "red"),
        Priority::High => (IconName::SortUp, "amber"),
        Priority::Normal => (IconName::Equal, "gray"),
        Priority::Low => (IconName::SortDown, "gray"),
    };
    view! {
        <span class="tone-bare" data-tone=tone data-priority=priority.word()>
            <Icon name=icon class="size-3.5" />
            {priority.label()}
        </span>
    }
}

/// How sensitive the data is; guarded classes carry a lock.
#[component]
pub fn ClassBadge(class: DataClass) -> impl IntoView {
    view! {
        <span class="tag" data-class=class.word()>
            {class.is_guarded().then(|| view! { <Icon name=IconName::Lock class="size-3" /> })}
            {class.label()}
        </span>
    }
}

/// A person's handle with initials, and the full name on hover. An empty handle says that there is nobody.
#[component]
pub fn PersonChip(#[prop(into)] handle: String, #[prop(optional, into)] name: String) -> impl IntoView {
    if handle.is_empty() {
        return view! { <span class="text-muted"><span aria-hidden="true">"–"</span><span class="sr-only">"nobody"</span></span> }
            .into_any();
    }
    let initials = initials(if name.is_empty() { &handle } else { &name });
    let title = (!name.is_empty()).then_some(name);
    view! {
        <span class="inline-flex max-w-full items-center gap-1.5 align-middle whitespace-nowrap" title=title>
            <span
                class="grid size-5 shrink-0 place-items-center rounded-full bg-base-300 text-[0.625rem] leading-none font-semibold"
                aria-hidden="true"
            >
                {initials}
            </span>
            <span class="truncate">{handle}</span>
        </span>
    }
    .into_any()
}

/// How long ago, with the moment itself for machines and on hover.
#[component]
pub fn TimeAgo(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time class="whitespace-nowrap" datetime=format::machine(at) title=format!("{} UTC", format::minute(at))>
            {format::ago(at, now)}
        </time>
    }
}

/// The icon and the tone of each status: the same wherever a status is drawn.
#[must_use]
pub fn status_look(status: Status) -> (IconName, &'static str) {
    match status {
        Status::Draft => (IconName::CircleDashed, "gray"),
        Status::New => (IconName::CircleDot, "blue"),
        Status::InReview => (IconName::Eye, "violet"),
        Status::NeedsInfo => (IconName::Help, "amber"),
        Status::Approved => (IconName::Check, "teal"),
        Status::InProgress => (IconName::Play, "teal"),
        Status::Completed => (IconName::CheckCircle, "green"),
        Status::Failed => (IconName::Warning, "red"),
        Status::Denied => (IconName::Ban, "red"),
        Status::Cancelled => (IconName::X, "gray"),
        Status::Expired => (IconName::Hourglass, "gray"),
    }
}

/// The first letters of the first and the last word of a name or a handle.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
    words.next().into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, letters) in [("maya.chen", "MC"), ("Ana de la Cruz", "AC"), ("root", "R"), ("", ""), ("..", "")] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }
}
