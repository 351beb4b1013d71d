//! People and teams.

use db::{Db, NewPerson};
use domain::{choices::Role, ids::UserId};

use crate::world::World;

contract!(people_come_with_their_teams, a_known_handle_or_slug_is_the_same_one);

async fn people_come_with_their_teams(db: Db) {
    let world = World::new(db).await;
    let mut tx = world.db.begin().await.unwrap();
    let both = NewPerson {
        handle: "zoe.new".into(),
        name: "Zoë Ní Bhriain".into(),
        role: Role::Auditor,
        privacy_approver: true,
        teams: vec![world.search, world.payments, world.search],
    };
    let zoe = tx.person_insert(&both).await.unwrap();
    tx.commit().await.unwrap();

    let people = world.db.people().await.unwrap();
    let handles: Vec<&str> = people.iter().map(|person| person.handle.as_str()).collect();
    assert_eq!(handles, ["ana.silva", "jonas.weber", "li.wei", "maya.chen", "rita.kovac", "zoe.new"]);
    let found = world.db.person_find(zoe).await.unwrap().unwrap();
    assert_eq!(&found, people.last().unwrap());
    assert_eq!(
        (found.name.as_str(), found.role, found.privacy_approver, found.active),
        ("Zoë Ní Bhriain", Role::Auditor, true, true)
    );
    assert_eq!(found.teams, [(world.payments, "payments".to_owned()), (world.search, "search".to_owned())]);
    assert_eq!(world.db.person_by_handle("zoe.new").await.unwrap(), Some(found));
    assert_eq!(world.db.person_by_handle("ZOE.NEW").await.unwrap(), None);
    assert_eq!(world.db.person_find(UserId(999)).await.unwrap(), None);

    let teams = world.db.teams().await.unwrap();
    assert_eq!(teams.iter().map(|team| team.slug.as_str()).collect::<Vec<_>>(), ["payments", "search"]);
    assert_eq!(world.db.team_by_slug("search").await.unwrap().unwrap().id, world.search);
    assert_eq!(world.db.team_by_slug("nope").await.unwrap(), None);
}

async fn a_known_handle_or_slug_is_the_same_one(db: Db) {
    let world = World::new(db).await;
    let mut tx = world.db.begin().await.unwrap();
    assert_eq!(tx.team_insert("search", "Another name").await.unwrap(), world.search);
    let again = NewPerson {
        handle: "maya.chen".into(),
        name: "Somebody else".into(),
        role: Role::Admin,
        privacy_approver: true,
        teams: vec![world.payments],
    };
    assert_eq!(tx.person_insert(&again).await.unwrap(), world.maya);
    tx.commit().await.unwrap();
    let maya = world.db.person_find(world.maya).await.unwrap().unwrap();
    assert_eq!((maya.name.as_str(), maya.role, maya.teams.len()), ("MAYA.CHEN", Role::Engineer, 1), "unchanged");
}
