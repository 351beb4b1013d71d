//! Metadata as sections of labelled values.

use domain::{
    form::{Control, Field},
    spec::{Fact, FactSheet},
};
use leptos::prelude::*;

/// One panel for each section of the metadata.
#[component]
pub fn FactSheets(sheets: Vec<FactSheet>) -> impl IntoView {
    sheets
        .into_iter()
        .map(|sheet| {
            view! {
                <section class="panel overflow-hidden">
                    <div class="panel-head"><h2 class="panel-title">{sheet.title}</h2></div>
                    <dl class="facts">{sheet.facts.into_iter().map(|fact| view! { <FactRow fact /> }).collect_view()}</dl>
                </section>
            }
        })
        .collect_view()
}

/// Long text gets the whole width and keeps its lines; an address on the web becomes a link.
#[component]
fn FactRow(fact: Fact) -> impl IntoView {
    let Fact { field, value } = fact;
    let long = matches!(field.control(), Control::Area(_)) && field != Field::Services;
    let body = if long {
        let class = if is_code(field) { "mono whitespace-pre-wrap" } else { "whitespace-pre-wrap" };
        view! { <dd class=class>{value}</dd> }.into_any()
    } else if field == Field::TicketLink {
        view! { <dd><a class="textlink" href=value.clone() rel="external noopener noreferrer">{value.clone()}</a></dd> }
            .into_any()
    } else if is_code(field) {
        view! { <dd class="mono">{value}</dd> }.into_any()
    } else {
        view! { <dd>{value}</dd> }.into_any()
    };
    view! { <div class=if long { "fact-long" } else { "" }><dt>{field.label()}</dt>{body}</div> }
}

/// Values that are typed into programs.
fn is_code(field: Field) -> bool {
    matches!(
        field,
        Field::Name
            | Field::Services
            | Field::JsonSchema
            | Field::UpdateSchedule
            | Field::BackupSchedule
            | Field::SourceUri
            | Field::MigrationLocator
            | Field::Region
            | Field::CostCentre
    )
}
