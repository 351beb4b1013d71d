//! Signing in by password, and as one of the demo people: plain forms, so that they work everywhere.

use domain::{
    choices::{Choice, Role},
    view::{Directory, Person},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{Alert, ErrorPanel, Icon, IconName, Loading, Logo, PlainField},
    links::use_query_of,
    posted::use_posted,
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_query_of(|pairs| {
        pairs.iter().find(|(name, _)| name == "next").map_or_else(|| "/".to_owned(), |(_, value)| value.clone())
    });
    let people = Resource::new_blocking(|| (), |()| api::demo_people());
    let external = Resource::new_blocking(|| (), |()| api::external_name());
    let refused = use_posted().map(|posted| view! { <Alert kind="error" text=posted.error.to_string() /> });
    view! {
        <Title text="Sign in" />
        <div class="grid min-h-dvh lg:grid-cols-[minmax(20rem,26rem)_1fr]">
            <div class="flex flex-col gap-8 border-b border-base-300 bg-base-200 px-6 py-8 lg:border-r lg:border-b-0 lg:px-10 lg:py-14">
                <Logo />
                <div>
                    <p class="text-2xl leading-8 font-semibold tracking-tight text-balance">
                        "Key-value datasets, from the request to the first read."
                    </p>
                    <p class="mt-3 max-w-prose leading-6 text-muted">
                        "Say what you store and how you use it. The platform team sees it at once, decides where it goes, and everybody sees where it stands."
                    </p>
                </div>
                <ul class="hidden flex-col gap-3 lg:flex">
                    <Promise icon=IconName::FilePlus text="One request carries all the metadata" />
                    <Promise icon=IconName::Bolt text="A queue that changes while you look at it" />
                    <Promise icon=IconName::Database text="A catalogue of every dataset there is" />
                </ul>
            </div>
            <div class="px-4 py-8 sm:px-8 lg:px-14 lg:py-14">
                <div class="mx-auto flex max-w-4xl flex-col gap-6">
                    <header>
                        <h1 class="text-xl tracking-tight">"Sign in"</h1>
                    </header>
                    {refused}
                    <Suspense>
                        {move || Suspend::new(async move {
                            let name = external.await.ok().flatten();
                            name.map(|name| view! { <ExternalLink name next=next.get_untracked() /> })
                        })}
                    </Suspense>
                    <PasswordForm next />
                    <Suspense fallback=|| view! { <Loading /> }>
                        {move || Suspend::new(async move {
                            match people.await {
                                Ok(directory) => view! { <People directory next=next.get_untracked() /> }.into_any(),
                                Err(error) => view! { <ErrorPanel error /> }.into_any(),
                            }
                        })}
                    </Suspense>
                </div>
            </div>
        </div>
    }
}

#[component]
fn Promise(icon: IconName, text: &'static str) -> impl IntoView {
    view! { <li class="flex items-center gap-3 text-muted"><Icon name=icon class="size-4 text-primary" />{text}</li> }
}

/// To the identity provider. It is a link and no form, because forms may lead to no other site.
#[component]
fn ExternalLink(name: String, next: String) -> impl IntoView {
    let href = crate::links::href("/sign-in/external", &[("next", next)]);
    view! {
        <div class="panel flex max-w-md flex-col gap-3 p-4">
            <a class="btn btn-primary self-start" href=href rel="external">
                <Icon name=IconName::Shield />
                {format!("Sign in with {name}")}
            </a>
            <p class="text-xs text-muted">"Your groups there say what you may do here."</p>
        </div>
    }
}

/// By handle or address and password.
#[component]
fn PasswordForm(next: Memo<String>) -> impl IntoView {
    let posted = use_posted().filter(|posted| posted.value("login").is_some());
    view! {
        <form method="post" action="/sign-in" class="panel flex max-w-md flex-col gap-4 p-4">
            <input type="hidden" name="next" value=next.get_untracked() />
            <PlainField label="Handle or e-mail address" name="login" autocomplete="username" posted=posted.clone() />
            <PlainField label="Password" name="password" kind="password" autocomplete="current-password" posted />
            <div><button type="submit" class="btn btn-primary">"Sign in"</button></div>
        </form>
    }
}

/// The demo people by role, each a button of one form.
#[component]
fn People(directory: Directory, next: String) -> impl IntoView {
    let Directory { people, teams } = directory;
    if people.is_empty() {
        return ().into_any();
    }
    let team_names = move |person: &Person| {
        let names = person
            .teams
            .iter()
            .map(|slug| teams.iter().find(|team| team.slug == *slug).map_or(slug.as_str(), |team| team.name.as_str()));
        names.collect::<Vec<_>>().join(", ")
    };
    let groups = Role::ALL.iter().filter_map(|role| {
        let members: Vec<_> = people
            .iter()
            .filter(|person| person.role == *role)
            .map(|person| view! { <PersonCard person=person.clone() teams=team_names(person) /> })
            .collect();
        (!members.is_empty()).then(|| {
            view! {
                <section>
                    <h2 class="text-sm">{plural(*role)}</h2>
                    <p class="mt-0.5 text-muted">{can_do(*role)}</p>
                    <ul class="mt-3 grid gap-2 sm:grid-cols-2 xl:grid-cols-3">{members}</ul>
                </section>
            }
        })
    });
    view! {
        <form method="post" action="/sign-in" class="flex flex-col gap-7">
            <p class="text-muted">"This is a demonstration: choose who you want to be. No password is asked."</p>
            <input type="hidden" name="next" value=next />
            {groups.collect_view()}
        </form>
    }
    .into_any()
}

#[component]
fn PersonCard(person: Person, teams: String) -> impl IntoView {
    let handle = person.handle.clone();
    view! {
        <li>
            <button type="submit" name="handle" value=handle class="person-card group">
                <span class="min-w-0 flex-1">
                    <span class="flex flex-wrap items-center gap-x-2 gap-y-1">
                        <span class="font-semibold">{person.name}</span>
                        {person.privacy_approver.then(|| view! {
                            <span class="tag"><Icon name=IconName::Shield class="size-3" />"Privacy approver"</span>
                        })}
                    </span>
                    <span class="mt-0.5 block text-xs text-muted wrap-anywhere">
                        <span class="mono">{person.handle}</span>
                        {(!teams.is_empty()).then(|| format!(" · {teams}"))}
                    </span>
                </span>
                <Icon name=IconName::ArrowRight class="size-4 text-muted group-hover:text-primary" />
            </button>
        </li>
    }
}

fn plural(role: Role) -> &'static str {
    match role {
        Role::Engineer => "Engineers",
        Role::Reviewer => "Reviewers",
        Role::Admin => "Admins",
        Role::Auditor => "Auditors",
    }
}

fn can_do(role: Role) -> &'static str {
    match role {
        Role::Engineer => "File requests, work on those of their team, and read the catalogue.",
        Role::Reviewer => "Claim, ask, approve and deny, but never their own requests.",
        Role::Admin => "Do what reviewers do, and keep clusters, rules, people and teams.",
        Role::Auditor => "Read everything and change nothing.",
    }
}
