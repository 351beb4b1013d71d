//! A pipeline typed, run, and drawn.

use leptos::{ev, prelude::*, task::spawn_local};

use super::{
    graph::{CallGraph, Timeline},
    parts::{Code, CopyButton, Failure, Shell},
    state::Console,
};
use crate::{
    components::{Icon, IconName},
    console::{
        client::Call,
        curl,
        draft::{keep_text, kept_text},
        examples::{Example, filling},
        json,
        wire::{Problem, Report},
    },
};

const PATH: &str = "/v1/pipeline?explain=1";

#[component]
pub(super) fn Playground(console: Console) -> impl IntoView {
    let first = kept_text("pipeline").unwrap_or_else(|| Example::Chained.text(&console.name()));
    let typed = RwSignal::new(first);
    let result = RwSignal::new(None::<Result<Report, Problem>>);
    let busy = RwSignal::new(false);
    let wrong = Memo::new(move |_| typed.with(|typed| json::check(typed).err()));
    Effect::new(move |_| keep_text("pipeline", typed.get()));
    let run = move || {
        if busy.get_untracked() || wrong.with_untracked(Option::is_some) {
            return;
        }
        busy.set(true);
        let call = Call::post_json(PATH, typed.get_untracked());
        spawn_local(async move {
            let read = call
                .send()
                .await
                .and_then(|answer| Report::read(&answer.text()).ok_or_else(|| Problem::of(answer.status, b"")));
            if busy.try_set(false).is_some() {
                return;
            }
            console.say(match &read {
                Ok(report) => summary(report),
                Err(problem) => problem.says(),
            });
            result.set(Some(read));
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        run();
    };
    let on_keys = move |event: ev::KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key() == "Enter" {
            event.prevent_default();
            run();
        }
    };
    let line = Signal::derive(move || {
        typed.with(|typed| curl::line("POST", PATH, &[("Content-Type", "application/json")], Some(typed)))
    });
    view! {
        <div class="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,32rem)_minmax(0,1fr)]">
            <form class="panel" aria-labelledby="console-pipeline" on:submit=submit on:keydown=on_keys>
                <div class="panel-head"><h2 id="console-pipeline" class="panel-title">"Pipeline"</h2></div>
                <div class="flex flex-col gap-3 p-4">
                    <Examples console typed />
                    <label class="sr-only" for="console-steps">"Steps, as JSON"</label>
                    <textarea
                        id="console-steps"
                        class="textarea mono console-editor w-full"
                        rows="14"
                        spellcheck="false"
                        autocomplete="off"
                        autocapitalize="none"
                        aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                        aria-describedby="console-steps-error"
                        prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))
                    ></textarea>
                    <p id="console-steps-error" class="text-sm text-error empty:hidden" aria-live="polite">{move || wrong.get()}</p>
                    <div class="flex flex-wrap items-center gap-2">
                        <button type="submit" class="btn btn-primary" disabled=move || busy.get() || wrong.with(Option::is_some)>
                            <Icon name=IconName::Play class="size-3.5" />"Run"
                        </button>
                        <button
                            type="button"
                            class="btn"
                            disabled=move || wrong.with(Option::is_some)
                            on:click=move |_| typed.update(|typed| *typed = json::pretty(typed))
                        >
                            "Format"
                        </button>
                        <span class="text-xs text-muted max-sm:hidden"><kbd class="kbd kbd-xs">"Ctrl"</kbd>" "<kbd class="kbd kbd-xs">"Enter"</kbd>" runs"</span>
                    </div>
                    <Shell console line />
                </div>
            </form>
            <div class="flex min-w-0 flex-col gap-4">
                {move || match result.get() {
                    None => view! {
                        <p class="rounded-box border border-dashed border-base-300 px-4 py-10 text-center text-muted">
                            "Run it to see which calls waited for which, and how long each took."
                        </p>
                    }
                    .into_any(),
                    Some(Err(problem)) => view! { <Failure problem retry=run /> }.into_any(),
                    Some(Ok(report)) => view! { <Ran console report /> }.into_any(),
                }}
            </div>
        </div>
    }
}

/// Three pipelines to load, and the entries that they read.
#[component]
fn Examples(console: Console, typed: RwSignal<String>) -> impl IntoView {
    let says = RwSignal::new("");
    let failure = RwSignal::new(None::<Problem>);
    let written = RwSignal::new(false);
    let buttons = Example::ALL.map(|example| {
        let load = move |_| {
            typed.set(example.text(&console.name()));
            says.set(example.says());
        };
        view! { <button type="button" class="btn btn-xs" on:click=load>{example.label()}</button> }
    });
    let write = move |_| {
        let call = filling(&console.name());
        spawn_local(async move {
            let answer = call.send().await;
            written.try_set(answer.is_ok());
            console.say(if answer.is_ok() {
                "The example entries are written."
            } else {
                "The example entries were not written."
            });
            failure.try_set(answer.err());
        });
    };
    view! {
        <div class="flex flex-col gap-2">
            <div class="flex flex-wrap items-center gap-1.5" role="group" aria-label="Examples">
                <span class="mr-1 text-xs text-muted">"Examples"</span>
                {buttons.into_iter().collect_view()}
                <Show when=move || console.may_write.get()>
                    <button type="button" class="btn btn-xs btn-ghost" on:click=write>
                        {move || if written.get() { "Entries written" } else { "Write their entries" }}
                    </button>
                </Show>
            </div>
            <p class="text-xs text-muted empty:hidden">{says}</p>
            {move || failure.get().map(|problem| view! { <Failure problem retry=|| () /> })}
        </div>
    }
}

fn summary(report: &Report) -> String {
    let done = report.steps.iter().filter(|step| step.is_done()).count();
    format!("{done} of {} steps done in {} ms", report.steps.len(), millis(report.ms))
}

/// Milliseconds with as many digits as matter.
pub(super) fn millis(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}

#[component]
fn Ran(console: Console, report: Report) -> impl IntoView {
    // What failed is what one wants to see first.
    let first = report.steps.iter().position(|step| !step.is_done()).unwrap_or(0);
    let chosen = RwSignal::new(first);
    let (tone, icon) = if report.complete { ("green", IconName::CheckCircle) } else { ("amber", IconName::Warning) };
    let told = summary(&report);
    let steps = StoredValue::new(report.steps.clone());
    let shown = move || {
        steps.with_value(|steps| {
            steps.get(chosen.get()).map(|step| {
                view! {
                    <section class="panel" aria-labelledby="console-step">
                        <div class="panel-head">
                            <h2 id="console-step" class="panel-title">"Result of " <span class="mono">{step.name.clone()}</span></h2>
                            <span class="ml-auto"><CopyButton console text=step.result.clone() label="Copy" /></span>
                        </div>
                        <div class="p-4"><Code text=step.result.clone() label=format!("{} as JSON", step.name) /></div>
                    </section>
                }
            })
        })
    };
    view! {
        <section class="panel overflow-hidden" aria-labelledby="console-graph">
            <div class="panel-head">
                <h2 id="console-graph" class="panel-title">"Calls"</h2>
                <span class="tone" data-tone=tone><Icon name=icon class="size-3.5" />{told}</span>
            </div>
            <CallGraph steps=report.steps.clone() chosen />
        </section>
        <Timeline steps=report.steps total=report.ms chosen />
        {shown}
    }
}
