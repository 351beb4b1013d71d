//! The document around every page, and the table of routes.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Stylesheet, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::pages::{
    catalogue::CataloguePage, dataset::DatasetPage, home::HomePage, not_found::NotFound, queue::QueuePage,
    request::RequestPage, request_form::{EditRequestPage, NewRequestPage}, sign_in::SignInPage,
};

/// The document that the server fills.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The application, on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Stylesheet id="leptos" href="/pkg/kvstore.css" />
        <Title formatter=|title: String| if title.is_empty() { "KVStore".to_owned() } else { format!("{title} · KVStore") } />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/queue") view=QueuePage ssr=SsrMode::Async />
                <Route path=path!("/requests/new") view=NewRequestPage ssr=SsrMode::Async />
                <Route path=path!("/requests/:id") view=RequestPage ssr=SsrMode::Async />
                <Route path=path!("/requests/:id/edit") view=EditRequestPage ssr=SsrMode::Async />
                <Route path=path!("/catalogue") view=CataloguePage ssr=SsrMode::Async />
                <Route path=path!("/datasets/:id") view=DatasetPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
