//! Why a sign-in at the identity provider ended without a session, and the way back.

use domain::external::Refusal;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Icon, IconName, Logo},
    links::use_query_of,
};

#[component]
pub fn RefusedPage() -> impl IntoView {
    // What nobody knows is said as what is most often the reason.
    let why = use_query_of(|pairs| {
        let word = pairs.iter().find(|(name, _)| name == "why").map(|(_, value)| value.as_str());
        word.and_then(Refusal::from_word).unwrap_or(Refusal::State)
    });
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(why.get_untracked().status())
    {
        response.set_status(status);
    }
    view! {
        <Title text="Not signed in" />
        <div class="mx-auto flex min-h-dvh max-w-lg flex-col gap-6 px-4 py-10 sm:py-16">
            <Logo />
            <h1 class="text-xl tracking-tight">"You are not signed in"</h1>
            <div class="notice" data-tone="amber" role="alert">
                <Icon name=IconName::Lock />
                <div class="min-w-0">
                    <p class="font-medium">{move || why.get().says()}</p>
                    <p class="mt-1 text-muted">"Nothing was changed. You can start again."</p>
                    <div class="mt-3 flex flex-wrap gap-2">
                        <a class="btn btn-primary btn-sm" href="/sign-in">"To the sign-in page"</a>
                    </div>
                </div>
            </div>
        </div>
    }
}
