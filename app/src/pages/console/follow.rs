//! The stream of a dataset's changes.

use leptos::prelude::*;

use crate::console::wire::Change;

/// What the stream tells.
#[derive(Debug)]
pub(super) enum Told {
    Open,
    /// It broke; the browser opens it again.
    Broken,
    Change(Change),
    /// Changes may have been missed.
    Reset,
}

/// Follows the changes at an address until what it returns is dropped.
#[cfg(feature = "hydrate")]
pub(super) fn follow(address: &str, hear: impl Fn(Told) + Clone + 'static) -> Option<Following> {
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{Event, EventSource, MessageEvent};

    let events = EventSource::new(address).ok()?;
    let handler = |act: Box<dyn Fn(Event)>| Closure::<dyn Fn(Event)>::new(act);
    let change = {
        let hear = hear.clone();
        move |event: Event| {
            let data = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string());
            if let Some(change) = data.and_then(|data| serde_json::from_str(&data).ok()) {
                hear(Told::Change(change));
            }
        }
    };
    let (open, broken, reset) = (hear.clone(), hear.clone(), hear);
    let handlers = [
        ("open", handler(Box::new(move |_| open(Told::Open)))),
        ("error", handler(Box::new(move |_| broken(Told::Broken)))),
        ("reset", handler(Box::new(move |_| reset(Told::Reset)))),
        ("put", handler(Box::new(change.clone()))),
        ("delete", handler(Box::new(change))),
    ];
    for (name, handler) in &handlers {
        // Fails for no name that there is.
        let _ = events.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    }
    Some(Following { events, _handlers: handlers.map(|(_, handler)| handler) })
}

/// On the server nothing is followed.
#[cfg(not(feature = "hydrate"))]
pub(super) fn follow(_address: &str, hear: impl Fn(Told) + Clone + 'static) -> Option<Following> {
    // Everything that a stream can tell, so that the page's code is the same on both sides.
    let _ = (hear, [Told::Open, Told::Broken, Told::Reset].len(), Told::Change as fn(Change) -> Told);
    None
}

/// An open stream.
#[cfg(feature = "hydrate")]
pub(super) struct Following {
    events: web_sys::EventSource,
    _handlers: [wasm_bindgen::closure::Closure<dyn Fn(web_sys::Event)>; 5],
}

#[cfg(not(feature = "hydrate"))]
pub(super) struct Following;

impl Drop for Following {
    fn drop(&mut self) {
        #[cfg(feature = "hydrate")]
        self.events.close();
    }
}

/// Whether changes are followed, and how that goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Connection {
    #[default]
    Off,
    Opening,
    Live,
    Reconnecting,
}

impl Connection {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Opening => "Connecting",
            Self::Live => "Following",
            Self::Reconnecting => "Reconnecting",
        }
    }
}

/// Keeps an open stream for as long as its owner.
pub(super) type Stream = StoredValue<Option<Following>, LocalStorage>;
