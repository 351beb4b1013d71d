//! Live updates: one stream of notices for each visible tab.
//!
//! The application calls [`provide_live`] once; a page asks for [`use_live`], reacts to [`Live::notice`] by reading the
//! truth again, and tells [`Live::resume_after`] the last event that its data knows, so that nothing between making the
//! page and opening the stream is missed. On the server nothing of this runs.

use domain::{event::Notice, ids::EventId};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod stream;

/// Seconds to wait before the stream is opened again, for each failed attempt in a row; the last for all further ones.
#[cfg(any(feature = "hydrate", test))]
const BACK_OFF_SECONDS: [u64; 6] = [1, 2, 4, 8, 16, 30];

/// The notices that arrive while this page is open; `None` until the first.
#[derive(Clone, Copy)]
pub struct Live {
    /// The last notice. Each is told apart: effects run between two messages of a stream.
    pub notice: ReadSignal<Option<Notice>>,
    /// Rises when notices may have been missed: read everything again.
    pub resets: ReadSignal<u32>,
    /// Whether the page hears of changes at present.
    pub connection: ReadSignal<Connection>,
    /// Where the stream of this tab begins; none before somebody signed in.
    start: RwSignal<Option<EventId>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Connection {
    /// Not begun: on the server, before hydration, signed out.
    #[default]
    Off,
    Live,
    Reconnecting,
}

impl Live {
    /// Says what a page already knows. Where the stream began later than that, it begins again from there.
    pub fn resume_after(&self, known: EventId) {
        self.start.maybe_update(|start| match *start {
            Some(present) if present <= known => false,
            _ => {
                *start = Some(known);
                true
            }
        });
    }
}

/// Gives every page below its [`Live`]. `last_event` is that of the signed-in person's [`domain::view::Me`]: nothing is
/// opened before there is one.
pub fn provide_live(last_event: impl Fn() -> Option<EventId> + 'static) {
    let (notice, set_notice) = signal(None);
    let (resets, set_resets) = signal(0);
    let (connection, set_connection) = signal(Connection::default());
    let live = Live { notice, resets, connection, start: RwSignal::new(None) };
    provide_context(live);
    Effect::new(move |_| {
        if let Some(known) = last_event() {
            live.resume_after(known);
        }
    });
    #[cfg(feature = "hydrate")]
    stream::run(live.start, stream::Sink { set_notice, set_resets, set_connection });
    #[cfg(not(feature = "hydrate"))]
    let _ = (set_notice, set_resets, set_connection);
}

/// The live updates of this tab; silent where the application provides none, as in a test of a single component.
#[must_use]
pub fn use_live() -> Live {
    use_context::<Live>().unwrap_or_else(|| Live {
        notice: RwSignal::new(None).read_only(),
        resets: RwSignal::new(0).read_only(),
        connection: RwSignal::new(Connection::Off).read_only(),
        start: RwSignal::new(None),
    })
}

/// The wait before the next attempt, after so many that failed in a row.
#[cfg(any(feature = "hydrate", test))]
fn back_off(failures: usize) -> std::time::Duration {
    std::time::Duration::from_secs(BACK_OFF_SECONDS[failures.min(BACK_OFF_SECONDS.len() - 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_minute() {
        let waits: Vec<u64> = (0..8).map(|failures| back_off(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_page_that_knows_less_moves_the_start_back_and_one_that_knows_more_does_not() {
        let owner = Owner::new();
        owner.with(|| {
            let live = use_live();
            live.resume_after(EventId(90));
            assert_eq!(live.start.get_untracked(), Some(EventId(90)));
            live.resume_after(EventId(95));
            assert_eq!(live.start.get_untracked(), Some(EventId(90)));
            live.resume_after(EventId(88));
            assert_eq!(live.start.get_untracked(), Some(EventId(88)));
        });
    }
}
