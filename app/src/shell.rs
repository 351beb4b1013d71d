//! The document around every page, and the table of routes.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    api,
    components::{Frame, MeResource},
    live::provide_live,
    pages::{
        about::AboutPage,
        analytics::AnalyticsPage,
        audit::AuditPage,
        bulk::BulkPage,
        catalogue::CataloguePage,
        console::ConsolePage,
        dataset::DatasetPage,
        home::HomePage,
        jobs::{JobPage, JobsPage},
        not_found::NotFound,
        notice_settings::NoticeSettingsPage,
        notifications::NotificationsPage,
        people::{PeoplePage, PersonPage},
        policies::PoliciesPage,
        queue::QueuePage,
        refused::RefusedPage,
        request::RequestPage,
        request_form::{EditRequestPage, NewRequestPage},
        set_password::SetPasswordPage,
        settings::SettingsPage,
        sign_in::SignInPage,
        teams::TeamsPage,
        webhooks::WebhooksPage,
    },
    theme::Theme,
};

/// The document that the server fills.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=Theme::current().data_theme()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" type="font/woff2" crossorigin="anonymous" />
                <link id="leptos" rel="stylesheet" href=stylesheet />
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
    let me: MeResource = Resource::new_blocking(|| (), |()| api::me());
    provide_context(me);
    provide_live(move || me.get().and_then(Result::ok).flatten().map(|me| me.last_event));
    // Where scripts run, form fields that do not apply are hidden: see `cond-off` in style/tailwind.css.
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            let _ = root.class_list().add_1("js");
        }
    });
    view! {
        <Title formatter=|title: String| if title.is_empty() { "KVStore".to_owned() } else { format!("{title} · KVStore") } />
        <Router>
            <Frame>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in/refused") view=RefusedPage ssr=SsrMode::Async />
                    <Route path=path!("/setup") view=SetPasswordPage ssr=SsrMode::Async />
                    <Route path=path!("/set-password") view=SetPasswordPage ssr=SsrMode::Async />
                    <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/people") view=PeoplePage ssr=SsrMode::Async />
                    <Route path=path!("/admin/people/:id") view=PersonPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/teams") view=TeamsPage ssr=SsrMode::Async />
                    <Route path=path!("/queue") view=QueuePage ssr=SsrMode::Async />
                    <Route path=path!("/queue/analytics") view=AnalyticsPage ssr=SsrMode::Async />
                    <Route path=path!("/queue/bulk/:job") view=BulkPage ssr=SsrMode::Async />
                    <Route path=path!("/requests/new") view=NewRequestPage ssr=SsrMode::Async />
                    <Route path=path!("/requests/:id") view=RequestPage ssr=SsrMode::Async />
                    <Route path=path!("/requests/:id/edit") view=EditRequestPage ssr=SsrMode::Async />
                    <Route path=path!("/catalogue") view=CataloguePage ssr=SsrMode::Async />
                    <Route path=path!("/datasets/:id") view=DatasetPage ssr=SsrMode::Async />
                    <Route path=path!("/jobs") view=JobsPage ssr=SsrMode::Async />
                    <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/audit") view=AuditPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/policies") view=PoliciesPage ssr=SsrMode::Async />
                    <Route path=path!("/datasets/:id/requests/:kind") view=AboutPage ssr=SsrMode::Async />
                    <Route path=path!("/notifications") view=NotificationsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/notifications") view=NoticeSettingsPage ssr=SsrMode::Async />
                    <Route path=path!("/admin/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                    <Route path=path!("/console") view=ConsolePage ssr=SsrMode::Async />
                </Routes>
            </Frame>
        </Router>
    }
}
