//! The open question, and the form that answers it.

use domain::{
    error::Error,
    form::{Field, RequestForm},
    lifecycle::ActionKind,
};
use leptos::{html, prelude::*};

use super::{
    acting::Acting,
    form::{ActionFrame, NoteInput},
};
use crate::{
    components::{
        Icon, IconName, TimeAgo,
        form::{Choices, ErrorSummary, Extent, FormField, FormState, PeopleList},
    },
    error::AppError,
};

/// What stands before the names of the request's fields in this form.
const PREFIX: &str = "f_";

/// The question, while there is one, with the reply form for those who may answer.
#[component]
pub fn OpenQuestion(acting: Acting, choices: Choices) -> impl IntoView {
    let question = acting.part(|view| view.question.clone());
    let may_reply = acting.allows(ActionKind::Reply);
    move || {
        let question = question.get()?;
        let now = acting.view.with_untracked(|view| view.now);
        let pinned = question.fields.clone();
        let names: Vec<&str> = pinned.iter().map(|field| field.label()).collect();
        let about = (!names.is_empty()).then(|| format!("It is about: {}.", names.join(", ")));
        let expires = domain::format::minute(question.expires_at);
        Some(view! {
            <section class="panel border-s-4 border-s-warning" aria-labelledby="question-title">
                <div class="panel-head">
                    <span class="tone-bare" data-tone="amber">
                        <Icon name=IconName::Help />
                    </span>
                    <h2 id="question-title" class="panel-title">
                        "A question is open"
                    </h2>
                    <span class="text-xs text-muted">
                        "asked "
                        <TimeAgo at=question.asked_at now />
                        {format!(", expires {expires} UTC")}
                    </span>
                </div>
                <div class="flex flex-col gap-4 p-4">
                    <div class="rich" inner_html=question.html></div>
                    {about.map(|about| view! { <p class="text-sm text-muted">{about}</p> })}
                    {move || {
                        let pinned = pinned.clone();
                        may_reply.get().then(|| view! { <ReplyForm acting choices pinned /> })
                    }}
                </div>
            </section>
        })
    }
}

/// The reply, with the fields that the question is about: those may be changed on the way.
#[component]
fn ReplyForm(acting: Acting, choices: Choices, pinned: Vec<Field>) -> impl IntoView {
    let action = ActionKind::Reply;
    let (form, now) = acting.view.with_untracked(|view| (view.form.clone(), view.now));
    let fields = form.filter(|_| !pinned.is_empty()).map(|form| {
        let state = FormState::new(typed(form, &pinned, acting), now, Signal::stored(Extent::Full), PREFIX);
        // What the server says of a field is shown at it, whether it was posted plainly or by script.
        let show = move |error: Option<AppError>| {
            if let Some(AppError::Refused(error @ Error::Form { .. })) = error {
                state.refuse(error);
            }
        };
        show(untrack(|| acting.refused(action)));
        Effect::new(move |_| show(acting.refused(action)));
        view! { <ReplyFields state choices pinned /> }
    });
    view! {
        <ActionFrame acting action label="Send the reply" button="btn btn-primary btn-sm">
            <NoteInput acting action name="reply" label="Your reply" help="Markdown works. The same reviewer goes on from here." />
            {fields}
        </ActionFrame>
    }
}

#[component]
fn ReplyFields(state: FormState, choices: Choices, pinned: Vec<Field>) -> impl IntoView {
    let fields: Vec<_> = pinned.into_iter().map(|field| view! { <FormField field state choices /> }).collect();
    let summary = NodeRef::<html::Div>::new();
    view! {
        <PeopleList choices />
        <ErrorSummary state at=summary />
        <div class="grid gap-x-6 gap-y-5 sm:grid-cols-2">{fields}</div>
        <p class="text-xs text-muted">"Changing a field makes a new revision; approvals given so far are then void."</p>
    }
}

/// The request as it is, with what a refused plain post had typed into the pinned fields. A box that is not ticked is
/// not posted.
fn typed(mut form: RequestForm, pinned: &[Field], acting: Acting) -> RequestForm {
    if let Some(pairs) = acting.typed_pairs(ActionKind::Reply) {
        for field in pinned {
            let name = format!("{PREFIX}{field}");
            let value = pairs.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
            form.set(*field, value);
        }
    }
    form
}
