//! Keeps the queue page true: loads what the URL asks for, follows what happens elsewhere, moves the ages on.
//!
//! Effects, timers and answers only; what to do about them is decided in [`super::inbox`] and [`super::board`].

use std::time::Duration;

use domain::{Timestamp, event::Notice, ids::RequestId, view::RowUpdate};
use leptos::{
    leptos_dom::helpers::{IntervalHandle, TimeoutHandle},
    prelude::*,
    task::spawn_local,
};

use super::{
    board::Attention,
    inbox::{Answer, Inbox, Next, Question, ROWS_MAX},
    state::{Loaded, QueueState},
};
use crate::{api, error::AppError, live::use_live};

/// The `id` of the element whose rows must not move while the reader is busy with them.
pub const ROWS_ID: &str = "queue-rows";

/// How long notices are gathered into one question.
const GATHER: Duration = Duration::from_millis(80);
/// Before a question that did not reach the server is asked again.
const RETRY: Duration = Duration::from_secs(2);
/// How often ages are counted anew.
const TICK: Duration = Duration::from_secs(30);

/// Asks for changed rows on behalf of one queue page.
#[derive(Clone, Copy)]
pub struct Follower {
    state: QueueState,
    page: Resource<Loaded>,
    inbox: StoredValue<Inbox>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

/// Starts it all. On the server no effect runs.
pub fn follow(state: QueueState, page: Resource<Loaded>) -> Follower {
    let live = use_live();
    let follower = Follower { state, page, inbox: StoredValue::default(), timer: StoredValue::new(None) };
    // Listens before the first page is read, so that nothing between the two is missed.
    Effect::new(move |_| {
        if let Some(notice) = live.notice.get() {
            follower.hear(&notice);
        }
    });
    Effect::new(move |before: Option<u32>| {
        let resets = live.resets.get();
        if before.is_some_and(|before| before != resets) {
            page.refetch();
        }
        resets
    });
    Effect::new(move |_| {
        if let Some(loaded) = page.get() {
            state.load(loaded);
        }
    });
    Effect::new(move |_| {
        if let Some(known) = state.known.get() {
            follower.after(GATHER, |inbox| inbox.load(known));
            live.resume_after(known);
        }
    });
    keep_ages(state);
    on_cleanup(move || {
        if let Some(timer) = follower.timer.try_get_value().flatten() {
            timer.clear();
        }
    });
    follower
}

impl Follower {
    /// Reads a row again, whether or not a notice comes.
    pub fn want(&self, id: RequestId) {
        self.after(GATHER, |inbox| inbox.want(id));
    }

    fn hear(&self, notice: &Notice) {
        self.after(GATHER, |inbox| inbox.hear(notice));
    }

    /// Changes the inbox and starts the timer where that calls for one. Does nothing once the page is gone.
    fn after(self, delay: Duration, change: impl FnOnce(&mut Inbox) -> Next) {
        if self.inbox.try_update_value(change) == Some(Next::Gather) {
            self.timer.try_update_value(|timer| *timer = set_timeout_with_handle(move || self.ask(), delay).ok());
        }
    }

    fn ask(self) {
        let Some(Some(question)) = self.inbox.try_update_value(Inbox::ask) else { return };
        if question.ids.len() > ROWS_MAX {
            self.after(GATHER, |inbox| inbox.answered(&question).1);
            self.page.refetch();
            return;
        }
        let query = self.state.query.get_untracked();
        spawn_local(async move {
            let answer = api::queue_rows(query, question.ids.clone()).await;
            self.take_in(question, answer);
        });
    }

    fn take_in(self, question: Question, answer: Result<Vec<RowUpdate>, AppError>) {
        match answer {
            Ok(updates) => self.after(GATHER, |inbox| {
                let (answer, next) = inbox.answered(&question);
                if answer == Answer::Fresh {
                    self.state.apply(&updates, attention());
                }
                next
            }),
            Err(AppError::Transport(_)) => self.after(RETRY, |inbox| inbox.failed(question)),
            Err(AppError::Refused(error)) => {
                self.after(GATHER, |inbox| inbox.answered(&question).1);
                self.state.message.try_set(Some(error.to_string()));
            }
        }
    }
}

/// Whether the pointer is over the rows or the focus among them.
fn attention() -> Attention {
    let rows = document().get_element_by_id(ROWS_ID);
    let busy = rows.is_some_and(|rows| rows.matches(":hover, :focus-within").unwrap_or(false));
    if busy { Attention::Busy } else { Attention::Free }
}

/// Moves the moment that ages are counted from on by this machine's clock, whatever that clock says.
fn keep_ages(state: QueueState) {
    let ahead = StoredValue::new(chrono::TimeDelta::zero());
    Effect::new(move |_| {
        if state.known.get().is_some() {
            ahead.set_value(state.now.get_untracked() - this_clock());
        }
    });
    let interval = StoredValue::new(None::<IntervalHandle>);
    Effect::new(move |_| {
        let tick = move || {
            if let Some(ahead) = ahead.try_get_value() {
                state.now.set(this_clock() + ahead);
            }
        };
        interval.set_value(set_interval_with_handle(tick, TICK).ok());
    });
    on_cleanup(move || {
        if let Some(interval) = interval.try_get_value().flatten() {
            interval.clear();
        }
    });
}

fn this_clock() -> Timestamp {
    // Milliseconds since 1970 are far below 2^53, so nothing is lost.
    #[expect(clippy::cast_possible_truncation)]
    let milliseconds = web_sys::js_sys::Date::now() as i64;
    Timestamp::from_timestamp_millis(milliseconds).unwrap_or_default()
}
