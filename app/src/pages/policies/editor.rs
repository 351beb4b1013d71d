//! The editor for the next version: a form with selects, and the same rules as TOML.

use domain::{
    bounds,
    choices::Choice,
    policy::{EffectKind, Fact, Matching, Operator, Policy, Problems, RuleForm, RulesForm, to_toml},
};
use leptos::prelude::*;

use crate::components::{Icon, IconName, form::area_text, here};

/// The inputs are named as [`RulesForm::from_pairs`] reads them. `typed` is what was posted last; without it the rules
/// are those of the shown version.
#[component]
pub fn Editor(
    shown: Policy,
    newest: u32,
    typed: Option<Vec<(String, String)>>,
    /// The post was refused because somebody saved a version meanwhile.
    superseded: bool,
    /// Why the post was refused; empty where it was not.
    refused: AnyView,
) -> impl IntoView {
    let value = |name: &str| {
        typed.as_ref().and_then(|pairs| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
    };
    let edits = value("base").is_some();
    let base = value("base").unwrap_or_else(|| shown.version.to_string());
    // After a refusal that names the newer version, saving again is deliberate.
    let newest = value("newest").filter(|_| !superseded).unwrap_or_else(|| newest.to_string());
    let note = value("note").unwrap_or_default();
    let text = value("text");
    let by_text = text.is_some();
    let form = match &typed {
        Some(pairs) if edits && !by_text => RulesForm::from_pairs(pairs),
        _ => RulesForm::from(&shown.rules),
    };
    let saved = value("act").as_deref() == Some("save");
    let problems = if saved && !by_text { form.parse().err() } else { None };
    let text = text.unwrap_or_else(|| to_toml(&shown.rules));
    let (in_form, in_text) = if by_text { (None, Some(refused)) } else { (Some(refused), None) };
    // The page comes back at the place where one was.
    let path = here();
    let at = move |place: &'static str| {
        let path = path.clone();
        move || format!("{}#{place}", path())
    };
    let hidden = move || {
        view! {
            <input type="hidden" name="base" value=base.clone() />
            <input type="hidden" name="newest" value=newest.clone() />
        }
    };
    let note_input = move |id: &'static str| {
        view! {
            <div class="flex flex-col gap-1.5">
                <label class="text-sm font-medium" for=id>
                    "What changes, and why"
                </label>
                <input
                    class="input w-full"
                    id=id
                    name="note"
                    value=note.clone()
                    maxlength=bounds::POLICY_SAYS_MAX
                    autocomplete="off"
                />
            </div>
        }
    };
    let lists = Fact::ALL
        .iter()
        .filter(|fact| !fact.words().is_empty())
        .map(|fact| {
            let options = fact.words().into_iter().map(|word| view! { <option value=word></option> }).collect_view();
            view! { <datalist id=format!("values-{fact}")>{options}</datalist> }
        })
        .collect_view();
    let last = form.rules.len().saturating_sub(1);
    let rules = form
        .rules
        .into_iter()
        .enumerate()
        .map(|(at, rule)| view! { <RuleEditor at last rule problems=problems.clone() /> })
        .collect_view();
    view! {
        {lists}
        <details id="write" class="panel" open=edits && !by_text>
            <summary class="panel-head cursor-pointer">
                <h2 class="panel-title">"Write a new version"</h2>
                <Icon name=IconName::ChevronDown class="ms-auto size-4 text-muted" />
            </summary>
            <form method="post" action=at.clone()("write") class="flex flex-col gap-4 p-4" aria-label="Write a new version">
                // What Enter presses: the first button of a form.
                <button type="submit" name="act" value="save" class="hidden" tabindex="-1" aria-hidden="true"></button>
                {hidden.clone()()}
                {in_form}
                <ol class="flex flex-col gap-4">{rules}</ol>
                <p>
                    <button type="submit" name="step" value="add" formaction=format!("#rule-{}", last + 1) class="btn btn-sm">
                        <Icon name=IconName::Plus />
                        "Add a rule"
                    </button>
                </p>
                {note_input.clone()("policy-note")}
                <p>
                    <button type="submit" name="act" value="save" class="btn btn-primary btn-sm">
                        "Save as a new version"
                    </button>
                </p>
            </form>
        </details>
        <details id="write-text" class="panel" open=edits && by_text>
            <summary class="panel-head cursor-pointer">
                <h2 class="panel-title">"Write a new version as TOML"</h2>
                <Icon name=IconName::ChevronDown class="ms-auto size-4 text-muted" />
            </summary>
            <form method="post" action=at("write-text") class="flex flex-col gap-4 p-4" aria-label="Write a new version as TOML">
                {hidden()}
                {in_text}
                <div class="flex flex-col gap-1.5">
                    <label class="text-sm font-medium" for="policy-text">
                        "Rules"
                    </label>
                    <textarea class="textarea mono w-full" id="policy-text" name="text" rows="24" spellcheck="false">
                        {area_text(text)}
                    </textarea>
                </div>
                {note_input("policy-text-note")}
                <p>
                    <button type="submit" name="act" value="save" class="btn btn-primary btn-sm">
                        "Save the text as a new version"
                    </button>
                </p>
            </form>
        </details>
    }
}

#[component]
fn RuleEditor(at: usize, last: usize, rule: RuleForm, problems: Option<Problems>) -> impl IntoView {
    let name = move |part: &str| format!("rule.{at}.{part}");
    let problems = StoredValue::new(problems);
    let wrong = move |input: String| {
        problems.with_value(|problems| problems.as_ref()?.at(&input).map(str::to_owned)).map(|message| {
            view! {
                <p id=format!("{input}-error") class="text-sm text-error">
                    {message}
                </p>
            }
        })
    };
    let invalid = move |input: &str| problems.with_value(|problems| problems.as_ref()?.at(input).map(|_| "true"));
    let input = move |part: &'static str, label: &'static str, value: String, wide: bool| {
        let input = name(part);
        view! {
            <div class="flex min-w-0 flex-col gap-1.5" class:sm:col-span-2=wide>
                <label class="text-sm font-medium" for=input.clone()>
                    {label}
                </label>
                <input
                    class="input w-full"
                    id=input.clone()
                    name=input.clone()
                    value=value
                    autocomplete="off"
                    aria-invalid=invalid(&input)
                    aria-describedby=invalid(&input).map(|_| format!("{input}-error"))
                />
                {wrong(input)}
            </div>
        }
    };
    let step = move |what: &'static str, label: String, icon: IconName, off: bool| {
        // Where the rule is afterwards.
        let to = match what {
            "up" => at.saturating_sub(1),
            "down" => at + 1,
            _ => at,
        };
        view! {
            <button
                type="submit"
                name="step"
                value=format!("{what}.{at}")
                formaction=format!("#rule-{to}")
                class="btn btn-ghost btn-sm btn-square"
                title=label.clone()
                aria-label=label
                disabled=off
            >
                <Icon name=icon />
            </button>
        }
    };
    let id = rule.id.clone();
    let conditions = rule
        .when
        .into_iter()
        .enumerate()
        .map(|(place, condition)| {
            let part = move |part: &str| format!("rule.{at}.when.{place}.{part}");
            let label = move |what: &str| format!("Condition {} of rule {}, {what}", place + 1, at + 1);
            let list = format!("values-{}", condition.fact);
            view! {
                <li class="flex flex-col gap-1">
                    <div class="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-center gap-2 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,2fr)_auto]">
                        <select class="select w-full max-sm:col-span-3" name=part("fact") aria-label=label("fact") aria-invalid=invalid(&part("fact"))>
                            {options::<Fact>(&condition.fact, Some("choose what it is about"))}
                        </select>
                        <select class="select w-full" name=part("op") aria-label=label("operator") aria-invalid=invalid(&part("op"))>
                            {options::<Operator>(&condition.op, None)}
                        </select>
                        <input
                            class="input w-full"
                            name=part("value")
                            value=condition.value
                            list=list
                            aria-label=label("value")
                            aria-invalid=invalid(&part("value"))
                            autocomplete="off"
                        />
                        <button
                            type="submit"
                            name="step"
                            value=format!("remove.{at}.{place}")
                            formaction=format!("#rule-{at}")
                            class="btn btn-ghost btn-sm btn-square"
                            title="Remove this condition"
                            aria-label=format!("Remove condition {} of rule {}", place + 1, at + 1)
                        >
                            <Icon name=IconName::X />
                        </button>
                    </div>
                    {wrong(part("fact"))}
                    {wrong(part("op"))}
                    {wrong(part("value"))}
                </li>
            }
        })
        .collect_view();
    view! {
        <li id=format!("rule-{at}")>
            <fieldset class="flex flex-col gap-3 rounded-box border border-base-300 p-4">
                <legend class="px-1 font-medium">{format!("Rule {}", at + 1)}</legend>
                <div class="-mt-3 flex flex-wrap justify-end gap-1">
                    {step("up", format!("Move rule {} ({id}) up", at + 1), IconName::ChevronUp, at == 0)}
                    {step("down", format!("Move rule {} ({id}) down", at + 1), IconName::ChevronDown, at == last)}
                    {step("remove", format!("Remove rule {} ({id})", at + 1), IconName::X, false)}
                </div>
                <div class="grid gap-3 sm:grid-cols-2">
                    {input("id", "Id", rule.id, false)}
                    <div class="flex min-w-0 flex-col gap-1.5">
                        <label class="text-sm font-medium" for=name("effect")>
                            "Effect"
                        </label>
                        <select class="select w-full" id=name("effect") name=name("effect") aria-invalid=invalid(&name("effect"))>
                            {options::<EffectKind>(&rule.effect, None)}
                        </select>
                        {wrong(name("effect"))}
                    </div>
                    {input("says", "What it says, as a sentence", rule.says, true)}
                    {input("reviews", "Different approvers, where it asks for them", rule.reviews, false)}
                    <div class="flex min-w-0 flex-col gap-1.5">
                        <label class="text-sm font-medium" for=name("match")>
                            "It applies when"
                        </label>
                        <select class="select w-full" id=name("match") name=name("match")>
                            {options::<Matching>(&rule.matching, None)}
                        </select>
                    </div>
                </div>
                <ul class="flex flex-col gap-2" aria-label=format!("Conditions of rule {}", at + 1)>
                    {conditions}
                </ul>
                <p>
                    <button type="submit" name="step" value=format!("add.{at}") formaction=format!("#rule-{at}") class="btn btn-sm">
                        <Icon name=IconName::Plus />
                        "Add a condition"
                        <span class="sr-only">{format!(" to rule {}", at + 1)}</span>
                    </button>
                </p>
            </fieldset>
        </li>
    }
}

/// The options of a closed list, with an empty one before them where nothing may be chosen yet. A word that is none of
/// the list stays, so that a refused form shows what was typed.
fn options<C: Choice + PartialEq>(chosen: &str, empty: Option<&'static str>) -> impl IntoView + use<C> {
    let known = C::ALL.iter().any(|choice| choice.word() == chosen);
    let strange = (!known && !chosen.is_empty()).then(|| {
        let word = chosen.to_owned();
        let value = word.clone();
        view! { <option value=value selected=true>{word}</option> }
    });
    let nothing = empty.map(|label| view! { <option value="" selected={chosen.is_empty()}>{label}</option> });
    let all = C::ALL
        .iter()
        .map(
            |choice| view! { <option value=choice.word() selected={choice.word() == chosen}>{choice.label()}</option> },
        )
        .collect_view();
    view! {
        {nothing}
        {strange}
        {all}
    }
}
