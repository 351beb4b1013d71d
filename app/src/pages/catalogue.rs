//! Every dataset there is, with search and facets. All state is in the URL; without JavaScript the search is a plain
//! form and every facet a link.

use domain::{
    Timestamp,
    choices::{Choice, Environment, StorageKind},
    format::{count, size},
    query::{CatalogueQuery, CatalogueSort},
    view::{CataloguePage as Page, DatasetRow, Facet},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{NavigateOptions, components::Form, hooks::use_navigate};

use crate::{
    api,
    components::{
        ClassBadge, DatasetBadge, EmptyState, ErrorPanel, Icon, IconName, Loading, PageHeader, PersonChip, TimeAgo,
        followed_text, refresh_on_live,
    },
    links::{self, use_query_of},
};

const PATH: &str = "/catalogue";

#[component]
pub fn CataloguePage() -> impl IntoView {
    let query = use_query_of(|pairs| {
        CatalogueQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    });
    let page = Resource::new_blocking(move || query.get(), api::catalogue_page);
    refresh_on_live(move || page.refetch());
    view! {
        <Title text="Catalogue" />
        <PageHeader title="Catalogue" subtitle="Every dataset that was approved, with who owns it and where it lives." />
        <SearchForm query />
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Results page query=query.get_untracked() /> }.into_any(),
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The search box and the order. What is typed stays while the list follows it.
#[component]
fn SearchForm(query: Memo<CatalogueQuery>) -> impl IntoView {
    let navigate = use_navigate();
    let go = move |changed: CatalogueQuery| {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&href(&changed), options);
    };
    let sort = {
        let go = go.clone();
        move |event| {
            let word = event_target_value(&event);
            let sort = CatalogueSort::ALL.iter().copied().find(|sort| sort.word() == word).unwrap_or_default();
            go(CatalogueQuery { sort, after: None, ..query.get_untracked() });
        }
    };
    let (typed, on_input) = followed_text(
        move || query.with(|query| query.text.clone()),
        str::trim,
        move |text| go(CatalogueQuery { text, after: None, ..query.get_untracked() }),
    );
    let hidden = move |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <input type="hidden" name=name value=value /> })
    };
    view! {
        <Form method="GET" action=PATH attr:class="mb-5 flex flex-wrap items-center gap-2" attr:role="search">
            {move || query.with(|query| (
                hidden("team", query.team.clone()),
                hidden("environment", query.environment.map(|choice| choice.word().to_owned())),
                hidden("storage", query.storage.map(|choice| choice.word().to_owned())),
            ))}
            <label class="input w-full sm:w-96">
                <Icon name=IconName::Search class="size-4 text-muted" />
                <span class="sr-only">"Search datasets"</span>
                <input
                    type="search"
                    name="q"
                    placeholder="Name, use case, team, tag"
                    autocomplete="off"
                    value=query.with_untracked(|query| query.text.clone())
                    prop:value=typed
                    on:input=on_input
                />
            </label>
            <label class="select w-auto">
                <span class="label">"Order"</span>
                <select name="sort" on:change=sort>
                    {CatalogueSort::ALL
                        .iter()
                        .map(|choice| {
                            let chosen = move || query.with(|query| query.sort == *choice);
                            view! { <option value=choice.word() selected=chosen>{choice.label()}</option> }
                        })
                        .collect_view()}
                </select>
            </label>
            <button type="submit" class="btn">"Search"</button>
        </Form>
    }
}

#[component]
fn Results(page: Page, query: CatalogueQuery) -> impl IntoView {
    let Page { rows, teams, environments, storage, total, next, now } = page;
    let facets = [
        FacetGroup::new("Environment", environments, &query, environment_of),
        FacetGroup::new("Storage", storage, &query, storage_of),
        FacetGroup::new("Team", teams, &query, team_of),
    ];
    let chosen = facets.iter().flat_map(|group| group.chosen()).collect::<Vec<_>>();
    let narrowed = !query.text.is_empty() || !chosen.is_empty();
    let first = CatalogueQuery { after: None, ..query.clone() };
    let wide = facets.clone();
    view! {
        <div class="grid items-start gap-6 lg:grid-cols-[13rem_minmax(0,1fr)]">
            <aside class="hidden lg:block" aria-label="Filters">
                {wide.into_iter().map(|group| view! { <FacetLinks group /> }).collect_view()}
            </aside>
            <details class="panel lg:hidden">
                <summary class="cursor-pointer px-4 py-2.5 font-medium">"Filters"</summary>
                <div class="border-t border-base-300 px-4 pt-3">
                    {facets.into_iter().map(|group| view! { <FacetLinks group /> }).collect_view()}
                </div>
            </details>
            <section class="min-w-0" aria-label="Datasets">
                <div class="mb-3 flex min-h-7 flex-wrap items-center gap-2">
                    <p class="text-muted" role="status">
                        {format!("{} {}", count(total.unsigned_abs()), if total == 1 { "dataset" } else { "datasets" })}
                    </p>
                    {chosen
                        .into_iter()
                        .map(|link| {
                            view! {
                                <a class="tag hover:border-primary hover:text-base-content" href=link.href data-noscroll>
                                    {link.label}
                                    <Icon name=IconName::X class="size-3" />
                                    <span class="sr-only">", remove this filter"</span>
                                </a>
                            }
                        })
                        .collect_view()}
                    {narrowed.then(|| view! { <a class="textlink text-xs" href=href(&cleared(&query))>"Clear all"</a> })}
                </div>
                {if rows.is_empty() {
                    view! { <div class="panel"><Nothing query=query.clone() narrowed /></div> }.into_any()
                } else {
                    view! { <DatasetTable rows now /> }.into_any()
                }}
                <nav class="mt-4 flex flex-wrap gap-2" aria-label="Pages">
                    {query.after.is_some().then(|| view! {
                        <a class="btn btn-sm" href=href(&first)><Icon name=IconName::ChevronLeft />"First page"</a>
                    })}
                    {next.map(|after| view! {
                        <a class="btn btn-sm" href=href(&CatalogueQuery { after: Some(after), ..query.clone() })>
                            "Next page"<Icon name=IconName::ChevronRight />
                        </a>
                    })}
                </nav>
            </section>
        </div>
    }
}

#[component]
fn Nothing(query: CatalogueQuery, narrowed: bool) -> impl IntoView {
    if narrowed {
        view! {
            <EmptyState title="No dataset matches" text="Search looks for the beginnings of words. Try fewer of them, or fewer filters.">
                <a class="btn" href=href(&cleared(&query))>"Clear search and filters"</a>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState title="No datasets yet" text="A dataset appears here when its request is approved.">
                <a class="btn" href="/queue">"Open the queue"</a>
            </EmptyState>
        }
        .into_any()
    }
}

/// Two lines in each row; what a narrow screen has no room for moves under the name.
#[component]
fn DatasetTable(rows: Vec<DatasetRow>, now: Timestamp) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let brief = format!("{} · {} · {}", row.environment.word(), row.storage.short_label(), row.team);
        view! {
            <tr>
                <th scope="row" class="w-full max-w-0 font-normal">
                    <a class="namelink mono block wrap-anywhere" href=format!("/datasets/{}", row.id)>
                        {row.full_name.clone()}
                    </a>
                    <span class="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
                        {row.id.to_string()}
                        <DatasetBadge status=row.status />
                        <span class="md:hidden">{brief}</span>
                    </span>
                </th>
                <td class="max-md:hidden">
                    <span class="block">{row.environment.label()}</span>
                    <span class="mt-1 block text-xs text-muted">{row.storage.short_label()}</span>
                </td>
                <td class="max-md:hidden">
                    <span class="block">{row.team}</span>
                    <span class="mt-1 block text-xs text-muted"><PersonChip handle=row.owner /></span>
                </td>
                <td class="max-xl:hidden">
                    <ClassBadge class=row.class />
                    <span class="mt-1 block text-xs text-muted">{format!("Tier {}", row.tier)}</span>
                </td>
                <td class="num">
                    <span class="block">{size(row.size_bytes.unsigned_abs())}</span>
                    <span class="mt-1 block text-xs text-muted">{format!("{} QPS", count(row.peak_qps.unsigned_abs()))}</span>
                </td>
                <td class="max-2xl:hidden">
                    <span class="mono block whitespace-nowrap">{row.cluster}</span>
                    <span class="mt-1 block text-xs text-muted"><TimeAgo at=row.created_at now /></span>
                </td>
            </tr>
        }
    });
    view! {
        <div class="panel overflow-x-auto">
            <table class="table">
                <caption class="sr-only">"Datasets"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Dataset"</th>
                        <th scope="col" class="max-md:hidden">"Environment"</th>
                        <th scope="col" class="max-md:hidden">"Team, owner"</th>
                        <th scope="col" class="max-xl:hidden">"Class, tier"</th>
                        <th scope="col" class="num">"Size, peak"</th>
                        <th scope="col" class="max-2xl:hidden">"Cluster, age"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// A facet's values as links that choose one, or take the chosen one back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FacetGroup {
    title: &'static str,
    links: Vec<FacetLink>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FacetLink {
    label: String,
    count: i64,
    href: String,
    chosen: bool,
}

/// A value's label, whether a query has it chosen, and the query after a click on it.
type Toggle = (String, bool, CatalogueQuery);

impl FacetGroup {
    /// `of` judges a value against a query; nothing where the value is none of the facet's.
    fn new(
        title: &'static str,
        facets: Vec<Facet>,
        query: &CatalogueQuery,
        of: fn(&str, &CatalogueQuery) -> Option<Toggle>,
    ) -> Self {
        let first = CatalogueQuery { after: None, ..query.clone() };
        let links = facets
            .into_iter()
            .filter_map(|Facet { value, count }| {
                let (label, chosen, other) = of(&value, &first)?;
                Some(FacetLink { label, count, href: href(&other), chosen })
            })
            .collect();
        Self { title, links }
    }

    fn chosen(&self) -> impl Iterator<Item = FacetLink> + '_ {
        self.links.iter().filter(|link| link.chosen).cloned()
    }
}

fn environment_of(value: &str, query: &CatalogueQuery) -> Option<Toggle> {
    let choice: Environment = value.parse().ok()?;
    let chosen = query.environment == Some(choice);
    let environment = (!chosen).then_some(choice);
    Some((choice.label().to_owned(), chosen, CatalogueQuery { environment, ..query.clone() }))
}

fn storage_of(value: &str, query: &CatalogueQuery) -> Option<Toggle> {
    let choice: StorageKind = value.parse().ok()?;
    let chosen = query.storage == Some(choice);
    let storage = (!chosen).then_some(choice);
    Some((choice.short_label().to_owned(), chosen, CatalogueQuery { storage, ..query.clone() }))
}

fn team_of(value: &str, query: &CatalogueQuery) -> Option<Toggle> {
    let chosen = query.team.as_deref() == Some(value);
    let team = (!chosen).then(|| value.to_owned());
    Some((value.to_owned(), chosen, CatalogueQuery { team, ..query.clone() }))
}

#[component]
fn FacetLinks(group: FacetGroup) -> impl IntoView {
    let FacetGroup { title, links } = group;
    (!links.is_empty()).then(|| {
        let links = links.into_iter().map(|link| {
            view! {
                <li>
                    <a class="facet" href=link.href aria-current=link.chosen.then_some("true") data-noscroll>
                        <span class="truncate">{link.label}</span>
                        <span class="text-xs text-muted tabular-nums">{count(link.count.unsigned_abs())}</span>
                    </a>
                </li>
            }
        });
        view! {
            <div class="mb-5">
                <h2 class="mb-1.5 text-xs text-muted">{title}</h2>
                <ul class="-mx-2 flex flex-col">{links.collect_view()}</ul>
            </div>
        }
    })
}

/// The same order without search and filters.
fn cleared(query: &CatalogueQuery) -> CatalogueQuery {
    CatalogueQuery { sort: query.sort, limit: query.limit, ..CatalogueQuery::default() }
}

fn href(query: &CatalogueQuery) -> String {
    links::href(PATH, &query.to_pairs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facet_chooses_a_value_and_takes_it_back() {
        let query = CatalogueQuery { text: "user".into(), after: Some("cursor".into()), ..CatalogueQuery::default() };
        let facets = vec![Facet { value: "prod".into(), count: 3 }, Facet { value: "nowhere".into(), count: 1 }];
        let group = FacetGroup::new("Environment", facets.clone(), &query, environment_of);
        assert_eq!(group.links.len(), 1, "a value that nobody knows is left out");
        assert_eq!(group.links[0].href, "/catalogue?q=user&environment=prod");
        let chosen = CatalogueQuery { environment: Some(Environment::Prod), ..query };
        let group = FacetGroup::new("Environment", facets, &chosen, environment_of);
        assert!(group.links[0].chosen);
        assert_eq!(group.links[0].href, "/catalogue?q=user");
    }
}
