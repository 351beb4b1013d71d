//! The own account: profile, password, tokens, signed-in browsers. Every form is posted plainly to `/settings`.

use domain::{
    Timestamp,
    account::{SessionView, SettingsView, TokenView},
    browser::browser_name,
    format::minute,
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{ErrorPage, Loading, PageHeader, PlainField, Refusal, TimeAgo, ToldOnce, message_of},
    posted::{Posted, use_posted},
};

const PATH: &str = "/settings";

#[component]
pub fn SettingsPage() -> impl IntoView {
    let settings = Resource::new_blocking(|| (), |()| api::settings());
    let posted = StoredValue::new(use_posted());
    view! {
        <Title text="Settings" />
        <PageHeader title="Settings" subtitle="Your own account. The theme is chosen at the end of the menu." />
        <ToldOnce />
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match settings.await {
                    Ok(settings) => view! { <Sections settings posted=posted.get_value() /> }.into_any(),
                    Err(error) => view! { <ErrorPage error posted=posted.get_value() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sections(settings: SettingsView, posted: Option<Posted>) -> impl IntoView {
    let SettingsView { person, email, has_password, sessions, tokens, now } = settings;
    let present = has_password.then(|| {
        view! {
            <PlainField label="Present password" name="present" kind="password" autocomplete="current-password" posted=posted.clone() />
        }
    });
    let change = if has_password { "Change the password" } else { "Set a password" };
    view! {
        <div class="flex max-w-4xl flex-col gap-6">
            <Refusal posted=posted.clone() />
            <section class="panel" aria-labelledby="profile-title">
                <div class="panel-head"><h2 id="profile-title" class="panel-title">"Profile"</h2></div>
                <form method="post" action=PATH class="grid gap-4 p-4 sm:grid-cols-2">
                    <input type="hidden" name="do" value="profile" />
                    <PlainField label="Name" name="name" value=person.name autocomplete="name" posted=posted.clone() />
                    <PlainField
                        label="E-mail address"
                        name="email"
                        kind="email"
                        value=email
                        required=false
                        autocomplete="email"
                        help="You can sign in with it instead of your handle."
                        posted=posted.clone()
                    />
                    <div><button type="submit" class="btn btn-primary btn-sm">"Save the profile"</button></div>
                </form>
            </section>
            <section class="panel" aria-labelledby="password-title">
                <div class="panel-head"><h2 id="password-title" class="panel-title">"Password"</h2></div>
                <form method="post" action=PATH class="grid gap-4 p-4 sm:grid-cols-2">
                    <input type="hidden" name="do" value="password" />
                    <input type="hidden" name="username" autocomplete="username" value=person.handle />
                    {present}
                    <PlainField
                        label="New password"
                        name="password"
                        kind="password"
                        autocomplete="new-password"
                        help="12 to 128 characters; a few words are fine."
                        posted=posted.clone()
                    />
                    <PlainField label="New password again" name="again" kind="password" autocomplete="new-password" posted=posted.clone() />
                    <div class="self-end">
                        <button type="submit" class="btn btn-primary btn-sm">{change}</button>
                        <p class="mt-1 text-xs text-muted">"Every other browser is signed out."</p>
                    </div>
                </form>
            </section>
            <TokensPanel action=PATH tokens now posted />
            <Sessions sessions now />
        </div>
    }
}

/// The tokens of an account that hold, and the form that makes one.
#[component]
pub fn TokensPanel(
    #[prop(into)] action: String,
    tokens: Vec<TokenView>,
    now: Timestamp,
    posted: Option<Posted>,
    #[prop(default = true)] may_make: bool,
    #[prop(default = true)] may_end: bool,
) -> impl IntoView {
    let expires_error = message_of(posted.as_ref(), "expires");
    let rows = tokens
        .into_iter()
        .map(|token| view! { <TokenLine action=action.clone() token now may_end /> })
        .collect::<Vec<_>>();
    let none = rows.is_empty().then(|| view! { <p class="p-4 text-muted">"There is no token."</p> });
    let form = may_make.then(|| view! {
            <form method="post" action=action class="grid gap-4 border-t border-base-300 p-4 sm:grid-cols-2">
                <input type="hidden" name="do" value="token" />
                <PlainField label="What the token is for" name="token_name" posted=posted.clone() />
                <PlainField
                    label="Scopes"
                    name="scopes"
                    help="control:read, control:write, admin:*, DATASET:read, DATASET/PREFIX:write, *:admin; with blanks between. It never does more than its owner may."
                    posted=posted.clone()
                />
                <div class="flex min-w-0 flex-col gap-1.5">
                    <label class="text-sm font-medium" for="expires">"It ends"</label>
                    <select class="select w-full" id="expires" name="expires">
                        <option value="30">"in 30 days"</option>
                        <option value="90" selected>"in 90 days"</option>
                        <option value="365">"in a year"</option>
                        <option value="never">"never"</option>
                    </select>
                    {expires_error.map(|message| view! { <p class="text-sm text-error">{message}</p> })}
                </div>
                <div class="self-end"><button type="submit" class="btn btn-primary btn-sm">"Make a token"</button></div>
            </form>
    });
    view! {
        <section class="panel" aria-labelledby="tokens-title">
            <div class="panel-head"><h2 id="tokens-title" class="panel-title">"Tokens"</h2></div>
            {none}
            <ul class="divide-y divide-base-300">{rows}</ul>
            {form}
        </section>
    }
}

#[component]
fn TokenLine(action: String, token: TokenView, now: Timestamp, may_end: bool) -> impl IntoView {
    let ends = token.expires_at.map_or_else(|| "never ends".to_owned(), |at| format!("ends {} UTC", minute(at)));
    let used = match token.last_used_at {
        Some(at) => view! { "used "<TimeAgo at now /> }.into_any(),
        None => "never used".into_any(),
    };
    let end = may_end.then(|| {
        let label = format!("Revoke the token {}", token.name);
        view! {
            <form method="post" action=action>
                <input type="hidden" name="do" value="revoke-token" />
                <button type="submit" class="btn btn-sm" name="token" value=token.id.0.to_string() aria-label=label>"Revoke"</button>
            </form>
        }
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
            <div class="min-w-0">
                <p class="font-medium wrap-anywhere">{token.name}" "<span class="mono text-muted">{format!("…{}", token.hint)}</span></p>
                <p class="text-xs text-muted wrap-anywhere">
                    <span class="mono">{token.scopes.join(" ")}</span>
                    {format!(" · {ends} · ")}
                    {used}
                </p>
            </div>
            {end}
        </li>
    }
}

#[component]
fn Sessions(sessions: Vec<SessionView>, now: Timestamp) -> impl IntoView {
    let several = sessions.len() > 1;
    let rows = sessions
        .into_iter()
        .map(|session| {
            let mark = session.is_this.then(|| view! { <span class="tag">"This browser"</span> });
            let name = browser_name(&session.agent);
            let label = format!("End the session of {name}");
            let end = (!session.is_this).then(|| {
                view! {
                    <form method="post" action=PATH>
                        <input type="hidden" name="do" value="revoke-session" />
                        <button type="submit" class="btn btn-sm" name="session" value=session.id.0.to_string() aria-label=label>"End"</button>
                    </form>
                }
            });
            view! {
                <li class="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
                    <div class="min-w-0">
                        <p class="wrap-anywhere" title=session.agent>{name}" "{mark}</p>
                        <p class="text-xs text-muted">
                            "signed in "<TimeAgo at=session.created_at now />", used "<TimeAgo at=session.last_used_at now />
                        </p>
                    </div>
                    {end}
                </li>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <section class="panel" aria-labelledby="sessions-title">
            <div class="panel-head">
                <h2 id="sessions-title" class="panel-title">"Signed-in browsers"</h2>
                {several.then(|| view! {
                    <form method="post" action=PATH>
                        <button type="submit" class="btn btn-sm" name="do" value="revoke-sessions">"End all others"</button>
                    </form>
                })}
            </div>
            <ul class="divide-y divide-base-300">{rows}</ul>
        </section>
    }
}
