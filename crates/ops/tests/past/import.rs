//! Files of other systems: what lands, what is refused and in which words.

use std::fmt::Write;

use domain::{
    choices::{Environment, StorageKind},
    form::Field,
    ids::RequestId,
    lifecycle::{ActionKind, State, Status},
    view::DatasetStatus,
};
use ops::{
    Ops,
    import::{self, Mode, Plan, Problem, Stopped, Summary},
};

use super::place::{self, now};

fn plan() -> Plan {
    Plan { map: Vec::new(), format: None, importer: None, mode: Mode::Write }
}

/// Imports a text, and gives the counts with the report's lines.
async fn import(ops: &Ops, text: impl AsRef<[u8]>, plan: &Plan) -> (Summary, Vec<String>) {
    let mut lines = Vec::new();
    let mut tell = |problem: &Problem| lines.push(problem.to_string().replace('\u{202f}', " "));
    let summary = import::run(ops, text.as_ref(), plan, &mut tell).await.unwrap();
    (summary, lines)
}

/// The requests that an import made, in the order of their numbers.
async fn requests(ops: &Ops, count: i64) -> Vec<db::RequestRow> {
    let mut rows = Vec::new();
    let first = ops.db().last_event().await.unwrap().0 - count + 2001;
    for number in first..first + count {
        rows.push(ops.db().request_find(RequestId(number)).await.unwrap().unwrap());
    }
    rows
}

const HEADER: &str = "id,dataset_name,use_case,owner,team,size,qps_get,qps_set,qps_del,storage_type,review_status,\
                      admin,cluster,partitions,reason,created_at,last_updated";

fn csv(rows: &[&str]) -> String {
    let mut text = HEADER.to_owned();
    for row in rows {
        write!(text, "\n{row}").unwrap();
    }
    text
}

/// One row for each status, and the words of the other system for three.
const EVERY_STATUS: &[&str] = &[
    "K-1,orders_open,Open orders of every shop,maya.chen,search,12,100,5,1,BOOTSTRAP,NEW,,,,,2026-02-20 10:00,",
    "K-2,orders_seen,Orders that somebody opened,maya.chen,search,12,100,5,1,MUTABLE,IN_REVIEW,lena.park,,,,2026-02-20,2026-02-21",
    "K-3,orders_asked,Orders with an open question,jonas.weber,search,3,10,1,0,STREAMING,NEEDS_INFO,omar.haddad,,,Which region?,2026-02-20,2026-02-21",
    "K-4,orders_next,Orders of next week's campaign,amara.okafor,ads,7,80,5,1,mutable,APPROVED,lena.park,kv-dev,12,,2026-02-20,2026-02-22",
    "K-5,orders_soon,Orders that are being provisioned,amara.okafor,ads,7,80,5,1,MUTABLE,IN_PROGRESS,lena.park,,,,2026-02-20,2026-02-22",
    "K-6,orders_live,Orders that are served today,elif.kaya,home-feed,900,8000,,,READONLY,COMPLETED,lena.park,kv-dev,64,,1767225600,2026-01-05T08:00:00Z",
    "K-7,orders_gone,Orders that nobody needs twice,elif.kaya,home-feed,1,5,1,0,MUTABLE,REJECTED,omar.haddad,,,No.,2026-01-01,2026-01-04",
    "K-8,orders_shut,Orders of a project that ended,noah.fischer,trust-safety,1,5,1,0,MUTABLE,CLOSED,,,,Project ended,2026-01-01,2026-01-04",
    "K-9,orders_broken,Orders whose provisioning failed,noah.fischer,trust-safety,1,5,1,0,MUTABLE,failed,lena.park,,,No quota,2026-01-01,2026-01-04",
    "K-10,orders_late,Orders that were never answered for,arjun.mehta,payments,1,5,1,0,MUTABLE,expired,lena.park,,,,2026-01-01,2026-01-16",
    "K-11,orders_idea,Still thinking about these orders,arjun.mehta,payments,,,,,MUTABLE,draft,,,,,2026-02-27,",
    "K-12,orders_denied,Orders that were not approved,liam.oconnor,growth,1,5,1,0,MUTABLE,DENIED,lena.park,,,Use the table of the shop team instead.,2026-01-01,2026-01-02",
];

#[tokio::test]
async fn every_status_is_reached_through_the_state_machine() {
    let place = place::sqlite().await;
    files_land(&place.ops).await;
}

/// Also run on PostgreSQL.
pub async fn files_land(ops: &Ops) {
    let (summary, report) = import(ops, csv(EVERY_STATUS), &plan()).await;
    assert_eq!(report, Vec::<String>::new());
    assert_eq!(summary.to_string(), "12 rows: 12 imported, 0 rejected");

    let rows = requests(ops, 12).await;
    let statuses: Vec<Status> = rows.iter().map(|row| row.request.status()).collect();
    use Status as S;
    assert_eq!(
        statuses,
        [
            S::New,
            S::InReview,
            S::NeedsInfo,
            S::Approved,
            S::InProgress,
            S::Completed,
            S::Denied,
            S::Cancelled,
            S::Failed,
            S::Expired,
            S::Draft,
            S::Denied,
        ]
    );
    let spec = rows[0].spec.as_ref().unwrap();
    assert_eq!((spec.storage.kind(), spec.environment), (StorageKind::Mutable, Environment::Dev));
    assert_eq!(rows[0].submitted_at.unwrap().to_rfc3339(), "2026-02-20T10:00:00+00:00");
    assert_eq!(rows[0].full_name, "orders_open_dev");
    // 12 GB in entries of 32 + 1 024 bytes.
    assert_eq!(spec.expected_keys, 11_363_636);

    let lena = ops.db().person_by_handle("lena.park").await.unwrap().unwrap().id;
    assert_eq!(rows[1].request.reviewer(), Some(lena));
    assert!(matches!(&rows[2].request.state, State::NeedsInfo { question, .. } if question == "Which region?"));
    assert!(matches!(&rows[6].request.state, State::Denied { reason, .. } if reason == "Imported: No."));
    assert!(matches!(&rows[7].request.state, State::Cancelled { reason: Some(why), .. } if why == "Project ended"));
    assert!(matches!(&rows[8].request.state, State::Failed { error, .. } if error == "No quota"));

    let dataset = ops.db().dataset_of_request(rows[5].request.id).await.unwrap().unwrap();
    let dataset = ops.db().dataset_find(dataset).await.unwrap().unwrap();
    assert_eq!(dataset.row.status, DatasetStatus::Live);
    assert_eq!((dataset.placement.cluster.as_str(), u16::from(dataset.placement.partitions)), ("kv-dev", 64));
    let timeline = ops.db().timeline(rows[5].request.id).await.unwrap();
    let actions: Vec<ActionKind> = timeline.iter().map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [ActionKind::Submit, ActionKind::Claim, ActionKind::Approve, ActionKind::Start, ActionKind::Finish]
    );
    assert_eq!(timeline[1].note.as_deref(), Some("Imported"));
    assert_eq!(rows[5].request.requirements.because[0].id, "IMPORT");

    // The same file again files nothing.
    let (summary, report) = import(ops, csv(EVERY_STATUS), &plan()).await;
    assert_eq!((summary.imported, summary.rejected), (0, 12));
    let first = rows[0].request.id;
    assert_eq!(report[0], format!("2: id: This was imported already, as {first}."));
    assert!(report.iter().all(|line| line.contains("imported already")), "{report:?}");
}

#[tokio::test]
async fn good_rows_are_kept_and_each_bad_one_says_why() {
    let place = place::sqlite().await;
    let text = csv(&[
        "1,good_one,A use case that is long enough,maya.chen,search,1,2,3,4,MUTABLE,NEW,,,,,,",
        "2,Bad-Name,Too short,nobody.here,no-team,0,-1,x,4,TABLE,WONTFIX,,,,,yesterday,",
        "3,ragged,row",
        "4,good_two,\"A use case,\nover two lines\",maya.chen,search,1,2,3,4,MUTABLE,COMPLETED,maya.chen,kv-nowhere,0,,2026-01-01,2025-01-01",
        "5,good_one,Somebody else wants the same name,jonas.weber,search,1,2,3,4,MUTABLE,NEW,,,,,,",
        "6,too_large,A use case that is long enough,maya.chen,search,100001,2,3,4,MUTABLE,NEW,,,,,,",
        "7,good_three,A use case that is long enough,maya.chen,search,5,2,3,4,MUTABLE,DENIED,diego.ramirez,,,,,",
        "8,good_four,A use case that is long enough,jonas.weber,search,5,2,3,4,MUTABLE,IN_REVIEW,lena.park,,,,2027-01-01,",
        "9,good_five,A use case that is long enough,jonas.weber,search,5,2,3,4,MUTABLE,expired,lena.park,,,,2026-02-20,2026-02-21",
        "10,good_six,A use case that is long enough,jonas.weber,search,5,2,3,4,MUTABLE,,,,,,,",
    ]);
    let (summary, report) = import(&place.ops, text, &plan()).await;
    assert_eq!(summary.to_string(), "10 rows: 2 imported, 8 rejected");
    let expected = [
        "3: status: “WONTFIX” is no status; use one of draft, new, in_review, needs_info, approved, in_progress, \
         completed, failed, denied, cancelled, expired, or REJECTED, CLOSED.",
        "3: created_at: “yesterday” is no moment; write 2026-03-01T09:30:00Z, 2026-03-01 09:30 or 2026-03-01.",
        "3: team: There is no team “no-team”; there are ads, growth, home-feed, internal-audit, kv-systems, payments, \
         platform, search, trust-safety.",
        "3: owner: There is nobody called “nobody.here” here who could.",
        "3: name: Start with a lower-case letter, a to z.",
        "3: description: Write at least 20 characters; this has 9.",
        "3: storage_type: Choose one of: READONLY, MUTABLE, STREAMING.",
        "3: data_size_gb: Enter a number of GB such as 1.5, more than 0 and at most 100 000.",
        "3: qps_get: Enter a whole number from 0 to 10 000 000.",
        "3: qps_set: Enter a whole number from 0 to 10 000 000.",
        "4: row: It has 3 values, the header names 17.",
        "5: updated_at: This is before created_at.",
        "5: reviewer: maya.chen is not a reviewer; name one, because this request is completed.",
        "5: partitions: Enter a whole number from 1 to 4 096.",
        "7: name: “good_one_dev” is taken by REQ-2001.",
        "8: data_size_gb: Enter a number of GB such as 1.5, more than 0 and at most 100 000.",
        "9: reviewer: diego.ramirez is not a reviewer; name one, because this request is denied.",
        "10: created_at: “2027-01-01” lies in the future.",
        "11: updated_at: An expired request has an updated_at that is at least 14 days after its created_at.",
    ];
    assert_eq!(report, expected);
    let rows = requests(&place.ops, 2).await;
    assert_eq!([&rows[0].full_name, &rows[1].full_name], ["good_one_dev", "good_six_dev"]);
}

#[tokio::test]
async fn columns_are_mapped_and_unknown_ones_are_named_once() {
    let place = place::sqlite().await;
    let text = "Key Space,Volume,USE CASE,who,reads,colour,owner\n\
                clicks_staging,1 500.5,What people clicked on,maya.chen,10,red,x\n\
                views,2,What people looked at,maya.chen,10,blue,y\n";
    let map = ["key space=name", "volume=data_size_gb", "who=requester", "reads=qps_get", "owner="].map(str::to_owned);
    let (summary, report) = import(&place.ops, text, &Plan { map: map.to_vec(), ..plan() }).await;
    assert_eq!(report, Vec::<String>::new());
    assert_eq!(summary.unknown_columns, ["colour"]);
    let rows = requests(&place.ops, 2).await;
    // A full name carries its environment; owner and team follow from who filed it.
    assert_eq!(rows[0].full_name, "clicks_staging");
    assert_eq!(rows[0].form.get(Field::Name), "clicks");
    assert_eq!((rows[0].form.get(Field::Owner), rows[0].form.get(Field::Team)), ("maya.chen", "search"));
    assert_eq!(rows[0].spec.as_ref().unwrap().size_bytes, 1_500_500_000_000);
    assert_eq!(rows[1].full_name, "views_dev");

    let wrong = Plan { map: vec!["size=weight".to_owned()], ..plan() };
    let error = import::run(&place.ops, text.as_bytes(), &wrong, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "There is no column “weight” of ours; docs/import.md names them all.");
}

#[tokio::test]
async fn json_lands_as_an_array_and_as_lines() {
    let place = place::sqlite().await;
    let array = r#"[
      {"name": "carts", "description": "Baskets of people who shop", "owner": "@maya.chen", "team": "Search",
       "data_size_gb": 2.5, "expected_keys": 1000, "qps_get": 40, "qps_set": 8.0, "services": [{"name": "shop", "access": "write"}, "web"],
       "is_pii": true, "personal_data_kinds": ["e-mail", "address"], "retention_days": 30, "tags": ["a", "b"], "tier": "P3"},
      {"name": "carts_two", "is_pii": "perhaps", "owner": "maya.chen", "size": 1, "qps_get": 1, "description": "Baskets of people who shop"}
    ]"#;
    let (summary, report) = import(&place.ops, array, &plan()).await;
    assert_eq!(report, ["5: personal_data: “perhaps” is neither yes nor no."]);
    assert_eq!(summary.imported, 1);
    let row = requests(&place.ops, 1).await.remove(0);
    let spec = row.spec.unwrap();
    assert_eq!(spec.services.len(), 2);
    assert_eq!((spec.tier, spec.tags.len(), spec.personal_data.unwrap().kinds.len()), (3, 2, 2));
    assert!(row.request.requirements.privacy, "an open request is judged by the rules that hold here");

    let lines = "{\"name\": \"one\", \"description\": \"Baskets of people who shop\", \"owner\": \"maya.chen\", \
                 \"size\": 1, \"qps_get\": 1}\nnot json\n";
    let (summary, report) = import(&place.ops, lines.replace("one", "one_more"), &plan()).await;
    assert_eq!((summary.imported, summary.rejected), (1, 1));
    assert_eq!(report, ["2: row: This is not a JSON object: expected ident."]);
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let place = place::sqlite().await;
    let text = csv(&[
        "1,good_one,A use case that is long enough,maya.chen,search,1,2,3,4,MUTABLE,NEW,,,,,,",
        "1,good_two,A use case that is long enough,maya.chen,search,1,2,3,4,MUTABLE,NEW,,,,,,",
        "2,good_one,A use case that is long enough,maya.chen,search,1,2,3,4,MUTABLE,NEW,,,,,,",
    ]);
    let (summary, report) = import(&place.ops, &text, &Plan { mode: Mode::DryRun, ..plan() }).await;
    assert_eq!(summary.to_string(), "3 rows: 1 would be imported, 2 rejected");
    assert_eq!(report, ["3: id: This is in line 2 already.", "4: name: “good_one_dev” is taken by line 2."]);
    assert_eq!(place.ops.db().last_event().await.unwrap().0, 0);

    let (summary, report) = import(&place.ops, &text, &plan()).await;
    assert_eq!((summary.imported, summary.rejected), (1, 2));
    assert_eq!(
        report,
        ["3: id: This was imported already, as REQ-2001.", "4: name: “good_one_dev” is taken by REQ-2001."]
    );
}

#[tokio::test]
async fn a_row_without_a_number_is_known_by_what_it_says() {
    let place = place::sqlite().await;
    let text = "name,description,owner,size,qps_get,status,reviewer\n\
                refused,A use case that is long enough,maya.chen,1,1,denied,lena.park\n\
                refused,A use case that is long enough,maya.chen,1,1,denied,lena.park\n\
                refused,A use case that is long enough,maya.chen,2,1,denied,lena.park\n";
    let (summary, report) = import(&place.ops, text, &plan()).await;
    assert_eq!(report, ["3: row: This was imported already, as REQ-2001."]);
    assert_eq!(summary.imported, 2, "a denied request does not hold its name");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_at_once() {
    let place = place::sqlite().await;
    for (text, says) in [
        (&b""[..], "the file is empty"),
        (b"name;size\na;1\n", "no column of the header is known (name;size)"),
        (b"name,\xff\na,1\n", "the header is not UTF-8 text"),
    ] {
        let error = import::run(&place.ops, text, &plan(), &mut |_| {}).await.unwrap_err();
        assert!(matches!(&error, Stopped::Unreadable(reason) if reason.starts_with(says)), "{error}");
    }
    for (importer, says) in [("nobody", "Nobody called"), ("sofia.rossi", "Nobody called")] {
        let plan = Plan { importer: Some(importer.to_owned()), ..plan() };
        let error = import::run(&place.ops, &b"name\na\n"[..], &plan, &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().starts_with(says), "{error}");
    }
    let (summary, report) = import(&place.ops, &b"[{\"name\": \"a\"}, {"[..], &plan()).await;
    assert_eq!(summary.stopped.as_deref(), Some("the object of line 1 does not end; is the file cut off?"));
    assert_eq!((summary.rejected, report.is_empty()), (1, false));
}

#[tokio::test]
async fn what_is_placed_fills_the_clusters_and_what_was_placed_before_stays_there() {
    let place = place::sqlite().await;
    let rows: Vec<String> = (0..3)
        .map(|n| format!("{n},bulk_{n},Everything that was ever written,maya.chen,search,40000,1,0,0,MUTABLE,COMPLETED,lena.park,kv-dev,8,,2026-01-01,"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let (summary, report) = import(&place.ops, csv(&rows), &plan()).await;
    assert_eq!((summary.imported, report), (3, Vec::new()));
    let last = requests(&place.ops, 3).await.remove(2);
    let decision = last.request.state.decision().unwrap().clone();
    assert_eq!(decision.override_reason.as_deref(), Some("Imported: it was placed there before."));

    let nowhere = "9,bulk_9,Everything that was ever written,maya.chen,search,40000,1,0,0,MUTABLE,COMPLETED,lena.park,,,,2026-01-01,";
    let (_, report) = import(&place.ops, csv(&[nowhere]), &plan()).await;
    assert_eq!(report, ["2: cluster: It fits no cluster that is configured; name the one that it is on."]);
    assert!(last.updated_at < now());
}

#[test]
fn a_report_is_csv() {
    let problem = Problem { line: 3, field: "name".into(), reason: "Say \"a\",\nnot b.".into() };
    assert_eq!(problem.csv(), "3,\"name\",\"Say \"\"a\"\", not b.\"");
}
