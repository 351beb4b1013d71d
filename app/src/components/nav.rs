//! The frame around every page: the sidebar on wide screens, a bar with a menu on narrow ones, and the `<main>` landmark.
//!
//! All of it works without JavaScript: the menu is a `<details>`, the theme and signing out are plain forms.

use domain::{
    bounds::UNREAD_CAP,
    choices::{Choice, Role},
    view::Me,
};
use leptos::{html, prelude::*};
use leptos_router::{components::A, hooks::use_location};

use super::{
    badges::initials,
    icon::{Icon, IconName},
    page::here,
    refresh::refresh_on_live,
};
use crate::{error::AppError, theme::Theme};

/// Who is signed in, as the app provides it to every page by context.
pub type MeResource = Resource<Result<Option<Me>, AppError>>;

/// Surrounds the pages. On the sign-in page there is nothing to navigate, so only `<main>` is left.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let pathname = use_location().pathname;
    let bare = Memo::new(move |_| {
        pathname.with(|path| matches!(path.as_str(), "/sign-in" | "/sign-in/refused" | "/setup" | "/set-password"))
    });
    let me = expect_context::<MeResource>();
    refresh_on_live(move || me.refetch());
    provide_context(RwSignal::new(Theme::current()));
    view! {
        <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
        <Show when=move || !bare.get()>
            <TopBar />
            <SideBar />
        </Show>
        <div class=move || if bare.get() { "" } else { "lg:pl-60" }>
            <main
                id="main"
                tabindex="-1"
                class=move || if bare.get() { "" } else { "mx-auto max-w-[110rem] px-4 py-6 sm:px-6 lg:px-8 lg:py-8" }
            >
                {children()}
            </main>
        </div>
    }
}

/// The product's mark and name: keys with their values.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <span class="inline-flex items-center gap-2.5 text-[0.9375rem] font-semibold tracking-tight">
            <svg class="size-6" viewBox="0 0 32 32" aria-hidden="true">
                <rect class="fill-primary" width="32" height="32" rx="7" />
                <g class="fill-primary-content">
                    <circle cx="9" cy="10" r="2.6" />
                    <rect x="14" y="7.8" width="11" height="4.4" rx="2.2" />
                    <circle cx="9" cy="22" r="2.6" />
                    <rect x="14" y="19.8" width="7" height="4.4" rx="2.2" />
                </g>
            </svg>
            "KVStore"
        </span>
    }
}

#[component]
fn SideBar() -> impl IntoView {
    view! {
        <header class="fixed inset-y-0 left-0 z-30 hidden w-60 flex-col border-r border-base-300 bg-base-200 lg:flex">
            <a class="m-3 flex rounded-field px-2.5 py-2" href="/" aria-label="KVStore, home"><Logo /></a>
            <NavPanel />
        </header>
    }
}

#[component]
fn TopBar() -> impl IntoView {
    let menu = NodeRef::<html::Details>::new();
    let me = expect_context::<MeResource>();
    let pathname = use_location().pathname;
    Effect::new(move || {
        pathname.track();
        if let Some(menu) = menu.get() {
            menu.set_open(false);
        }
    });
    view! {
        <header class="sticky top-0 z-30 border-b border-base-300 bg-base-200 lg:hidden">
            <details class="group" node_ref=menu>
                <summary class="flex h-14 cursor-pointer list-none items-center justify-between px-4 [&::-webkit-details-marker]:hidden">
                    <Logo />
                    <span class="btn btn-ghost btn-sm gap-2">
                        "Menu"
                        <Transition>
                            {move || Suspend::new(async move {
                                count(me.await.ok().flatten().map_or(0, |me| me.unread))
                            })}
                        </Transition>
                        <Icon name=IconName::Menu class="size-4 group-open:hidden" />
                        <Icon name=IconName::X class="hidden size-4 group-open:block" />
                    </span>
                </summary>
                <div class="absolute inset-x-0 top-full max-h-[calc(100dvh-3.5rem)] overflow-y-auto border-y border-base-300 bg-base-200 pt-3 shadow-lg">
                    <NavPanel />
                </div>
            </details>
        </header>
    }
}

/// The links, the person and the theme: the same in the sidebar and in the menu, of which one is always hidden.
#[component]
fn NavPanel() -> impl IntoView {
    let me = expect_context::<MeResource>();
    view! {
        <nav class="flex-1 px-3" aria-label="Main">
            <Transition>
                {move || Suspend::new(async move {
                    let me = me.await.ok().flatten();
                    let waiting = me.as_ref().map_or(0, |me| me.waiting);
                    let unread = me.as_ref().map_or(0, |me| me.unread);
                    let may_audit = me.as_ref().is_some_and(|me| me.may_audit);
                    let may_read_policies = me.as_ref().is_some_and(|me| me.may_read_policies);
                    let is_admin = me.as_ref().is_some_and(|me| me.person.role == Role::Admin);
                    let may_file = me.is_some_and(|me| me.may_file);
                    view! {
                        <NavLinks waiting unread may_file may_audit may_read_policies />
                        {may_audit.then(|| view! { <AdminLinks is_admin /> })}
                    }
                })}
            </Transition>
        </nav>
        <div class="mt-3 flex flex-col gap-3 border-t border-base-300 p-3">
            <Transition>
                {move || Suspend::new(async move { me.await.ok().flatten().map(|me| view! { <Person me /> }) })}
            </Transition>
            <ThemeSwitch />
        </div>
    }
}

#[component]
fn NavLinks(waiting: i64, unread: u32, may_file: bool, may_audit: bool, may_read_policies: bool) -> impl IntoView {
    view! {
        <ul class="flex flex-col gap-0.5">
            <li><A href="/" exact=true attr:class="nav-link"><Icon name=IconName::Home />"Home"</A></li>
            <li>
                <A href="/queue" attr:class="nav-link">
                    <Icon name=IconName::Inbox />
                    "Queue"
                    {(waiting > 0).then(|| view! {
                        <span class="ml-auto rounded-full bg-primary px-1.5 text-xs leading-5 font-semibold text-primary-content tabular-nums">
                            {waiting}
                            <span class="sr-only">" waiting for you"</span>
                        </span>
                    })}
                </A>
            </li>
            <li>
                <A href="/notifications" attr:class="nav-link">
                    <Icon name=IconName::Bell />
                    "Notifications"
                    <span class="ml-auto flex">{count(unread)}</span>
                </A>
            </li>
            {may_file.then(|| view! {
                <li><A href="/requests/new" attr:class="nav-link"><Icon name=IconName::FilePlus />"New request"</A></li>
            })}
            <li><A href="/catalogue" attr:class="nav-link"><Icon name=IconName::Database />"Catalogue"</A></li>
            <li><A href="/jobs" attr:class="nav-link"><Icon name=IconName::Rotate />"Jobs"</A></li>
            {may_audit.then(|| view! {
                <li><A href="/admin/audit" attr:class="nav-link"><Icon name=IconName::Shield />"Audit"</A></li>
            })}
            {may_read_policies.then(|| view! {
                <li><A href="/admin/policies" attr:class="nav-link"><Icon name=IconName::ShieldCheck />"Policy"</A></li>
            })}
            <li><A href="/console" attr:class="nav-link"><Icon name=IconName::Terminal />"Console"</A></li>
        </ul>
    }
}

/// What admins keep and auditors read.
#[component]
fn AdminLinks(is_admin: bool) -> impl IntoView {
    view! {
        <h2 class="mt-5 mb-1 px-2.5 text-xs font-semibold text-muted">"Admin"</h2>
        <ul class="flex flex-col gap-0.5">
            <li><A href="/admin/people" attr:class="nav-link"><Icon name=IconName::Users />"People"</A></li>
            <li><A href="/admin/teams" attr:class="nav-link"><Icon name=IconName::Users />"Teams"</A></li>
            {is_admin.then(|| view! {
                <li><A href="/admin/webhooks" attr:class="nav-link"><Icon name=IconName::Webhook />"Webhooks"</A></li>
            })}
        </ul>
    }
}

/// The count of the bell, which stops at the cap; nothing where there is nothing to count.
fn count(unread: u32) -> Option<impl IntoView> {
    let text = if unread >= UNREAD_CAP { format!("{UNREAD_CAP}+") } else { unread.to_string() };
    (unread > 0).then(|| {
        view! {
            <span class="rounded-full bg-primary px-1.5 text-xs leading-5 font-semibold text-primary-content tabular-nums">
                {text}
                <span class="sr-only">" unread"</span>
            </span>
        }
    })
}

/// Who is signed in, in which role and teams, and the way out.
#[component]
fn Person(me: Me) -> impl IntoView {
    let part =
        std::iter::once(me.person.role.label().to_owned()).chain(me.person.teams).collect::<Vec<_>>().join(" · ");
    view! {
        <div class="flex items-center gap-2.5 px-1">
            <span class="grid size-8 shrink-0 place-items-center rounded-full bg-base-300 text-xs font-semibold" aria-hidden="true">
                {initials(&me.person.name)}
            </span>
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{me.person.name}</p>
                <p class="text-xs text-muted wrap-anywhere">{part}</p>
                <A href="/settings" attr:class="textlink text-xs">"Settings"</A>
            </div>
            <form method="post" action="/sign-out">
                <button type="submit" class="btn btn-ghost btn-sm btn-square" title="Sign out" aria-label="Sign out">
                    <Icon name=IconName::LogOut />
                </button>
            </form>
        </div>
    }
}

/// Light, dark or as the system says. Switches at once where JavaScript runs; otherwise the form is posted.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let theme = expect_context::<RwSignal<Theme>>();
    let buttons = Theme::ALL.map(|choice| {
        let (icon, label) = match choice {
            Theme::Light => (IconName::Sun, "Light theme"),
            Theme::Dark => (IconName::Moon, "Dark theme"),
            Theme::System => (IconName::Monitor, "Theme of the system"),
        };
        view! {
            <button
                type="submit"
                name=Theme::COOKIE
                value=choice.word()
                title=label
                aria-label=label
                aria-pressed=move || (theme.get() == choice).to_string()
                on:click=move |event| {
                    event.prevent_default();
                    choice.apply();
                    theme.set(choice);
                }
            >
                <Icon name=icon class="size-3.5" />
            </button>
        }
    });
    view! {
        <form method="post" action="/theme" class="flex items-center justify-between px-1">
            <input type="hidden" name="next" value=here() />
            <span class="text-xs text-muted">"Theme"</span>
            <span class="segment" role="group" aria-label="Theme">{buttons.into_iter().collect_view()}</span>
        </form>
    }
}
