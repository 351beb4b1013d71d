//! The calls of a pipeline as a drawing, and their times.

use leptos::{ev, prelude::*};

use super::pipeline::millis;
use crate::{
    components::{Icon, IconName},
    console::{
        graph::{Graph, HEIGHT, WIDTH, bar},
        wire::Step,
    },
};

/// Characters of a step's name that fit.
const MOST_LETTERS: usize = 15;

/// A step's status as tone, word and the path of a sign in a box of 12 by 12.
const fn look(step: &Step) -> (&'static str, &'static str, &'static str) {
    match step.status {
        200..=299 => ("green", "done", "M1 6.5 4.5 10 11 2.5"),
        424 => ("gray", "not begun", "M2 6h8"),
        504 => ("amber", "out of time", "M6 2v4.5L9 8"),
        404 => ("amber", "not found", "M6 1.5v6M6 10.2v.1"),
        _ => ("red", "failed", "M2 2l8 8M10 2l-8 8"),
    }
}

/// Steps from left to right with what waited for what; each can be chosen.
#[component]
pub(super) fn CallGraph(steps: Vec<Step>, chosen: RwSignal<usize>) -> impl IntoView {
    let after: Vec<(&str, Vec<&str>)> =
        steps.iter().map(|step| (step.name.as_str(), step.after.iter().map(String::as_str).collect())).collect();
    let graph = Graph::of(&after);
    let edges = graph
        .edges
        .iter()
        .map(|edge| view! { <path class="console-edge" d=graph.curve(*edge) marker-end="url(#console-arrow)" /> });
    let edges = edges.collect_view();
    let nodes = steps.iter().enumerate().map(|(at, step)| {
        let (x, y) = graph.places[at];
        let (tone, word, sign) = look(step);
        let waits = if step.after.is_empty() {
            "waited for nothing".to_owned()
        } else {
            format!("waited for {}", step.after.join(", "))
        };
        let label = format!("{}: {word}, status {}, {} ms, {waits}", step.name, step.status, millis(step.ms));
        let name = if step.name.chars().count() > MOST_LETTERS {
            step.name.chars().take(MOST_LETTERS - 1).chain(['…']).collect()
        } else {
            step.name.clone()
        };
        let choose = move |event: ev::KeyboardEvent| {
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                chosen.set(at);
            }
        };
        view! {
            <g
                class="console-node"
                data-tone=tone
                transform=format!("translate({x} {y})")
                role="button"
                tabindex="0"
                aria-label=label
                aria-pressed=move || (chosen.get() == at).to_string()
                on:click=move |_| chosen.set(at)
                on:keydown=choose
            >
                <rect class="console-box" width=WIDTH height=HEIGHT rx="6" />
                <path class="console-sign" d=sign transform="translate(12 11)" />
                <text class="console-name" x="32" y="20">{name}</text>
                <text class="console-time" x="32" y="36">{format!("{} · {} ms", step.status, millis(step.ms))}</text>
            </g>
        }
    });
    view! {
        <div class="overflow-x-auto p-4">
            <svg
                class="console-graph"
                width=graph.width
                height=graph.height
                viewBox=format!("0 0 {} {}", graph.width, graph.height)
                role="group"
                aria-label="Call graph"
            >
                <defs>
                    <marker id="console-arrow" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                        <path class="console-tip" d="M0 0 8 4 0 8z" />
                    </marker>
                </defs>
                {edges}
                {nodes.collect_view()}
            </svg>
        </div>
    }
}

/// When each step began and how long it took, under one another.
#[component]
pub(super) fn Timeline(steps: Vec<Step>, total: f64, chosen: RwSignal<usize>) -> impl IntoView {
    let rows = steps.into_iter().enumerate().map(|(at, step)| {
        let (tone, word, _) = look(&step);
        let (begin, length) = bar(step.start_ms, step.ms, total);
        let icon = match tone {
            "green" => IconName::Check,
            "gray" => IconName::Minus,
            _ => IconName::Warning,
        };
        view! {
            <tr class:console-chosen=move || chosen.get() == at>
                <th scope="row" class="font-normal">
                    <button type="button" class="console-choose mono" aria-pressed=move || (chosen.get() == at).to_string() on:click=move |_| chosen.set(at)>
                        {step.name}
                    </button>
                </th>
                <td><span class="tone-bare" data-tone=tone><Icon name=icon class="size-3.5" />{step.status}<span class="max-sm:sr-only">{word}</span></span></td>
                <td class="num max-sm:hidden">{millis(step.start_ms)}</td>
                <td class="num">{millis(step.ms)}</td>
                <td class="console-bars">
                    <svg width="100%" height="14" aria-hidden="true" data-tone=tone>
                        <rect class="console-lane" width="100%" height="14" rx="3" />
                        <rect class="console-bar" x=format!("{begin:.2}%") width=format!("{length:.2}%") height="14" rx="3" />
                    </svg>
                </td>
            </tr>
        }
    });
    view! {
        <section class="panel overflow-hidden" aria-labelledby="console-times">
            <div class="panel-head">
                <h2 id="console-times" class="panel-title">"Timing"</h2>
                <span class="ml-auto text-xs text-muted tabular-nums">{format!("{} ms in all", millis(total))}</span>
            </div>
            <div class="overflow-x-auto">
                <table class="table console-table">
                    <caption class="sr-only">"When each step began and how long it took"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Step"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col" class="num max-sm:hidden">"Began, ms"</th>
                            <th scope="col" class="num">"Took, ms"</th>
                            <th scope="col" class="w-full">"Timeline"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}
