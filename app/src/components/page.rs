//! The frame inside a page: its heading, and what it shows when there is nothing or something went wrong.

use domain::error::Error;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::icon::{Icon, IconName};
use crate::{error::AppError, links, posted::Posted};

/// A page's one `h1`, a sentence under it, and its main actions at the right.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional, into)] subtitle: String,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
            <div class="min-w-0">
                <h1 class="text-xl leading-7 tracking-tight wrap-anywhere">{title}</h1>
                {(!subtitle.is_empty()).then(|| view! { <p class="mt-0.5 max-w-prose text-muted">{subtitle}</p> })}
            </div>
            {children.map(|children| view! { <div class="flex flex-wrap items-center gap-2">{children()}</div> })}
        </header>
    }
}

/// Instead of a whole page: an [`ErrorPanel`] under an `h1` and a document title of its own. On the server it also gives
/// the answer its status.
#[component]
pub fn ErrorPage(
    error: AppError,
    /// What a plain form sent to this page, where it answers one.
    #[prop(optional_no_strip)]
    posted: Option<Posted>,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(error.status())
    {
        response.set_status(status);
    }
    let title = headline(&error);
    view! {
        <Title text=title />
        <PageHeader title />
        {match posted {
            Some(posted) if posted.error == Error::SignedOut => view! { <SendAgain posted /> }.into_any(),
            _ => view! { <ErrorPanel error /> }.into_any(),
        }}
    }
}

/// A form that came without a session: it is kept in the page, to be sent again from there.
#[component]
fn SendAgain(posted: Posted) -> impl IntoView {
    let kept = posted.values.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form method="post" action=here() class="notice" data-tone="amber">
            {kept.collect_view()}
            <Icon name=IconName::Lock />
            <div class="min-w-0">
                <p class="font-medium" role="alert">"Your session has ended, so nothing was done yet."</p>
                <p class="mt-1 text-muted">
                    "What you typed is kept in this page. Sign in in a new tab, come back, and send it again."
                </p>
                <div class="mt-3 flex flex-wrap gap-2">
                    <a class="btn btn-primary btn-sm" href="/sign-in" target="_blank" rel="external noopener">
                        "Sign in in a new tab"
                    </a>
                    <button type="submit" class="btn btn-sm">"Send again"</button>
                </div>
            </div>
        </form>
    }
}

/// Instead of a part of a page: what went wrong and what to do.
#[component]
pub fn ErrorPanel(error: AppError) -> impl IntoView {
    let (icon, tone) = match error.status() {
        401 | 403 => (IconName::Lock, "amber"),
        404 => (IconName::Search, "gray"),
        409 | 412 | 422 => (IconName::Warning, "amber"),
        _ => (IconName::Warning, "red"),
    };
    view! {
        <div class="notice" data-tone=tone role="alert">
            <Icon name=icon />
            <div class="min-w-0">
                <p class="font-medium wrap-anywhere">{error.to_string()}</p>
                <p class="mt-1 text-muted">{advice(&error)}</p>
                <div class="mt-3 flex flex-wrap gap-2">{ways_out(&error)}</div>
            </div>
        </div>
    }
}

/// While a page's data is on its way after a click; the server's own pages never show it.
#[component]
pub fn Loading() -> impl IntoView {
    view! {
        <div class="flex flex-col gap-4 py-2" role="status">
            <span class="sr-only">"Loading…"</span>
            <div class="skeleton h-7 w-56"></div>
            <div class="skeleton h-20 w-full"></div>
            <div class="skeleton h-64 w-full"></div>
        </div>
    }
}

/// Where a list is empty: why, and what to do.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Buttons or links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center px-6 py-10 text-center">
            <Icon name=IconName::Inbox class="size-6 text-muted" />
            <p class="mt-3 font-semibold">{title}</p>
            <p class="mt-1 max-w-md text-muted">{text}</p>
            {children.map(|children| view! { <div class="mt-4 flex flex-wrap justify-center gap-2">{children()}</div> })}
        </div>
    }
}

/// A message above a form or a table. `kind` is `info`, `success`, `warning` or `error`; the last two interrupt a
/// screen reader.
#[component]
pub fn Alert(#[prop(into)] kind: String, #[prop(into)] text: String) -> impl IntoView {
    let (icon, tone, role) = match kind.as_str() {
        "success" => (IconName::CheckCircle, "green", "status"),
        "warning" => (IconName::Warning, "amber", "alert"),
        "error" => (IconName::Warning, "red", "alert"),
        _ => (IconName::Info, "blue", "status"),
    };
    view! {
        <div class="notice" data-tone=tone role=role>
            <Icon name=icon />
            <p class="min-w-0 wrap-anywhere">{text}</p>
        </div>
    }
}

fn headline(error: &AppError) -> &'static str {
    match error {
        AppError::Transport(_) => "No answer",
        AppError::Refused(error) => match error.status() {
            401 => "You are signed out",
            403 => "Not allowed",
            404 => "Not found",
            409 | 412 => "It changed meanwhile",
            422 => "Something needs another look",
            503 => "Not available right now",
            _ => "Something went wrong",
        },
    }
}

fn advice(error: &AppError) -> &'static str {
    match error {
        AppError::Transport(_) => "Reload the page once you are connected again.",
        AppError::Refused(error) => match error.status() {
            401 => "Your session has ended. Sign in, and you come back to this page.",
            403 => "Ask somebody with the role that it needs, or open what you came from.",
            404 => "The address may be mistyped, or it belongs to another team and is still a draft.",
            409 | 412 => "Reload the page to see what it is now.",
            422 => "Correct what is named above and send it again.",
            503 => "Reload the page in a moment.",
            _ => "Reload the page. If it happens again, report it with the reference above.",
        },
    }
}

fn ways_out(error: &AppError) -> AnyView {
    match error {
        AppError::Refused(Error::SignedOut) => {
            let next = here();
            // A whole page load: what the last person saw is not kept in memory.
            view! {
                <a class="btn btn-primary btn-sm" rel="external" href=move || links::href("/sign-in", &[("next", next())])>
                    "Sign in"
                </a>
            }
            .into_any()
        }
        AppError::Refused(Error::NotFound { .. } | Error::Forbidden { .. }) => view! {
            <a class="btn btn-sm" href="/queue">"Open the queue"</a>
            <a class="btn btn-sm" href="/catalogue">"Open the catalogue"</a>
        }
        .into_any(),
        _ => view! { <a class="btn btn-sm" rel="external" href=here()>"Reload"</a> }.into_any(),
    }
}

/// The path and the query of the page at hand.
pub fn here() -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let location = use_location();
    move || {
        let (path, query) = (location.pathname.get(), location.search.get());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }
}
