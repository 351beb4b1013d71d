//! Times and plans of the queue's statements, printed. Not an assertion, so ignored:
//!
//! `KVSTORE_ROWS=100000 scripts/with-postgres.sh cargo test -p db figures -- --ignored --nocapture`

use std::{env, time::Instant};

use domain::{
    choices::{Environment, Role},
    form::{Field, RequestForm, sample_now},
    ids::UserId,
    lifecycle::{State, Status},
    query::{Column, Direction, QueueQuery, ReviewerFilter, Scope, SortKey},
};
use sqlx::AssertSqlSafe;

use super::{counts, order, page};
use crate::{
    Audience, Db, NewPerson,
    sql::{Dialect, Sql},
};

const RUNS: usize = 100;

#[tokio::test]
#[ignore = "measures; run by hand"]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite://{}", folder.path().join("figures.db").display())).await.unwrap();
    measure(&db).await;
}

/// Uses the database that the URL names as it is, so give it an empty one.
#[tokio::test]
#[ignore = "measures; run by hand"]
async fn on_postgres() {
    let Ok(url) = env::var("KVSTORE_TEST_POSTGRES_URL") else {
        eprintln!("SKIPPED: KVSTORE_TEST_POSTGRES_URL is not set");
        return;
    };
    measure(&Db::open(&url).await.unwrap()).await;
}

async fn measure(db: &Db) {
    let rows = env::var("KVSTORE_ROWS").map_or(1_000, |rows| rows.parse().unwrap());
    db.migrate().await.unwrap();
    let started = Instant::now();
    let who = fill(db, rows).await;
    db.optimize().await.unwrap();
    eprintln!("\n{:?}, {rows} requests (filled in {:.1?})", db.dialect(), started.elapsed());

    let sorted = |column, direction| QueueQuery { sort: vec![SortKey { column, direction }], ..QueueQuery::default() };
    let text = |text: &str| QueueQuery { text: text.into(), ..QueueQuery::default() };
    let open = QueueQuery { statuses: Status::OPEN.to_vec(), ..QueueQuery::default() };
    let reviewer = Audience { user: who, teams: Vec::new(), reads_all: true };
    let engineer = Audience { reads_all: false, ..reviewer.clone() };
    let two = QueueQuery {
        sort: vec![
            SortKey { column: Column::Priority, direction: Direction::Ascending },
            SortKey { column: Column::Size, direction: Direction::Descending },
        ],
        ..QueueQuery::default()
    };
    let filtered = QueueQuery {
        environment: Some(Environment::Prod),
        reviewer: ReviewerFilter::Nobody,
        ..sorted(Column::Size, Direction::Descending)
    };
    let views = [
        ("newest first", QueueQuery::default()),
        ("by size", sorted(Column::Size, Direction::Descending)),
        ("by status, up", sorted(Column::Status, Direction::Ascending)),
        ("by priority, then size", two),
        ("open", open.clone()),
        (
            "open, by needed by",
            QueueQuery { statuses: Status::OPEN.to_vec(), ..sorted(Column::NeededBy, Direction::Ascending) },
        ),
        ("two filters, by size", filtered),
        (
            "a team, by updated",
            QueueQuery { team: Some("team-7".into()), ..sorted(Column::Updated, Direction::Descending) },
        ),
        ("mine", QueueQuery { scope: Scope::Mine, ..QueueQuery::default() }),
        ("a rare word", text("rare7")),
        ("a word in every row", text("common")),
        (
            "a word in every row, by name",
            QueueQuery { text: "common".into(), ..sorted(Column::Name, Direction::Ascending) },
        ),
    ];
    for (name, q) in &views {
        run(db, name, || page(q, &reviewer, db.dialect(), &order(q), None)).await;
    }
    run(db, "a word in every row, engineer", || {
        let q = text("common");
        page(&q, &engineer, db.dialect(), &order(&q), None)
    })
    .await;
    let middle = sorted(Column::Size, Direction::Descending);
    let keys = vec![crate::cursor::Key::Int(rows / 2 * 1_000), crate::cursor::Key::Int(2001 + rows / 2)];
    run(db, "by size, from the middle", || page(&middle, &reviewer, db.dialect(), &order(&middle), Some(keys.clone())))
        .await;
    for (name, q) in [
        ("counts", QueueQuery::default()),
        ("counts, one filter", QueueQuery { environment: Some(Environment::Prod), ..QueueQuery::default() }),
        ("counts, a rare word", text("rare7")),
        ("counts, a word in every row", text("common")),
        ("counts, mine", QueueQuery { scope: Scope::Mine, ..QueueQuery::default() }),
    ] {
        run(db, name, || counts(&q, &reviewer, db.dialect())).await;
    }
}

/// Runs a statement and prints its median, its 99th percentile and its plan.
async fn run(db: &Db, name: &str, statement: impl Fn() -> Sql) {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        drain(db, statement()).await;
        times.push(started.elapsed());
    }
    times.sort();
    eprintln!("{name:<32} p50 {:>9.2?}  p99 {:>9.2?}", times[RUNS / 2], times[RUNS * 99 / 100]);
    if env::var("KVSTORE_PLANS").is_ok() {
        let lines: Vec<String> = match db.dialect() {
            Dialect::Sqlite => {
                let lines: Vec<(i64, i64, i64, String)> =
                    db.all(statement().explained("explain query plan ")).await.unwrap();
                lines.into_iter().map(|(.., line)| line).collect()
            }
            Dialect::Postgres => {
                let lines: Vec<(String,)> = db.all(statement().explained("explain (costs off) ")).await.unwrap();
                lines.into_iter().map(|(line,)| line).collect()
            }
        };
        eprintln!("    {}", lines.join("\n    "));
    }
}

async fn drain(db: &Db, statement: Sql) {
    // Pages and counts have different columns; the first one is always a whole number.
    let _: Vec<First> = db.all(statement).await.unwrap();
}

struct First;

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for First {
    fn from_row(_: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self)
    }
}

/// Writes rows past the app: a template in each status, copied with other values; most are decided, one in 33 is open.
async fn fill(db: &Db, rows: i64) -> UserId {
    let mut tx = db.begin().await.unwrap();
    let mut who = UserId(0);
    for team in 0..20 {
        let team = tx.team_insert(&format!("team-{team}"), "A team").await.unwrap();
        for person in 0..10 {
            let handle = format!("person-{}-{person}", team.0);
            let new = NewPerson {
                name: handle.clone(),
                handle,
                role: Role::Engineer,
                privacy_approver: false,
                teams: vec![team],
            };
            who = tx.person_insert(&new).await.unwrap();
        }
    }
    let team = tx.team_insert("team-0", "A team").await.unwrap();
    let at = sample_now();
    for (index, status) in Status::ALL.iter().enumerate() {
        let mut form = RequestForm::sample();
        form.set(Field::Name, format!("template_{index}"));
        let mut row = tx.request_insert(who, team, &format!("template-{index}"), &form, at).await.unwrap();
        // The state need not agree with the rank that the copies get: only statements are measured here.
        row.request.state = if *status == Status::Draft { State::Draft } else { State::New };
        row.spec = form.parse(at).ok();
        tx.request_update(&row, row.request.revision, at).await.unwrap();
    }
    tx.commit().await.unwrap();
    let random = |salt: i64, below: i64| format!("((i * 7919 + {salt}) * 104729 % 1000003 % {below})");
    let copy = format!(
        "with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n where i < {rows}) \
         insert into requests (kind, requester_id, team_id, owner_id, reviewer_id, token, revision, status, full_name, \
         priority, environment, storage, class, size_bytes, peak_qps, team_slug, owner_handle, reviewer_handle, \
         needed_by, submitted_at, decided_at, created_at, updated_at, waited_us, waiting_from, life, form, spec) \
         select r.kind, 1 + {person}, 1 + {team}, 1 + {owner}, null, 'copy-' || cast(i as text), 1, \
         case when i % 33 = 0 then 1 + i % 3 when i % 50 = 0 then 0 else 4 + {status} end, \
         'set_' || cast({name} as text), {priority}, {environment}, {storage}, 1, {size} * 1000, {qps}, \
         'team-' || cast({team} as text), 'person-' || cast({owner} as text), \
         case when i % 3 = 0 then '' else 'person-' || cast({reviewer} as text) end, \
         20000 + {day}, r.submitted_at + i * 1000000, 0, r.created_at, r.updated_at + {updated} * 1000000, 0, \
         r.waiting_from, r.life, r.form, r.spec from n, requests r where r.id = 2002",
        person = random(1, 200),
        team = random(2, 20),
        owner = random(3, 200),
        status = random(4, 7),
        name = random(5, 1_000_003),
        priority = random(6, 4),
        environment = random(7, 3),
        storage = random(8, 3),
        size = random(9, 1_000_003),
        qps = random(10, 50_000),
        reviewer = random(11, 20),
        day = random(12, 400),
        updated = random(13, 1_000_003),
    );
    let words = "'req ' || cast(id as text) || ' common rare' || cast(id % 5000 as text) || ' ' || replace(full_name, '_', ' ')";
    let index = match db.dialect() {
        Dialect::Sqlite => format!(
            "insert into request_search (rowid, public_words, full_words) select id, {words}, {words} from requests \
             where id > 2011"
        ),
        Dialect::Postgres => format!(
            "insert into request_search (request_id, public_words, full_words) select id, \
             array_to_tsvector(string_to_array({words}, ' ')), array_to_tsvector(string_to_array({words}, ' ')) \
             from requests where id > 2011"
        ),
    };
    for statement in [copy, index] {
        match db {
            Db::Sqlite(db) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(db.writer()).await.map(|_| ()),
            Db::Postgres(db) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(db.writer()).await.map(|_| ()),
        }
        .unwrap();
    }
    who
}
