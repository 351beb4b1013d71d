//! Which rows to ask for, and when: what was heard, what is being asked, what a page that comes in later knows already.
//! Pure; [`super::follow`] gives it timers and answers.

use std::collections::{BTreeSet, VecDeque};

use domain::{
    event::{Notice, Subject},
    ids::{EventId, RequestId},
};

/// Notices that are kept in case a page that is on its way does not know them yet. Loading one takes less time than so
/// many changes.
const RECENT_MAX: usize = 1_000;
/// From so many changed rows on, the whole page is read again.
pub const ROWS_MAX: usize = 50;

/// Rows that changed and were not read yet. One question is out at a time, so that answers cannot overtake each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// None before the first page is there.
    known: Option<EventId>,
    recent: VecDeque<Notice>,
    pending: BTreeSet<RequestId>,
    phase: Phase,
    /// Which load the present question belongs to.
    load: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// A timer runs while more is gathered.
    Gathering,
    Asking,
}

/// Whether the caller has a timer to start, after which it takes the [`Question`].
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Gather,
    Wait,
}

/// What to ask the server, and for which load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub ids: Vec<RequestId>,
    load: u32,
}

/// Whether an answer still belongs to what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Fresh,
    /// Another page came in between, which knows better.
    Stale,
}

impl Inbox {
    /// A notice arrived.
    pub fn hear(&mut self, notice: &Notice) -> Next {
        let Subject::Request(id) = notice.subject else { return Next::Wait };
        if self.known.is_some_and(|known| notice.id <= known) {
            return Next::Wait;
        }
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(notice.clone());
        match self.known {
            Some(_) => self.want(id),
            None => Next::Wait,
        }
    }

    /// A row is to be read whether or not a notice comes.
    pub fn want(&mut self, id: RequestId) -> Next {
        self.pending.insert(id);
        self.gather()
    }

    /// A page was loaded that knows all until an event: what came later is asked for again.
    pub fn load(&mut self, known: EventId) -> Next {
        self.known = Some(known);
        self.load += 1;
        self.recent.retain(|notice| notice.id > known);
        self.pending = self
            .recent
            .iter()
            .filter_map(|notice| match notice.subject {
                Subject::Request(id) => Some(id),
                Subject::Dataset(_) | Subject::Notices(_) => None,
            })
            .collect();
        self.gather()
    }

    /// The gathering time is over.
    #[must_use]
    pub fn ask(&mut self) -> Option<Question> {
        let ids: Vec<RequestId> = std::mem::take(&mut self.pending).into_iter().collect();
        if ids.is_empty() {
            self.phase = Phase::Idle;
            return None;
        }
        self.phase = Phase::Asking;
        Some(Question { ids, load: self.load })
    }

    /// The question was answered.
    pub fn answered(&mut self, question: &Question) -> (Answer, Next) {
        self.phase = Phase::Idle;
        let answer = if question.load == self.load { Answer::Fresh } else { Answer::Stale };
        (answer, self.gather())
    }

    /// The server was not reached: the same rows are asked for again, with what came since.
    pub fn failed(&mut self, question: Question) -> Next {
        self.phase = Phase::Idle;
        if question.load == self.load {
            self.pending.extend(question.ids);
        }
        self.gather()
    }

    fn gather(&mut self) -> Next {
        if self.phase != Phase::Idle || self.pending.is_empty() {
            return Next::Wait;
        }
        self.phase = Phase::Gathering;
        Next::Gather
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(id: i64, request: i64) -> Notice {
        Notice { id: EventId(id), subject: Subject::Request(RequestId(request)) }
    }

    fn loaded(known: i64) -> Inbox {
        let mut inbox = Inbox::default();
        assert_eq!(inbox.load(EventId(known)), Next::Wait);
        inbox
    }

    #[test]
    fn notices_within_the_gathering_time_are_one_question() {
        let mut inbox = loaded(10);
        assert_eq!(inbox.hear(&notice(11, 2001)), Next::Gather);
        assert_eq!(inbox.hear(&notice(12, 2002)), Next::Wait);
        assert_eq!(inbox.hear(&notice(13, 2001)), Next::Wait);
        assert_eq!(inbox.ask().unwrap().ids, [RequestId(2001), RequestId(2002)]);
    }

    #[test]
    fn what_comes_while_a_question_is_out_waits_for_its_answer() {
        let mut inbox = loaded(10);
        assert_eq!(inbox.hear(&notice(11, 2001)), Next::Gather);
        let question = inbox.ask().unwrap();
        assert_eq!(inbox.hear(&notice(12, 2001)), Next::Wait);
        assert_eq!(inbox.answered(&question), (Answer::Fresh, Next::Gather));
        assert_eq!(inbox.ask().unwrap().ids, [RequestId(2001)]);
    }

    #[test]
    fn what_the_page_knows_and_what_is_no_request_is_not_asked_for() {
        let mut inbox = loaded(10);
        assert_eq!(inbox.hear(&notice(10, 2001)), Next::Wait);
        let dataset = Notice { id: EventId(11), subject: Subject::Dataset(domain::ids::DatasetId(1001)) };
        assert_eq!(inbox.hear(&dataset), Next::Wait);
        assert_eq!(inbox.ask(), None);
    }

    #[test]
    fn a_notice_before_the_first_page_is_asked_for_after_it() {
        let mut inbox = Inbox::default();
        assert_eq!(inbox.hear(&notice(11, 2001)), Next::Wait);
        assert_eq!(inbox.load(EventId(10)), Next::Gather);
        assert_eq!(inbox.ask().unwrap().ids, [RequestId(2001)]);
    }

    #[test]
    fn a_page_made_before_a_notice_that_was_heard_already_asks_again() {
        let mut inbox = loaded(10);
        assert_eq!(inbox.hear(&notice(12, 2001)), Next::Gather);
        let question = inbox.ask().unwrap();
        assert_eq!(inbox.load(EventId(11)), Next::Wait);
        assert_eq!(inbox.answered(&question), (Answer::Stale, Next::Gather));
        assert_eq!(inbox.ask().unwrap().ids, [RequestId(2001)]);
    }

    #[test]
    fn a_failed_question_is_asked_again_unless_a_page_came_in() {
        let mut inbox = loaded(10);
        assert_eq!(inbox.want(RequestId(2001)), Next::Gather);
        let question = inbox.ask().unwrap();
        assert_eq!(inbox.failed(question), Next::Gather);
        let question = inbox.ask().unwrap();
        assert_eq!(question.ids, [RequestId(2001)]);
        assert_eq!(inbox.load(EventId(20)), Next::Wait);
        assert_eq!(inbox.failed(question), Next::Wait);
    }
}
