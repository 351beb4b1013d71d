//! What the table shows, and how a change that happened elsewhere comes into it. Pure, so that it is tested without a
//! browser.
//!
//! A row that is shown keeps its place whatever happens to it: nothing moves under a pointer. It only moves, or goes,
//! with the next page that is loaded.

use std::collections::BTreeSet;

use domain::{
    ids::RequestId,
    query::{QueueQuery, SortKey},
    view::{QueuePage, QueueRow, RowUpdate},
};

/// The rows of one loaded page with all that has happened to them since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    lines: Vec<Line>,
    /// New rows that belong on this page and wait until the reader asks for them.
    held: Vec<QueueRow>,
    /// New rows that belong before this page.
    earlier: BTreeSet<RequestId>,
    sort: Vec<SortKey>,
    /// Whether there are pages before and after this one.
    before: bool,
    after: bool,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub row: QueueRow,
    pub standing: Standing,
    /// How often it changed since the page was loaded; each time it is lit up for a moment.
    pub changes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    InView,
    /// It changed so that it no longer belongs to this view; it stays until the next load.
    Left,
}

/// Whether the reader is busy with the rows: with the pointer over them or the focus among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    Free,
    Busy,
}

impl Board {
    #[must_use]
    pub fn new(query: &QueueQuery, page: &QueuePage) -> Self {
        Self {
            lines: page.rows.iter().cloned().map(|row| Line { row, standing: Standing::InView, changes: 0 }).collect(),
            held: Vec::new(),
            earlier: BTreeSet::new(),
            sort: query.effective_sort(),
            before: page.previous.is_some(),
            after: page.next.is_some(),
        }
    }

    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// New rows that would be shown by [`Self::show_held`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// New rows on the pages before this one.
    #[must_use]
    pub fn earlier(&self) -> usize {
        self.earlier.len()
    }

    /// Takes in the present truth of one row.
    pub fn apply(&mut self, update: &RowUpdate, attention: Attention) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.row.id == update.id) {
            line.change(update);
            return;
        }
        self.held.retain(|row| row.id != update.id);
        self.earlier.remove(&update.id);
        if let Some(row) = update.row.as_ref().filter(|_| update.matches) {
            self.receive(row.clone(), attention);
        }
    }

    /// Puts the rows that waited where they belong.
    pub fn show_held(&mut self) {
        for row in std::mem::take(&mut self.held) {
            self.insert(row);
        }
    }

    fn receive(&mut self, row: QueueRow, attention: Attention) {
        let place = self.place_of(&row);
        if place == self.lines.len() && self.after {
            return;
        }
        if place == 0 && self.before {
            self.earlier.insert(row.id);
        } else if self.before || attention == Attention::Busy {
            self.held.push(row);
        } else {
            self.insert(row);
        }
    }

    fn insert(&mut self, row: QueueRow) {
        let place = self.place_of(&row);
        self.lines.insert(place, Line { row, standing: Standing::InView, changes: 1 });
    }

    /// Before the first row that comes after it. Rows that changed in place may stand out of order.
    fn place_of(&self, row: &QueueRow) -> usize {
        self.lines.iter().position(|line| row.compare(&line.row, &self.sort).is_lt()).unwrap_or(self.lines.len())
    }
}

impl Line {
    fn change(&mut self, update: &RowUpdate) {
        let standing = if update.row.is_some() && update.matches { Standing::InView } else { Standing::Left };
        let row = update.row.as_ref().unwrap_or(&self.row);
        if *row != self.row || standing != self.standing {
            self.row = row.clone();
            self.standing = standing;
            self.changes += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        Timestamp,
        choices::{Environment, Priority, StorageKind},
        ids::{EventId, Revision},
        lifecycle::Status,
    };

    use super::*;

    fn row(number: i64) -> QueueRow {
        QueueRow {
            id: RequestId(number),
            revision: Revision::FIRST,
            full_name: format!("profiles_{number}"),
            status: Status::New,
            priority: Priority::Normal,
            environment: Environment::Prod,
            storage: StorageKind::Mutable,
            size_bytes: 1,
            peak_qps: 1,
            team: "search".to_owned(),
            owner: "maya.chen".to_owned(),
            reviewer: String::new(),
            needed_by: None,
            submitted_at: None,
            updated_at: Timestamp::default(),
            due_at: None,
            allowed_actions: Vec::new(),
        }
    }

    /// A page with these numbers, newest first, between other pages where there are cursors.
    fn board(numbers: &[i64], previous: Option<&str>, next: Option<&str>) -> Board {
        let page = QueuePage {
            rows: numbers.iter().copied().map(row).collect(),
            counts: Vec::new(),
            next: next.map(str::to_owned),
            previous: previous.map(str::to_owned),
            last_event: EventId(1),
            now: Timestamp::default(),
        };
        Board::new(&QueueQuery::default(), &page)
    }

    fn belongs(row: QueueRow) -> RowUpdate {
        RowUpdate { id: row.id, row: Some(row), matches: true, counts: Vec::new(), now: Timestamp::default() }
    }

    fn numbers(board: &Board) -> Vec<i64> {
        board.lines().iter().map(|line| line.row.id.0).collect()
    }

    #[test]
    fn a_shown_row_changes_in_its_place_even_where_it_would_sort_elsewhere() {
        let query = QueueQuery::from_pairs([("sort", "name")]);
        let page = QueuePage {
            rows: vec![row(2001), row(2002)],
            counts: Vec::new(),
            next: None,
            previous: None,
            last_event: EventId(1),
            now: Timestamp::default(),
        };
        let mut board = Board::new(&query, &page);
        board.apply(&belongs(QueueRow { full_name: "zebra".to_owned(), ..row(2001) }), Attention::Free);
        assert_eq!(numbers(&board), [2001, 2002]);
        assert_eq!(board.lines()[0].row.full_name, "zebra");
        assert_eq!(board.lines()[0].changes, 1);
        assert_eq!(board.lines()[1].changes, 0);
    }

    #[test]
    fn the_same_truth_twice_lights_up_once() {
        let mut board = board(&[2001], None, None);
        let claimed = belongs(QueueRow { status: Status::InReview, ..row(2001) });
        board.apply(&claimed, Attention::Free);
        board.apply(&claimed, Attention::Busy);
        assert_eq!(board.lines()[0].changes, 1);
    }

    #[test]
    fn a_row_that_leaves_the_view_stays_until_the_next_load_and_may_come_back() {
        let mut board = board(&[2002, 2001], None, None);
        board.apply(
            &RowUpdate { matches: false, ..belongs(QueueRow { status: Status::Denied, ..row(2002) }) },
            Attention::Free,
        );
        assert_eq!(numbers(&board), [2002, 2001]);
        assert_eq!((board.lines()[0].standing, board.lines()[0].row.status), (Standing::Left, Status::Denied));
        board.apply(&belongs(row(2002)), Attention::Free);
        assert_eq!(board.lines()[0].standing, Standing::InView);
        board.apply(&RowUpdate { row: None, ..belongs(row(2002)) }, Attention::Free);
        assert_eq!(board.lines()[0].standing, Standing::Left);
    }

    #[test]
    fn a_new_row_is_inserted_at_its_place_where_nobody_is_busy() {
        let mut board = board(&[2005, 2001], None, None);
        board.apply(&belongs(row(2003)), Attention::Free);
        board.apply(&belongs(row(2006)), Attention::Free);
        assert_eq!(numbers(&board), [2006, 2005, 2003, 2001]);
    }

    #[test]
    fn a_new_row_waits_while_the_reader_is_busy_and_follows_what_happens_to_it() {
        let mut board = board(&[2001], None, None);
        board.apply(&belongs(row(2002)), Attention::Busy);
        board.apply(&belongs(row(2003)), Attention::Busy);
        assert_eq!((numbers(&board), board.held()), (vec![2001], 2));
        board.apply(&RowUpdate { matches: false, ..belongs(row(2003)) }, Attention::Busy);
        assert_eq!(board.held(), 1);
        board.apply(&belongs(QueueRow { status: Status::InReview, ..row(2002) }), Attention::Busy);
        board.show_held();
        assert_eq!((numbers(&board), board.held()), (vec![2002, 2001], 0));
        assert_eq!(board.lines()[0].row.status, Status::InReview);
    }

    #[test]
    fn what_belongs_after_a_full_page_is_only_counted() {
        let mut board = board(&[2005, 2004], None, Some("cursor"));
        board.apply(&belongs(row(2001)), Attention::Free);
        assert_eq!((numbers(&board), board.held(), board.earlier()), (vec![2005, 2004], 0, 0));
    }

    #[test]
    fn later_pages_announce_and_never_insert() {
        let mut board = board(&[2005, 2001], Some("cursor"), None);
        board.apply(&belongs(row(2009)), Attention::Free);
        assert_eq!((board.earlier(), board.held()), (1, 0));
        board.apply(&belongs(row(2003)), Attention::Free);
        assert_eq!((board.earlier(), board.held()), (1, 1));
        board.apply(&RowUpdate { matches: false, ..belongs(row(2009)) }, Attention::Free);
        assert_eq!(board.earlier(), 0);
        assert_eq!(numbers(&board), [2005, 2001]);
    }

    #[test]
    fn an_empty_view_takes_its_first_row() {
        let mut board = board(&[], None, None);
        board.apply(&belongs(row(2001)), Attention::Free);
        assert_eq!(numbers(&board), [2001]);
    }

    #[test]
    fn what_never_belonged_changes_nothing() {
        let mut board = board(&[2001], None, None);
        let before = board.clone();
        board.apply(&RowUpdate { matches: false, ..belongs(row(2002)) }, Attention::Free);
        board.apply(&RowUpdate { row: None, ..belongs(row(2003)) }, Attention::Free);
        assert_eq!(board, before);
    }
}
