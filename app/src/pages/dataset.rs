use leptos::prelude::*;

#[component]
pub fn DatasetPage() -> impl IntoView {
    view! { <main>"DatasetPage"</main> }
}
