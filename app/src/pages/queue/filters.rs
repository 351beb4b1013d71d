//! What narrows the queue: scope tabs, status chips with counts, and one GET form for the rest.

use std::time::Duration;

use domain::{
    bounds,
    choices::{Choice, Environment, Priority, Role, StorageKind},
    lifecycle::Status,
    query::{QueueQuery, Scope},
    view::{Directory, StatusCount},
};
use leptos::{html, leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use super::{read_query, steps};
use crate::{
    api,
    components::{Icon, IconName, status_look},
    links,
};

/// How long typing must pause before the search goes out.
const PAUSE: Duration = Duration::from_millis(250);

/// Whose requests: mine, my team's, all.
#[component]
pub fn ScopeTabs(query: Memo<QueueQuery>) -> impl IntoView {
    let tabs = [(Scope::Mine, "Mine"), (Scope::Team, "My team"), (Scope::All, "All")];
    view! {
        <nav class="queue-tabs" aria-label="Whose requests">
            {tabs
                .map(|(scope, label)| {
                    let chosen = move || query.with(|query| query.scope == scope).then_some("true");
                    let href = move || query.with(|query| steps::href(&steps::with_scope(query, scope)));
                    view! { <a href=href aria-current=chosen data-noscroll="">{label}</a> }
                })
                .into_iter()
                .collect_view()}
        </nav>
    }
}

/// Which statuses, with how many there are under the other filters. A click adds one or takes it out.
#[component]
pub fn Chips(query: Memo<QueueQuery>, counts: RwSignal<Vec<StatusCount>>) -> impl IntoView {
    let all = view! {
        <Chip
            label="All"
            href=move || query.with(|query| steps::href(&steps::with_statuses(query, &[])))
            chosen=move || query.with(|query| query.statuses.is_empty())
            count=move || counts.with(|counts| steps::count_text(counts, &query.with(steps::shown_unchosen)))
        />
    };
    let open = view! {
        <Chip
            label="Open"
            href=move || query.with(|query| {
                let statuses = if query.statuses == Status::OPEN { &[] } else { Status::OPEN };
                steps::href(&steps::with_statuses(query, statuses))
            })
            chosen=move || query.with(|query| query.statuses == Status::OPEN)
            count=move || counts.with(|counts| steps::count_text(counts, Status::OPEN))
        />
    };
    let single = |status: Status| {
        view! {
            <Chip
                label=status.label()
                status
                href=move || query.with(|query| steps::href(&steps::toggled(query, status)))
                chosen=move || query.with(|query| query.statuses.contains(&status))
                count=move || counts.with(|counts| steps::count_text(counts, &[status]))
            />
        }
    };
    view! {
        <nav class="queue-chips" aria-label="Statuses">
            {all}
            {open}
            <span class="queue-chips-gap" aria-hidden="true"></span>
            {Status::ALL.iter().copied().map(single).collect_view()}
        </nav>
    }
}

#[component]
fn Chip(
    label: &'static str,
    /// Gives the chip the icon and the tone of a status.
    #[prop(optional)]
    status: Option<Status>,
    href: impl Fn() -> String + Send + Sync + 'static,
    chosen: impl Fn() -> bool + Send + Sync + 'static,
    count: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    let (icon, tone) = status.map(status_look).unzip();
    view! {
        <a class="queue-chip" href=href aria-current=move || chosen().then_some("true") data-tone=tone data-noscroll="">
            {icon.map(|name| view! { <Icon name class="size-3.5" /> })}
            {label}
            <span class="queue-count">{count}</span>
        </a>
    }
}

/// Search and filters. A plain GET form; with JavaScript each change goes out by itself.
#[component]
pub fn Filters(query: Memo<QueueQuery>) -> impl IntoView {
    let directory = Resource::new_blocking(|| (), |()| api::directory());
    view! {
        <Transition>
            {Suspend::new(async move {
                // Without the directory the other filters still work.
                let directory =
                    directory.await.unwrap_or_else(|_| Directory { people: Vec::new(), teams: Vec::new() });
                view! { <FilterForm query directory /> }
            })}
        </Transition>
    }
}

/// The form itself, which says what the URL says and, once changed, makes the URL say what it says.
#[component]
pub fn FilterForm(query: Memo<QueueQuery>, directory: Directory) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let search = NodeRef::<html::Input>::new();
    let navigate = use_navigate();
    let go = move |replace: History| {
        let Some(asked) = form.get_untracked().as_ref().and_then(asked_by) else { return };
        if query.with_untracked(|present| *present != asked) {
            let options = NavigateOptions { replace: replace == History::Replace, scroll: false, ..Default::default() };
            navigate(&steps::href(&asked), options);
        }
    };
    let typed = debounce(PAUSE, {
        let go = go.clone();
        move |_| go(History::Replace)
    });
    // The URL may change without the form; what is being typed is left alone.
    Effect::new(move |_| {
        let text = query.with(|query| query.text.clone());
        if let Some(search) = search.get()
            && search.value().trim() != text
        {
            search.set_value(&text);
        }
    });

    let teams = directory.teams.iter().map(|team| (team.slug.clone(), team.name.clone())).collect();
    let reviewers = directory.people.iter().filter(|person| person.role.includes(Role::Reviewer));
    let reviewers = std::iter::once(("none".to_owned(), "Nobody yet".to_owned()))
        .chain(reviewers.map(|person| (person.handle.clone(), person.name.clone())))
        .collect();
    let owners = directory.people.iter().map(|person| (person.handle.clone(), person.name.clone())).collect();
    let (environments, storage, priorities) =
        (choices::<Environment>(), choices::<StorageKind>(), choices::<Priority>());
    let default_size = (String::new(), format!("{} rows", bounds::PAGE_SIZE_DEFAULT));
    let other_sizes = [25, 100, bounds::PAGE_SIZE_MAX].map(|size| (size.to_string(), format!("{size} rows")));
    let sizes = std::iter::once(default_size).chain(other_sizes).collect();
    let orders = steps::SORT_PRESETS.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect();
    let due = vec![("overdue".to_owned(), "Overdue".to_owned())];
    let chosen_filters = move || query.with(|query| query.has_filters());
    view! {
        <form
            method="get"
            action=steps::PATH
            role="search"
            aria-label="Queue"
            class="queue-filters"
            node_ref=form
            on:submit={
                let go = go.clone();
                move |event| {
                    event.prevent_default();
                    go(History::Push);
                }
            }
            on:change=move |_| go(History::Push)
        >
            <Kept query name="scope" />
            <Kept query name="status" />
            <div class="join queue-search">
                <label class="input input-sm join-item grow">
                    <Icon name=IconName::Search class="size-4 text-muted" />
                    <span class="sr-only">"Search requests"</span>
                    <input
                        type="search"
                        name="q"
                        placeholder="Search names, use cases, people"
                        autocomplete="off"
                        maxlength=bounds::SEARCH_MAX.to_string()
                        value=query.with_untracked(|query| query.text.clone())
                        node_ref=search
                        on:input=typed
                    />
                </label>
                <button type="submit" class="btn btn-sm join-item">"Apply"</button>
            </div>
            <details class="queue-more">
                <summary class="btn btn-sm">
                    <Icon name=IconName::Filter />
                    "Filters and order"
                </summary>
                <div class="queue-selects">
                    <Choose query name="team" label="Team" any="Any team" options=teams />
                    <Choose query name="environment" label="Environment" any="Any environment" options=environments />
                    <Choose query name="storage" label="Storage" any="Any storage" options=storage />
                    <Choose query name="priority" label="Priority" any="Any priority" options=priorities />
                    <Choose query name="owner" label="Owner" any="Any owner" options=owners />
                    <Choose query name="reviewer" label="Reviewer" any="Any reviewer" options=reviewers />
                    <Choose query name="due" label="Due" any="Due at any time" options=due />
                    <Choose query name="sort" label="Order" options=orders />
                    <Choose query name="limit" label="Rows on a page" options=sizes />
                    {move || chosen_filters().then(|| view! {
                        <a
                            class="btn btn-ghost btn-sm"
                            href=query.with(|query| steps::href(&steps::unfiltered(query)))
                            data-noscroll=""
                        >
                            <Icon name=IconName::X />
                            "Clear filters"
                        </a>
                    })}
                </div>
            </details>
        </form>
    }
}

/// Whether a step can be undone with the browser's back button.
#[derive(Clone, Copy, PartialEq, Eq)]
enum History {
    Push,
    Replace,
}

/// A parameter that the form has no input for but must not lose.
#[component]
fn Kept(query: Memo<QueueQuery>, name: &'static str) -> impl IntoView {
    let value = Memo::new(move |_| query.with(|query| steps::parameter(query, name)));
    view! { <input type="hidden" name=name value=move || value.get() disabled=move || value.with(String::is_empty) /> }
}

/// One filter. A value that is in no option, from an old link perhaps, is one more.
#[component]
fn Choose(
    query: Memo<QueueQuery>,
    name: &'static str,
    label: &'static str,
    /// What no choice is called; none where an option has the empty word.
    #[prop(optional)]
    any: Option<&'static str>,
    /// Words and labels.
    options: Vec<(String, String)>,
) -> impl IntoView {
    let options: Vec<(String, String)> =
        any.map(|any| (String::new(), any.to_owned())).into_iter().chain(options).collect();
    let words: Vec<String> = options.iter().map(|(word, _)| word.clone()).collect();
    let value = Memo::new(move |_| query.with(|query| steps::parameter(query, name)));
    let unknown = move || value.with(|value| (!words.contains(value)).then(|| value.clone()));
    view! {
        <label class="queue-choose" data-name=name>
            <span class="sr-only">{label}</span>
            <select class="select select-sm" name=name title=label data-set=move || value.with(|value| !value.is_empty()).to_string()>
                {options
                    .into_iter()
                    .map(|(word, label)| {
                        let first = value.with_untracked(|value| *value == word);
                        let chosen = {
                            let word = word.clone();
                            move || value.with(|value| *value == word)
                        };
                        view! { <option value=word selected=first prop:selected=chosen>{label}</option> }
                    })
                    .collect_view()}
                {move || unknown().map(|word| view! { <option value=word.clone() selected=true>{shown(name, word.clone())}</option> })}
            </select>
        </label>
    }
}

/// What a value without an option is called. An order by several columns would be too long here; the heads say it.
fn shown(name: &str, word: String) -> String {
    if name == "sort" { "As the heads say".to_owned() } else { word }
}

fn choices<C: Choice>() -> Vec<(String, String)> {
    C::ALL.iter().map(|choice| (choice.word().to_owned(), choice.label().to_owned())).collect()
}

/// The view that the form asks for; from its first page.
fn asked_by(form: &HtmlFormElement) -> Option<QueueQuery> {
    let data = FormData::new_with_form(form).ok()?;
    let parameters = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    Some(read_query(&links::pairs(&String::from(parameters.to_string()))))
}
