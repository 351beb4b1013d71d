//! The queue in a real browser: one changed row renders alone and keeps its place, new rows wait for a busy reader, and
//! the filter form says the same as the URL.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{
    cell::Cell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use app::{
    links,
    pages::queue::{
        board::Attention,
        filters::FilterForm,
        follow::follow,
        state::{Loaded, QueueState},
        table::Table,
    },
};
use domain::{
    Timestamp,
    choices::{Environment, Priority, Role, StorageKind},
    ids::{EventId, RequestId, Revision, TeamId, UserId},
    lifecycle::{ActionKind, Status},
    query::QueueQuery,
    view::{Directory, Person, QueuePage, QueueRow, RowUpdate, StatusCount, Team},
};
use leptos::{
    mount::mount_to,
    prelude::*,
    task::tick,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement},
};
use leptos_router::components::Router;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_change_renders_one_row_in_its_place() {
    let page = QueueOnScreen::open(&[2003, 2002, 2001]).await;
    let (first, second) = (page.line(0), page.line(1));
    page.happens(
        QueueRow { status: Status::InReview, reviewer: "ben.okafor".to_owned(), ..row(2002) },
        Attention::Busy,
    )
    .await;
    assert_eq!(page.numbers(), ["REQ-2003", "REQ-2002", "REQ-2001"]);
    assert!(page.line(1).is_same_node(Some(&second)) && page.line(0).is_same_node(Some(&first)));
    assert!(second.text_content().unwrap().contains("ben.okafor"));
    assert_eq!(page.line(1).class_name(), "queue-row queue-lit");
    assert_eq!(page.line(0).class_name(), "queue-row");
    page.happens(QueueRow { status: Status::Approved, ..row(2002) }, Attention::Busy).await;
    assert_eq!(page.line(1).class_name(), "queue-row queue-lit-again", "a second change is lit as well");
}

#[wasm_bindgen_test]
async fn a_row_that_leaves_the_view_says_so_and_stays() {
    let page = QueueOnScreen::open(&[2002, 2001]).await;
    page.update(
        RowUpdate { matches: false, ..belongs(QueueRow { status: Status::Denied, ..row(2002) }) },
        Attention::Free,
    )
    .await;
    assert_eq!(page.numbers(), ["REQ-2002", "REQ-2001"]);
    assert!(page.line(0).text_content().unwrap().contains("no longer in this view"));
}

#[wasm_bindgen_test]
async fn a_new_row_waits_for_a_busy_reader_and_comes_at_a_click() {
    let page = QueueOnScreen::open(&[2002, 2001]).await;
    page.happens(row(2003), Attention::Busy).await;
    assert_eq!(page.numbers(), ["REQ-2002", "REQ-2001"]);
    let pill: HtmlElement = page.find(".queue-pill");
    assert_eq!(pill.text_content().unwrap(), "1 new request — show");
    pill.click();
    tick().await;
    assert_eq!(page.numbers(), ["REQ-2003", "REQ-2002", "REQ-2001"]);
    assert!(page.root.query_selector(".queue-pill").unwrap().is_none());
    page.happens(row(2004), Attention::Free).await;
    assert_eq!(page.numbers()[0], "REQ-2004");
}

#[wasm_bindgen_test]
async fn another_page_replaces_the_rows_and_keeps_those_that_stay() {
    let page = QueueOnScreen::open(&[2003, 2002]).await;
    let stays = page.line(1);
    page.state.load(loaded(&[2002, 2001], EventId(20)));
    tick().await;
    assert_eq!(page.numbers(), ["REQ-2002", "REQ-2001"]);
    assert!(page.line(0).is_same_node(Some(&stays)), "a row that is on both keeps its element, and so the focus");
}

#[wasm_bindgen_test]
async fn heads_sort_by_their_column_and_add_where_something_is_sorted() {
    let page = QueueOnScreen::open(&[2001]).await;
    let sizes = || page.link("Size");
    assert_eq!(sizes().get_attribute("href").unwrap(), "/queue?sort=-size");
    page.state.query.set(QueueQuery::from_pairs([("sort", "-size")]));
    tick().await;
    assert_eq!(sizes().get_attribute("href").unwrap(), "/queue?sort=size");
    let head = sizes().closest("th").unwrap().unwrap();
    assert_eq!(head.get_attribute("aria-sort").as_deref(), Some("descending"));
    let add: HtmlElement = page.find(".queue-add[href*=name]");
    assert_eq!(add.get_attribute("href").unwrap(), "/queue?sort=-size,name");
}

#[wasm_bindgen_test]
async fn only_who_may_claim_is_offered_it() {
    let page = QueueOnScreen::open(&[2002, 2001]).await;
    assert!(page.root.query_selector("form").unwrap().is_none());
    page.happens(QueueRow { allowed_actions: vec![ActionKind::Claim], ..row(2001) }, Attention::Free).await;
    let form: HtmlElement = page.find("form");
    assert_eq!(form.get_attribute("action").unwrap(), "/requests/REQ-2001");
    let revision: HtmlInputElement = page.find("form [name=revision]");
    assert_eq!(revision.value(), "1");
}

#[wasm_bindgen_test]
async fn the_form_goes_to_the_url_and_the_url_to_the_form() {
    let before = here();
    go("/queue?scope=team&status=open&sort=-size&after=cursor");
    let form = FormOnScreen::open().await;

    let search: HtmlInputElement = form.find("[name=q]");
    search.set_value("user pro");
    search.dispatch_event(&bubbling("input")).unwrap();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(here(), "/queue?scope=team&status=open&sort=-size&after=cursor", "typing has not paused yet");
    sleep(Duration::from_millis(300)).await;
    assert_eq!(here(), "/queue?scope=team&status=open&q=user+pro&sort=-size");

    let priority: HtmlSelectElement = form.find("[name=priority]");
    priority.set_value("high");
    priority.dispatch_event(&bubbling("change")).unwrap();
    tick().await;
    assert_eq!(here(), "/queue?scope=team&status=open&priority=high&q=user+pro&sort=-size");

    let reviewers: HtmlSelectElement = form.find("[name=reviewer]");
    assert!(reviewers.text_content().unwrap().contains("Ben Okafor"));
    assert!(!reviewers.text_content().unwrap().contains("Maya Chen"), "an engineer reviews nothing");

    form.find::<HtmlElement>("a[href='/queue?scope=team&sort=-size']").click();
    tick().await;
    tick().await;
    assert_eq!((search.value().as_str(), priority.value().as_str()), ("", ""));
    go(&before);
}

struct QueueOnScreen {
    root: HtmlElement,
    state: QueueState,
    _mounted: Box<dyn std::any::Any>,
}

impl QueueOnScreen {
    async fn open(numbers: &[i64]) -> Self {
        let root = container();
        let first = loaded(numbers, EventId(10));
        let kept = Rc::new(Cell::new(None));
        let out = kept.clone();
        let mounted = mount_to(root.clone(), move || {
            let state = QueueState::default();
            state.load(first.clone());
            out.set(Some(state));
            let page = Resource::new(|| (), move |()| std::future::ready(first.clone()));
            let follower = follow(state, page);
            let asked = Memo::new(move |_| state.query.get());
            view! { <Router><Table state asked follower /></Router> }
        });
        tick().await;
        Self { root, state: kept.get().unwrap(), _mounted: Box::new(mounted) }
    }

    async fn happens(&self, row: QueueRow, attention: Attention) {
        self.update(belongs(row), attention).await;
    }

    async fn update(&self, update: RowUpdate, attention: Attention) {
        self.state.apply(&[update], attention);
        tick().await;
    }

    fn line(&self, at: usize) -> Element {
        self.all("tbody tr").swap_remove(at)
    }

    fn numbers(&self) -> Vec<String> {
        self.all("tbody .queue-id").iter().map(|found| found.text_content().unwrap()).collect()
    }

    fn link(&self, text: &str) -> Element {
        self.all("thead a").into_iter().find(|link| link.text_content().unwrap().starts_with(text)).unwrap()
    }

    /// Everything below that a selector finds, in the order of the document.
    fn all(&self, selector: &str) -> Vec<Element> {
        let mut found = Vec::new();
        let mut waiting: Vec<Element> = self.root.first_element_child().into_iter().collect();
        while let Some(element) = waiting.pop() {
            waiting.extend(element.next_element_sibling());
            waiting.extend(element.first_element_child());
            if element.matches(selector).unwrap() {
                found.push(element);
            }
        }
        found
    }

    fn find<E: JsCast>(&self, selector: &str) -> E {
        self.root.query_selector(selector).unwrap().unwrap().unchecked_into()
    }
}

impl Drop for QueueOnScreen {
    fn drop(&mut self) {
        self.root.remove();
    }
}

struct FormOnScreen {
    root: HtmlElement,
    _mounted: Box<dyn std::any::Any>,
}

impl FormOnScreen {
    async fn open() -> Self {
        let root = container();
        let mounted = mount_to(root.clone(), || view! { <Router><FormOfUrl /></Router> });
        tick().await;
        Self { root, _mounted: Box::new(mounted) }
    }

    fn find<E: JsCast>(&self, selector: &str) -> E {
        self.root.query_selector(selector).unwrap().unwrap().unchecked_into()
    }
}

impl Drop for FormOnScreen {
    fn drop(&mut self) {
        self.root.remove();
    }
}

#[component]
fn FormOfUrl() -> impl IntoView {
    let query = links::use_query_of(|pairs| {
        QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    });
    let person = |id, handle: &str, name: &str, role| Person {
        id: UserId(id),
        handle: handle.to_owned(),
        name: name.to_owned(),
        role,
        privacy_approver: false,
        teams: vec!["search".to_owned()],
    };
    let directory = Directory {
        people: vec![
            person(1, "maya.chen", "Maya Chen", Role::Engineer),
            person(2, "ben.okafor", "Ben Okafor", Role::Reviewer),
        ],
        teams: vec![Team { id: TeamId(1), slug: "search".to_owned(), name: "Search".to_owned() }],
    };
    view! { <FilterForm query directory /> }
}

fn row(number: i64) -> QueueRow {
    QueueRow {
        id: RequestId(number),
        revision: Revision::FIRST,
        full_name: format!("profiles_{number}"),
        status: Status::New,
        priority: Priority::Normal,
        environment: Environment::Prod,
        storage: StorageKind::Mutable,
        size_bytes: 1_500_000_000,
        peak_qps: 1_200,
        team: "search".to_owned(),
        owner: "maya.chen".to_owned(),
        reviewer: String::new(),
        needed_by: None,
        submitted_at: Some(Timestamp::default()),
        updated_at: Timestamp::default(),
        due_at: None,
        allowed_actions: Vec::new(),
    }
}

fn belongs(row: QueueRow) -> RowUpdate {
    RowUpdate { id: row.id, row: Some(row), matches: true, counts: Vec::new(), now: Timestamp::default() }
}

fn loaded(numbers: &[i64], last_event: EventId) -> Loaded {
    let page = QueuePage {
        rows: numbers.iter().copied().map(row).collect(),
        counts: vec![StatusCount { status: Status::New, count: 3 }],
        next: None,
        previous: None,
        last_event,
        now: Timestamp::default(),
    };
    Loaded { query: QueueQuery::default(), page: Ok(page) }
}

fn container() -> HtmlElement {
    let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&root).unwrap();
    root
}

fn bubbling(name: &str) -> Event {
    let event = document().create_event("Event").unwrap();
    event.init_event_with_bubbles_and_cancelable(name, true, true);
    event
}

/// The present path with its parameters.
fn here() -> String {
    let location = window().location();
    location.pathname().unwrap() + &location.search().unwrap()
}

fn go(address: &str) {
    window().history().unwrap().push_state_with_url(&JsValue::NULL, "", Some(address)).unwrap();
}

async fn sleep(time: Duration) {
    let over = Rc::new(Cell::new(false));
    let waker = Rc::new(Cell::new(None::<Waker>));
    let (ring, wake) = (over.clone(), waker.clone());
    set_timeout(
        move || {
            ring.set(true);
            if let Some(waker) = wake.take() {
                waker.wake();
            }
        },
        time,
    );
    poll_fn(|context| {
        if over.get() {
            return Poll::Ready(());
        }
        waker.set(Some(context.waker().clone()));
        Poll::Pending
    })
    .await;
}
