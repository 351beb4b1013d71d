use leptos::prelude::*;

#[component]
pub fn RequestPage() -> impl IntoView {
    view! { <main>"RequestPage"</main> }
}
