//! One field of a request form: label, control, help, condition, meaning and message.

use domain::{
    form::{Control, Field},
    view::Directory,
};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys::Element};

use super::{FormState, condition, dom, hint};

/// The people and teams that a form offers. Without teams, a team is typed.
pub type Choices = StoredValue<Directory>;

/// The people to choose from, once for each form that has [`FormField`]s.
#[component]
pub fn PeopleList(choices: Choices) -> impl IntoView {
    let people = choices.with_value(|directory| {
        directory
            .people
            .iter()
            .map(|person| view! { <option value=person.handle.clone()>{person.name.clone()}</option> })
            .collect_view()
    });
    view! { <datalist id="people">{people}</datalist> }
}

/// A field with everything around it. Its input is named by [`FormState::input_name`].
#[component]
pub fn FormField(field: Field, state: FormState, choices: Choices) -> impl IntoView {
    let id = state.input_id(field);
    let shown = Memo::new(move |_| state.shows(field));
    let error = Memo::new(move |_| state.error(field));
    let required = Memo::new(move |_| state.requires(field));
    let meaning = Memo::new(move |_| state.with(|form| hint(field, form, state.now())));
    let is_check = matches!(field.control(), Control::Check);

    let on_input = move |event: ev::Event| {
        if let Some(value) = target(&event).as_ref().and_then(dom::value_of) {
            state.edit(field, value);
        }
    };
    let on_change = move |event: ev::Event| {
        on_input(event);
        // A text changes when it is left; see below.
        if is_check || matches!(field.control(), Control::Select(_) | Control::Team) {
            state.touch(field);
        }
    };
    // Whoever goes on to a button is about to press it: a message that appeared now would move it from under the pointer.
    let on_leave = move |event: ev::FocusEvent| {
        let next = event.related_target().and_then(|next| next.dyn_into::<Element>().ok());
        let to_button = next.is_some_and(|next| matches!(next.closest("button"), Ok(Some(_))));
        if !to_button {
            state.touch(field);
        }
    };

    let described = {
        let id = id.clone();
        move || {
            let parts = [
                Some(format!("{id}-help")),
                condition(field).is_some().then(|| format!("{id}-when")),
                meaning.with(Option::is_some).then(|| format!("{id}-meaning")),
                error.with(Option::is_some).then(|| format!("{id}-error")),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
    };
    let wires = Wires {
        id: id.clone(),
        name: state.input_name(field),
        shown,
        error,
        required,
        described: Signal::derive(described),
    };
    let label = view! {
        <label class="text-sm font-medium" for=id.clone()>
            {field.label()}
            <span class="text-error" aria-hidden="true" title="Required" hidden=move || !required.get()>
                " *"
            </span>
        </label>
    };
    let control = control(field, state.initial(field), choices, wires);
    let head = if is_check {
        view! { <div class="flex items-start gap-3">{control}{label}</div> }.into_any()
    } else {
        view! {
            {label}
            {control}
        }
        .into_any()
    };
    let message_id = format!("{id}-error");
    view! {
        <div
            class="form-field flex min-w-0 flex-col gap-1.5"
            class:sm:col-span-2=is_wide(field)
            class:cond-off=move || state.with(|form| !form.applies(field))
            data-field=field.name()
            hidden=move || !shown.get()
            on:input=on_input
            on:change=on_change
            on:focusout=on_leave
        >
            {head}
            <p id=message_id class="text-sm text-error" class:ps-8=is_check hidden=move || error.with(Option::is_none)>
                {move || error.get()}
            </p>
            <p id=format!("{id}-help") class="text-xs text-muted" class:ps-8=is_check>
                {field.help()}
            </p>
            {condition(field)
                .map(|condition| {
                    view! {
                        <p id=format!("{id}-when") class="text-xs italic text-muted" hidden=move || state.is_awake()>
                            {condition}
                        </p>
                    }
                })}
            <p id=format!("{id}-meaning") class="text-xs font-medium text-base-content" hidden=move || meaning.with(Option::is_none)>
                {move || meaning.get()}
            </p>
        </div>
    }
}

/// What every control carries.
struct Wires {
    id: String,
    name: String,
    shown: Memo<bool>,
    error: Memo<Option<String>>,
    required: Memo<bool>,
    described: Signal<String>,
}

impl Wires {
    fn invalid(&self) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync + 'static {
        let error = self.error;
        move || error.with(Option::is_some).then_some("true")
    }

    fn needed(&self) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync + 'static {
        let required = self.required;
        move || required.get().then_some("true")
    }

    /// What is not shown is not sent and not reached by keyboard.
    fn disabled(&self) -> impl Fn() -> bool + Copy + Send + Sync + 'static {
        let shown = self.shown;
        move || !shown.get()
    }
}

fn control(field: Field, initial: String, choices: Choices, wires: Wires) -> AnyView {
    match field.control() {
        Control::Line => line(initial, Line::TEXT, wires),
        Control::Whole(unit) => line(initial, Line { unit, mode: "numeric", ..Line::TEXT }, wires),
        Control::Decimal(unit) => line(initial, Line { unit, mode: "decimal", ..Line::TEXT }, wires),
        Control::Date => line(initial, Line { kind: "date", ..Line::TEXT }, wires),
        Control::Person => line(initial, Line { list: Some("people"), ..Line::TEXT }, wires),
        Control::Team => {
            let teams: Vec<(String, String)> = choices
                .with_value(|known| known.teams.iter().map(|team| (team.slug.clone(), team.name.clone())).collect());
            if teams.is_empty() { line(initial, Line::TEXT, wires) } else { select(initial, teams, wires) }
        }
        Control::Select(options) => {
            let options = options().into_iter().map(|(word, label)| (word.to_owned(), label.to_owned())).collect();
            select(initial, options, wires)
        }
        Control::Area(rows) => area(initial, rows, wires),
        Control::Check => check(domain::form::is_yes(&initial), wires),
    }
}

#[derive(Clone, Copy)]
struct Line {
    kind: &'static str,
    mode: &'static str,
    unit: &'static str,
    list: Option<&'static str>,
}

impl Line {
    const TEXT: Self = Self { kind: "text", mode: "text", unit: "", list: None };
}

fn line(initial: String, line: Line, wires: Wires) -> AnyView {
    let (invalid, needed, disabled) = (wires.invalid(), wires.needed(), wires.disabled());
    view! {
        <div class="input w-full has-[[aria-invalid=true]]:[--input-color:var(--color-error)]">
            <input
                type=line.kind
                id=wires.id
                name=wires.name
                value=initial
                inputmode=line.mode
                list=line.list
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=wires.described
                aria-invalid=invalid
                aria-required=needed
                disabled=disabled
            />
            {(!line.unit.is_empty()).then(|| view! { <span class="label">{line.unit}</span> })}
        </div>
    }
    .into_any()
}

/// A list offers “Choose” only while nothing in it is chosen.
fn select(initial: String, options: Vec<(String, String)>, wires: Wires) -> AnyView {
    let (invalid, needed, disabled) = (wires.invalid(), wires.needed(), wires.disabled());
    let known = options.iter().any(|(word, _)| *word == initial);
    let options: Vec<_> = options
        .into_iter()
        .map(|(word, label)| {
            let selected = word == initial;
            view! { <option value=word selected=selected>{label}</option> }
        })
        .collect();
    view! {
        <select
            class="select w-full"
            id=wires.id
            name=wires.name
            aria-describedby=wires.described
            aria-invalid=invalid
            aria-required=needed
            disabled=disabled
        >
            {(!known).then(|| view! { <option value="" selected=true>"Choose…"</option> })}
            {options}
        </select>
    }
    .into_any()
}

/// The text inside a `<textarea>`: the server's renderer writes it as it is, so it is escaped there; in the browser it
/// becomes a text node, which needs nothing.
#[must_use]
pub fn area_text(text: String) -> String {
    if cfg!(feature = "ssr") { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { text }
}

fn area(initial: String, rows: u8, wires: Wires) -> AnyView {
    let (invalid, needed, disabled) = (wires.invalid(), wires.needed(), wires.disabled());
    view! {
        <textarea
            class="textarea w-full"
            id=wires.id
            name=wires.name
            rows=rows.to_string()
            aria-describedby=wires.described
            aria-invalid=invalid
            aria-required=needed
            disabled=disabled
        >
            {area_text(initial)}
        </textarea>
    }
    .into_any()
}

fn check(ticked: bool, wires: Wires) -> AnyView {
    let (invalid, disabled) = (wires.invalid(), wires.disabled());
    view! {
        <input
            type="checkbox"
            class="checkbox checkbox-sm"
            id=wires.id
            name=wires.name
            value="on"
            checked=ticked
            aria-describedby=wires.described
            aria-invalid=invalid
            disabled=disabled
        />
    }
    .into_any()
}

/// Long text takes the whole width, and so does a box to tick, under which others appear.
fn is_wide(field: Field) -> bool {
    matches!(field.control(), Control::Area(_) | Control::Check)
        || matches!(field, Field::SourceUri | Field::MigrationLocator | Field::Tags)
}

fn target(event: &ev::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}
