//! `/datasets/:id/requests/:kind`: asking for something to be done with a dataset that exists, and the edit of such a
//! request.
//!
//! A plain form that posts to this address, with and without scripts: it is short, and nothing is kept half-way.

use domain::{
    choices::{Choice, RequestKind},
    error::Error,
    form::RequestForm,
    ids::{DatasetId, RequestId},
    view::AboutView,
};
use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api,
    components::{
        Alert, ErrorPage, Icon, IconName, PageHeader,
        form::{ErrorSummary, Extent, FormField, FormState, PeopleList},
        here,
    },
    error::AppError,
    posted::{Posted, use_posted},
};

#[component]
pub fn AboutPage() -> impl IntoView {
    let posted = use_posted();
    let params = use_params_map();
    let asked = Memo::new(move |_| {
        params.with(|params| (params.get("id").unwrap_or_default(), params.get("kind").unwrap_or_default()))
    });
    let start = Resource::new_blocking(move || asked.get(), read);
    view! {
        <Transition>
            {move || {
                let posted = posted.clone();
                Suspend::new(async move {
                    match start.await {
                        Ok(view) => view! { <AboutForm view posted /> }.into_any(),
                        Err(error) => view! { <ErrorPage error posted /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

async fn read((id, kind): (String, String)) -> Result<AboutView, AppError> {
    let id: DatasetId = id.parse().map_err(|_| AppError::from(Error::not_found("dataset")))?;
    let kind = kind.parse::<RequestKind>().ok().filter(|kind| RequestKind::ABOUT.contains(kind));
    let kind = kind.ok_or_else(|| AppError::from(Error::not_found("kind of request")))?;
    api::about_start(id, kind).await
}

/// The form of a request about a dataset: a new one, or one that may still be edited.
#[component]
pub fn AboutForm(view: AboutView, posted: Option<Posted>) -> impl IntoView {
    let AboutView { dataset, full_name, kind, request, revision, form, open, token, directory, now } = view;
    let state = FormState::new(typed(&form, kind, posted.as_ref()), now, Signal::stored(Extent::Full), "");
    let refused = posted.as_ref().and_then(|posted| state.refuse(posted.error.clone()));
    if posted.is_some() {
        state.mark_attempted();
    }
    let token = posted.as_ref().and_then(|posted| posted.value("token")).unwrap_or(&token).to_owned();
    let choices = StoredValue::new(directory);
    let summary = NodeRef::<html::Div>::new();
    let fields: Vec<_> = kind.fields().iter().map(|field| view! { <FormField field=*field state choices /> }).collect();
    let title = match request {
        Some(id) => format!("Edit {id}"),
        None => format!("{}: {full_name}", kind.label()),
    };
    let subtitle = kind.explanation().to_owned();
    let revision = revision.map(|revision| revision.to_string()).unwrap_or_default();
    view! {
        <Title text=title.clone() />
        <nav class="mb-2 text-xs text-muted" aria-label="Breadcrumb">
            <a class="hover:text-base-content hover:underline" href="/catalogue">"Catalogue"</a>
            " / "
            <a class="hover:text-base-content hover:underline" href=format!("/datasets/{dataset}")>{dataset.to_string()}</a>
            " / "
            <span aria-current="page">{kind.label()}</span>
        </nav>
        <PageHeader title subtitle />
        <form method="post" action=here() novalidate class="flex max-w-3xl flex-col gap-6" aria-label="Request about a dataset">
            <input type="hidden" name="token" value=token />
            <input type="hidden" name="revision" value=revision />
            <PeopleList choices />
            {open.map(|open| view! { <OpenAlready open /> })}
            <ErrorSummary state at=summary />
            {refused.map(|error| view! { <Alert kind="error" text=error.to_string() /> })}
            <section class="panel" aria-labelledby="about-title">
                <div class="panel-head">
                    <h2 id="about-title" class="panel-title">"What you ask for"</h2>
                </div>
                <div class="grid gap-x-6 gap-y-5 p-4 sm:grid-cols-2">{fields}</div>
                <p class="border-t border-base-300 px-4 py-3 text-sm text-muted">
                    "The justification is the reason that reviewers read; it is always needed here. Everything else of the dataset stays as it is."
                </p>
            </section>
            <div class="flex flex-wrap items-center gap-3">
                <button type="submit" class="btn btn-primary">
                    <Icon name=IconName::Send />
                    {if request.is_some() { "Save changes" } else { "Submit request" }}
                </button>
                <a class="btn" href=request.map_or_else(|| format!("/datasets/{dataset}"), |id| format!("/requests/{id}"))>
                    "Cancel"
                </a>
            </div>
        </form>
    }
}

/// One request at a time is open about a dataset.
#[component]
fn OpenAlready(open: RequestId) -> impl IntoView {
    view! {
        <div class="notice">
            <Icon name=IconName::Info />
            <p>
                <a class="textlink" href=format!("/requests/{open}")>{open.to_string()}</a>
                " about this dataset is still open. It has to be decided or withdrawn before another one is filed."
            </p>
        </div>
    }
}

/// What the form starts with; of a refused post what was typed. A box that is not ticked is not posted.
fn typed(start: &RequestForm, kind: RequestKind, posted: Option<&Posted>) -> RequestForm {
    let mut form = start.clone();
    if let Some(posted) = posted {
        for field in kind.fields() {
            form.set(*field, posted.value(field.name()).unwrap_or_default());
        }
    }
    form
}

/// What can be asked for about a dataset, as links beside its metadata.
#[component]
pub fn AboutLinks(dataset: DatasetId, open: Option<RequestId>, promotes: bool) -> impl IntoView {
    let links: Vec<_> = RequestKind::ABOUT
        .iter()
        .map(|kind| {
            let href = format!("/datasets/{dataset}/requests/{kind}");
            view! { <li><a class="textlink block px-4 py-2" href=href>{kind.label()}</a></li> }
        })
        .collect();
    view! {
        <section class="panel" aria-labelledby="ask-title">
            <div class="panel-head"><h2 id="ask-title" class="panel-title">"Ask for"</h2></div>
            {match open {
                Some(open) => view! {
                    <p class="px-4 py-3">
                        <a class="textlink" href=format!("/requests/{open}")>{open.to_string()}</a>
                        " is open about this dataset; one at a time."
                    </p>
                }
                .into_any(),
                None => view! { <ul class="divide-y divide-base-300/70">{links}</ul> }.into_any(),
            }}
            {promotes.then(|| view! {
                <p class="border-t border-base-300 px-4 py-3">
                    <a class="textlink" href=format!("/requests/new?promote={dataset}")>"Promote to the next environment"</a>
                </p>
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use domain::form::Field;

    use super::*;

    #[test]
    fn a_refused_post_stands_for_the_fields_of_its_kind() {
        let start = RequestForm::sample();
        let posted = Posted {
            values: vec![("data_size_gb".to_owned(), "-1".to_owned()), ("name".to_owned(), "other".to_owned())],
            error: Error::SignedOut,
        };
        let form = typed(&start, RequestKind::Change, Some(&posted));
        assert_eq!(form.get(Field::DataSizeGb), "-1");
        assert_eq!(form.get(Field::Name), start.get(Field::Name));
        assert!(!form.is_checked(Field::TtlPerKey));
    }
}
