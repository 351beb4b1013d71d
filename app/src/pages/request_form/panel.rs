//! What a request comes to, said beside the form while somebody types.

use std::time::Duration;

use domain::{
    choices::{Environment, RequestKind},
    form::{Field, RequestForm},
    format::count,
    ids::RequestId,
    names::DatasetName,
    policy::Policy,
    spec::DatasetSpec,
    view::{FormPreview, NameHolder},
};
use leptos::{leptos_dom::helpers::debounce, prelude::*, task::spawn_local};

use super::estimates::{Estimates, SimilarOnes};
use crate::{
    api,
    components::{Icon, IconName, RulesExplained, form::FormState},
};

/// How long typing must rest before the server is asked.
const REST: Duration = Duration::from_millis(300);

/// Asks the server about what is typed, some time after each change; answers to older questions are dropped.
///
/// A taken name is also said at its field.
pub fn use_preview(state: FormState, id: RwSignal<Option<RequestId>>) -> ReadSignal<Option<FormPreview>> {
    let (preview, set_preview) = signal(None::<FormPreview>);
    let asked = StoredValue::new(0_u32);
    let mut ask = debounce(REST, move |form: RequestForm| {
        let number = asked.get_value().wrapping_add(1);
        asked.set_value(number);
        let full_name = full_name(&form);
        spawn_local(async move {
            let Ok(answer) = api::form_preview(id.get_untracked(), form).await else { return };
            if asked.try_get_value() != Some(number) {
                return;
            }
            let taken = answer.name.as_ref().filter(|check| full_name.as_ref() == Some(&check.full_name));
            state.warn(
                Field::Name,
                taken.and_then(|check| {
                    check.taken_by.map(|holder| {
                        format!("{} is taken by {}; choose another name.", check.full_name, holder_id(holder))
                    })
                }),
            );
            set_preview.set(Some(answer));
        });
    });
    Effect::new(move |_| {
        if state.is_awake() {
            ask(state.submission());
        }
    });
    preview
}

/// The panel. What the rules alone can say is there without scripts too.
#[component]
pub fn PreviewPanel(
    state: FormState,
    preview: ReadSignal<Option<FormPreview>>,
    /// What the request will be judged by.
    policy: Policy,
) -> impl IntoView {
    let policy = StoredValue::new(policy);
    let spec = Memo::new(move |_| state.submission().parse(state.now()).ok());
    let open = Memo::new(move |_| match state.submission().parse(state.now()) {
        Ok(_) => 0,
        Err(errors) => errors.len(),
    });
    let review = move || {
        let said = preview.with(|preview| preview.as_ref().and_then(|preview| preview.review.clone()));
        let judge =
            |spec: &DatasetSpec| policy.with_value(|policy| policy.evaluate(RequestKind::Create, spec).sentence());
        spec.with(|spec| spec.as_ref().map(|spec| said.unwrap_or_else(|| judge(spec))))
    };
    let explanation = Memo::new(move |_| {
        let explain = |spec: &DatasetSpec| policy.with_value(|policy| policy.explain(RequestKind::Create, spec));
        spec.with(|spec| spec.as_ref().map(explain))
    });
    let missing = move || match open.get() {
        1 => "One field is still to fill in; then this says who has to approve it.".to_owned(),
        n => format!("{n} fields are still to fill in; then this says who has to approve it."),
    };
    let figure = move |read: fn(&DatasetSpec) -> u64| {
        move || spec.with(|spec| spec.as_ref().map_or_else(|| "–".to_owned(), |spec| count(read(spec))))
    };
    view! {
        <aside class="panel" aria-label="What this request comes to">
            <div class="panel-head">
                <h2 class="panel-title">"What this comes to"</h2>
            </div>
            <div class="flex flex-col gap-4 p-4">
                <NameLine state preview />
                <div>
                    <h3 class="text-xs text-muted">"Review"</h3>
                    <p class="mt-1">{move || review().unwrap_or_else(missing)}</p>
                    {move || explanation.get().map(|explanation| view! { <RulesExplained explanation /> })}
                </div>
                <dl class="grid grid-cols-2 gap-4">
                    <div>
                        <dt class="text-xs text-muted">"Physical shards"</dt>
                        <dd class="mt-1 font-medium">{figure(DatasetSpec::physical_shards)}</dd>
                    </div>
                    <div>
                        <dt class="text-xs text-muted">"QPS at peak"</dt>
                        <dd class="mt-1 font-medium">{figure(DatasetSpec::peak_qps)}</dd>
                    </div>
                </dl>
                <Fits preview />
                <Estimates preview />
                <SimilarOnes preview />
                <noscript>
                    <p class="text-xs text-muted">
                        "Whether the name is free and which clusters fit is checked when you submit; with JavaScript it shows here while you type."
                    </p>
                </noscript>
            </div>
        </aside>
    }
}

/// The full name, and whether it is free.
#[component]
fn NameLine(state: FormState, preview: ReadSignal<Option<FormPreview>>) -> impl IntoView {
    let full = Memo::new(move |_| full_name(&state.submission()));
    let verdict = move || {
        let full = full.get()?;
        let check = preview.with(|preview| preview.as_ref()?.name.clone().filter(|check| check.full_name == full));
        Some(match check {
            None if !state.is_awake() => ().into_any(),
            None => view! { <span class="text-muted">"Checking whether it is free…"</span> }.into_any(),
            Some(check) => match check.taken_by {
                None => view! {
                    <span class="tone-bare" data-tone="green">
                        <Icon name=IconName::Check class="size-3.5" />
                        "Free"
                    </span>
                }
                .into_any(),
                Some(holder) => view! {
                    <span class="tone-bare" data-tone="red">
                        <Icon name=IconName::X class="size-3.5" />
                        "Taken by "
                        <a class="textlink" href=holder_href(holder)>
                            {holder_id(holder)}
                        </a>
                    </span>
                }
                .into_any(),
            },
        })
    };
    view! {
        <div>
            <h3 class="text-xs text-muted">"Full name"</h3>
            <p class="mono mt-1 font-medium wrap-anywhere">{move || full.get().unwrap_or_else(|| "–".to_owned())}</p>
            <p class="mt-1" role="status">
                {verdict}
            </p>
        </div>
    }
}

/// The clusters that fit, and why the others do not.
#[component]
fn Fits(preview: ReadSignal<Option<FormPreview>>) -> impl IntoView {
    move || {
        let FormPreview { fits, misfits, .. } = preview.get()?;
        if fits.is_empty() && misfits.is_empty() {
            return None;
        }
        let fitting: Vec<_> = fits
            .into_iter()
            .map(|name| {
                view! {
                    <li class="flex items-center gap-2">
                        <span class="tone-bare" data-tone="green">
                            <Icon name=IconName::Check class="size-3.5" />
                            <span class="sr-only">"fits: "</span>
                        </span>
                        <span class="mono">{name}</span>
                    </li>
                }
            })
            .collect();
        let unfit = match misfits.len() {
            0 => None,
            1 => Some("One other does not fit".to_owned()),
            n => Some(format!("{n} others do not fit")),
        };
        let open = fitting.is_empty();
        let others: Vec<_> = misfits
            .into_iter()
            .map(|(name, reasons)| {
                view! {
                    <li class="flex items-baseline gap-2 text-muted">
                        <span aria-hidden="true">
                            <Icon name=IconName::X class="size-3.5" />
                        </span>
                        <span>
                            <span class="mono">{name}</span>
                            ": "
                            {reasons.join(" ")}
                        </span>
                    </li>
                }
            })
            .collect();
        let none = fitting.is_empty().then_some(
            "None fits as it is. A reviewer can still place it, with a reason; or change region, size or storage type.",
        );
        Some(view! {
            <div>
                <h3 class="text-xs text-muted">"Clusters"</h3>
                {none.map(|none| view! { <p class="mt-1">{none}</p> })}
                <ul class="mt-1 flex flex-col gap-1">{fitting}</ul>
                {unfit.map(|summary| {
                    view! {
                        <details class="mt-2" open=open>
                            <summary class="cursor-pointer text-xs text-muted">{summary}</summary>
                            <ul class="mt-1 flex flex-col gap-1 text-xs">{others}</ul>
                        </details>
                    }
                })}
            </div>
        })
    }
}

/// The name that the dataset would have; none while it is no name yet.
fn full_name(form: &RequestForm) -> Option<String> {
    let name: DatasetName = form.name.trim().parse().ok()?;
    let environment: Environment = form.environment.parse().ok()?;
    Some(name.full(environment))
}

pub(super) fn holder_id(holder: NameHolder) -> String {
    match holder {
        NameHolder::Request(id) => id.to_string(),
        NameHolder::Dataset(id) => id.to_string(),
    }
}

pub(super) fn holder_href(holder: NameHolder) -> String {
    match holder {
        NameHolder::Request(id) => format!("/requests/{id}"),
        NameHolder::Dataset(id) => format!("/datasets/{id}"),
    }
}
