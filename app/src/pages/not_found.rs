use leptos::prelude::*;

#[component]
pub fn NotFound() -> impl IntoView {
    view! { <main>"NotFound"</main> }
}
