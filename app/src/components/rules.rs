//! Why a request needs what it needs, rule by rule: on a request's page and beside the form.

use domain::policy::{Explanation, Outcome};
use leptos::prelude::*;

/// Every rule of the version, with the facts that it follows from. Closed at first, because the rules that apply are
/// said above it.
#[component]
pub fn RulesExplained(explanation: Explanation) -> impl IntoView {
    let Explanation { version, rules } = explanation;
    let rules = rules
        .into_iter()
        .map(|judged| {
            let applies = judged.outcome == Outcome::Applies;
            view! { <li class:text-muted=!applies>{judged.sentence()}</li> }
        })
        .collect_view();
    view! {
        <details>
            <summary class="cursor-pointer text-xs text-muted">{format!("Each rule of version {version}")}</summary>
            <ul class="mt-1 flex flex-col gap-1 text-xs wrap-anywhere">{rules}</ul>
        </details>
    }
}
