//! What is typed into a request form, and which messages may be shown about it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Timestamp,
    error::Error,
    form::{Field, FieldErrors, QuickForm, RequestForm},
};
use leptos::prelude::*;

use super::dom;

/// How much a form asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Every field that applies.
    Full,
    /// Name, use case and team; the rest is the small development default.
    Quick,
}

/// The state of a request form: a handle that is copied into every field.
///
/// A message is shown once its field was left, or after somebody tried to submit; what the server said of a field is
/// shown until the field changes.
#[derive(Clone, Copy)]
pub struct FormState {
    form: RwSignal<RequestForm>,
    extent: Signal<Extent>,
    judged: Memo<FieldErrors>,
    refused: RwSignal<BTreeMap<Field, String>>,
    warned: RwSignal<BTreeMap<Field, String>>,
    touched: RwSignal<BTreeSet<Field>>,
    attempted: RwSignal<bool>,
    awake: RwSignal<bool>,
    /// Counts how often the whole form was replaced: its inputs are made anew each time.
    generation: RwSignal<u32>,
    now: Timestamp,
    prefix: &'static str,
}

impl FormState {
    /// Starts from `form`. `now` decides which days have passed; `prefix` stands before every input's name.
    #[must_use]
    pub fn new(form: RequestForm, now: Timestamp, extent: Signal<Extent>, prefix: &'static str) -> Self {
        let form = RwSignal::new(form);
        let judged =
            Memo::new(move |_| form.with(|form| sent(form, extent.get()).parse(now).err().unwrap_or_default()));
        let state = Self {
            form,
            extent,
            judged,
            refused: RwSignal::default(),
            warned: RwSignal::default(),
            touched: RwSignal::default(),
            attempted: RwSignal::new(false),
            awake: RwSignal::new(false),
            generation: RwSignal::new(0),
            now,
            prefix,
        };
        // Runs in the browser alone, after hydration: what was typed meanwhile counts, and conditions take effect.
        Effect::new(move |_| {
            state.read_page();
            dom::mark_scripted();
            state.awake.set(true);
        });
        state
    }

    /// What is typed in a field. Does not subscribe: an input starts with it and keeps its own text from then on.
    #[must_use]
    pub fn initial(&self, field: Field) -> String {
        self.form.with_untracked(|form| form.get(field).to_owned())
    }

    /// Reads the form as it stands; subscribes.
    pub fn with<T>(&self, read: impl FnOnce(&RequestForm) -> T) -> T {
        self.form.with(read)
    }

    /// As it stands, for a draft: also what does not apply at present. Subscribes.
    #[must_use]
    pub fn draft(&self) -> RequestForm {
        self.form.with(|form| match self.extent.get() {
            Extent::Full => form.clone(),
            Extent::Quick => sent(form, Extent::Quick),
        })
    }

    /// As it is submitted: without what does not apply. Subscribes.
    #[must_use]
    pub fn submission(&self) -> RequestForm {
        self.form.with(|form| sent(form, self.extent.get()))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The name of a field's input.
    #[must_use]
    pub fn input_name(&self, field: Field) -> String {
        format!("{}{}", self.prefix, field.name())
    }

    /// The id of a field's input: where the summary links to.
    #[must_use]
    pub fn input_id(&self, field: Field) -> String {
        format!("field-{}{}", self.prefix, field.name())
    }

    /// Whether scripts run on this page; false on the server and while hydrating.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        self.awake.get()
    }

    /// Whether a field is shown. Without scripts all are, each with the condition under which it counts.
    #[must_use]
    pub fn shows(&self, field: Field) -> bool {
        !self.awake.get() || self.form.with(|form| form.applies(field))
    }

    #[must_use]
    pub fn requires(&self, field: Field) -> bool {
        self.form.with(|form| form.requires(field))
    }

    /// The message to show at a field.
    #[must_use]
    pub fn error(&self, field: Field) -> Option<String> {
        let said = |messages: RwSignal<BTreeMap<Field, String>>| messages.with(|known| known.get(&field).cloned());
        said(self.refused).or_else(|| said(self.warned)).or_else(|| {
            let due = self.attempted.get() || self.touched.with(|touched| touched.contains(&field));
            due.then(|| self.judged.with(|errors| errors.get(field).map(ToOwned::to_owned))).flatten()
        })
    }

    /// Every message, in the order of the form, once somebody tried to submit or the server refused.
    #[must_use]
    pub fn listed(&self) -> Vec<(Field, String)> {
        if !self.attempted.get() && self.refused.with(BTreeMap::is_empty) {
            return Vec::new();
        }
        Field::ALL.iter().filter_map(|field| self.error(*field).map(|message| (*field, message))).collect()
    }

    /// Somebody typed.
    pub fn edit(&self, field: Field, value: String) {
        if self.form.with_untracked(|form| form.get(field) == value) {
            return;
        }
        self.form.update(|form| form.set(field, value));
        self.forget(field);
        // The environment is a part of the full name, so what was said of the name may be wrong now.
        if field == Field::Environment {
            self.forget(Field::Name);
        }
    }

    /// Puts another form in the place of what is typed, with nothing said of it yet. Inputs keep their own text, so a
    /// page makes them anew for each [`FormState::generation`].
    pub fn replace(&self, form: RequestForm) {
        self.refused.set(BTreeMap::new());
        self.warned.set(BTreeMap::new());
        self.form.set(form);
        self.generation.update(|generation| *generation = generation.wrapping_add(1));
    }

    /// How often the whole form was replaced; subscribes.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Somebody left a field, or chose in it.
    pub fn touch(&self, field: Field) {
        if !self.touched.with_untracked(|touched| touched.contains(&field)) {
            self.touched.update(|touched| {
                touched.insert(field);
            });
        }
    }

    /// Somebody tried to submit: everything is shown. Gives whether the form is right.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn attempt(&self) -> Result<(), FieldErrors> {
        self.attempted.set(true);
        let found = self.judged.get_untracked();
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    /// Shows everything that is wrong from the start: the page answers a refused submission.
    pub fn mark_attempted(&self) {
        self.attempted.set(true);
    }

    /// Takes what the server said of fields; gives back an error that is about no field.
    pub fn refuse(&self, error: Error) -> Option<Error> {
        match error {
            Error::Form { fields } => {
                let said = fields.iter().map(|(field, message)| (field, message.to_owned())).collect();
                self.refused.set(said);
                None
            }
            Error::Input { ref input, ref message } => match input.strip_prefix(self.prefix).unwrap_or(input).parse() {
                Ok(field) => {
                    self.refused.set(BTreeMap::from([(field, message.clone())]));
                    None
                }
                Err(_) => Some(error),
            },
            other => Some(other),
        }
    }

    /// Says something of a field beside the rules, such as a name that is taken; gone when the field changes.
    pub fn warn(&self, field: Field, message: Option<String>) {
        let known = self.warned.with_untracked(|known| known.get(&field).cloned());
        if known != message {
            self.warned.update(|known| match message {
                Some(message) => drop(known.insert(field, message)),
                None => drop(known.remove(&field)),
            });
        }
    }

    fn forget(&self, field: Field) {
        for messages in [self.refused, self.warned] {
            if messages.with_untracked(|known| known.contains_key(&field)) {
                messages.update(|known| {
                    known.remove(&field);
                });
            }
        }
    }

    /// Takes what the page's inputs hold: typed before the page came alive, or restored by the browser.
    fn read_page(&self) {
        for field in Field::ALL {
            if let Some(value) = dom::value_of_id(&self.input_id(*field)) {
                self.edit(*field, value);
            }
        }
    }
}

/// The form as it is sent: expanded where little was asked, and without fields that do not apply.
fn sent(form: &RequestForm, extent: Extent) -> RequestForm {
    match extent {
        Extent::Full => {
            let mut sent = form.clone();
            for field in Field::ALL.iter().filter(|field| !form.applies(**field)) {
                sent.set(*field, "");
            }
            sent
        }
        Extent::Quick => {
            QuickForm { name: form.name.clone(), description: form.description.clone(), team: form.team.clone() }
                .expand(&form.owner)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::form::sample_now;

    use super::*;

    #[test]
    fn what_does_not_apply_is_not_sent() {
        let mut form = RequestForm::sample();
        form.set(Field::StorageType, "READONLY");
        form.set(Field::Migration, "");
        let sent = sent(&form, Extent::Full);
        for field in [Field::QpsSet, Field::QpsDelete, Field::P99WriteMs, Field::MigrationLocator] {
            assert_eq!(sent.get(field), "", "{field}");
        }
        assert_eq!(sent.get(Field::QpsGet), form.get(Field::QpsGet));
        assert_eq!(sent.parse(sample_now()), form.parse(sample_now()));
    }

    #[test]
    fn a_quick_form_is_sent_whole() {
        let mut form = RequestForm::new();
        form.set(Field::Name, "scratch_pad");
        form.set(Field::Description, "Trying out a new ranking signal for search.");
        form.set(Field::Team, "search");
        form.set(Field::Owner, "maya.chen");
        assert!(sent(&form, Extent::Full).parse(sample_now()).is_err());
        let spec = sent(&form, Extent::Quick).parse(sample_now()).unwrap();
        assert_eq!(spec.full_name(), "scratch_pad_dev");
        assert_eq!(spec.owner.as_str(), "maya.chen");
    }
}
