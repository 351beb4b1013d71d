//! The icons there are, as inline SVG.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconName {
    Plus,
}

/// An icon; decoration only, so hidden from screen readers.
#[component]
pub fn Icon(name: IconName, #[prop(default = "size-4")] class: &'static str) -> impl IntoView {
    let path = match name {
        IconName::Plus => "M12 5v14M5 12h14",
    };
    view! {
        <svg class=class viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
            <path d=path />
        </svg>
    }
}
