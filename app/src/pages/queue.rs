use leptos::prelude::*;

#[component]
pub fn QueuePage() -> impl IntoView {
    view! { <main>"QueuePage"</main> }
}
