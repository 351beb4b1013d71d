//! What is asked for: the use case, the metadata in sections, and what changed since it was filed.

use domain::{choices::Choice, form::Field, spec::Visibility, view::Change};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use super::acting::Acting;
use crate::components::{Alert, FactSheets};

/// The use case, as its author formatted it; the server made and cleaned the HTML.
#[component]
pub fn Description(acting: Acting) -> impl IntoView {
    let html = acting.part(|view| view.description_html.clone());
    let hidden = acting.part(|view| view.visibility == Visibility::Summary);
    let body = move || match html.get() {
        Some(html) if !html.trim().is_empty() => view! { <div class="rich" inner_html=html></div> }.into_any(),
        _ if hidden.get() => {
            view! { <p class="text-muted">"Hidden: the data class keeps the use case within its team."</p> }.into_any()
        }
        _ => view! { <p class="text-muted">"Nothing is written yet."</p> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="use-case-title">
            <div class="panel-head">
                <h2 id="use-case-title" class="panel-title">
                    {Field::Description.label()}
                </h2>
            </div>
            <div class="p-4">{body}</div>
        </section>
    }
}

/// The metadata, section by section. Empty while a draft is not complete.
#[component]
pub fn Facts(acting: Acting) -> impl IntoView {
    let sheets = acting.part(|view| view.facts.clone());
    move || {
        let sheets = sheets.get();
        if sheets.is_empty() {
            return view! { <Alert kind="info" text="The draft is not complete yet; its metadata shows here once every field is right." /> }
                .into_any();
        }
        view! { <FactSheets sheets /> }.into_any()
    }
}

/// What would become of the dataset that the request is about.
#[component]
pub fn WouldChange(acting: Acting) -> impl IntoView {
    let effect = acting.part(|view| view.effect.clone().map(|effect| (view.kind, effect)));
    move || {
        effect.get().map(|(kind, effect)| {
            let rows: Vec<_> = effect
                .changes
                .into_iter()
                .map(|(field, before, after)| {
                    view! {
                        <tr>
                            <th scope="row" class="align-top">{field.label()}</th>
                            {cell(before)}
                            {cell(after)}
                        </tr>
                    }
                })
                .collect();
            let table = (!rows.is_empty()).then(|| {
                view! {
                    <div class="overflow-x-auto" tabindex="0" role="group" aria-labelledby="effect-title">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th scope="col">"Field"</th>
                                    <th scope="col">"Before"</th>
                                    <th scope="col">"After"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
            });
            view! {
                <section class="panel" aria-labelledby="effect-title">
                    <div class="panel-head">
                        <h2 id="effect-title" class="panel-title">"What would change"</h2>
                    </div>
                    <p class="px-4 py-3">
                        <span class="font-medium">{kind.label()}</span>
                        ": "
                        <a class="textlink mono" href=format!("/datasets/{}", effect.dataset)>{effect.full_name}</a>
                    </p>
                    {table}
                </section>
            }
        })
    }
}

/// A text of a comparison; `nothing` where there is none.
fn cell(text: String) -> impl IntoView {
    let empty = text.is_empty();
    view! {
        <td class="max-w-72 align-top whitespace-pre-line wrap-anywhere" class:text-muted=empty>
            {if empty { "nothing".to_owned() } else { text }}
        </td>
    }
}

/// Which snapshots are compared: the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    All,
    FiledEdited,
    FiledDecided,
    EditedDecided,
}

impl Compared {
    const ALL: [Self; 4] = [Self::All, Self::FiledEdited, Self::FiledDecided, Self::EditedDecided];

    /// In the address: `?compare=filed-edited`.
    fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::FiledEdited => "filed-edited",
            Self::FiledDecided => "filed-decided",
            Self::EditedDecided => "edited-decided",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::All => "All three",
            Self::FiledEdited => "Filed → edited",
            Self::FiledDecided => "Filed → decided",
            Self::EditedDecided => "Edited → decided",
        }
    }

    fn columns(self, decided: bool) -> Vec<&'static str> {
        match self {
            Self::All if decided => vec!["As filed", "As last edited", "As decided"],
            Self::All | Self::FiledEdited => vec!["As filed", "As last edited"],
            Self::FiledDecided => vec!["As filed", "As decided"],
            Self::EditedDecided => vec!["As last edited", "As decided"],
        }
    }

    /// The texts of the columns; none where they do not differ.
    fn values(self, change: &Change, decided: bool) -> Option<Vec<String>> {
        let Change { filed, edited, decided: last, .. } = change.clone();
        let last = last.unwrap_or_default();
        let values = match self {
            Self::All if decided => vec![filed, edited, last],
            Self::All | Self::FiledEdited => vec![filed, edited],
            Self::FiledDecided => vec![filed, last],
            Self::EditedDecided => vec![edited, last],
        };
        values.windows(2).any(|pair| pair[0] != pair[1]).then_some(values)
    }
}

/// What differs between the request as filed, as last edited and as decided. Not there while nothing does.
#[component]
pub fn Changes(acting: Acting) -> impl IntoView {
    let changes = acting.part(|view| view.changes.clone());
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let word = query.with(|query| query.get("compare")).unwrap_or_default();
        Compared::ALL.into_iter().find(|compared| compared.word() == word).unwrap_or(Compared::All)
    });
    move || {
        let changes = changes.get();
        if changes.is_empty() {
            return None;
        }
        let decided = changes.iter().any(|change| change.decided.is_some());
        let compared = if decided { asked.get() } else { Compared::All };
        let heads: Vec<_> =
            compared.columns(decided).into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect();
        let rows: Vec<_> = changes
            .iter()
            .filter_map(|change| {
                let cells: Vec<_> = compared.values(change, decided)?.into_iter().map(cell).collect();
                Some(view! {
                    <tr>
                        <th scope="row" class="align-top">{change.field.label()}</th>
                        {cells}
                    </tr>
                })
            })
            .collect();
        let same = rows.is_empty();
        Some(view! {
            <section class="panel" id="changes" aria-labelledby="changes-title">
                <div class="panel-head flex-wrap gap-2">
                    <h2 id="changes-title" class="panel-title">
                        "What changed"
                    </h2>
                    {decided.then(|| view! { <Chooser compared /> })}
                </div>
                {same.then(|| view! { <p class="px-4 py-3 text-muted">"These two are the same."</p> })}
                <div class="overflow-x-auto" tabindex="0" role="group" aria-labelledby="changes-title" hidden=same>
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Field"</th>
                                {heads}
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        })
    }
}

/// Links to the comparisons, which work without scripts too.
#[component]
fn Chooser(compared: Compared) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let links = Compared::ALL.map(|one| {
        let query = if one == Compared::All { String::new() } else { format!("?compare={}", one.word()) };
        view! {
            <a href=format!("{path}{query}#changes") aria-current=(one == compared).then_some("page")>
                {one.label()}
            </a>
        }
    });
    view! {
        <nav class="segment" aria-label="Which to compare">
            {links.collect_view()}
        </nav>
    }
}
