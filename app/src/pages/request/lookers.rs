//! Who else has this request open. A page that is seen says so every few seconds; nothing of it is there without scripts.

use std::time::Duration;

use domain::{
    ids::RequestId,
    triage::{RENEW_SECONDS, looking},
};
use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*, task::spawn_local};
use web_sys::VisibilityState;

use crate::{
    api,
    components::{Icon, IconName},
};

/// The names of the others, while there are some.
#[component]
pub fn Lookers(id: RequestId) -> impl IntoView {
    let says = RwSignal::new(None::<String>);
    let look = move || {
        if document().visibility_state() != VisibilityState::Visible {
            return;
        }
        spawn_local(async move {
            // Not reached: the next time is soon.
            if let Ok(others) = api::request_look(id).await {
                says.try_set(looking(&others));
            }
        });
    };
    let interval = StoredValue::new(None::<IntervalHandle>);
    Effect::new(move |_| {
        look();
        let every = Duration::from_secs(RENEW_SECONDS.unsigned_abs());
        interval.set_value(set_interval_with_handle(look, every).ok());
    });
    on_cleanup(move || {
        if let Some(interval) = interval.try_get_value().flatten() {
            interval.clear();
        }
    });
    view! {
        <div role="status">
            {move || says.get().map(|says| view! {
                <p class="tone-bare mb-4 text-xs" data-tone="violet">
                    <Icon name=IconName::Eye class="size-3.5" />
                    {says}
                </p>
            })}
        </div>
    }
}
