//! `/requests/new` and `/requests/:id/edit`: filing a request, as a whole or quickly, and editing one.
//!
//! The server answers a plain post to the same address; in the browser the same form saves and submits by server
//! functions. `?quick=1` asks three things only, `?clone=REQ-2001` or `?clone=DS-1001` starts from a copy, and
//! `?promote=DS-1001` from the dataset as it would be in the next environment.

mod editor;
mod estimates;
mod filing;
mod panel;
mod sections;
mod yaml;

use domain::{
    choices::RequestKind,
    error::Error,
    ids::{DatasetId, RequestId},
    lifecycle::Status,
    view::{FormStart, FormView},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

pub use self::{editor::RequestEditor, filing::Intent};
use crate::{
    api,
    components::{ErrorPage, Icon, IconName, PageHeader, form::Extent},
    error::AppError,
    pages::about::AboutForm,
    posted::{Posted, use_posted},
};

/// A new request.
#[component]
pub fn NewRequestPage() -> impl IntoView {
    let posted = use_posted();
    let query = use_query_map();
    let original = Memo::new(move |_| query.with(Original::of));
    let extent = Memo::new(move |_| match query.with(|query| query.get("quick")) {
        Some(quick) if domain::form::is_yes(&quick) => Extent::Quick,
        _ => Extent::Full,
    });
    let start = Resource::new_blocking(
        move || original.get(),
        |original| async move { api::form_start(original.as_ref().map_or(Ok(FormStart::New), Original::start)?).await },
    );
    view! {
        <Transition>
            {move || {
                let posted = posted.clone();
                Suspend::new(async move {
                    form_page(start.await, posted, extent.into(), original.get_untracked())
                })
            }}
        </Transition>
    }
}

/// A draft, or a request that may still be changed.
#[component]
pub fn EditRequestPage() -> impl IntoView {
    let posted = use_posted();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let start = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            let id = read_id(&id)?;
            let view = api::form_start(FormStart::Edit(id)).await?;
            let about = if view.kind == RequestKind::Create { None } else { Some(api::about_edit(id).await?) };
            Ok::<_, AppError>((view, about))
        },
    );
    view! {
        <Transition>
            {move || {
                let posted = posted.clone();
                Suspend::new(async move {
                    match start.await {
                        Ok((_, Some(view))) => view! { <AboutForm view posted /> }.into_any(),
                        Ok((view, None)) => form_page(Ok(view), posted, Signal::stored(Extent::Full), None),
                        Err(error) => form_page(Err(error), posted, Signal::stored(Extent::Full), None),
                    }
                })
            }}
        </Transition>
    }
}

fn read_id(text: &str) -> Result<RequestId, AppError> {
    text.parse().map_err(|_| Error::not_found("request").into())
}

/// What a new request starts from, as the address names it.
#[derive(Clone, PartialEq)]
enum Original {
    /// `?clone=`: a request or a dataset.
    Clone(String),
    /// `?promote=`: a dataset, which goes one environment up under its name.
    Promote(String),
}

impl Original {
    fn of(query: &ParamsMap) -> Option<Self> {
        let named = |key| query.get(key).filter(|id| !id.is_empty());
        named("clone").map(Self::Clone).or_else(|| named("promote").map(Self::Promote))
    }

    fn start(&self) -> Result<FormStart, AppError> {
        match self {
            Self::Clone(id) => match id.parse::<DatasetId>() {
                Ok(dataset) if read_id(id).is_err() => Ok(FormStart::CloneDataset(dataset)),
                _ => read_id(id).map(FormStart::Clone),
            },
            Self::Promote(id) => match id.parse() {
                Ok(id) => Ok(FormStart::Promote(id)),
                Err(_) => Err(Error::not_found("dataset").into()),
            },
        }
    }

    fn heading(&self) -> String {
        match self {
            Self::Clone(id) => format!("A copy of {id}. Give it a name of its own, and check the rest."),
            Self::Promote(id) => format!(
                "{id} in the next environment, as it is now. Check sizes, traffic and owners before you submit."
            ),
        }
    }
}

fn form_page(
    start: Result<FormView, AppError>,
    posted: Option<Posted>,
    extent: Signal<Extent>,
    original: Option<Original>,
) -> AnyView {
    let view = match start {
        Ok(view) => view,
        Err(error) => return view! { <ErrorPage error posted /> }.into_any(),
    };
    let (id, status) = (view.id, view.status);
    let has_extents = view.id.is_none() && original.is_none();
    let header = move || {
        let (title, subtitle) = heading(id, status, original.as_ref(), extent.get());
        view! {
            <Title text=title.clone() />
            <PageHeader title subtitle>
                {has_extents.then(|| view! { <ExtentSwitch extent /> })}
            </PageHeader>
        }
    };
    view! {
        {header}
        <RequestEditor view posted extent />
    }
    .into_any()
}

fn heading(
    id: Option<RequestId>,
    status: Option<Status>,
    original: Option<&Original>,
    extent: Extent,
) -> (String, String) {
    match (id, status, original) {
        (Some(id), Some(Status::Draft), _) => (
            format!("Draft {id}"),
            "Saved as you type. Your team, reviewers and auditors can see it; nobody reviews it before you submit."
                .to_owned(),
        ),
        (Some(id), ..) => {
            (format!("Edit {id}"), "Saving puts the request back to New and voids the votes given so far.".to_owned())
        }
        (None, _, Some(from)) => ("New request".to_owned(), from.heading()),
        (None, ..) if extent == Extent::Quick => (
            "New request".to_owned(),
            "Three answers, and a small dataset in development is yours, usually at once.".to_owned(),
        ),
        (None, ..) => (
            "New request".to_owned(),
            "What the dataset is, how large and how busy. The defaults suit most; the platform team sees it at once."
                .to_owned(),
        ),
    }
}

/// Links between the whole form and the three questions of a quick development dataset.
#[component]
fn ExtentSwitch(extent: Signal<Extent>) -> impl IntoView {
    let current = move |which: Extent| move || (extent.get() == which).then_some("page");
    view! {
        <nav class="segment" aria-label="How much to fill in">
            <a href="/requests/new" aria-current=current(Extent::Full)>
                "Full request"
            </a>
            <a href="/requests/new?quick=1" aria-current=current(Extent::Quick)>
                <span class="inline-flex items-center gap-1">
                    <Icon name=IconName::Bolt class="size-3.5" />
                    "Quick dev dataset"
                </span>
            </a>
        </nav>
    }
}
