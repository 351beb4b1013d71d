//! The audit trail for admins and auditors: searched by a plain form, paged by plain links, exported as files.

use domain::{
    audit::{AdminAct, AuditLine, AuditPage as Page, AuditQuery},
    format::minute,
    lifecycle::ActionKind,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Form;

use crate::{
    api,
    components::{EmptyState, ErrorPanel, Icon, IconName, Loading, PageHeader},
    links::{self, use_query_of},
};

const PATH: &str = "/admin/audit";

#[component]
pub fn AuditPage() -> impl IntoView {
    let query =
        use_query_of(|pairs| AuditQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
    let page = Resource::new_blocking(move || query.get(), api::audit_page);
    let export = move |kind: &str| {
        let query = query.with(|query| AuditQuery { before: None, ..query.clone() });
        links::href(&format!("{PATH}.{kind}"), &query.to_pairs())
    };
    view! {
        <Title text="Audit" />
        <PageHeader title="Audit" subtitle="Who did what, when, from where, and what was before and after. Rows are permanent.">
            <a class="btn btn-sm" rel="external" download="" href=move || export("csv")><Icon name=IconName::Download />"CSV"</a>
            <a class="btn btn-sm" rel="external" download="" href=move || export("ndjson")><Icon name=IconName::Download />"NDJSON"</a>
        </PageHeader>
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

#[component]
fn SearchForm(query: Memo<AuditQuery>) -> impl IntoView {
    let text = move |name: &'static str, label: &'static str, kind: &'static str, of: fn(&AuditQuery) -> &String| {
        let value = move || query.with(|query| of(query).clone());
        view! {
            <label class="flex flex-col gap-1">
                <span class="text-sm font-medium">{label}</span>
                <input class="input" type=kind name=name autocomplete="off" value=query.with_untracked(|query| of(query).clone()) prop:value=value />
            </label>
        }
    };
    let option = move |word: &'static str, label: &'static str| {
        let chosen = move || query.with(|query| query.act == word);
        view! { <option value=word selected=chosen>{label}</option> }
    };
    view! {
        <Form method="GET" action=PATH attr:class="mb-5 grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-4" attr:role="search">
            {text("q", "Text", "search", |query| &query.text)}
            {text("person", "Person (handle)", "text", |query| &query.person)}
            <label class="flex flex-col gap-1">
                <span class="text-sm font-medium">"Act"</span>
                <select class="select" name="act">
                    {option("", "Any")}
                    <optgroup label="Requests">
                        {ActionKind::ALL.iter().map(|kind| option(kind.word(), kind.label())).collect_view()}
                    </optgroup>
                    <optgroup label="Administration">
                        {AdminAct::ALL.iter().map(|act| option(act.word(), act.label())).collect_view()}
                    </optgroup>
                </select>
            </label>
            {text("subject", "Subject", "text", |query| &query.subject)}
            {text("from", "From (UTC)", "date", |query| &query.from)}
            {text("to", "To (UTC)", "date", |query| &query.to)}
            <div class="flex gap-2">
                <button type="submit" class="btn btn-primary">"Search"</button>
                <a class="btn" href=PATH>"Clear"</a>
            </div>
        </Form>
    }
}

#[component]
fn Results(page: Page, query: AuditQuery) -> impl IntoView {
    let Page { rows, next, .. } = page;
    let list = if rows.is_empty() {
        view! {
            <div class="panel"><EmptyState title="Nothing found" text="Try fewer words, another person, or a longer time." /></div>
        }
        .into_any()
    } else {
        view! { <Trail rows /> }.into_any()
    };
    let href = |before| links::href(PATH, &AuditQuery { before, ..query.clone() }.to_pairs());
    let (first, older) = (query.before.map(|_| href(None)), next.map(|id| href(Some(id))));
    view! {
        {list}
        <nav class="mt-4 flex flex-wrap gap-2" aria-label="Pages">
            {first.map(|href| view! { <a class="btn btn-sm" href=href><Icon name=IconName::ChevronLeft />"Newest"</a> })}
            {older.map(|href| view! { <a class="btn btn-sm" href=href>"Older"<Icon name=IconName::ChevronRight /></a> })}
        </nav>
    }
}

#[component]
fn Trail(rows: Vec<AuditLine>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let label = row.act_label();
        let subject = match row.subject.strip_prefix("REQ-") {
            Some(_) => {
                let href = format!("/requests/{}", row.subject);
                view! { <a class="textlink" href=href>{row.subject}</a> }.into_any()
            }
            None => view! { {row.subject} }.into_any(),
        };
        let details = [("Before", row.before), ("After", row.after), ("Note", row.note)];
        let details = details.into_iter().filter_map(|(label, text)| Some((label, text?))).collect::<Vec<_>>();
        view! {
            <tr>
                <td class="whitespace-nowrap align-top">{minute(row.at)}</td>
                <td class="align-top">{row.person.unwrap_or_else(|| "The system".to_owned())}</td>
                <th scope="row" class="w-full max-w-0 align-top font-normal">
                    <span class="block">{label}" "{subject}</span>
                    {(!details.is_empty()).then(|| view! {
                        <details class="mt-1 text-xs text-muted">
                            <summary class="cursor-pointer">"Details"</summary>
                            <dl>
                                {details
                                    .into_iter()
                                    .map(|(label, text)| view! {
                                        <dt class="mt-1 font-medium">{label}</dt>
                                        <dd class="mono whitespace-pre-wrap wrap-anywhere">{text}</dd>
                                    })
                                    .collect_view()}
                            </dl>
                        </details>
                    })}
                </th>
                <td class="align-top max-md:hidden"><span class="mono">{row.origin}</span></td>
            </tr>
        }
    });
    view! {
        <div class="panel overflow-x-auto">
            <table class="table">
                <caption class="sr-only">"Audit trail"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When (UTC)"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col" class="max-md:hidden">"From"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
