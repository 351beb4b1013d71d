//! The fields in their sections, and the table of contents beside them.

use domain::form::{Field, Section};
use leptos::prelude::*;

use crate::components::form::{Choices, FormField, FormState};

/// All fields, in reading order.
#[component]
pub fn Sections(state: FormState, choices: Choices) -> impl IntoView {
    Section::ALL
        .iter()
        .map(|section| {
            let fields: Vec<_> =
                section.fields().into_iter().map(|field| view! { <FormField field state choices /> }).collect();
            view! {
                <section id=section.anchor() class="panel scroll-mt-20" aria-labelledby=format!("{}-title", section.anchor())>
                    <div class="panel-head">
                        <h2 id=format!("{}-title", section.anchor()) class="panel-title">
                            {section.title()}
                        </h2>
                    </div>
                    <div class="grid gap-x-6 gap-y-5 p-4 sm:grid-cols-2">{fields}</div>
                </section>
            }
        })
        .collect_view()
}

/// The three questions of a quick development dataset, and what the rest will be.
#[component]
pub fn QuickFields(state: FormState, choices: Choices) -> impl IntoView {
    let fields: Vec<_> = [Field::Name, Field::Team, Field::Description]
        .into_iter()
        .map(|field| view! { <FormField field state choices /> })
        .collect();
    view! {
        <section class="panel" aria-labelledby="quick-title">
            <div class="panel-head">
                <h2 id="quick-title" class="panel-title">
                    "A small dataset for development"
                </h2>
            </div>
            <div class="grid gap-x-6 gap-y-5 p-4 sm:grid-cols-2">{fields}</div>
            <p class="border-t border-base-300 px-4 py-3 text-sm text-muted">
                "Everything else is the small default: 0.1 GB, 100 000 keys, 10 reads and 5 writes a second, no personal data, "
                "owned by you. Small development datasets are approved at once."
            </p>
        </section>
    }
}

/// Links to the sections; those with something wrong say so.
#[component]
pub fn Contents(state: FormState) -> impl IntoView {
    let wrong = Memo::new(move |_| {
        state.listed().into_iter().map(|(field, _)| field.section()).collect::<std::collections::BTreeSet<_>>()
    });
    let items: Vec<_> = Section::ALL
        .iter()
        .map(|section| {
            let section = *section;
            let is_wrong = move || wrong.with(|wrong| wrong.contains(&section));
            view! {
                <li>
                    <a class="nav-link justify-between" href=format!("#{}", section.anchor())>
                        {section.title()}
                        <span class="text-error" hidden=move || !is_wrong()>
                            <span aria-hidden="true">"●"</span>
                            <span class="sr-only">"needs another look"</span>
                        </span>
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <nav aria-label="Sections of the form">
            <ul class="flex flex-col">{items}</ul>
        </nav>
    }
}
