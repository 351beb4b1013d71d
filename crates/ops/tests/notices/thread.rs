//! What becomes of a comment.

use domain::{
    ids::{CommentId, RequestId},
    view::Entry,
};

use crate::place::Place;

/// The only comment of a request as somebody reads it.
async fn comment(place: &Place, handle: &str, id: RequestId) -> (CommentId, Entry) {
    let thread = place.view(handle, id).await.thread.unwrap();
    let comments: Vec<Entry> = thread.into_iter().filter(|entry| entry.comment.is_some()).collect();
    assert_eq!(comments.len(), 1);
    (comments[0].comment.unwrap(), comments[0].clone())
}

#[tokio::test]
async fn an_edit_keeps_what_was_said_and_a_withdrawal_hides_it_from_all_but_the_keepers() {
    let place = Place::new().await;
    let id = place.file("thread_edit", "internal").await;
    place.comment("jonas.weber", id, "Kept for *thirty* days, @maya.chen.").await;
    let (entry, before) = comment(&place, "omar.haddad", id).await;
    assert!(before.html.as_deref().unwrap().contains("<strong>@maya.chen</strong>"), "{before:?}");
    assert_eq!(before.source, None, "it is for its author to edit");
    let word = entry.to_string();

    let edit = [("action", "edit_comment"), ("entry", word.as_str()), ("comment", "Kept for ninety days.")];
    assert_eq!(place.act("maya.chen", id, &edit).await.unwrap_err().status(), 403);
    place.act("jonas.weber", id, &edit).await.unwrap();
    assert_eq!(place.act("jonas.weber", id, &edit).await.unwrap_err().status(), 422, "it says so already");
    let (same, after) = comment(&place, "omar.haddad", id).await;
    assert_eq!(same, entry, "it stands where it stood");
    assert_eq!(after.at, before.at);
    assert!(after.html.as_deref().unwrap().contains("ninety"));
    assert_eq!(after.versions.len(), 1);
    assert_eq!((after.versions[0].at, Some(after.versions[0].html.as_str())), (before.at, before.html.as_deref()));
    assert_eq!(comment(&place, "jonas.weber", id).await.1.source.as_deref(), Some("Kept for ninety days."));

    let withdraw = [("action", "withdraw_comment"), ("entry", word.as_str())];
    assert_eq!(place.act("priya.nair", id, &withdraw).await.unwrap_err().status(), 403);
    place.act("jonas.weber", id, &withdraw).await.unwrap();
    for (handle, reads) in [("jonas.weber", false), ("omar.haddad", false), ("sofia.rossi", true), ("priya.nair", true)]
    {
        let (_, gone) = comment(&place, handle, id).await;
        assert!(gone.withdrawn_at.is_some());
        assert_eq!(gone.html.is_some(), reads, "{handle}");
        assert_eq!(gone.versions.len(), usize::from(reads), "{handle}");
        assert_eq!(gone.source, None);
    }
    assert_eq!(place.act("jonas.weber", id, &edit).await.unwrap_err().status(), 409);
    let elsewhere = place.file("thread_other", "internal").await;
    assert_eq!(place.act("jonas.weber", elsewhere, &edit).await.unwrap_err().status(), 404);

    // The notice of it has no words any more.
    place.work().await;
    let told = place.told("maya.chen").await;
    assert!(!told.is_empty() && told.iter().all(|notice| notice.excerpt.is_none()), "{told:?}");
}

#[tokio::test]
async fn who_cannot_read_the_thread_is_offered_as_such() {
    let place = Place::new().await;
    let id = place.file("thread_offer", "confidential").await;
    let offered = place.ops.mentionable(&place.who("maya.chen").await, id, "a").await.unwrap();
    let seen: Vec<(&str, bool)> = offered.iter().map(|one| (one.handle.as_str(), one.reads)).collect();
    assert_eq!(seen, [("amara.okafor", false), ("arjun.mehta", false)]);
    let offered = place.ops.mentionable(&place.who("maya.chen").await, id, "Park").await.unwrap();
    assert_eq!((offered[0].handle.as_str(), offered[0].reads), ("lena.park", true));
    let refusal = place.ops.mentionable(&place.who("amara.okafor").await, id, "a").await.unwrap_err();
    assert_eq!(refusal.status(), 403);
}
