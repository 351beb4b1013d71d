//! The request form in a real browser: what it shows, hides, says and sends while somebody fills it in.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{
    cell::Cell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use app::{components::form::Extent, pages::request_form::RequestEditor};
use domain::{
    choices::{RequestKind, Role},
    form::{Field, RequestForm, sample_now},
    ids::{TeamId, UserId},
    view::{Directory, FormView, Person, Team},
};
use leptos::{
    mount::{UnmountHandle, mount_to},
    prelude::*,
    task::tick,
    wasm_bindgen::JsCast,
    web_sys::{
        Element, Event, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement,
        HtmlTextAreaElement,
    },
};
use leptos_router::components::Router;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn fields_come_and_go_with_what_they_depend_on() {
    let page = Page::open(RequestForm::new(), Extent::Full).await;
    assert!(page.is_shown(Field::QpsSet) && !page.is_shown(Field::MigrationLocator));
    page.type_in(Field::StorageType, "READONLY").await;
    assert!(!page.is_shown(Field::QpsSet) && !page.is_shown(Field::P99WriteMs));
    page.type_in(Field::StorageType, "STREAMING").await;
    assert!(page.is_shown(Field::QpsSet));
    page.tick_box(Field::Migration, true).await;
    assert!(page.is_shown(Field::MigrationLocator));
    page.type_in(Field::Criticality, "0").await;
    assert!(page.is_shown(Field::BackupSchedule) && !page.is_shown(Field::BackupEnabled));
    assert_eq!(page.control(Field::BackupOwner).get_attribute("aria-required").as_deref(), Some("true"));
}

#[wasm_bindgen_test]
async fn a_message_waits_until_the_field_is_left_and_goes_when_it_is_mended() {
    let page = Page::open(RequestForm::new(), Extent::Full).await;
    page.type_in(Field::Name, "Bad Name").await;
    assert_eq!(page.error(Field::Name), None, "nobody is told off while typing");
    page.leave(Field::Name).await;
    let message = page.error(Field::Name).unwrap();
    assert!(message.contains("lower-case letter"), "{message}");
    let control = page.control(Field::Name);
    assert_eq!(control.get_attribute("aria-invalid").as_deref(), Some("true"));
    assert!(control.get_attribute("aria-describedby").unwrap().contains("field-name-error"));
    page.type_in(Field::Name, "good_name").await;
    assert_eq!(page.error(Field::Name), None);
    assert_eq!(page.control(Field::Name).get_attribute("aria-invalid"), None);
    assert!(page.text_of("#field-name-meaning").contains("good_name_dev"));
}

#[wasm_bindgen_test]
async fn a_refused_submit_lists_what_is_wrong_and_takes_the_focus_there() {
    let page = Page::open(RequestForm::new(), Extent::Full).await;
    assert!(page.find("#error-summary").has_attribute("hidden"));
    page.find("button[value=submit]").unchecked_into::<HtmlElement>().click();
    settle().await;
    let summary = page.find("#error-summary");
    assert!(!summary.has_attribute("hidden"));
    assert_eq!(document().active_element().map(|element| element.id()).as_deref(), Some("error-summary"));
    let before = page.count("#error-summary li");
    assert!(page.text_of("#error-summary").contains("Dataset name: Enter a name."));
    page.type_in(Field::Name, "good_name").await;
    assert_eq!(page.count("#error-summary li"), before - 1);
    page.find("#error-summary a[href='#field-description']").unchecked_into::<HtmlElement>().click();
    settle().await;
    assert_eq!(document().active_element().map(|element| element.id()).as_deref(), Some("field-description"));
}

#[wasm_bindgen_test]
async fn what_is_hidden_is_not_sent() {
    let page = Page::open(RequestForm::new(), Extent::Full).await;
    page.tick_box(Field::Migration, true).await;
    page.type_in(Field::MigrationLocator, "db.internal/table").await;
    assert_eq!(page.sent(Field::MigrationLocator).as_deref(), Some("db.internal/table"));
    page.tick_box(Field::Migration, false).await;
    assert_eq!(page.sent(Field::MigrationLocator), None);
    page.type_in(Field::StorageType, "READONLY").await;
    assert_eq!(page.sent(Field::QpsSet), None);
    assert_eq!(page.sent(Field::PeakFactor).as_deref(), Some("2"));
}

#[wasm_bindgen_test]
async fn the_quick_form_asks_three_things() {
    let page = Page::open(RequestForm::new(), Extent::Quick).await;
    assert_eq!(page.count(".form-field"), 3);
    assert_eq!(page.sent_as("quick").as_deref(), Some("1"));
    page.find("button[value=submit]").unchecked_into::<HtmlElement>().click();
    settle().await;
    assert!(page.text_of("#error-summary").contains("Use case"));
}

#[wasm_bindgen_test]
async fn what_was_typed_before_the_page_came_alive_counts() {
    let page = Page::mount(RequestForm::new(), Extent::Full);
    page.control(Field::Name).unchecked_into::<HtmlInputElement>().set_value("early_bird");
    page.control(Field::StorageType).unchecked_into::<HtmlSelectElement>().set_value("READONLY");
    settle().await;
    assert!(page.text_of("#field-name-meaning").contains("early_bird_dev"));
    assert!(!page.is_shown(Field::QpsSet));
}

/// A mounted form; gone with its test.
struct Page {
    root: HtmlElement,
    _mounted: Box<dyn std::any::Any>,
}

impl Page {
    fn mount(mut form: RequestForm, extent: Extent) -> Self {
        form.set(Field::Owner, "maya.chen");
        let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&root).unwrap();
        let view = FormView {
            policy: domain::policy::Policy::first(),
            id: None,
            revision: None,
            status: None,
            kind: RequestKind::Create,
            form,
            token: "a-token".to_owned(),
            yaml: "name: a\n".to_owned(),
            directory: directory(),
            now: sample_now(),
        };
        let mounted: UnmountHandle<_> = mount_to(root.clone(), move || {
            view! {
                <Router>
                    <RequestEditor view=view.clone() posted=None extent=Signal::stored(extent) />
                </Router>
            }
        });
        Self { root, _mounted: Box::new(mounted) }
    }

    async fn open(form: RequestForm, extent: Extent) -> Self {
        let page = Self::mount(form, extent);
        settle().await;
        page
    }

    fn find(&self, selector: &str) -> Element {
        self.root.query_selector(selector).unwrap().unwrap_or_else(|| panic!("nothing matches {selector}"))
    }

    fn count(&self, selector: &str) -> usize {
        let mut found = 0;
        let mut waiting = vec![self.root.clone().unchecked_into::<Element>()];
        while let Some(element) = waiting.pop() {
            found += usize::from(element.matches(selector).unwrap());
            waiting.extend(element.next_element_sibling().filter(|_| element != *self.root));
            waiting.extend(element.first_element_child());
        }
        found
    }

    fn text_of(&self, selector: &str) -> String {
        self.find(selector).text_content().unwrap_or_default()
    }

    fn control(&self, field: Field) -> Element {
        self.find(&format!("#field-{field}"))
    }

    fn is_shown(&self, field: Field) -> bool {
        let row = self.find(&format!("[data-field={field}]"));
        let disabled = self.control(field).has_attribute("disabled");
        assert_eq!(row.has_attribute("hidden"), disabled, "{field}: hidden and disabled go together");
        !disabled
    }

    fn error(&self, field: Field) -> Option<String> {
        let message = self.find(&format!("#field-{field}-error"));
        (!message.has_attribute("hidden")).then(|| message.text_content().unwrap_or_default())
    }

    async fn type_in(&self, field: Field, value: &str) {
        let control = self.control(field);
        if let Some(input) = control.dyn_ref::<HtmlInputElement>() {
            input.set_value(value);
        } else if let Some(area) = control.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(value);
        } else {
            control.unchecked_ref::<HtmlSelectElement>().set_value(value);
        }
        happen(&control, "input").await;
    }

    async fn tick_box(&self, field: Field, on: bool) {
        let control = self.control(field);
        control.unchecked_ref::<HtmlInputElement>().set_checked(on);
        happen(&control, "input").await;
        happen(&control, "change").await;
    }

    async fn leave(&self, field: Field) {
        happen(&self.control(field), "focusout").await;
    }

    fn sent(&self, field: Field) -> Option<String> {
        self.sent_as(field.name())
    }

    fn sent_as(&self, name: &str) -> Option<String> {
        let form: HtmlFormElement = self.find("form").unchecked_into();
        FormData::new_with_form(&form).unwrap().get(name).as_string()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.root.remove();
    }
}

fn directory() -> Directory {
    let person = Person {
        id: UserId(1),
        handle: "maya.chen".to_owned(),
        name: "Maya Chen".to_owned(),
        role: Role::Engineer,
        privacy_approver: false,
        teams: vec!["search".to_owned()],
    };
    let team = Team { id: TeamId(1), slug: "search".to_owned(), name: "Search".to_owned() };
    Directory { people: vec![person], teams: vec![team] }
}

async fn happen(element: &Element, name: &str) {
    let event: Event = document().create_event("Event").unwrap();
    event.init_event_with_bubbles_and_cancelable(name, true, true);
    element.dispatch_event(&event).unwrap();
    settle().await;
}

/// Waits until effects and one frame have run.
async fn settle() {
    tick().await;
    frame().await;
    tick().await;
}

/// Waits for the browser to draw.
async fn frame() {
    let drawn = Rc::new(Cell::new(false));
    let waiting = Rc::new(Cell::new(None::<Waker>));
    let (is_drawn, waker) = (drawn.clone(), waiting.clone());
    request_animation_frame(move || {
        drawn.set(true);
        if let Some(waker) = waiting.take() {
            waker.wake();
        }
    });
    poll_fn(move |context| {
        if is_drawn.get() {
            return Poll::Ready(());
        }
        waker.set(Some(context.waker().clone()));
        Poll::Pending
    })
    .await;
}
