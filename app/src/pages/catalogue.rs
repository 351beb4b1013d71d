use leptos::prelude::*;

#[component]
pub fn CataloguePage() -> impl IntoView {
    view! { <main>"CataloguePage"</main> }
}
