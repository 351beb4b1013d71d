//! What is selected in the queue, which bulk actions are on their way, and what was said of them.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    bulk::{BulkAction, BulkForm, BulkOutcome, BulkState, BulkView, Seen, UNDO_SECONDS},
    ids::{JobId, RequestId, Revision},
    lifecycle::{ActionKind, Status},
    view::QueueRow,
};
use leptos::{prelude::*, task::spawn_local};

use super::{state::QueueState, steps};
use crate::{api, error::AppError, links, posted::Posted};

/// The form that all check boxes of the table belong to.
pub const FORM_ID: &str = "bulk";

const SECOND: Duration = Duration::from_secs(1);
/// Bulk actions that stay in sight.
const SHOWN: usize = 3;

/// The signals of triage; they live as long as the page.
#[derive(Clone, Copy)]
pub struct Triage {
    /// With the revisions that were seen when they were selected.
    pub picked: RwSignal<BTreeMap<RequestId, Revision>>,
    /// Whether the whole view is meant, on all its pages.
    pub whole: RwSignal<bool>,
    pub started: RwSignal<Vec<Started>>,
    pub refusal: RwSignal<Option<AppError>>,
    /// For screen readers.
    pub said: RwSignal<String>,
    /// The row that was selected or had the focus last.
    pub last: StoredValue<Option<RequestId>>,
}

/// A bulk action that was asked for on this page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    pub bulk: BulkView,
    /// Seconds until it begins.
    pub left: i64,
}

/// How a click on a check box is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    One,
    /// From the last one to this.
    Range,
}

impl Default for Triage {
    fn default() -> Self {
        Self {
            picked: RwSignal::default(),
            whole: RwSignal::new(false),
            started: RwSignal::new(Vec::new()),
            refusal: RwSignal::new(None),
            said: RwSignal::default(),
            last: StoredValue::new(None),
        }
    }
}

/// Whether a reviewer could do any bulk action to the request.
#[must_use]
pub fn is_pickable(row: &QueueRow) -> bool {
    BulkAction::ALL.iter().any(|action| row.allowed_actions.contains(&action.kind()))
}

/// Whether an action could be taken; an approval claims first what nobody has.
#[must_use]
pub fn could(row: &QueueRow, action: BulkAction) -> bool {
    let allows = |kind: ActionKind| row.allowed_actions.contains(&kind);
    allows(action.kind()) || (action == BulkAction::Approve && row.status == Status::New && allows(ActionKind::Claim))
}

impl Triage {
    /// Selects again what a refused post had selected.
    pub fn restore(self, posted: Option<&Posted>) {
        let values = posted.into_iter().flat_map(|posted| &posted.values);
        let seen = values.filter(|(name, _)| name == "pick").filter_map(|(_, word)| Seen::parse(word));
        let picked: BTreeMap<RequestId, Revision> = seen.map(|seen| (seen.id, seen.revision)).collect();
        if !picked.is_empty() {
            self.picked.set(picked);
        }
    }

    /// Selects a row or takes it out; with a range, all rows from the last one to this.
    pub fn pick(self, state: QueueState, id: RequestId, reach: Reach) {
        let wanted = !self.picked.with_untracked(|picked| picked.contains_key(&id));
        let rows = state.rows.get_untracked();
        let place = |id: RequestId| rows.iter().position(|row| row.id == id);
        let Some(to) = place(id) else { return };
        let from = match (reach, self.last.get_value().and_then(place)) {
            (Reach::Range, Some(from)) => from,
            _ => to,
        };
        self.picked.update(|picked| {
            for row in &rows[from.min(to)..=from.max(to)] {
                let seen = row.line.with_untracked(|line| is_pickable(&line.row).then_some(line.row.revision));
                let _before = match seen {
                    Some(revision) if wanted => picked.insert(row.id, revision),
                    _ => picked.remove(&row.id),
                };
            }
        });
        self.last.set_value(Some(id));
        let count = self.picked.with_untracked(BTreeMap::len);
        self.said.set(format!("{count} selected"));
    }

    /// Selects every row of this page that can be, or none where all of them are.
    pub fn pick_page(self, state: QueueState) {
        let seen: BTreeMap<RequestId, Revision> = state.rows.with_untracked(|rows| {
            let revision = |row: &super::state::Row| {
                row.line.with_untracked(|line| is_pickable(&line.row).then_some((row.id, line.row.revision)))
            };
            rows.iter().filter_map(revision).collect()
        });
        let all = self.picked.with_untracked(|picked| seen.keys().all(|id| picked.contains_key(id)));
        self.picked.set(if all { BTreeMap::new() } else { seen });
        self.said.set(format!("{} selected", self.picked.with_untracked(BTreeMap::len)));
    }

    pub fn clear(self) {
        self.picked.set(BTreeMap::new());
        self.whole.set(false);
        self.refusal.set(None);
    }

    /// A form for what is selected; where nothing is, for one row.
    #[must_use]
    pub fn form(self, state: QueueState, action: BulkAction, otherwise: Option<RequestId>) -> BulkForm {
        // What is on the page is meant as it is seen now, the rest as it was when it was selected.
        let shown: BTreeMap<RequestId, Revision> = state.rows.with_untracked(|rows| {
            rows.iter().map(|row| (row.id, row.line.with_untracked(|line| line.row.revision))).collect()
        });
        let word = |(id, revision): (&RequestId, &Revision)| {
            Seen { id: *id, revision: shown.get(id).copied().unwrap_or(*revision) }.word()
        };
        let mut picks: Vec<String> = self.picked.with_untracked(|picked| picked.iter().map(word).collect());
        if picks.is_empty()
            && let Some((id, revision)) = otherwise.and_then(|id| shown.get_key_value(&id))
        {
            picks.push(word((id, revision)));
        }
        let whole = self.whole.get_untracked();
        BulkForm {
            action: action.word().to_owned(),
            picks: if whole { Vec::new() } else { picks },
            all: if whole { "1".to_owned() } else { String::new() },
            view: state.query.with_untracked(parameters),
            ..BulkForm::default()
        }
    }

    /// Asks for a bulk action, and follows it to its end.
    pub fn start(self, form: BulkForm) {
        self.refusal.set(None);
        spawn_local(async move {
            let answer = api::bulk_start(form).await;
            if self.started.is_disposed() {
                return;
            }
            match answer {
                Ok(bulk) => {
                    let job = bulk.job;
                    self.said.set(format!("{} in {UNDO_SECONDS} seconds; press u to undo.", headline(&bulk)));
                    self.started.update(|started| {
                        started.push(Started { bulk, left: UNDO_SECONDS });
                        let many = started.len().saturating_sub(SHOWN * 10);
                        started.drain(..many);
                    });
                    self.clear();
                    self.follow(job);
                }
                Err(error) => {
                    self.said.set(error.to_string());
                    self.refusal.set(Some(error));
                }
            }
        });
    }

    /// Takes the last bulk action back that still waits.
    pub fn undo_last(self) {
        let waiting = |one: &&Started| one.bulk.state == BulkState::Waiting && one.left > 0;
        let last = self.started.with_untracked(|started| started.iter().rev().find(waiting).map(|one| one.bulk.job));
        match last {
            Some(job) => self.undo(job),
            None => self.said.set("There is nothing to undo.".to_owned()),
        }
    }

    pub fn undo(self, job: JobId) {
        spawn_local(async move {
            let answer = api::bulk_undo(job).await;
            if self.started.is_disposed() {
                return;
            }
            match answer {
                Ok(bulk) => {
                    self.said.set("Undone; nothing was changed.".to_owned());
                    self.take(bulk);
                }
                Err(error) => {
                    self.said.set(error.to_string());
                    self.refusal.set(Some(error));
                }
            }
        });
    }

    pub fn dismiss(self, job: JobId) {
        self.started.update(|started| started.retain(|one| one.bulk.job != job));
    }

    /// Counts down to its beginning, then reads it again until it is over.
    fn follow(self, job: JobId) {
        let next = move || {
            let Some(Some((left, state))) = self.started.try_update(|started| {
                let one = started.iter_mut().find(|one| one.bulk.job == job)?;
                one.left = (one.left - 1).max(0);
                Some((one.left, one.bulk.state))
            }) else {
                return;
            };
            match (state.is_open(), left) {
                (true, 0) => self.read(job),
                (true, _) => self.follow(job),
                (false, _) => {}
            }
        };
        set_timeout(next, SECOND);
    }

    fn read(self, job: JobId) {
        spawn_local(async move {
            let answer = api::bulk_view(job).await;
            if self.started.is_disposed() {
                return;
            }
            if let Ok(bulk) = answer {
                if bulk.state == BulkState::Done {
                    self.said.set(format!("{}: {}", headline(&bulk), result(&bulk)));
                }
                self.take(bulk);
            }
            self.follow(job);
        });
    }

    fn take(self, bulk: BulkView) {
        self.started.update(|started| {
            if let Some(one) = started.iter_mut().find(|one| one.bulk.job == bulk.job) {
                one.bulk = bulk;
            }
        });
    }
}

/// What a bulk action does to how many: `Claim, 3 requests`.
#[must_use]
pub fn headline(bulk: &BulkView) -> String {
    let many = match bulk.items.as_slice() {
        [one] if one.full_name.is_empty() => one.id.to_string(),
        [one] => format!("{} {}", one.id, one.full_name),
        items => format!("{} requests", items.len()),
    };
    format!("{}, {many}", bulk.command.action().label())
}

/// How many were done and refused.
#[must_use]
pub fn result(bulk: &BulkView) -> String {
    let count = |outcome: BulkOutcome| bulk.items.iter().filter(|item| item.outcome == outcome).count();
    match (count(BulkOutcome::Done), count(BulkOutcome::Refused)) {
        (done, 0) => format!("{done} done"),
        (done, refused) => format!("{done} done, {refused} refused"),
    }
}

/// The parameters of a view without its cursor.
#[must_use]
pub fn parameters(query: &domain::query::QueueQuery) -> String {
    let address = links::href("", &query.first_page().to_pairs());
    address.trim_start_matches('?').to_owned()
}

/// The page of a bulk action.
#[must_use]
pub fn bulk_href(job: JobId) -> String {
    format!("{}/bulk/{job}", steps::PATH)
}
