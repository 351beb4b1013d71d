//! The `EventSource` behind [`super::Live`]: open while the tab is visible, resumed after the last event that it saw.
//!
//! A browser has six connections to a server over HTTP/1.1, so a hidden tab gives its own back. The browser itself
//! reopens a stream that broke, with `Last-Event-ID`; where it gives up (any answer but 200), it is opened anew here,
//! later after each failure.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use domain::{event::Notice, ids::EventId};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use serde::Deserialize;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent, VisibilityState};

use super::{Connection, back_off};

/// Where what is heard goes.
#[derive(Clone, Copy)]
pub(super) struct Sink {
    pub set_notice: WriteSignal<Option<Notice>>,
    pub set_resets: WriteSignal<u32>,
    pub set_connection: WriteSignal<Connection>,
}

/// Follows `start` and the visibility of the tab until the application is taken down.
pub(super) fn run(start: RwSignal<Option<EventId>>, sink: Sink) {
    let stream = StoredValue::new_local(Rc::new(Stream::new(sink)));
    Effect::new(move |_| {
        if let Some(after) = start.get() {
            stream.with_value(|stream| stream.restart(after));
        }
    });
    let listener = window_event_listener_untyped("visibilitychange", move |_| {
        stream.try_with_value(|stream| stream.follow_visibility());
    });
    on_cleanup(move || {
        listener.remove();
        stream.try_with_value(|stream| stream.stop());
    });
}

struct Stream {
    sink: Sink,
    /// The last event that is known here; none before the start.
    cursor: Cell<Option<EventId>>,
    source: RefCell<Option<Source>>,
    failures: Cell<usize>,
    retry: Cell<Option<TimeoutHandle>>,
}

/// An open connection with its handlers, which live as long.
struct Source {
    events: EventSource,
    _on_open: Closure<dyn FnMut()>,
    _on_error: Closure<dyn FnMut()>,
    _on_notice: Closure<dyn FnMut(MessageEvent)>,
    _on_reset: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.events.set_onopen(None);
        self.events.set_onerror(None);
        self.events.close();
    }
}

/// What follows a gap: from where on notices are told again.
#[derive(Deserialize)]
struct Reset {
    id: EventId,
}

impl Stream {
    fn new(sink: Sink) -> Self {
        Self {
            sink,
            cursor: Cell::new(None),
            source: RefCell::new(None),
            failures: Cell::new(0),
            retry: Cell::new(None),
        }
    }

    fn restart(self: &Rc<Self>, after: EventId) {
        self.cursor.set(Some(after));
        self.stop();
        self.follow_visibility();
    }

    fn follow_visibility(self: &Rc<Self>) {
        if document().visibility_state() == VisibilityState::Hidden {
            self.stop();
        } else if self.source.borrow().is_none() {
            self.open();
        }
    }

    /// Closes the connection and forgets a planned attempt. The cursor stays.
    fn stop(&self) {
        if let Some(retry) = self.retry.take() {
            retry.clear();
        }
        self.source.replace(None);
    }

    fn open(self: &Rc<Self>) {
        let Some(EventId(after)) = self.cursor.get() else { return };
        let Ok(events) = EventSource::new(&format!("/events?after={after}")) else {
            self.open_later();
            return;
        };
        let on_open = self.handler(|stream| {
            stream.failures.set(0);
            stream.sink.set_connection.set(Connection::Live);
        });
        let on_error = self.handler(|stream| {
            stream.sink.set_connection.set(Connection::Reconnecting);
            let gave_up = stream
                .source
                .borrow()
                .as_ref()
                .is_some_and(|source| source.events.ready_state() == EventSource::CLOSED);
            if gave_up {
                stream.open_later();
            }
        });
        let on_notice = self.message_handler(Self::hear);
        let on_reset = self.message_handler(Self::reset);
        events.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        events.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        for (name, handler) in [("notice", &on_notice), ("reset", &on_reset)] {
            if let Err(error) = events.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref()) {
                leptos::logging::warn!("live updates: {error:?}");
            }
        }
        self.source.replace(Some(Source {
            events,
            _on_open: on_open,
            _on_error: on_error,
            _on_notice: on_notice,
            _on_reset: on_reset,
        }));
    }

    /// Plans an attempt; the broken source stays until then, since its handler may be running.
    fn open_later(self: &Rc<Self>) {
        let failures = self.failures.get();
        self.failures.set(failures + 1);
        let stream = Rc::downgrade(self);
        let planned = set_timeout_with_handle(
            move || {
                if let Some(stream) = stream.upgrade() {
                    stream.stop();
                    stream.follow_visibility();
                }
            },
            back_off(failures),
        );
        if let Some(before) = self.retry.replace(planned.ok()) {
            before.clear();
        }
    }

    fn hear(&self, data: &str) {
        let Ok(notice) = serde_json::from_str::<Notice>(data) else {
            leptos::logging::warn!("live updates: a notice was not understood: {data}");
            return;
        };
        if self.cursor.get().is_none_or(|seen| seen < notice.id) {
            self.cursor.set(Some(notice.id));
            self.sink.set_notice.set(Some(notice));
        }
    }

    fn reset(&self, data: &str) {
        if let Ok(Reset { id }) = serde_json::from_str(data) {
            self.cursor.set(Some(id));
        }
        self.sink.set_resets.update(|resets| *resets += 1);
    }

    fn handler(self: &Rc<Self>, act: impl Fn(&Rc<Self>) + 'static) -> Closure<dyn FnMut()> {
        let stream = Rc::downgrade(self);
        Closure::new(move || {
            if let Some(stream) = stream.upgrade() {
                act(&stream);
            }
        })
    }

    fn message_handler(self: &Rc<Self>, act: impl Fn(&Self, &str) + 'static) -> Closure<dyn FnMut(MessageEvent)> {
        let stream = Rc::downgrade(self);
        Closure::new(move |event: MessageEvent| {
            if let (Some(stream), Some(data)) = (stream.upgrade(), event.data().as_string()) {
                act(&stream, &data);
            }
        })
    }
}
