//! Where a link leads that works once: the first admin's set-up, an invitation, a new password.

use domain::account::{LinkPurpose, LinkView};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{ErrorPanel, Loading, Logo, PlainField, Refusal},
    links::use_query_of,
    posted::{Posted, use_posted},
};

#[component]
pub fn SetPasswordPage() -> impl IntoView {
    let posted = StoredValue::new(use_posted());
    let query = use_query_of(|pairs| {
        pairs.iter().find(|(name, _)| name == "token").map(|(_, value)| value.clone()).unwrap_or_default()
    });
    // A refused post has it in the form instead of the address.
    let token = move || {
        let sent =
            posted.with_value(|posted| posted.as_ref().and_then(|posted| posted.value("token").map(str::to_owned)));
        sent.unwrap_or_else(|| query.get())
    };
    let link = Resource::new_blocking(token, api::link_view);
    view! {
        <Title text="Set a password" />
        <div class="mx-auto flex min-h-dvh max-w-lg flex-col gap-6 px-4 py-10">
            <Logo />
            <h1 class="text-xl tracking-tight">"Set a password"</h1>
            <Suspense fallback=|| view! { <Loading /> }>
                {move || {
                    let token = token();
                    Suspend::new(async move {
                        match link.await {
                            Ok(link) => view! { <LinkForm link token posted=posted.get_value() /> }.into_any(),
                            Err(error) => view! { <ErrorPanel error /> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </div>
    }
}

#[component]
fn LinkForm(link: LinkView, token: String, posted: Option<Posted>) -> impl IntoView {
    let says = match (link.purpose, &link.person) {
        (LinkPurpose::Reset, Some(person)) => {
            format!("Choose a new password, {}. Every browser is signed out.", person.name)
        }
        (_, Some(person)) => format!("Welcome, {}. Choose the password that you will sign in with.", person.name),
        (_, None) => "This installation has nobody yet. You become its first admin.".to_owned(),
    };
    let who = match link.person {
        Some(person) => view! {
            <p>"Your handle is "<span class="mono">{person.handle.clone()}</span>"."</p>
            <input type="hidden" name="username" autocomplete="username" value=person.handle />
        }
        .into_any(),
        None => view! {
            <PlainField label="Handle" name="handle" autocomplete="username" help="Such as maya.chen; it stays for ever." posted=posted.clone() />
            <PlainField label="Name" name="name" autocomplete="name" posted=posted.clone() />
            <PlainField label="E-mail address" name="email" kind="email" required=false autocomplete="email" posted=posted.clone() />
        }
        .into_any(),
    };
    view! {
        <p class="text-muted">{says}</p>
        <Refusal posted=posted.clone() />
        <form method="post" action="/set-password" class="flex flex-col gap-4">
            <input type="hidden" name="token" value=token />
            {who}
            <PlainField
                label="Password"
                name="password"
                kind="password"
                autocomplete="new-password"
                help="12 to 128 characters; a few words are fine."
                posted=posted.clone()
            />
            <PlainField label="Password again" name="again" kind="password" autocomplete="new-password" posted />
            <div><button type="submit" class="btn btn-primary">"Set the password and sign in"</button></div>
        </form>
    }
}
