//! What the queue page shows, as signals: one for each row, so that a changed row renders alone.

use std::collections::BTreeMap;

use domain::{
    Timestamp,
    ids::{EventId, RequestId},
    query::QueueQuery,
    view::{QueuePage, RowUpdate, StatusCount},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    board::{Attention, Board, Line},
    triage::Triage,
};
use crate::error::AppError;

/// A page that came, or did not, with what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    pub query: QueueQuery,
    pub page: Result<QueuePage, AppError>,
}

/// Everything that is shown. Lives as long as the page; a load replaces the content, not the signals.
#[derive(Clone, Copy)]
pub struct QueueState {
    /// What is shown was asked for by this.
    pub query: RwSignal<QueueQuery>,
    pub rows: RwSignal<Vec<Row>>,
    pub counts: RwSignal<Vec<StatusCount>>,
    /// Cursors; none at the ends.
    pub next: RwSignal<Option<String>>,
    pub previous: RwSignal<Option<String>>,
    /// New rows that wait to be shown, and new rows on earlier pages.
    pub held: RwSignal<usize>,
    pub earlier: RwSignal<usize>,
    /// What ages are counted from: the server's clock, then moved on in the browser.
    pub now: RwSignal<Timestamp>,
    /// Instead of the table.
    pub error: RwSignal<Option<AppError>>,
    /// Above the table: what became of the last thing done here.
    pub message: RwSignal<Option<String>>,
    /// The last event that the loaded page knows; set again by each load.
    pub known: RwSignal<Option<EventId>>,
    /// What is selected, and what is done with it.
    pub triage: Triage,
    board: StoredValue<Board>,
    loaded: StoredValue<Option<Loaded>>,
}

/// One row of the table, known by its number.
#[derive(Clone)]
pub struct Row {
    pub id: RequestId,
    pub line: ArcRwSignal<Line>,
}

/// Nothing yet.
impl Default for QueueState {
    fn default() -> Self {
        Self {
            query: RwSignal::default(),
            rows: RwSignal::new(Vec::new()),
            counts: RwSignal::default(),
            next: RwSignal::default(),
            previous: RwSignal::default(),
            held: RwSignal::default(),
            earlier: RwSignal::default(),
            now: RwSignal::default(),
            error: RwSignal::new(None),
            message: RwSignal::default(),
            known: RwSignal::new(None),
            triage: Triage::default(),
            board: StoredValue::default(),
            loaded: StoredValue::new(None),
        }
    }
}

impl QueueState {
    /// Shows a page, unless it is shown already: what happened to its rows since stays.
    pub fn load(&self, loaded: Loaded) {
        if self.loaded.try_with_value(|present| present.as_ref() == Some(&loaded)) != Some(false) {
            return;
        }
        self.loaded.set_value(Some(loaded.clone()));
        let Loaded { query, page } = loaded;
        self.query.set(query.clone());
        self.message.set(None);
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.error.set(Some(error));
                return;
            }
        };
        self.error.set(None);
        self.now.set(page.now);
        self.board.set_value(Board::new(&query, &page));
        self.counts.set(page.counts);
        self.next.set(page.next);
        self.previous.set(page.previous);
        self.sync();
        self.known.set(Some(page.last_event));
    }

    /// Takes in the present truth of changed rows.
    pub fn apply(&self, updates: &[RowUpdate], attention: Attention) {
        self.board.update_value(|board| {
            for update in updates {
                board.apply(update, attention);
            }
        });
        if let Some(last) = updates.last() {
            self.counts.set(last.counts.clone());
            self.now.maybe_update(|now| {
                let later = last.now > *now;
                *now = last.now.max(*now);
                later
            });
        }
        self.sync();
    }

    /// Puts the new rows that waited into the table.
    pub fn show_held(&self) {
        self.board.update_value(Board::show_held);
        self.sync();
    }

    /// Brings the signals to what the board says, touching only what differs.
    fn sync(&self) {
        self.board.with_value(|board| {
            set_if_new(self.held, board.held());
            set_if_new(self.earlier, board.earlier());
            let present: BTreeMap<RequestId, Row> =
                self.rows.with_untracked(|rows| rows.iter().map(|row| (row.id, row.clone())).collect());
            let rows: Vec<Row> = board.lines().iter().map(|line| kept_or_made(&present, line)).collect();
            let same =
                self.rows.with_untracked(|present| present.iter().map(|row| row.id).eq(rows.iter().map(|row| row.id)));
            if !same {
                self.rows.set(rows);
            }
        });
    }
}

/// The row that is shown already, brought up to date, or a new one.
fn kept_or_made(present: &BTreeMap<RequestId, Row>, line: &Line) -> Row {
    match present.get(&line.row.id) {
        Some(row) => {
            if row.line.with_untracked(|shown| shown != line) {
                row.line.set(line.clone());
            }
            row.clone()
        }
        None => Row { id: line.row.id, line: ArcRwSignal::new(line.clone()) },
    }
}

fn set_if_new(signal: RwSignal<usize>, number: usize) {
    if signal.get_untracked() != number {
        signal.set(number);
    }
}
