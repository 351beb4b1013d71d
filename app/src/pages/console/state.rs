//! What all parts of the console share.

use std::time::Duration;

use domain::Timestamp;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    console::{
        address::Place,
        client::Call,
        wire::{Dataset, Datasets, Problem},
    },
    links::use_query_of,
};

/// How often ages are told anew.
const AGES: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
pub(super) struct Console {
    pub place: Memo<Place>,
    pub datasets: RwSignal<Vec<Dataset>>,
    /// Why there are none.
    pub failure: RwSignal<Option<Problem>>,
    /// The one that the address names; the first where it names none.
    pub dataset: Memo<Option<Dataset>>,
    pub may_write: Memo<bool>,
    /// What a screen reader is told.
    pub said: RwSignal<String>,
    /// Rises when the list shall be read anew.
    pub stale: RwSignal<u32>,
    /// The last change of the open entry that was heard of: its etag, none where it was deleted.
    pub heard: RwSignal<Option<(crate::console::key::Key, Option<String>)>>,
    pub now: RwSignal<Timestamp>,
    go: Callback<(String, bool)>,
}

impl Console {
    /// Begins: reads the datasets, and minds what was typed when the tab is closed.
    pub fn provide() -> Self {
        let place = use_query_of(Place::from_pairs);
        let datasets = RwSignal::new(Vec::<Dataset>::new());
        let dataset = Memo::new(move |_| {
            let name = place.with(|place| place.dataset.clone());
            datasets.with(|all| match name.as_str() {
                "" => all.iter().find(|one| one.name == "default").or_else(|| all.first()).cloned(),
                name => all.iter().find(|one| one.name == name).cloned(),
            })
        });
        let navigate = use_navigate();
        let go = Callback::new(move |(href, replace): (String, bool)| {
            navigate(&href, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        let console = Self {
            place,
            datasets,
            failure: RwSignal::new(None),
            dataset,
            may_write: Memo::new(move |_| dataset.with(|dataset| dataset.as_ref().is_some_and(Dataset::may_write))),
            said: RwSignal::new(String::new()),
            stale: RwSignal::new(0),
            heard: RwSignal::new(None),
            now: RwSignal::new(now()),
            go,
        };
        Effect::new(move |_| {
            let missing = datasets.with(|all| !all.is_empty()) && dataset.with(Option::is_none);
            if missing {
                let name = place.with(|place| place.dataset.clone());
                let detail = format!("there is no dataset `{name}` that you may see; open the console without it");
                console.failure.set(Some(Problem { status: 404, code: "no_such_dataset".into(), detail }));
            } else if console.failure.with_untracked(|failure| failure.as_ref().is_some_and(|one| one.status == 404)) {
                console.failure.set(None);
            }
        });
        if let Ok(ticking) = set_interval_with_handle(move || _ = console.now.try_set(now()), AGES) {
            on_cleanup(move || ticking.clear());
        }
        super::parts::guard_drafts();
        console.read_datasets();
        console
    }

    pub fn read_datasets(self) {
        self.failure.set(None);
        spawn_local(async move {
            let read = Call::get("/v1/datasets".to_owned()).send().await.and_then(|answer| answer.json::<Datasets>());
            let failure = match read {
                Ok(Datasets { datasets }) if datasets.is_empty() => Some(Problem {
                    status: 403,
                    code: "forbidden".into(),
                    detail: "there is no dataset whose entries you may read; ask the platform team for access".into(),
                }),
                Ok(Datasets { datasets }) => {
                    self.datasets.try_set(datasets);
                    None
                }
                Err(problem) => Some(problem),
            };
            if failure.is_some() {
                self.failure.try_set(failure);
            }
        });
    }

    /// Goes to a place; without a step of its own in the browser's history where `replace` says so.
    pub fn go(self, place: &Place, step: Step) {
        self.go.run((place.href(), step == Step::Replaced));
    }

    /// The dataset's name; empty before there is one.
    pub fn name(self) -> String {
        self.dataset.with_untracked(|dataset| dataset.as_ref().map(|one| one.name.clone()).unwrap_or_default())
    }

    /// Tells a screen reader.
    pub fn say(self, text: impl Into<String>) {
        self.said.try_set(text.into());
    }

    pub fn read_list_again(self) {
        self.stale.try_update(|stale| *stale += 1);
    }
}

/// What going somewhere does to the browser's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Own,
    Replaced,
}

/// The browser's clock.
pub(super) fn now() -> Timestamp {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of our time")]
        let millis = web_sys::js_sys::Date::now() as i64;
        Timestamp::from_timestamp_millis(millis).unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    Timestamp::UNIX_EPOCH
}
