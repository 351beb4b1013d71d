//! One row of the queue. It renders alone when it changes, in its place, and is a card on a narrow screen.

use domain::{
    Timestamp,
    choices::Choice,
    command::ActionForm,
    format,
    ids::{RequestId, Revision},
    lifecycle::{ActionKind, Status},
    view::QueueRow,
    working,
};
use leptos::{prelude::*, task::spawn_local};

use super::{
    board::{Line, Standing},
    follow::Follower,
    keys,
    state::{QueueState, Row},
    steps, triage,
};
use crate::{
    api,
    components::{PersonChip, PriorityBadge, StatusBadge, TimeAgo},
};

/// From here on a promise is coloured: two working hours.
const SOON_US: i64 = 2 * working::US_PER_HOUR;

#[component]
pub fn RowView(row: Row, state: QueueState, follower: Follower) -> impl IntoView {
    let id = row.id;
    let picked = move || state.triage.picked.with(|picked| picked.contains_key(&id));
    let class = {
        let line = row.line.clone();
        move || line.with(look)
    };
    view! {
        <tr
            role="row"
            id=keys::row_id(id)
            tabindex="-1"
            data-request=id.to_string()
            aria-selected=move || picked().then_some("true")
            class=class
        >
            {move || cells(row.line.get(), state, follower)}
        </tr>
    }
}

/// Two names for the same flash, in turn, since only another name starts it again.
fn look(line: &Line) -> &'static str {
    match (line.standing, line.changes) {
        (Standing::Left, _) => "queue-row queue-left",
        (Standing::InView, 0) => "queue-row",
        (Standing::InView, changes) if changes % 2 == 1 => "queue-row queue-lit",
        (Standing::InView, _) => "queue-row queue-lit-again",
    }
}

fn cells(line: Line, state: QueueState, follower: Follower) -> impl IntoView {
    let Line { row, standing, .. } = line;
    let now = state.now;
    let (id, revision) = (row.id, row.revision);
    // To take a request over from a colleague is done on its own page, where one sees what was said.
    let may_claim = row.reviewer.is_empty() && row.allowed_actions.contains(&ActionKind::Claim);
    let sizes = (count_of(row.size_bytes), count_of(row.peak_qps));
    view! {
        <th scope="row" role="rowheader" class="queue-name">
            {triage::is_pickable(&row).then(|| view! { <keys::Pick state id revision /> })}
            <a class="namelink" href=format!("/requests/{id}")>
                <span class="mono" title=row.full_name.clone()>{name_of(&row)}</span>
                " "
                <span class="queue-id">{id.to_string()}</span>
            </a>
            {(standing == Standing::Left).then(|| view! { <span class="queue-gone">" · no longer in this view"</span> })}
        </th>
        <td role="cell" data-label="Status"><StatusBadge status=row.status /></td>
        <td role="cell" data-label="Priority, due">
            <PriorityBadge priority=row.priority />
            <Due due_at=row.due_at status=row.status now />
        </td>
        <td role="cell" data-label="Environment, storage">
            <span>{row.environment.label()}</span>
            <span class="queue-second">{row.storage.short_label()}</span>
        </td>
        <td role="cell" class="num" data-label="Size, peak">
            <span>{format::size(sizes.0)}</span>
            <span class="queue-second">{format::count(sizes.1)}" QPS"</span>
        </td>
        <td role="cell" data-label="Team, owner">
            <span>{row.team.clone()}</span>
            <span class="queue-second">{row.owner.clone()}</span>
        </td>
        <td role="cell" data-label="Reviewer"><PersonChip handle=row.reviewer.clone() /></td>
        <td role="cell" data-label="Needed by">
            {match row.needed_by {
                Some(day) => view! { <time datetime=day.to_string()>{day.to_string()}</time> }.into_any(),
                None => view! { <span class="text-muted" aria-label="no date">"–"</span> }.into_any(),
            }}
        </td>
        <td role="cell" data-label="Submitted, updated">
            {row.submitted_at.map_or_else(
                || view! { <span class="text-muted">"Not yet"</span> }.into_any(),
                |at| view! { <Age at now /> }.into_any(),
            )}
            <span class="queue-second"><Age at=row.updated_at now /></span>
        </td>
        <td role="cell" class="queue-do">
            {may_claim.then(|| view! { <Claim id revision state follower /> })}
        </td>
    }
}

/// A draft may have no name yet.
fn name_of(row: &QueueRow) -> String {
    if row.full_name.is_empty() { "no name yet".to_owned() } else { row.full_name.clone() }
}

fn count_of(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// How much working time is left until the promised decision, or how late it is.
#[component]
fn Due(due_at: Option<Timestamp>, status: Status, now: RwSignal<Timestamp>) -> impl IntoView {
    let look = move || match due_at {
        Some(due) => {
            let now = now.get();
            let (tone, says) = if now > due {
                ("red", format!("{} late", working::text(working::between_us(due, now))))
            } else {
                let left = working::between_us(now, due);
                (if left < SOON_US { "amber" } else { "gray" }, format!("{} left", working::text(left)))
            };
            Some((tone, says, format!("Due {} UTC", format::minute(due))))
        }
        None => (status == Status::NeedsInfo)
            .then(|| ("gray", "paused".to_owned(), "The clock stands while the requester is asked".to_owned())),
    };
    move || {
        look().map(|(tone, says, title)| {
            view! { <span class="queue-second queue-due" data-tone=tone title=title>{says}</span> }
        })
    }
}

#[component]
fn Age(at: Timestamp, now: RwSignal<Timestamp>) -> impl IntoView {
    move || view! { <TimeAgo at now=now.get() /> }
}

/// Takes the request. Without JavaScript the request's own page does it and leads back here.
#[component]
fn Claim(id: RequestId, revision: Revision, state: QueueState, follower: Follower) -> impl IntoView {
    let busy = RwSignal::new(false);
    let claim = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let form = ActionForm {
                action: ActionKind::Claim.word().to_owned(),
                revision: revision.to_string(),
                ..ActionForm::default()
            };
            let outcome = api::request_act(id, form).await;
            state.message.try_set(outcome.err().map(|error| format!("{id} was not claimed. {error}")));
            follower.want(id);
            busy.try_set(false);
        });
    };
    view! {
        <form method="post" action=format!("/requests/{id}") on:submit=claim>
            <input type="hidden" name="action" value=ActionKind::Claim.word() />
            <input type="hidden" name="revision" value=revision.to_string() />
            <input type="hidden" name="next" value=state.query.with_untracked(steps::href) />
            <button type="submit" class="btn btn-xs" disabled=move || busy.get()>
                {ActionKind::Claim.label()}
                <span class="sr-only">" "{id.to_string()}</span>
            </button>
        </form>
    }
}
