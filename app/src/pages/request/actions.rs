//! What the viewer can do: exactly the actions that the server would take.

use domain::{
    form::{Field, Section},
    lifecycle::ActionKind,
};
use leptos::prelude::*;

use super::{
    acting::Acting,
    decide::{AmendForm, ApproveForm},
    form::{ActionFrame, InputError, NoteInput},
};
use crate::components::{Icon, IconName};

/// All actions of this page, the likeliest first. Replying stands with the question, commenting with the thread, and
/// editing and cloning are links in the header.
#[component]
pub fn Actions(acting: Acting) -> impl IntoView {
    let any = acting.part(|view| view.allowed_actions.iter().any(|action| ORDER.contains(action)));
    let items = ORDER.map(|action| {
        let allowed = acting.allows(action);
        move || allowed.get().then(|| one(acting, action))
    });
    view! {
        <section class="panel" aria-labelledby="actions-title" hidden=move || !any.get()>
            <div class="panel-head">
                <h2 id="actions-title" class="panel-title">
                    "Actions"
                </h2>
            </div>
            <div class="flex flex-col divide-y divide-base-300 *:p-4">{items.collect_view()}</div>
        </section>
    }
}

const ORDER: [ActionKind; 12] = [
    ActionKind::Claim,
    ActionKind::Approve,
    ActionKind::Vote,
    ActionKind::Ask,
    ActionKind::Deny,
    ActionKind::Amend,
    ActionKind::Assign,
    ActionKind::Unclaim,
    ActionKind::Retry,
    ActionKind::GiveUp,
    ActionKind::Reopen,
    ActionKind::Withdraw,
];

fn one(acting: Acting, action: ActionKind) -> AnyView {
    match action {
        ActionKind::Claim => view! {
            <div>
                <ActionFrame acting action label="Claim for review" button="btn btn-primary btn-sm" />
            </div>
        }
        .into_any(),
        ActionKind::Approve => view! { <ApproveForm acting /> }.into_any(),
        ActionKind::Amend => {
            folded(acting, action, IconName::Server, "Change the placement", view! { <AmendForm acting /> }.into_any())
        }
        ActionKind::Vote => view! {
            <div class="flex flex-col gap-2">
                <p class="text-sm text-muted">"Your privacy approval counts for this revision; an edit voids it."</p>
                <ActionFrame acting action label="Give the privacy approval" button="btn btn-primary btn-sm" />
            </div>
        }
        .into_any(),
        ActionKind::Ask => {
            folded(acting, action, IconName::Help, "Ask a question", view! { <AskForm acting /> }.into_any())
        }
        ActionKind::Deny => {
            let form = view! {
                <ActionFrame acting action label="Deny the request" button="btn btn-error btn-sm">
                    <NoteInput acting action name="reason" label="Reason" help=DENY_HELP />
                </ActionFrame>
            };
            folded(acting, action, IconName::Ban, "Deny", form.into_any())
        }
        ActionKind::Assign => {
            folded(acting, action, IconName::UserPlus, "Assign a reviewer", view! { <AssignForm acting /> }.into_any())
        }
        ActionKind::Withdraw => {
            let form = view! {
                <ActionFrame acting action label="Withdraw the request" button="btn btn-error btn-sm">
                    <NoteInput acting action name="reason" label="Reason, if you like" help="Everybody who sees the thread can read it." rows=2 />
                </ActionFrame>
            };
            folded(acting, action, IconName::X, "Withdraw", form.into_any())
        }
        ActionKind::GiveUp => {
            let form = view! {
                <ActionFrame acting action label="Give up and undo" button="btn btn-error btn-sm">
                    <NoteInput acting action name="reason" label="Reason" help="The requester reads it. What was provisioned so far is undone." />
                </ActionFrame>
            };
            folded(acting, action, IconName::X, "Give up", form.into_any())
        }
        ActionKind::Unclaim => view! {
            <div>
                <ActionFrame acting action label="Release: somebody else may take it" button="btn btn-sm" />
            </div>
        }
        .into_any(),
        ActionKind::Reopen => view! {
            <div class="flex flex-col gap-2">
                <p class="text-sm text-muted">"Goes back to New with its history. Its name must still be free."</p>
                <ActionFrame acting action button="btn btn-sm" />
            </div>
        }
        .into_any(),
        _ => view! {
            <div>
                <ActionFrame acting action button="btn btn-sm" />
            </div>
        }
        .into_any(),
    }
}

const DENY_HELP: &str = "At least 10 characters. The requester reads it: say what would have to be different.";

/// A form behind one click, which works without scripts; open where its last attempt was refused.
fn folded(acting: Acting, action: ActionKind, icon: IconName, title: &'static str, form: AnyView) -> AnyView {
    let open = untrack(|| acting.refused(action).is_some());
    view! {
        <details class="group" open=open>
            <summary class="flex cursor-pointer items-center gap-2 font-medium">
                <Icon name=icon />
                <span class="grow">{title}</span>
                <span class="transition-transform group-open:rotate-180">
                    <Icon name=IconName::ChevronDown />
                </span>
            </summary>
            <div class="pt-3">{form}</div>
        </details>
    }
    .into_any()
}

#[component]
fn AskForm(acting: Acting) -> impl IntoView {
    let action = ActionKind::Ask;
    let pinned: Vec<String> = acting
        .typed_pairs(action)
        .map(|pairs| pairs.into_iter().filter(|(name, _)| name == "fields").map(|(_, value)| value).collect())
        .unwrap_or_default();
    let check = |field: Field| {
        let ticked = pinned.iter().any(|name| name == field.name());
        view! {
            <label class="flex items-start gap-2">
                <input type="checkbox" class="checkbox checkbox-xs mt-0.5" name="fields" value=field.name() checked=ticked />
                {field.label()}
            </label>
        }
    };
    let groups: Vec<_> = Section::ALL
        .iter()
        .map(|section| {
            let fields: Vec<_> = section.fields().into_iter().map(check).collect();
            view! {
                <fieldset class="flex flex-col gap-1.5">
                    <legend class="mb-1 text-xs font-semibold text-muted">{section.title()}</legend>
                    {fields}
                </fieldset>
            }
        })
        .collect();
    let open = !pinned.is_empty();
    view! {
        <ActionFrame acting action label="Send the question" button="btn btn-primary btn-sm">
            <NoteInput
                acting
                action
                name="question"
                label="Question"
                help="Markdown works. The clock of the platform team stops until it is answered; after 14 days the request expires."
            />
            <details open=open>
                <summary class="cursor-pointer text-sm">"Fields that it is about"</summary>
                <div class="mt-2 flex max-h-72 flex-col gap-4 overflow-y-auto rounded-field border border-base-300 p-3 text-sm" tabindex="0" role="group" aria-label="Fields">
                    {groups}
                </div>
            </details>
        </ActionFrame>
    }
}

#[component]
fn AssignForm(acting: Acting) -> impl IntoView {
    let action = ActionKind::Assign;
    let error = Memo::new(move |_| acting.input_error(action, "reviewer"));
    let people = acting.part(|view| {
        view.reviewers.iter().map(|person| (person.handle.clone(), person.name.clone())).collect::<Vec<_>>()
    });
    let typed = StoredValue::new(acting.typed(action, "reviewer").unwrap_or_default());
    let options = move || {
        let chosen = typed.get_value();
        people
            .get()
            .into_iter()
            .map(|(handle, name)| {
                let selected = handle == chosen;
                view! { <option value=handle.clone() selected=selected>{format!("{name} ({handle})")}</option> }
            })
            .collect_view()
    };
    view! {
        <ActionFrame acting action button="btn btn-sm">
            <div class="flex flex-col gap-1.5">
                <label class="text-sm font-medium" for="assign-reviewer">
                    "Reviewer"
                </label>
                <select
                    class="select w-full"
                    id="assign-reviewer"
                    name="reviewer"
                    aria-describedby="assign-reviewer-error"
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                >
                    <option value="">"Choose…"</option>
                    {options}
                </select>
                <InputError id="assign-reviewer-error" error />
            </div>
        </ActionFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_the_bound() {
        assert!(DENY_HELP.contains(&domain::bounds::DENY_REASON_MIN.to_string()));
    }
}
