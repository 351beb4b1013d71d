//! Whom an event tells, once, and nobody who may not know.

use domain::{
    notice::{NoticeKind, Watching},
    view::{FormPost, NoticePreference},
};

use crate::place::{Place, simple};

const ASK: &[(&str, &str)] = &[("action", "ask"), ("question", "How long are entries kept? **Months**?")];

#[tokio::test]
async fn a_new_request_tells_those_who_review_and_a_question_those_who_asked() {
    let place = Place::new().await;
    let id = place.file("told_rank", "internal").await;
    assert_eq!(place.work().await, 3, "two reviewers and the admin");
    for reviewer in ["lena.park", "omar.haddad", "priya.nair"] {
        assert_eq!(place.unread(reviewer).await, 1, "{reviewer}");
    }
    place.act("lena.park", id, &[("action", "claim")]).await.unwrap();
    place.act("lena.park", id, ASK).await.unwrap();
    assert_eq!(place.work().await, 2, "requester and owner; what was told before is told");
    for handle in ["maya.chen", "jonas.weber"] {
        let told = place.told(handle).await;
        assert_eq!(told.len(), 1, "{handle}");
        assert_eq!((told[0].kind, told[0].request, told[0].read), (NoticeKind::Asked, id, false));
        assert_eq!(told[0].excerpt.as_deref(), Some("How long are entries kept? Months?"));
        assert_eq!(told[0].by.as_ref().unwrap().handle, "lena.park");
    }
    assert_eq!(place.unread("lena.park").await, 1, "nobody is told of what they did");
    place.act("jonas.weber", id, &[("action", "reply"), ("reply", "Ninety days at most.")]).await.unwrap();
    place.work().await;
    assert_eq!(place.told("lena.park").await[0].kind, NoticeKind::Replied);
    place.act("lena.park", id, &[("action", "deny"), ("reason", "Use the one that the team has.")]).await.unwrap();
    place.work().await;
    assert_eq!(place.told("maya.chen").await[0].kind, NoticeKind::Decided);
    assert_eq!(place.told("jonas.weber").await[0].kind, NoticeKind::Decided);
}

#[tokio::test]
async fn a_run_that_is_repeated_or_doubled_tells_nobody_twice() {
    let place = Place::new().await;
    let id = place.file("told_once", "internal").await;
    place.comment("jonas.weber", id, "@omar.haddad please look.").await;
    let jobs = place.asked_for().await;
    // A worker that was killed after the commit and before it said so: another runs the same job.
    let (one, other) = tokio::join!(place.ops.notify_run(&jobs[1]), place.ops.notify_run(&jobs[1]));
    assert_eq!(one.unwrap() + other.unwrap(), 2, "omar and maya, by one of the two");
    assert_eq!(place.ops.notify_run(&jobs[1]).await.unwrap(), 0);
    assert_eq!(place.told("omar.haddad").await.len(), 1);
    assert_eq!(place.told("omar.haddad").await[0].kind, NoticeKind::Mentioned);
    assert_eq!(place.told("maya.chen").await[0].kind, NoticeKind::Commented);
}

#[tokio::test]
async fn what_somebody_else_took_up_is_no_news_to_review() {
    let place = Place::new().await;
    let id = place.file("told_late", "internal").await;
    place.act("lena.park", id, &[("action", "claim")]).await.unwrap();
    assert_eq!(place.work().await, 0);
    assert_eq!(place.unread("omar.haddad").await, 0);
}

#[tokio::test]
async fn an_outsider_hears_nothing_of_guarded_words() {
    let place = Place::new().await;
    let guarded = place.file("told_guarded", "confidential").await;
    let open = place.file("told_open", "internal").await;
    place.work().await;
    for id in [guarded, open] {
        place.comment("maya.chen", id, "What do you think, @amara.okafor and @nobody.here?").await;
    }
    place.work().await;
    let told = place.told("amara.okafor").await;
    assert_eq!(told.iter().map(|notice| notice.request).collect::<Vec<_>>(), [open]);
    assert!(!place.view("maya.chen", guarded).await.watchers.iter().any(|person| person.handle == "amara.okafor"));

    // What becomes confidential afterwards is hidden from the list, from the count and from what is told later.
    assert_eq!(place.unread("amara.okafor").await, 1);
    let view = place.view("maya.chen", open).await;
    let form = simple("told_open", "confidential");
    let post = FormPost { id: Some(open), revision: Some(view.revision), token: "edit".into(), form };
    place.ops.request_submit(&place.who("maya.chen").await, &post).await.unwrap();
    assert!(place.told("amara.okafor").await.is_empty());
    assert_eq!(place.unread("amara.okafor").await, 0);
    place.comment("maya.chen", open, "Now among us, @amara.okafor.").await;
    place.work().await;
    assert!(place.told("amara.okafor").await.is_empty());
}

#[tokio::test]
async fn watching_and_preferences_decide_who_hears_of_comments() {
    let place = Place::new().await;
    let id = place.file("told_watch", "internal").await;
    place.work().await;
    place.ops.request_watch(&place.who("arjun.mehta").await, id, Watching::Yes).await.unwrap();
    place.ops.request_watch(&place.who("jonas.weber").await, id, Watching::No).await.unwrap();
    place.comment("omar.haddad", id, "Looks like the one of last month.").await;
    place.work().await;
    assert_eq!(place.unread("arjun.mehta").await, 1);
    assert_eq!(place.unread("jonas.weber").await, 0, "the owner chose not to");
    assert_eq!(place.unread("maya.chen").await, 1);
    let watchers: Vec<String> =
        place.view("maya.chen", id).await.watchers.into_iter().map(|person| person.handle).collect();
    assert_eq!(watchers, ["arjun.mehta", "maya.chen", "omar.haddad"]);

    let off = NoticePreference { kind: NoticeKind::Commented, in_app: false, mail: false };
    place.ops.notice_preferences_set(&place.who("arjun.mehta").await, &[off]).await.unwrap();
    place.comment("omar.haddad", id, "And another word.").await;
    place.work().await;
    assert_eq!(place.unread("arjun.mehta").await, 1);
    assert_eq!(place.unread("maya.chen").await, 2);

    let maya = place.who("maya.chen").await;
    let page = place.ops.notices(&maya, ops::Shown::Unread, None).await.unwrap();
    place.ops.notice_read(&maya, page.rows[0].id).await.unwrap();
    assert_eq!(place.unread("maya.chen").await, 1);
    place.ops.notices_read_up_to(&maya, page.newest).await.unwrap();
    assert_eq!(place.unread("maya.chen").await, 0);
    let refusal = place.ops.notice_read(&place.who("jonas.weber").await, page.rows[0].id).await.unwrap_err();
    assert_eq!(refusal.status(), 404);
}
