//! Where the dataset goes: cluster, partitions, and a reason where it does not fit.

use domain::{
    cluster::{ClusterName, Fit},
    format::size,
    lifecycle::ActionKind,
    view::{ClusterOption, RequestView},
};
use leptos::prelude::*;

use super::{
    acting::Acting,
    form::{ActionFrame, InputError, NoteInput},
};
use crate::components::{Icon, IconName};

/// Approves, with the placement that is chosen here.
#[component]
pub fn ApproveForm(acting: Acting) -> impl IntoView {
    let missing = acting.part(|view| view.missing_votes.clone());
    let note = move || match missing.get() {
        Some(missing) if missing != "one approval" => {
            format!("Still missing: {missing}. Yours counts for one; the last one needed approves.")
        }
        _ => "Yours is the approval that it needs.".to_owned(),
    };
    let chosen = chosen(acting, ActionKind::Approve);
    view! {
        <div class="flex flex-col gap-3">
            <h3 class="flex items-center gap-2 font-medium">
                <Icon name=IconName::Check />
                "Approve"
            </h3>
            <p class="text-sm text-muted">{note}</p>
            <ActionFrame acting action=ActionKind::Approve button="btn btn-primary btn-sm">
                <PlacementInputs acting action=ActionKind::Approve chosen />
                <OverrideInput acting chosen />
            </ActionFrame>
        </div>
    }
}

/// Sets the placement without a vote.
#[component]
pub fn AmendForm(acting: Acting) -> impl IntoView {
    view! {
        <ActionFrame acting action=ActionKind::Amend label="Save the placement" button="btn btn-sm">
            <p class="text-sm text-muted">"A new revision: the approvals of others are void."</p>
            <PlacementInputs acting action=ActionKind::Amend chosen=chosen(acting, ActionKind::Amend) />
        </ActionFrame>
    }
}

/// Needed only where the chosen cluster does not fit. Without scripts it is always there, because the choice is known
/// only when it is posted.
#[component]
fn OverrideInput(acting: Acting, chosen: RwSignal<String>) -> impl IntoView {
    let awake = RwSignal::new(false);
    Effect::new(move |_| awake.set(true));
    let needless = Memo::new(move |_| {
        let fits = |option: &ClusterOption| option.cluster.name.as_str() == chosen.get() && option.fit == Fit::Fits;
        awake.get() && acting.view.with(|view| view.clusters.iter().any(fits))
    });
    view! {
        <fieldset hidden=move || needless.get() disabled=move || needless.get()>
            <NoteInput
                acting
                action=ActionKind::Approve
                name="override_reason"
                label="Reason, where it does not fit"
                help="Why it should go there all the same. It is kept with the decision."
                rows=2
            />
        </fieldset>
    }
}

/// The cluster that an action's form has chosen. Kept outside of what is read again, so that a choice outlives somebody
/// else's change.
fn chosen(acting: Acting, action: ActionKind) -> RwSignal<String> {
    let start = acting.view.with_untracked(|view| Start::of(view).cluster);
    RwSignal::new(acting.typed(action, "cluster").unwrap_or(start))
}

#[component]
fn PlacementInputs(acting: Acting, action: ActionKind, chosen: RwSignal<String>) -> impl IntoView {
    let options = acting.part(|view| view.clusters.clone());
    let start = acting.view.with_untracked(Start::of);
    let partitions = acting.typed(action, "partitions").unwrap_or(start.partitions);
    let cluster_error = Memo::new(move |_| acting.input_error(action, "cluster"));
    let partitions_error = Memo::new(move |_| acting.input_error(action, "partitions"));

    let list = move || {
        let chosen = chosen.get_untracked();
        let option = |option: ClusterOption| {
            let name = option.cluster.name.to_string();
            let selected = name == chosen;
            view! { <option value=name selected=selected>{label(&option)}</option> }
        };
        options.get().into_iter().map(option).collect_view()
    };
    let reasons = move || {
        options.with(|options| {
            let option = options.iter().find(|option| option.cluster.name.as_str() == chosen.get())?;
            Some(fit_line(option))
        })
    };
    let id = format!("{action}-cluster");
    let partitions_id = format!("{action}-partitions");
    view! {
        <div class="flex flex-col gap-1.5">
            <label class="text-sm font-medium" for=id.clone()>
                "Cluster"
            </label>
            <select
                class="select w-full"
                id=id.clone()
                name="cluster"
                aria-describedby=format!("{id}-fit {id}-error")
                aria-invalid=move || cluster_error.with(Option::is_some).then_some("true")
                on:change=move |event| chosen.set(event_target_value(&event))
            >
                {list}
            </select>
            <div id=format!("{id}-fit") class="text-xs text-muted">
                {reasons}
            </div>
            <InputError id=format!("{id}-error") error=cluster_error />
        </div>
        <div class="flex flex-col gap-1.5">
            <label class="text-sm font-medium" for=partitions_id.clone()>
                "Partitions"
            </label>
            <input
                class="input w-full"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                id=partitions_id.clone()
                name="partitions"
                value=partitions
                aria-describedby=format!("{partitions_id}-help {partitions_id}-error")
                aria-invalid=move || partitions_error.with(Option::is_some).then_some("true")
            />
            <p id=format!("{partitions_id}-help") class="text-xs text-muted">
                "1 to 4 096. The advised number is filled in."
            </p>
            <InputError id=format!("{partitions_id}-error") error=partitions_error />
        </div>
    }
}

/// What the inputs offer at first: what a reviewer set before, else the advised cluster, else the first that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Start {
    cluster: String,
    partitions: String,
}

impl Start {
    fn of(view: &RequestView) -> Self {
        if let Some(placement) = &view.placement {
            return Self { cluster: placement.cluster.to_string(), partitions: placement.partitions.to_string() };
        }
        let best = view
            .clusters
            .iter()
            .find(|option| option.advised)
            .or_else(|| view.clusters.iter().find(|option| option.fit == Fit::Fits))
            .or(view.clusters.first());
        Self {
            cluster: best.map(|option| option.cluster.name.to_string()).unwrap_or_default(),
            partitions: best.map(|option| option.advised_partitions.to_string()).unwrap_or_default(),
        }
    }
}

fn capacity_bytes(option: &ClusterOption) -> u64 {
    option.cluster.capacity_gb.saturating_mul(domain::bounds::BYTES_PER_GB)
}

fn free_bytes(option: &ClusterOption) -> u64 {
    capacity_bytes(option).saturating_sub(option.used_bytes)
}

/// `eu-main: 1.2 TB free, advised`. Short, because a closed select cuts nothing off before its arrow.
fn label(option: &ClusterOption) -> String {
    let name: &ClusterName = &option.cluster.name;
    if option.fit != Fit::Fits {
        return format!("{name}: does not fit");
    }
    let advised = if option.advised { ", advised" } else { "" };
    format!("{name}: {} free{advised}", size(free_bytes(option)))
}

fn fit_line(option: &ClusterOption) -> AnyView {
    match &option.fit {
        Fit::Fits => view! {
            <span class="tone-bare" data-tone="green">
                <Icon name=IconName::CheckCircle class="size-3.5" />
                {format!("It fits: {} of {} free.", size(free_bytes(option)), size(capacity_bytes(option)))}
            </span>
        }
        .into_any(),
        Fit::DoesNot(reasons) => {
            let reasons: Vec<_> = reasons.iter().map(|reason| view! { <li>{reason.clone()}</li> }).collect();
            view! {
                <p class="tone-bare" data-tone="amber">
                    <Icon name=IconName::Warning class="size-3.5" />
                    "It does not fit:"
                </p>
                <ul class="mt-1 list-disc ps-5">{reasons}</ul>
            }
            .into_any()
        }
    }
}
