//! The form itself: fields, messages, panel and buttons, without the page around them.

use domain::{
    error::Error,
    form::{Field, RequestForm},
    lifecycle::ActionKind,
    view::{Filed, FormView},
};
use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    filing::{Filing, Intent, Outcome},
    panel::{PreviewPanel, use_preview},
    sections::{Contents, QuickFields, Sections},
    yaml::YamlView,
};
use crate::{
    components::{
        Alert, Icon, IconName,
        form::{ErrorSummary, Extent, FormState, PeopleList},
        here,
    },
    error::AppError,
    posted::Posted,
};

/// A request form. `posted` is what a refused plain post typed; it stands in place of what the server would start with.
#[component]
pub fn RequestEditor(view: FormView, posted: Option<Posted>, extent: Signal<Extent>) -> impl IntoView {
    let state = FormState::new(typed(&view.form, posted.as_ref(), extent.get_untracked()), view.now, extent, "");
    let refused = posted.as_ref().and_then(|posted| state.refuse(posted.error.clone()));
    if posted.as_ref().is_some_and(|posted| intent_of(posted) == Intent::Submit) {
        state.mark_attempted();
    }
    let token = posted.as_ref().and_then(|posted| posted.value("token")).unwrap_or(&view.token).to_owned();

    let navigate = use_navigate();
    let on_filed = Callback::new(move |filed: Filed| {
        navigate(&format!("/requests/{}", filed.id), NavigateOptions::default());
    });
    let filing = Filing::new(&view, token.clone(), state, on_filed);
    if let Some(error) = refused {
        filing.outcome.set(Some(Outcome::Failed(AppError::Refused(error))));
    }
    filing.autosave(view.form.clone());
    let preview = use_preview(state, filing.id);

    let summary = NodeRef::<html::Div>::new();
    // Whoever was refused is taken to the reasons, once they are on the page.
    Effect::new(move |_| {
        if filing.outcome.with(|outcome| *outcome == Some(Outcome::Wrong)) && filing.pending().is_none() {
            request_animation_frame(move || {
                if let Some(summary) = summary.get_untracked() {
                    let _ = summary.focus();
                }
            });
        }
    });

    let on_submit = move |event: ev::SubmitEvent| {
        let submitter = event.submitter();
        // A button that posts to another page, such as the one that discards a draft.
        if submitter.as_ref().is_some_and(|button| button.has_attribute("formaction")) {
            return filing.leave();
        }
        event.prevent_default();
        let button = submitter.and_then(|button| button.get_attribute("value")).unwrap_or_default();
        filing.send(Intent::of_word(&button));
    };
    let choices = StoredValue::new(view.directory);
    let yaml = posted.as_ref().and_then(|posted| posted.value("yaml")).unwrap_or(&view.yaml);
    let yaml = StoredValue::new(yaml.to_owned());
    // By their key they are made anew: an input that was typed in keeps its own text over a new value.
    let fields = move |(extent, _): (Extent, u32)| match extent {
        Extent::Full => view! { <Sections state choices /> }.into_any(),
        Extent::Quick => view! { <QuickFields state choices /> }.into_any(),
    };
    let contents = move || (extent.get() == Extent::Full).then(|| view! { <Contents state /> });

    view! {
        // With an address of its own: a post to “this page” would carry the page's fragment on to where it is sent next.
        <form method="post" action=here() novalidate on:submit=on_submit aria-label="Dataset request">
            <input type="hidden" name="token" value=token />
            <input
                type="hidden"
                name="revision"
                value=move || filing.revision.get().map(|revision| revision.to_string()).unwrap_or_default()
            />
            {move || (extent.get() == Extent::Quick).then(|| view! { <input type="hidden" name="quick" value="1" /> })}
            <PeopleList choices />
            <div class="grid items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
                <div class="flex min-w-0 flex-col gap-6">
                    <ErrorSummary state at=summary />
                    <Problem filing />
                    <p class="-mb-2 text-xs text-muted">
                        <span class="text-error" aria-hidden="true">
                            "* "
                        </span>
                        "Needed to submit; a draft may leave anything open."
                    </p>
                    <For each=move || [(extent.get(), state.generation())] key=|one| *one children=fields />
                    {move || (extent.get() == Extent::Full).then(|| view! { <YamlView state filing start=yaml.get_value() /> })}
                    <Buttons filing />
                </div>
                <div class="flex flex-col gap-6 lg:sticky lg:top-6 lg:max-h-[calc(100dvh-3rem)] lg:overflow-y-auto">
                    <PreviewPanel state preview policy=view.policy />
                    <div class="hidden lg:block">{contents}</div>
                </div>
            </div>
        </form>
    }
}

/// Why the form was not taken, where that is about no field.
#[component]
fn Problem(filing: Filing) -> impl IntoView {
    let failed = move || match filing.outcome.get() {
        Some(Outcome::Failed(error)) => Some(error),
        _ => None,
    };
    move || {
        failed().map(|error| {
            let reload = filing.id.get().map(|id| format!("/requests/{id}/edit"));
            let ways = filing.conflict().map(|current| {
                view! {
                    <div class="flex flex-wrap gap-2">
                        {reload.map(|href| view! { <a class="btn btn-sm" rel="external" href=href>"Load their version"</a> })}
                        <button
                            type="button"
                            class="btn btn-sm"
                            hidden=move || !filing.state.is_awake()
                            on:click=move |_| filing.take_over(current)
                        >
                            "Keep mine and replace theirs"
                        </button>
                    </div>
                    <p class="text-xs text-muted">
                        "Nothing was saved over theirs, and what you typed is still here. "
                        <span hidden=move || filing.state.is_awake()>"Sending it again replaces theirs."</span>
                    </p>
                }
            });
            let kind = if matches!(error, AppError::Refused(Error::Stale { .. })) { "warning" } else { "error" };
            view! {
                <div class="flex flex-col gap-2">
                    <Alert kind text=error.to_string() />
                    {ways}
                </div>
            }
        })
    }
}

/// Submit first, so that Enter in a field submits; always in view, so that no message moves them from under the pointer.
#[component]
fn Buttons(filing: Filing) -> impl IntoView {
    let busy = move || matches!(filing.pending(), Some(Intent::Submit | Intent::Save));
    let submit = move || match (filing.pending(), filing.is_draft()) {
        (Some(Intent::Submit), true) => "Submitting…",
        (Some(Intent::Submit), false) => "Saving…",
        (_, true) => "Submit request",
        (_, false) => "Save changes",
    };
    let status = move || match (filing.pending(), filing.outcome.get()) {
        (Some(Intent::Submit), _) => String::new(),
        (Some(Intent::Save | Intent::Autosave), _) => "Saving…".to_owned(),
        (None, Some(Outcome::Saved(at))) => format!("Saved {at}"),
        (None, Some(Outcome::Wrong)) if !filing.state.listed().is_empty() => {
            "Not sent: some fields need another look.".to_owned()
        }
        (None, Some(Outcome::Failed(_))) => "Not saved.".to_owned(),
        (None, None | Some(Outcome::Wrong)) => String::new(),
    };
    view! {
        <div class="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-center gap-3 border-t border-base-300 bg-base-100 px-4 py-3 sm:mx-0 sm:px-0">
            <button
                type="submit"
                name="intent"
                value=Intent::Submit.word()
                class="btn btn-primary"
                disabled=busy
                aria-busy=move || busy().then_some("true")
            >
                <Icon name=IconName::Send />
                {submit}
            </button>
            {move || {
                filing
                    .is_draft()
                    .then(|| {
                        view! {
                            <button type="submit" name="intent" value=Intent::Save.word() class="btn" disabled=busy>
                                "Save draft"
                            </button>
                        }
                    })
            }}
            {move || {
                let id = filing.is_draft().then(|| filing.id.get()).flatten()?;
                Some(
                    view! {
                        <button
                            type="submit"
                            name="action"
                            value=ActionKind::Withdraw.word()
                            formaction=format!("/requests/{id}")
                            class="btn btn-ghost"
                            disabled=busy
                        >
                            "Discard draft"
                        </button>
                    },
                )
            }}
            <p class="text-sm text-muted" role="status">
                {status}
            </p>
        </div>
    }
}

fn intent_of(posted: &Posted) -> Intent {
    Intent::of_word(posted.value("intent").unwrap_or_default())
}

/// What the form starts with: what was posted, where a post was refused. A box that is not ticked is not posted, so a
/// post stands for the whole form; the quick form posts three fields of it.
fn typed(start: &RequestForm, posted: Option<&Posted>, extent: Extent) -> RequestForm {
    let Some(posted) = posted else { return start.clone() };
    let mut form = match extent {
        Extent::Full => RequestForm::default(),
        Extent::Quick => start.clone(),
    };
    for (name, value) in &posted.values {
        if let Ok(field) = name.parse::<Field>() {
            form.set(field, value.as_str());
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(values: &[(&str, &str)]) -> Posted {
        Posted {
            values: values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            error: Error::SignedOut,
        }
    }

    #[test]
    fn a_refused_post_is_shown_as_it_was_typed() {
        let start = RequestForm::sample();
        let form = typed(&start, Some(&posted(&[("name", "Bad Name"), ("intent", "save")])), Extent::Full);
        assert_eq!(form.name, "Bad Name");
        assert!(!form.is_checked(Field::Migration), "an absent box was not ticked");
        let quick = typed(&start, Some(&posted(&[("name", "Bad Name")])), Extent::Quick);
        assert_eq!((quick.name.as_str(), quick.owner.as_str()), ("Bad Name", "maya.chen"));
    }
}
