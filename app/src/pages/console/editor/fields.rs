//! What the editor shows: its fields, its buttons, and both values where somebody else wrote meanwhile.

use domain::format::{size, span};
use leptos::prelude::*;

use super::{Conflict, Edit, Guard};
use crate::{
    components::{Icon, IconName, form::dom::focus_id},
    console::{draft::Expiry, json, value::Format},
    pages::console::parts::Code,
};

#[component]
pub(super) fn NameField(edit: Edit) -> impl IntoView {
    let taken = move || edit.failure.with(|failure| failure.as_ref().is_some_and(|one| one.detail.starts_with("key:")));
    view! {
        <div class="flex flex-col gap-1.5">
            <label class="text-sm font-medium" for="console-name">"Key"</label>
            <input
                id="console-name"
                class="input mono w-full"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required
                placeholder="user:42"
                aria-describedby="console-name-help"
                aria-invalid=move || taken().then_some("true")
                prop:value=move || edit.typed.with(|typed| typed.name.clone())
                on:input=move |event| edit.typed.update(|typed| typed.name = event_target_value(&event))
            />
            <p id="console-name-help" class="text-xs text-muted">"1 to 1 024 bytes. Only created where there is none of this name."</p>
        </div>
    }
}

#[component]
pub(super) fn ValueField(edit: Edit, only: Option<Format>) -> impl IntoView {
    let invalid = Memo::new(move |_| {
        edit.invalid().filter(|_| edit.dirty.get() && edit.typed.with(|typed| !typed.text.is_empty()))
    });
    let is = move |format| edit.typed.with(|typed| typed.format == format);
    let choose = move |event| {
        let word = event_target_value(&event);
        let Some(format) = Format::ALL.into_iter().find(|format| format.word() == word) else { return };
        edit.typed.update(|typed| {
            // The type follows unless it was typed.
            if typed.content_type == typed.format.content_type() || typed.content_type.is_empty() {
                format.content_type().clone_into(&mut typed.content_type);
            }
            typed.format = format;
        });
    };
    let format_it = move |_| {
        edit.typed.update(|typed| typed.text = json::pretty(&typed.text));
        edit.console.say("Formatted.");
    };
    let formats = Format::ALL.into_iter().filter(move |format| only.is_none_or(|only| only == *format));
    let told = move || edit.bytes().map(|bytes| size(bytes.len() as u64)).unwrap_or_default();
    view! {
        <div class="flex flex-col gap-1.5">
            <div class="flex flex-wrap items-end justify-between gap-2">
                <label class="text-sm font-medium" for="console-value">"Value"</label>
                <div class="flex items-center gap-2">
                    <span class="text-xs text-muted tabular-nums">{told}</span>
                    <Show when=move || is(Format::Json)>
                        <button type="button" class="btn btn-xs" disabled=move || edit.invalid().is_some() on:click=format_it>"Format"</button>
                    </Show>
                    <select class="select select-xs w-auto" aria-label="Format of the value" on:change=choose>
                        {formats
                            .map(|format| view! {
                                <option value=format.word() selected=move || is(format)>
                                    {if format == Format::Bytes { "Binary, as base64" } else { format.label() }}
                                </option>
                            })
                            .collect_view()}
                    </select>
                </div>
            </div>
            <textarea
                id="console-value"
                class="textarea mono console-editor w-full"
                class:console-wrapped=move || is(Format::Bytes)
                rows="8"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                aria-describedby="console-value-error"
                aria-invalid=move || invalid.with(Option::is_some).then_some("true")
                prop:value=move || edit.typed.with(|typed| typed.text.clone())
                on:input=move |event| edit.typed.update(|typed| typed.text = event_target_value(&event))
            ></textarea>
            <p id="console-value-error" class="-mb-3 min-h-5 text-sm text-error" aria-live="polite">{move || invalid.get()}</p>
        </div>
    }
}

/// Content type and expiry.
#[component]
pub(super) fn Terms(edit: Edit) -> impl IntoView {
    let dataset = edit.console.dataset.get_untracked();
    let default = dataset.as_ref().and_then(|dataset| dataset.default_ttl_s);
    let may_choose = dataset.is_some_and(|dataset| dataset.ttl_override);
    let has_expiry =
        edit.original.with_value(|original| original.as_ref().is_some_and(|value| value.expires.is_some()));
    let default_label =
        default.map_or("Never".to_owned(), |seconds| format!("As the dataset says: in {}", span(seconds)));
    let is = move |expiry| edit.typed.with(|typed| typed.expiry == expiry);
    let wrong =
        Memo::new(move |_| edit.invalid_seconds().filter(|_| edit.typed.with(|typed| !typed.seconds.is_empty())));
    let hint = move || {
        let seconds = edit.typed.with(|typed| typed.seconds.trim().parse::<u64>().ok());
        seconds.map_or("Seconds until it is gone.".to_owned(), |seconds| format!("Gone in {}.", span(seconds)))
    };
    view! {
        <div class="grid gap-4 sm:grid-cols-2">
            <div class="flex flex-col gap-1.5">
                <label class="text-sm font-medium" for="console-type">"Content type"</label>
                <input
                    id="console-type"
                    class="input w-full"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    prop:value=move || edit.typed.with(|typed| typed.content_type.clone())
                    on:input=move |event| edit.typed.update(|typed| typed.content_type = event_target_value(&event))
                />
            </div>
            {may_choose.then(|| view! {
                <div class="flex flex-col gap-1.5">
                    <label class="text-sm font-medium" for="console-expiry">"Expires"</label>
                    <div class="flex gap-2">
                        <select
                            id="console-expiry"
                            class="select w-full"
                            on:change=move |event| {
                                edit.typed.update(|typed| typed.expiry = Expiry::of_word(&event_target_value(&event)));
                            }
                        >
                            {has_expiry.then(|| view! {
                                <option value="keep" selected=move || is(Expiry::Keep)>"As it is now"</option>
                            })}
                            <option value="default" selected=move || is(Expiry::Default)>{default_label}</option>
                            <option value="seconds" selected=move || is(Expiry::Seconds)>"After some time"</option>
                        </select>
                        <Show when=move || is(Expiry::Seconds)>
                            <input
                                class="input w-32 shrink-0"
                                inputmode="numeric"
                                placeholder="3600"
                                aria-label="Time to live in seconds"
                                aria-describedby="console-seconds"
                                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                                prop:value=move || edit.typed.with(|typed| typed.seconds.clone())
                                on:input=move |event| edit.typed.update(|typed| typed.seconds = event_target_value(&event))
                            />
                        </Show>
                    </div>
                    <Show when=move || is(Expiry::Seconds)>
                        <p id="console-seconds" class="text-xs text-muted" class:text-error=move || wrong.with(Option::is_some)>
                            {move || wrong.get().map_or_else(hint, str::to_owned)}
                        </p>
                    </Show>
                </div>
            })}
        </div>
    }
}

#[component]
pub(super) fn Buttons(edit: Edit) -> impl IntoView {
    let is_new = edit.is_new();
    let blocked = move || {
        edit.busy.get()
            || edit.invalid().is_some()
            || edit.invalid_seconds().is_some()
            || (is_new && edit.typed.with(|typed| typed.name.is_empty()))
            || (!is_new && !edit.dirty.get())
    };
    let ask = move |_| {
        edit.asking.set(true);
        request_animation_frame(|| focus_id("console-sure"));
    };
    let shown = edit.key().filter(|_| !is_new).map(|key| key.shown()).unwrap_or_default();
    view! {
        <div class="flex flex-wrap items-center gap-2">
            <button type="submit" class="btn btn-primary" disabled=blocked>
                {if is_new { "Create" } else { "Save" }}
            </button>
            <Show when=move || edit.dirty.get()>
                <button type="button" class="btn btn-ghost" on:click=move |_| edit.discard()>"Discard changes"</button>
                <span class="tone-bare" data-tone="amber"><Icon name=IconName::Edit class="size-3.5" />"Not saved"</span>
            </Show>
            {(!is_new).then(|| view! {
                <button type="button" class="btn ml-auto text-error" aria-expanded=move || edit.asking.get().to_string() on:click=ask>
                    <Icon name=IconName::Trash class="size-3.5" />"Delete"
                </button>
            })}
        </div>
        <Show when=move || edit.asking.get()>
            <div class="notice" data-tone="red" role="group" aria-labelledby="console-sure">
                <Icon name=IconName::Trash />
                <div class="min-w-0">
                    <p id="console-sure" class="font-medium wrap-anywhere" tabindex="-1">
                        "Delete " <span class="mono">{shown.clone()}</span> "? Nobody can bring it back."
                    </p>
                    <div class="mt-3 flex flex-wrap gap-2">
                        <button type="button" class="btn btn-error btn-sm" disabled=move || edit.busy.get() on:click=move |_| edit.delete()>
                            "Delete for good"
                        </button>
                        <button type="button" class="btn btn-sm" on:click=move |_| edit.asking.set(false)>"Keep it"</button>
                    </div>
                </div>
            </div>
        </Show>
    }
}

/// Both values, and what can be done.
#[component]
pub(super) fn Conflicting(edit: Edit, conflict: Conflict) -> impl IntoView {
    request_animation_frame(|| focus_id("console-conflict"));
    let is_new = edit.is_new();
    let mine = edit.typed.with_untracked(|typed| typed.text.clone());
    let (title, text, theirs, guard) = match conflict {
        Conflict::Theirs(value) if is_new => (
            "This key is taken",
            "There is an entry under it already. Choose another key, or one of these.",
            Some(value.format().typed(&value.bytes)),
            Guard::Match(value.etag),
        ),
        Conflict::Theirs(value) => (
            "It changed meanwhile",
            "Somebody wrote another value after you had read it. Nothing of yours was saved yet.",
            Some(value.format().typed(&value.bytes)),
            Guard::Match(value.etag),
        ),
        Conflict::Gone => (
            "It was deleted meanwhile",
            "Somebody deleted the entry, or it expired, after you had read it.",
            None,
            Guard::Create,
        ),
    };
    let is_gone = theirs.is_none();
    let load = move |_| {
        if let Some(key) = edit.key() {
            edit.reload(key);
        }
    };
    let overwrite = move |_| edit.save(guard.clone());
    view! {
        <section class="notice" data-tone="amber" aria-labelledby="console-conflict">
            <Icon name=IconName::Warning />
            <div class="min-w-0 flex-1">
                <h3 id="console-conflict" class="font-medium" tabindex="-1">{title}</h3>
                <p class="mt-0.5 text-muted">{text}</p>
                <div class="mt-3 grid gap-3 xl:grid-cols-2">
                    {theirs.map(|theirs| view! {
                        <div class="min-w-0"><h4 class="mb-1 text-xs font-medium">"Theirs, as it is now"</h4><Code text=theirs label="Their value" /></div>
                    })}
                    <div class="min-w-0"><h4 class="mb-1 text-xs font-medium">"Yours"</h4><Code text=mine label="Your value" /></div>
                </div>
                <div class="mt-3 flex flex-wrap gap-2">
                    <button type="button" class="btn btn-sm" on:click=load>
                        {if is_gone { "Discard mine" } else if is_new { "Open theirs" } else { "Load theirs" }}
                    </button>
                    <button type="button" class="btn btn-error btn-sm" disabled=move || edit.busy.get() on:click=overwrite>
                        {if is_gone { "Create it again" } else { "Overwrite theirs" }}
                    </button>
                    <button type="button" class="btn btn-ghost btn-sm" on:click=move |_| edit.conflict.set(None)>"Go on editing"</button>
                </div>
            </div>
        </section>
    }
}
