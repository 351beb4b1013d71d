//! `/settings/notifications`: what the viewer is told, and how. One plain form; the page is whole without JavaScript.

use domain::{
    notice::Channel,
    view::{NoticePreference, NoticePreferences},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{Alert, ErrorPanel, Loading, PageHeader},
    links::use_query_of,
    posted::use_posted,
};

const PATH: &str = "/settings/notifications";

#[component]
pub fn NoticeSettingsPage() -> impl IntoView {
    let preferences = Resource::new_blocking(|| (), |()| api::notice_preferences());
    let saved = use_query_of(|pairs| pairs.iter().any(|(name, _)| name == "saved"));
    let refused = use_posted().map(|posted| view! { <Alert kind="error" text=posted.error.to_string() /> });
    view! {
        <Title text="Notification preferences" />
        <PageHeader title="Notification preferences" subtitle="What you are told of, and how.">
            <a class="btn btn-sm" href="/notifications">"Notifications"</a>
        </PageHeader>
        {refused}
        {move || saved.get().then(|| view! { <div class="mb-4"><Alert kind="info" text="Saved." /></div> })}
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match preferences.await {
                    Ok(preferences) => view! { <Choices preferences /> }.into_any(),
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Choices(preferences: NoticePreferences) -> impl IntoView {
    let NoticePreferences { kinds, sends_mail, mail_to } = preferences;
    let mails = mail_to.is_some();
    let rows = kinds.into_iter().map(|kind| row(kind, mails)).collect_view();
    let mail = match mail_to {
        Some(address) => format!("E-mail goes to {address}. ").into_any(),
        None if sends_mail => {
            view! { "To be told by e-mail, "<a class="textlink" href="/settings">"add your address"</a>". " }.into_any()
        }
        None => ().into_any(),
    };
    let channels = Channel::ALL.iter().filter(|channel| is_offered(**channel, mails));
    view! {
        <form method="post" action=PATH class="panel max-w-3xl">
            <div class="overflow-x-auto">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Of"</th>
                            {channels.map(|channel| view! { <th scope="col">{channel.label()}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="flex flex-col gap-3 border-t border-base-300 p-4">
                <p class="text-muted">{mail} "You are never told of what you did yourself."</p>
                <button type="submit" class="btn btn-primary self-start">"Save"</button>
            </div>
        </form>
    }
}

/// Mail is a choice only where some is sent.
fn is_offered(channel: Channel, mails: bool) -> bool {
    channel != Channel::Mail || mails
}

fn row(preference: NoticePreference, mails: bool) -> impl IntoView {
    let NoticePreference { kind, in_app, mail } = preference;
    // What was chosen of mail stays as it is.
    let kept = (mail && !mails).then(|| view! { <input type="hidden" name=Channel::Mail.word() value=kind.word() /> });
    let boxes = Channel::ALL.iter().filter(|channel| is_offered(**channel, mails)).map(|channel| {
        let is_on = match channel {
            Channel::InApp => in_app,
            Channel::Mail => mail,
        };
        view! {
            <td>
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm"
                    name=channel.word()
                    value=kind.word()
                    checked=is_on
                    aria-label=format!("{}, {}", kind.label(), channel.label().to_lowercase())
                />
            </td>
        }
    });
    view! {
        <tr>
            <th scope="row" class="font-normal">{kind.label()}{kept}</th>
            {boxes.collect_view()}
        </tr>
    }
}
