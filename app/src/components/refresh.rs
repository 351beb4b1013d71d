//! Reading a page's data again when something changed.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::live::Live;

/// How long changes are gathered before the truth is read again.
const GATHER: Duration = Duration::from_millis(600);

/// Calls `refetch` soon after a notice or a reset: once for all that arrive within [`GATHER`], so that neither one
/// change nor a steady stream of them asks the server more often. Does nothing where there are no live updates.
pub fn refresh_on_live(refetch: impl Fn() + Clone + Send + Sync + 'static) {
    let Some(live) = use_context::<Live>() else { return };
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |previous: Option<()>| {
        live.notice.track();
        live.resets.track();
        if previous.is_none() || waiting.with_value(Option::is_some) {
            return;
        }
        let refetch = refetch.clone();
        let later = move || {
            waiting.set_value(None);
            refetch();
        };
        waiting.set_value(set_timeout_with_handle(later, GATHER).ok());
    });
    on_cleanup(move || {
        if let Some(handle) = waiting.try_get_value().flatten() {
            handle.clear();
        }
    });
}
