//! The catalogue.

use chrono::Duration;
use db::{Db, NewAudit, NewDataset};
use domain::{
    choices::{DataClass, Environment, StorageKind},
    form::{Field, sample_now},
    ids::{DatasetId, RequestId, Revision},
    lifecycle::{ActionKind, Status},
    query::{CatalogueQuery, CatalogueSort},
    view::{DatasetStatus, Facet},
};

use crate::world::{Filing, World, placement};

contract!(
    a_dataset_round_trips,
    a_dataset_has_its_name_and_request_alone,
    a_withdrawn_dataset_is_gone,
    pages_walk_each_sort,
    facets_count_under_the_other_filters,
    guarded_use_cases_are_not_searched,
    clusters_carry_what_is_declared,
);

async fn catalogued(world: &World, filing: Filing, cluster: &str, minutes: i64) -> DatasetId {
    let row = world.write(filing).await;
    let mut tx = world.db.begin().await.unwrap();
    let id = tx
        .dataset_insert(&NewDataset {
            full_name: &row.full_name,
            spec: row.spec.as_ref().unwrap(),
            placement: &placement(cluster),
            status: DatasetStatus::Planned,
            owner: row.owner,
            team: row.request.team,
            request: row.request.id,
            now: sample_now() + Duration::minutes(minutes),
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

fn named(facets: &[Facet]) -> Vec<(&str, i64)> {
    facets.iter().map(|facet| (facet.value.as_str(), facet.count)).collect()
}

async fn a_dataset_round_trips(db: Db) {
    let world = World::new(db).await;
    let filing = world.filing("profiles", Status::Completed).with(Field::Environment, "staging");
    let id = catalogued(&world, filing, "eu-1", 0).await;
    assert_eq!(id, DatasetId(1001), "numbers start here");
    let entry = world.db.dataset_find(id).await.unwrap().unwrap();
    assert_eq!((entry.row.full_name.as_str(), entry.row.status), ("profiles_staging", DatasetStatus::Planned));
    assert_eq!((entry.row.team.as_str(), entry.row.owner.as_str(), entry.row.tier), ("search", "maya.chen", 1));
    assert_eq!(
        (entry.row.class, entry.row.cluster.as_str(), entry.row.created_at),
        (DataClass::Internal, "eu-1", sample_now())
    );
    assert_eq!((entry.placement, entry.owner, entry.team), (placement("eu-1"), Some(world.maya), world.search));
    let request = world.db.request_find(entry.request).await.unwrap().unwrap();
    assert_eq!(request.spec, Some(entry.spec));
    assert_eq!(world.db.dataset_of_request(entry.request).await.unwrap(), Some(id));
    assert_eq!(world.db.dataset_of_request(RequestId(1)).await.unwrap(), None);

    let mut tx = world.db.begin().await.unwrap();
    tx.dataset_set_status(id, DatasetStatus::Live, sample_now()).await.unwrap();
    tx.audit_insert(&NewAudit {
        at: sample_now(),
        by: None,
        request: Some(entry.request),
        dataset: Some(id),
        action: ActionKind::Finish,
        note: None,
        status_before: Status::InProgress,
        status_after: Status::Completed,
        revision: Revision(2),
        before: None,
        after: None,
        origin: String::new(),
        request_ref: String::new(),
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.db.dataset_find(id).await.unwrap().unwrap().row.status, DatasetStatus::Live);
    assert_eq!(world.db.dataset_timeline(id).await.unwrap(), world.db.timeline(entry.request).await.unwrap());
    assert_eq!(world.db.dataset_timeline(id).await.unwrap().len(), 1);
}

async fn a_dataset_has_its_name_and_request_alone(db: Db) {
    let world = World::new(db).await;
    let id = catalogued(&world, world.filing("taken", Status::Approved), "eu-1", 0).await;
    let first = world.db.dataset_find(id).await.unwrap().unwrap();
    let other = world.file("other", Status::Approved).await;
    for (name, request, constraint) in
        [("taken", other, "datasets_name_key"), ("fresh", first.request, "datasets_request_key")]
    {
        let new = NewDataset {
            full_name: name,
            spec: &first.spec,
            placement: &first.placement,
            status: DatasetStatus::Planned,
            owner: None,
            team: world.search,
            request,
            now: sample_now(),
        };
        let mut tx = world.db.begin().await.unwrap();
        let refused = tx.dataset_insert(&new).await.unwrap_err();
        assert!(refused.is_conflict_on(constraint), "{refused:?}");
    }
}

async fn a_withdrawn_dataset_is_gone(db: Db) {
    let world = World::new(db).await;
    let id = catalogued(&world, world.filing("short_lived", Status::Cancelled), "eu-1", 0).await;
    let mut tx = world.db.begin().await.unwrap();
    tx.dataset_delete(id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.db.dataset_find(id).await.unwrap(), None);
    assert_eq!(world.db.name_holder("short_lived", None).await.unwrap(), None);
    let q = CatalogueQuery { text: "short".into(), ..CatalogueQuery::default() };
    assert_eq!(world.db.catalogue_page(&q).await.unwrap().total, 0);
    assert!(world.db.cluster_usage().await.unwrap().is_empty());
    let next = catalogued(&world, world.filing("short_lived", Status::Approved), "eu-1", 0).await;
    assert!(next > id, "a number is given once");
}

async fn pages_walk_each_sort(db: Db) {
    let world = World::new(db).await;
    for index in 0..11_i64 {
        let size = if index % 3 == 0 { "5" } else { "70" };
        let filing =
            world.filing(&format!("set_{:02}", (index * 7) % 11), Status::Completed).with(Field::DataSizeGb, size);
        catalogued(&world, filing, "eu-1", index / 2).await;
    }
    for sort in CatalogueSort::ALL {
        let mut q = CatalogueQuery { sort: *sort, limit: 200, ..CatalogueQuery::default() };
        let whole = world.db.catalogue_page(&q).await.unwrap();
        assert_eq!((whole.rows.len(), whole.total, whole.next.as_deref()), (11, 11, None));
        let mut sorted = whole.rows.clone();
        match sort {
            CatalogueSort::Name => sorted.sort_by(|a, b| a.full_name.cmp(&b.full_name)),
            CatalogueSort::Largest => sorted.sort_by_key(|row| std::cmp::Reverse((row.size_bytes, row.id))),
            CatalogueSort::Newest => sorted.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id))),
        }
        assert_eq!(whole.rows, sorted, "{sort:?}");
        q.limit = 4;
        let mut walked = Vec::new();
        loop {
            let slice = world.db.catalogue_page(&q).await.unwrap();
            walked.extend(slice.rows);
            match slice.next {
                Some(next) => q.after = Some(next),
                None => break,
            }
        }
        assert_eq!(walked, whole.rows, "{sort:?}");
        let other = if *sort == CatalogueSort::Name { CatalogueSort::Newest } else { CatalogueSort::Name };
        let foreign = CatalogueQuery { sort: other, ..q };
        let first = CatalogueQuery { after: None, ..foreign.clone() };
        assert_eq!(
            world.db.catalogue_page(&foreign).await.unwrap().rows,
            world.db.catalogue_page(&first).await.unwrap().rows
        );
    }
}

async fn facets_count_under_the_other_filters(db: Db) {
    let world = World::new(db).await;
    for (name, environment, storage, search) in [
        ("alpha", "prod", "MUTABLE", true),
        ("beta", "prod", "READONLY", true),
        ("gamma", "dev", "MUTABLE", true),
        ("delta", "prod", "MUTABLE", false),
        ("epsilon", "staging", "STREAMING", false),
    ] {
        let mut filing = world
            .filing(name, Status::Completed)
            .with(Field::Environment, environment)
            .with(Field::StorageType, storage);
        if !search {
            filing = filing.by(world.ana, world.payments).with(Field::Team, "payments");
        }
        catalogued(&world, filing, "eu-1", 0).await;
    }
    let all = world.db.catalogue_page(&CatalogueQuery::default()).await.unwrap();
    assert_eq!(named(&all.teams), [("payments", 2), ("search", 3)]);
    assert_eq!(named(&all.environments), [("dev", 1), ("staging", 1), ("prod", 3)]);
    assert_eq!(named(&all.storage), [("READONLY", 1), ("MUTABLE", 3), ("STREAMING", 1)]);

    let q = CatalogueQuery {
        team: Some("search".into()),
        environment: Some(Environment::Prod),
        storage: Some(StorageKind::Mutable),
        ..CatalogueQuery::default()
    };
    let narrowed = world.db.catalogue_page(&q).await.unwrap();
    assert_eq!((narrowed.total, narrowed.rows[0].full_name.as_str()), (1, "alpha"));
    assert_eq!(named(&narrowed.teams), [("payments", 1), ("search", 1)], "prod and mutable");
    assert_eq!(named(&narrowed.environments), [("dev", 1), ("prod", 1)], "search and mutable");
    assert_eq!(named(&narrowed.storage), [("READONLY", 1), ("MUTABLE", 1)], "search and prod");

    let q = CatalogueQuery { text: "pay alp".into(), ..CatalogueQuery::default() };
    assert_eq!(world.db.catalogue_page(&q).await.unwrap().total, 0);
    let q = CatalogueQuery { text: "payments".into(), ..CatalogueQuery::default() };
    let found = world.db.catalogue_page(&q).await.unwrap();
    assert_eq!((found.total, named(&found.teams)), (2, vec![("payments", 2)]));
}

async fn guarded_use_cases_are_not_searched(db: Db) {
    let world = World::new(db).await;
    for (name, class) in [("open_one", "public"), ("hidden_one", "restricted")] {
        let filing = world
            .filing(name, Status::Completed)
            .with(Field::DataClass, class)
            .with(Field::Description, "Flight plans of the zeppelin fleet.");
        catalogued(&world, filing, "eu-1", 0).await;
    }
    let found = async |text: &str| {
        let q = CatalogueQuery { text: text.into(), ..CatalogueQuery::default() };
        let rows = world.db.catalogue_page(&q).await.unwrap().rows;
        rows.into_iter().map(|row| row.full_name).collect::<Vec<_>>()
    };
    assert_eq!(found("zeppelin").await, ["open_one"]);
    assert_eq!(found("one").await, ["hidden_one", "open_one"]);
    assert_eq!(found("DS-1002").await, ["hidden_one"]);
}

async fn clusters_carry_what_is_declared(db: Db) {
    let world = World::new(db).await;
    assert!(world.db.cluster_usage().await.unwrap().is_empty());
    for (name, cluster, size) in [("one", "eu-1", "1.5"), ("two", "eu-1", "100000"), ("three", "us-2", "2")] {
        let filing = world.filing(&format!("load_{name}"), Status::Approved).with(Field::DataSizeGb, size);
        catalogued(&world, filing, cluster, 0).await;
    }
    let usage = world.db.cluster_usage().await.unwrap();
    assert_eq!(usage.len(), 2);
    assert_eq!((usage["eu-1"], usage["us-2"]), (100_001_500_000_000, 2_000_000_000));
}
