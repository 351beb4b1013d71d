//! What goes out by mail and to webhooks: asked for once, and made from what is so when it is sent.

use domain::{
    job::{HookJob, JobKind, MailJob},
    notice::NoticeKind,
    view::{FormPost, NoticePreference},
};
use ops::{Mail, Outside, Sending};

use crate::place::{Place, simple};

const ASK: &[(&str, &str)] = &[("action", "ask"), ("question", "Which **planet** is it for? <b>Ours?</b>")];

async fn with_mail() -> Place {
    let place = Place::new().await;
    place.ops.set_outside(Outside { site: "https://kv.example.com".to_owned(), mail: Mail::On });
    place.address("maya.chen", "maya@example.com").await;
    place
}

#[tokio::test]
async fn a_notice_becomes_one_letter_however_often_its_event_is_told() {
    let place = with_mail().await;
    let id = place.file("letters", "internal").await;
    place.act("lena.park", id, &[("action", "claim")]).await.unwrap();
    place.act("lena.park", id, ASK).await.unwrap();
    place.work().await;
    place.work().await;
    let jobs = place.jobs(JobKind::Mail).await;
    assert_eq!(jobs.len(), 1, "jonas has no address");
    let MailJob(notice) = serde_json::from_str(&jobs[0]).unwrap();
    let letter = place.ops.letter(notice).await.unwrap().unwrap();
    assert_eq!((letter.to.as_str(), letter.name.as_str()), ("maya@example.com", "Maya Chen"));
    assert!(letter.subject.contains("letters_staging") && letter.subject.contains("asked a question"), "{letter:?}");
    assert!(letter.text.contains("Which **planet** is it for?"), "{letter:?}");
    assert!(letter.text.contains(&format!("https://kv.example.com/requests/{id}")), "{letter:?}");
    assert!(letter.html.contains("Which <strong>planet</strong>") && !letter.html.contains("<b>"), "{letter:?}");
    assert_eq!(letter.message_id, format!("<{notice}@kv.example.com>"));

    place.ops.notice_mailed(notice).await.unwrap();
    assert_eq!(place.ops.letter(notice).await.unwrap(), None, "it was sent");
}

#[tokio::test]
async fn nobody_is_written_to_who_does_not_want_it_or_may_not_know_any_more() {
    let place = with_mail().await;
    place.address("amara.okafor", "amara@example.com").await;
    let id = place.file("unwritten", "internal").await;
    place.comment("maya.chen", id, "What do you think, @amara.okafor?").await;
    place.work().await;
    let jobs = place.jobs(JobKind::Mail).await;
    assert_eq!(jobs.len(), 1);
    let MailJob(notice) = serde_json::from_str(&jobs[0]).unwrap();
    assert!(place.ops.letter(notice).await.unwrap().is_some());
    let view = place.view("maya.chen", id).await;
    let form = simple("unwritten", "confidential");
    let post = FormPost { id: Some(id), revision: Some(view.revision), token: "edit".into(), form };
    place.ops.request_submit(&place.who("maya.chen").await, &post).await.unwrap();
    assert_eq!(place.ops.letter(notice).await.unwrap(), None, "it became confidential");

    let off = NoticePreference { kind: NoticeKind::Asked, in_app: true, mail: false };
    place.ops.notice_preferences_set(&place.who("maya.chen").await, &[off]).await.unwrap();
    place.act("lena.park", id, &[("action", "claim")]).await.unwrap();
    place.act("lena.park", id, ASK).await.unwrap();
    place.work().await;
    assert_eq!(place.jobs(JobKind::Mail).await.len(), 1);
}

#[tokio::test]
async fn a_webhook_is_sent_an_event_once_without_a_word_of_the_thread() {
    let place = with_mail().await;
    let priya = place.who("priya.nair").await;
    let kinds = [NoticeKind::Asked, NoticeKind::Filed];
    let (hook, secret) = place.ops.hook_add(&priya, "https://hooks.example.com/x", &kinds).await.unwrap();
    assert!(secret.starts_with("whsec_"));
    assert_eq!(place.ops.hooks(&place.who("lena.park").await).await.unwrap_err().status(), 403);
    let id = place.file("hooked", "internal").await;
    place.act("lena.park", id, &[("action", "claim")]).await.unwrap();
    place.act("lena.park", id, ASK).await.unwrap();
    place.work().await;
    place.work().await;
    let jobs = place.jobs(JobKind::Hook).await;
    assert_eq!(jobs.len(), 2, "filed and asked; nobody wants to hear of claims");
    let HookJob(asked) = serde_json::from_str(&jobs[1]).unwrap();
    let message = place.ops.hook_message(asked).await.unwrap().unwrap();
    assert_eq!((message.url.as_str(), message.secret), ("https://hooks.example.com/x", secret));
    let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(
        text.contains("Lena Park") && text.contains(&format!("<https://kv.example.com/requests/{id}|{id}>")),
        "{text}"
    );
    assert!(!message.body.contains("planet"), "{text}");

    place.ops.hook_attempted(asked, 410, Some("it answered 410"), ops::Next::None).await.unwrap();
    assert!(place.ops.hook_message(asked).await.unwrap().is_some(), "a dead letter can be sent again");
    place.ops.hook_attempted(asked, 200, None, ops::Next::None).await.unwrap();
    assert_eq!(place.ops.hook_message(asked).await.unwrap(), None);
    place.ops.hook_change(&priya, hook, &kinds, Sending::Off).await.unwrap();
    let HookJob(filed) = serde_json::from_str(&jobs[0]).unwrap();
    assert_eq!(place.ops.hook_message(filed).await.unwrap(), None, "it is off");
}
