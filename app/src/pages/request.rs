//! `/requests/:id`: where a request is, what it asks for, what was said, and what the viewer can do.
//!
//! Every action is a plain form that posts to this address. In the browser the same form goes to a server function,
//! which answers with the page as it is then. A change by somebody else is read again within a moment; what is being
//! typed stays, because forms live outside of what is read again.

mod acting;
mod actions;
mod composer;
mod decide;
mod facts;
mod form;
mod header;
mod lookers;
mod reply;
mod steps;
mod thread;

use domain::{
    error::Error,
    event::Subject,
    ids::RequestId,
    lifecycle::ActionKind,
    spec::Visibility,
    view::{Directory, RequestView},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::{
    acting::Acting,
    actions::Actions,
    facts::{Changes, Description, Facts, WouldChange},
    header::{Header, Needs},
    lookers::Lookers,
    reply::OpenQuestion,
    steps::Steps,
    thread::Thread,
};
use crate::{
    api,
    components::{Alert, ErrorPage},
    error::AppError,
    live::use_live,
    posted::{Posted, use_posted},
};

#[component]
pub fn RequestPage() -> impl IntoView {
    let posted = use_posted();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let request = Resource::new_blocking(move || id.get(), read);
    view! {
        <Transition>
            {move || {
                let posted = posted.clone();
                Suspend::new(async move {
                    match request.await {
                        Ok((view, directory)) => view! { <RequestBody view directory posted /> }.into_any(),
                        Err(error) => view! { <ErrorPage error posted /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// The request, with the people and teams that a reply may name.
async fn read(id: String) -> Result<(RequestView, Directory), AppError> {
    let id: RequestId = id.parse().map_err(|_| AppError::from(Error::not_found("request")))?;
    let view = api::request_view(id).await?;
    let directory = if view.allowed_actions.contains(&ActionKind::Reply) {
        api::directory().await?
    } else {
        Directory { people: Vec::new(), teams: Vec::new() }
    };
    Ok((view, directory))
}

/// The page of one request. `posted` is a refused plain post of one of its forms.
#[component]
fn RequestBody(view: RequestView, directory: Directory, posted: Option<Posted>) -> impl IntoView {
    let title = format!("{} {}", view.id, view.full_name);
    let guarded = view.visibility == Visibility::Summary;
    let acting = Acting::new(view, posted);
    follow(acting);
    let choices = StoredValue::new(directory);
    view! {
        <Title text=title />
        <Header acting />
        <Lookers id=acting.id />
        <div class="flex flex-col gap-6">
            <Steps acting />
            {guarded
                .then(|| {
                    view! {
                        <Alert
                            kind="info"
                            text="The data class of this request is guarded. Use case, source, thread and changes are for its own team, reviewers, admins and auditors; you see the rest."
                        />
                    }
                })}
            <Moved acting />
            <OpenQuestion acting choices />
            <div class="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_23rem]">
                <div class="flex min-w-0 flex-col gap-6">
                    <WouldChange acting />
                    <Description acting />
                    <Facts acting />
                </div>
                <div class="flex min-w-0 flex-col gap-6 lg:row-span-2">
                    <Needs acting />
                    <Actions acting />
                </div>
                <div class="flex min-w-0 flex-col gap-6">
                    <Changes acting />
                    <Thread acting />
                </div>
            </div>
        </div>
    }
}

/// Reads the request again when something happened to it.
fn follow(acting: Acting) {
    let live = use_live();
    live.resume_after(acting.view.with_untracked(|view| view.last_event));
    Effect::new(move |_| {
        let Some(notice) = live.notice.get() else { return };
        let known = acting.view.with_untracked(|view| view.last_event);
        // An action of this page that is on its way brings the request as it is then.
        let idle = acting.pending.with_untracked(Option::is_none);
        if idle && notice.subject == Subject::Request(acting.id) && notice.id > known {
            acting.read_again();
        }
    });
    Effect::new(move |before: Option<u32>| {
        let resets = live.resets.get();
        if before.is_some_and(|before| before != resets) {
            acting.read_again();
        }
        resets
    });
}

/// Says that the request changed while the page was open, what an action came to, and why one was refused whose form is
/// gone.
#[component]
fn Moved(acting: Acting) -> impl IntoView {
    let lost = move || acting.lost.get().map(|error| view! { <Alert kind="warning" text=error.to_string() /> });
    let moved = move || acting.moved.get().map(|text| view! { <Alert kind="info" text /> });
    let stranded = move || {
        acting.stranded().map(|(error, written)| {
            let written: Vec<_> =
                written.into_iter().map(|text| view! { <p class="whitespace-pre-wrap">{text}</p> }).collect();
            view! {
                <Alert kind="error" text=error.to_string() />
                {(!written.is_empty())
                    .then(|| {
                        view! {
                            <div class="panel">
                                <div class="panel-head">
                                    <h2 class="panel-title">"What you had written"</h2>
                                </div>
                                <div class="flex flex-col gap-2 p-4">{written}</div>
                            </div>
                        }
                    })}
            }
        })
    };
    view! {
        {lost}
        {stranded}
        {moved}
        <p class="sr-only" role="status">
            {move || acting.said.get()}
        </p>
    }
}
