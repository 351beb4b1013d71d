//! The table with its sorting heads, the announcement of new rows, and the steps to other pages.

use domain::query::{Column, Direction, QueueQuery, Scope};
use leptos::{either::Either, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    NewRequest,
    follow::{Follower, ROWS_ID},
    row::RowView,
    state::QueueState,
    steps::{self, Turn},
};
use crate::components::{EmptyState, Icon, IconName};

/// The columns of the table; two that are read together share one.
const HEADS: &[&[Column]] = &[
    &[Column::Name, Column::Number],
    &[Column::Status],
    &[Column::Priority, Column::Due],
    &[Column::Environment, Column::Storage],
    &[Column::Size, Column::Qps],
    &[Column::Team, Column::Owner],
    &[Column::Reviewer],
    &[Column::NeededBy],
    &[Column::Submitted, Column::Updated],
];

/// The rows of the present page, or why there are none. `asked` is what the address says, which the shown rows may be
/// behind of: a link changes that, so that a second click before the answer to the first adds to it.
#[component]
pub fn Table(state: QueueState, asked: Memo<QueueQuery>, follower: Follower) -> impl IntoView {
    let empty = Memo::new(move |_| state.rows.with(Vec::is_empty));
    view! {
        <News state />
        <Show when=move || !empty.get() fallback=move || view! { <Nothing state /> }>
            <div class="queue-scroll panel">
                <table class="table queue-table" role="table">
                    <caption class="sr-only">"Requests, one a row. Heads are links that sort."</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            {HEADS.iter().map(|columns| view! { <Head state asked columns /> }).collect_view()}
                            <th scope="col" role="columnheader"><span class="sr-only">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody id=ROWS_ID role="rowgroup">
                        <For each=move || state.rows.get() key=|row| row.id children=move |row| view! { <RowView row state follower /> } />
                    </tbody>
                </table>
            </div>
        </Show>
        <Pager state asked />
    }
}

/// A head with a link for each of its columns. Shift and click adds a column to the order; so does the plus.
#[component]
fn Head(state: QueueState, asked: Memo<QueueQuery>, columns: &'static [Column]) -> impl IntoView {
    let order = move || {
        let first =
            state.query.with(|query| query.sort.first().copied()).filter(|key| columns.contains(&key.column))?;
        Some(match first.direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    let numbers = columns.contains(&Column::Size);
    view! {
        <th scope="col" role="columnheader" class=numbers.then_some("num") aria-sort=order>
            {columns.iter().map(|&column| view! { <SortLink asked column /> }).collect_view()}
        </th>
    }
}

#[component]
fn SortLink(asked: Memo<QueueQuery>, column: Column) -> impl IntoView {
    let navigate = use_navigate();
    let sorted = Memo::new(move |_| asked.with(|query| steps::sorted_at(query, column)));
    let can_add =
        Memo::new(move |_| asked.with(|query| !query.sort.is_empty() && steps::sorted_at(query, column).is_none()));
    let added = move || asked.with(|query| steps::href(&query.sorted_by(column, true)));
    let add_by_shift = move |event: web_sys::MouseEvent| {
        if event.shift_key() {
            event.prevent_default();
            let address = asked.with_untracked(|query| steps::href(&query.sorted_by(column, true)));
            navigate(&address, NavigateOptions { scroll: false, ..Default::default() });
        }
    };
    view! {
        <span class="queue-sort">
            <a
                href=move || asked.with(|query| steps::href(&query.sorted_by(column, false)))
                title="Sort; with shift: sort by this too"
                data-sorted=move || sorted.get().is_some().to_string()
                data-noscroll=""
                on:click=add_by_shift
            >
                {column.label()}
                {move || sorted.get().map(|(direction, rank, of)| {
                    let (icon, word) = match direction {
                        Direction::Ascending => (IconName::ChevronUp, ", sorted ascending"),
                        Direction::Descending => (IconName::ChevronDown, ", sorted descending"),
                    };
                    view! {
                        <Icon name=icon class="size-3" />
                        {(of > 1).then(|| view! { <span class="queue-rank" aria-hidden="true">{rank}</span> })}
                        <span class="sr-only">{word}</span>
                    }
                })}
            </a>
            {move || can_add.get().then(|| view! {
                <a class="queue-add" href=added title="Sort by this too" data-noscroll="">
                    <Icon name=IconName::Plus class="size-3" />
                    <span class="sr-only">{format!("Sort by {} too", column.label())}</span>
                </a>
            })}
        </span>
    }
}

/// New rows that wait, so that nothing moves under the reader. Its lane is there also while it is empty.
#[component]
fn News(state: QueueState) -> impl IntoView {
    let first_page = move || state.query.with(|query| steps::href(&query.first_page()));
    view! {
        <div class="queue-news" aria-live="polite">
            {move || match state.held.get() {
                0 => None,
                count => Some(view! {
                    <button type="button" class="btn btn-primary btn-sm queue-pill" on:click=move |_| state.show_held()>
                        <Icon name=IconName::SortUp class="size-3.5" />
                        {format!("{} — show", new_requests(count))}
                    </button>
                }),
            }}
            {move || match state.earlier.get() {
                0 => None,
                count => Some(view! {
                    <a class="btn btn-primary btn-sm queue-pill" href=first_page>
                        <Icon name=IconName::SortUp class="size-3.5" />
                        {format!("{} on earlier pages — to the first", new_requests(count))}
                    </a>
                }),
            }}
        </div>
    }
}

fn new_requests(count: usize) -> String {
    if count == 1 { "1 new request".to_owned() } else { format!("{count} new requests") }
}

/// Why there is no row, and the way on.
#[component]
fn Nothing(state: QueueState) -> impl IntoView {
    move || state.query.with(why_nothing)
}

fn why_nothing(query: &QueueQuery) -> impl IntoView + use<> {
    let narrowed = query.has_filters() || !query.statuses.is_empty();
    let (title, text, way) = if query.after.is_some() || query.before.is_some() {
        ("Nothing on this page", "What stood here has moved on.", Some((query.first_page(), "First page")))
    } else if narrowed {
        ("No request matches", "Try fewer words or filters.", Some((steps::unfiltered(query), "Clear filters")))
    } else {
        match query.scope {
            Scope::Mine => (
                "Nothing of yours",
                "Requests that you file, own or review are listed here.",
                Some((steps::with_scope(query, Scope::All), "All requests")),
            ),
            Scope::Team => (
                "Nothing of your team",
                "Requests for your team's datasets are listed here.",
                Some((steps::with_scope(query, Scope::All), "All requests")),
            ),
            Scope::All => ("No requests yet", "The first one that is filed appears here at once.", None),
        }
    };
    let way = match way {
        Some((query, label)) => Either::Left(view! { <a class="btn btn-sm" href=steps::href(&query)>{label}</a> }),
        None => Either::Right(view! { <NewRequest /> }),
    };
    view! { <EmptyState title text>{way}</EmptyState> }
}

/// How many rows there are here, in which order, and the pages beside this one.
#[component]
fn Pager(state: QueueState, asked: Memo<QueueQuery>) -> impl IntoView {
    let rows = move || match state.rows.with(Vec::len) {
        0 => None,
        1 => Some("1 request on this page".to_owned()),
        count => Some(format!("{count} requests on this page")),
    };
    let order = move || {
        state.query.with(|query| {
                (!query.sort.is_empty()).then(|| view! {
                ", sorted by "
                {steps::sort_text(&query.sort)}
                ". "
                <a class="textlink" href=move || asked.with(|asked| steps::href(&steps::unsorted(asked))) data-noscroll="">"Newest first"</a>
            })
            })
    };
    let turn = move |turn: Turn| {
        let cursor = match turn {
            Turn::Next => state.next.get(),
            Turn::Previous => state.previous.get(),
        };
        cursor.map(|cursor| state.query.with(|query| steps::href(&steps::turned(query, turn, cursor))))
    };
    view! {
        <nav class="queue-pager" aria-label="Pages">
            <p class="text-muted">{rows}{order}</p>
            <div class="flex gap-2">
                {move || turn(Turn::Previous).map(|href| view! {
                    <a class="btn btn-sm" href=href rel="prev"><Icon name=IconName::ChevronLeft />"Previous"</a>
                })}
                {move || turn(Turn::Next).map(|href| view! {
                    <a class="btn btn-sm" href=href rel="next">"Next"<Icon name=IconName::ChevronRight /></a>
                })}
            </div>
        </nav>
    }
}
