//! Accounts, for admins, and for auditors to read: who there is, inviting, and one account with all that hangs on it.

use domain::{
    account::{AccountKind, AccountPage, AccountView, AccountsView},
    choices::{Choice, Role},
    ids::{TeamId, UserId},
    view::Team,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::settings::TokensPanel;
use crate::{
    api,
    components::{ErrorPage, Loading, PageHeader, PlainField, Refusal, TimeAgo, ToldOnce, message_of},
    links::use_query_of,
    posted::{Posted, use_posted},
};

const PATH: &str = "/admin/people";

#[component]
pub fn PeoplePage() -> impl IntoView {
    let accounts = Resource::new_blocking(|| (), |()| api::accounts());
    let posted = StoredValue::new(use_posted());
    let sought = use_query_of(|pairs| {
        pairs.iter().find(|(name, _)| name == "q").map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    });
    view! {
        <Title text="People" />
        <PageHeader title="People" subtitle="Everybody who can sign in, and the accounts of programs." />
        <ToldOnce />
        <Transition fallback=|| view! { <Loading /> }>
            {move || {
                let sought = sought.get();
                Suspend::new(async move {
                    match accounts.await {
                        Ok(accounts) => view! { <Accounts accounts sought posted=posted.get_value() /> }.into_any(),
                        Err(error) => view! { <ErrorPage error posted=posted.get_value() /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Accounts(accounts: AccountsView, sought: String, posted: Option<Posted>) -> impl IntoView {
    let AccountsView { accounts, teams, may_change, now } = accounts;
    let word = sought.to_lowercase();
    let matches = |account: &AccountView| {
        let person = &account.person;
        [&person.handle, &person.name, &account.email].iter().any(|text| text.to_lowercase().contains(&word))
    };
    let rows = accounts
        .into_iter()
        .filter(matches)
        .map(|account| {
            let href = format!("{PATH}/{}", account.person.id);
            let state = match (account.active, account.kind, account.has_password, account.signed_in_at) {
                (false, ..) => view! { <span class="tag">"Closed"</span> }.into_any(),
                (true, AccountKind::Service, ..) => view! { <span class="tag">"Service account"</span> }.into_any(),
                (true, _, _, Some(at)) => view! { "signed in "<TimeAgo at now /> }.into_any(),
                (true, _, true, None) => "never signed in".into_any(),
                (true, _, false, None) => "no password yet".into_any(),
            };
            let privacy =
                account.person.privacy_approver.then(|| view! { <span class="tag">"Privacy approver"</span> });
            view! {
                <tr>
                    <td><a class="namelink" href=href>{account.person.name}</a></td>
                    <td class="mono">{account.person.handle}</td>
                    <td>{account.person.role.label()}" "{privacy}</td>
                    <td>{account.person.teams.join(", ")}</td>
                    <td class="text-muted">{state}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let found = format!("{} {}", rows.len(), if rows.len() == 1 { "account" } else { "accounts" });
    let invite = may_change.then(|| view! { <Invite teams posted /> });
    let columns = if may_change { "xl:grid-cols-[minmax(0,1fr)_24rem]" } else { "" };
    view! {
        <div class=format!("grid items-start gap-6 {columns}")>
            <section class="min-w-0" aria-label="Accounts">
                <form method="get" action=PATH role="search" class="mb-3 flex flex-wrap items-center gap-2">
                    <label class="input w-full sm:w-80">
                        <span class="sr-only">"Search people"</span>
                        <input type="search" name="q" value=sought placeholder="Name, handle, address" autocomplete="off" />
                    </label>
                    <button type="submit" class="btn">"Search"</button>
                    <p class="text-muted" role="status">{found}</p>
                </form>
                <div class="panel overflow-x-auto" tabindex="0" role="region" aria-label="Table of accounts">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col">"Handle"</th>
                                <th scope="col">"Role"</th>
                                <th scope="col">"Teams"</th>
                                <th scope="col">"State"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
            {invite}
        </div>
    }
}

#[component]
fn Invite(teams: Vec<Team>, posted: Option<Posted>) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="invite-title">
            <div class="panel-head"><h2 id="invite-title" class="panel-title">"New account"</h2></div>
            <form method="post" action=PATH class="flex flex-col gap-4 p-4">
                <Refusal posted=posted.clone() />
                <div class="flex flex-col gap-1.5">
                    <label class="text-sm font-medium" for="kind">"For"</label>
                    <select class="select w-full" id="kind" name="kind">
                        <option value="person">"A person, who is invited"</option>
                        <option value="service">"A program: tokens, no pages"</option>
                    </select>
                </div>
                <PlainField label="Handle" name="handle" help="Such as maya.chen; it stays for ever." posted=posted.clone() />
                <PlainField label="Name" name="name" posted=posted.clone() />
                <PlainField label="E-mail address" name="email" kind="email" required=false posted=posted.clone() />
                <RightsFields role=Role::Engineer privacy=false teams member_of=Vec::new() posted />
                <div><button type="submit" class="btn btn-primary btn-sm">"Make the account"</button></div>
            </form>
        </section>
    }
}

/// Role, privacy flag and teams.
#[component]
fn RightsFields(
    role: Role,
    privacy: bool,
    teams: Vec<Team>,
    member_of: Vec<TeamId>,
    posted: Option<Posted>,
) -> impl IntoView {
    let message = message_of(posted.as_ref(), "role");
    let roles = Role::ALL
        .iter()
        .map(|choice| {
            let chosen = *choice == role;
            view! { <option value=choice.word() selected=chosen>{choice.label()}</option> }
        })
        .collect::<Vec<_>>();
    let boxes = teams
        .into_iter()
        .map(|team| {
            let checked = member_of.contains(&team.id);
            view! {
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox checkbox-sm" name="team" value=team.id.0.to_string() checked=checked />
                    {team.name}
                </label>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="flex flex-col gap-1.5">
            <label class="text-sm font-medium" for="role">"Role"</label>
            <select class="select w-full" id="role" name="role">{roles}</select>
            {message.map(|message| view! { <p class="text-sm text-error">{message}</p> })}
        </div>
        <label class="flex items-center gap-2">
            <input type="checkbox" class="checkbox checkbox-sm" name="privacy" value="on" checked=privacy />
            "May give the privacy approval"
        </label>
        <fieldset>
            <legend class="mb-1.5 text-sm font-medium">"Teams"</legend>
            <div class="grid gap-1.5 sm:grid-cols-2">{boxes}</div>
        </fieldset>
    }
}

#[component]
pub fn PersonPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default().parse::<UserId>().unwrap_or(UserId(0));
    let page = Resource::new_blocking(id, api::account_page);
    let posted = StoredValue::new(use_posted());
    view! {
        <ToldOnce />
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Account page posted=posted.get_value() /> }.into_any(),
                    Err(error) => view! { <ErrorPage error posted=posted.get_value() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Account(page: AccountPage, posted: Option<Posted>) -> impl IntoView {
    let AccountPage { account, member_of, teams, tokens, open_sessions, holds, heirs, may_change, now } = page;
    let AccountView { person, kind, email, active, .. } = account;
    let path = format!("{PATH}/{}", person.id);
    let is_person = kind == AccountKind::Person;
    let about = [
        Some(person.handle.clone()),
        (!email.is_empty()).then_some(email),
        Some(kind.label().to_owned()),
        (!active).then(|| "closed".to_owned()),
        is_person.then(|| match open_sessions {
            1 => "1 signed-in browser".to_owned(),
            count => format!("{count} signed-in browsers"),
        }),
    ];
    let may_make = may_change && !is_person && active;
    let subtitle = about.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let heir_options =
        heirs.into_iter().map(|heir| view! { <option value=heir.handle>{heir.name}</option> }).collect::<Vec<_>>();
    let hand_over = (may_change && is_person && !holds.is_empty()).then(|| {
        let message = message_of(posted.as_ref(), "to");
        view! {
            <section class="panel" aria-labelledby="hand-title">
                <div class="panel-head"><h2 id="hand-title" class="panel-title">"Hand over"</h2></div>
                <form method="post" action=path.clone() class="flex flex-col gap-4 p-4">
                    <p class="text-muted">{format!("{} has {}. All of it moves at once.", person.name, holds.says())}</p>
                    <div class="flex flex-col gap-1.5">
                        <label class="text-sm font-medium" for="to">"To"</label>
                        <select class="select w-full" id="to" name="to">{heir_options}</select>
                        {message.map(|message| view! { <p class="text-sm text-error">{message}</p> })}
                    </div>
                    <div><button type="submit" class="btn btn-sm" name="do" value="hand-over">"Hand everything over"</button></div>
                </form>
            </section>
        }
    });
    let link = (is_person && active).then(|| {
        view! { <button type="submit" class="btn btn-sm" name="do" value="reset">"Make a link to set a password"</button> }
    });
    let open = if active {
        view! { <button type="submit" class="btn btn-sm" name="do" value="deactivate">"Close the account"</button> }
            .into_any()
    } else {
        view! { <button type="submit" class="btn btn-sm" name="do" value="reactivate">"Open the account again"</button> }.into_any()
    };
    let rights = if may_change {
        view! {
            <form method="post" action=path.clone() class="flex flex-col gap-4 p-4">
                <input type="hidden" name="do" value="rights" />
                <RightsFields role=person.role privacy=person.privacy_approver teams member_of posted=posted.clone() />
                <div><button type="submit" class="btn btn-primary btn-sm">"Save role and teams"</button></div>
            </form>
        }
        .into_any()
    } else {
        let privacy = person.privacy_approver.then_some("may give the privacy approval".to_owned());
        let of = (!person.teams.is_empty()).then(|| format!("in {}", person.teams.join(", ")));
        let says = std::iter::once(person.role.label().to_owned()).chain(privacy).chain(of);
        view! { <p class="p-4">{says.collect::<Vec<_>>().join("; ")}</p> }.into_any()
    };
    let account = may_change.then(|| {
        view! {
            <section class="panel" aria-labelledby="account-title">
                <div class="panel-head"><h2 id="account-title" class="panel-title">"Account"</h2></div>
                <form method="post" action=path.clone() class="flex flex-wrap gap-2 p-4">{link}{open}</form>
            </section>
        }
    });
    let title = person.name.clone();
    view! {
        <Title text=title.clone() />
        <PageHeader title subtitle />
        <div class="flex max-w-4xl flex-col gap-6">
            <Refusal posted=posted.clone() />
            <section class="panel" aria-labelledby="rights-title">
                <div class="panel-head"><h2 id="rights-title" class="panel-title">"Role and teams"</h2></div>
                {rights}
            </section>
            {hand_over}
            <TokensPanel action=path tokens now posted may_make may_end=may_change />
            {account}
        </div>
    }
}
