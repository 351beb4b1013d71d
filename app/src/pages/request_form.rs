use leptos::prelude::*;

#[component]
pub fn NewRequestPage() -> impl IntoView {
    view! { <main>"new"</main> }
}

#[component]
pub fn EditRequestPage() -> impl IntoView {
    view! { <main>"edit"</main> }
}
