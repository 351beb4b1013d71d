//! Every endpoint as everybody: who gets which status, printed for people to review.
//!
//! The endpoints are taken from the program itself: the pages from the app's routes, the server functions from their
//! registry, the API from its OpenAPI document, and the plain addresses from the router's own list. One without a
//! [`Case`] fails [`every_endpoint_has_a_case`]; a status that differs from `tests/output/endpoints.txt` fails until
//! the file is made anew with `UPDATE=1` and reviewed.

mod functions;
mod pages;
mod plain;
mod rest;
mod world;

use std::{collections::BTreeSet, fmt::Write, path::Path};

use self::world::{CALLERS, World};

/// One call that everybody makes.
///
/// In `path` and `body` stand marks: `<submitted>`, `<draft>`, `<approved>`, `<dataset>`, `<name>` … which are replaced
/// by something new for each call (see [`World::fill`]), so that no call lives off another's.
pub struct Case {
    /// The method and the address as the program declares it, such as `POST /requests/{id}`.
    pub endpoint: &'static str,
    /// What this case is about, where an endpoint has several.
    pub note: &'static str,
    pub path: &'static str,
    pub body: Body,
}

/// What is sent.
pub enum Body {
    Nothing,
    /// As a form encodes it.
    Form(&'static str),
    Json(&'static str),
    /// JSON, with `If-Match` of the revision that the thing is made with.
    JsonOfRevision(&'static str),
    Text(&'static str),
}

const fn get(endpoint: &'static str, path: &'static str) -> Case {
    Case { endpoint, note: "", path, body: Body::Nothing }
}

const fn form(endpoint: &'static str, note: &'static str, path: &'static str, body: &'static str) -> Case {
    Case { endpoint, note, path, body: Body::Form(body) }
}

const fn json(endpoint: &'static str, note: &'static str, path: &'static str, body: &'static str) -> Case {
    Case { endpoint, note, path, body: Body::Json(body) }
}

/// The parts, each with the cases and the name of its table.
const PARTS: &[(&str, &[Case])] = &[
    ("Pages", pages::CASES),
    ("Plain forms, files and streams", plain::CASES),
    ("Server functions", functions::CASES),
    ("The REST API", rest::CASES),
];

const HEADER: &str = "\
What every endpoint answers to everybody. Made by the tests through HTTP; make it anew with
`UPDATE=1 cargo test -p server --test it endpoints` and review the difference.

nobody     no session and no token          ended      a session that was signed out, or a token that has expired
outsider   an engineer of another team      team       an engineer of the team that owns the thing
owner      who filed it, and owns it        reviewer   a reviewer who is not concerned
admin      an admin who is not concerned    auditor    reads everything, changes nothing

The thing is confidential, so that an outsider sees that it is there and no more; a draft is not there at all.
";

async fn table(title: &str, cases: &[Case]) -> String {
    let mut world = World::start().await;
    let mut text = format!("\n{title}\n{}\n{:<64}", "-".repeat(title.len()), "");
    for caller in CALLERS {
        write!(text, " {:<8}", caller.name).unwrap();
    }
    let mut lines = vec![text.trim_end().to_owned()];
    for case in cases {
        let name =
            if case.note.is_empty() { case.endpoint.to_owned() } else { format!("{} · {}", case.endpoint, case.note) };
        let mut line = format!("{name:<64}");
        for caller in CALLERS {
            let status = world.call(case, caller).await;
            write!(line, " {status:<8}").unwrap();
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}

/// Compares a part with what was reviewed, or writes it.
async fn review(file: &str, title: &str) {
    let cases = PARTS.iter().find(|(name, _)| *name == title).unwrap().1;
    let now = format!("{HEADER}{}", table(title, cases).await);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    let differences: Vec<String> = now
        .lines()
        .zip(then.lines().chain(std::iter::repeat("")))
        .filter(|(now, then)| now != then)
        .map(|(now, then)| format!("  is       {now}\n  reviewed {then}"))
        .collect();
    assert!(differences.is_empty(), "{title}: UPDATE=1 writes it anew; review it\n{}", differences.join("\n"));
    assert_eq!(now.lines().count(), then.lines().count(), "UPDATE=1 writes the table anew");
}

#[tokio::test]
async fn pages_answer_as_reviewed() {
    review("endpoints-pages.txt", "Pages").await;
}

#[tokio::test]
async fn plain_addresses_answer_as_reviewed() {
    review("endpoints-plain.txt", "Plain forms, files and streams").await;
}

#[tokio::test]
async fn server_functions_answer_as_reviewed() {
    review("endpoints-functions.txt", "Server functions").await;
}

#[tokio::test]
async fn the_rest_api_answers_as_reviewed() {
    review("endpoints-rest.txt", "The REST API").await;
}

#[tokio::test]
async fn every_endpoint_has_a_case() {
    let world = World::start().await;
    let declared = world.endpoints().await;
    let tested: BTreeSet<String> =
        PARTS.iter().flat_map(|(_, cases)| cases.iter()).map(|case| case.endpoint.to_owned()).collect();
    let missing: Vec<&String> = declared.difference(&tested).collect();
    assert!(missing.is_empty(), "add a Case to server/tests/it/endpoints for each of\n{missing:#?}");
    let unknown: Vec<&String> = tested.difference(&declared).collect();
    assert!(unknown.is_empty(), "these are not there any more\n{unknown:#?}");
    assert!(declared.len() > 60, "only {} were found", declared.len());
}

/// Nobody and an ended session never change anything and never read anything that is not open to all.
#[tokio::test]
async fn without_a_session_nothing_is_open() {
    for file in ["endpoints-pages.txt", "endpoints-plain.txt", "endpoints-functions.txt", "endpoints-rest.txt"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output").join(file);
        let reviewed = std::fs::read_to_string(&path).unwrap();
        for line in reviewed
            .lines()
            .filter(|line| ["GET ", "POST ", "PUT ", "PATCH ", "DELETE "].iter().any(|verb| line.starts_with(verb)))
        {
            let statuses: Vec<&str> = line.split_whitespace().rev().take(CALLERS.len()).collect();
            let closed = |status: &&str| matches!(*status, "401" | "303→in" | "403" | "404");
            let open = [
                "/sign-in",
                "/sign-out",
                "/setup",
                "/set-password",
                "/theme",
                "/healthz",
                "/readyz",
                "/openapi.json",
                "/docs",
                "/api/me",
                "/api/demo_people",
                "/api/sign_in",
                "/api/link_view",
                "/api/external_name",
            ];
            if open.iter().any(|path| line.split_whitespace().nth(1).is_some_and(|at| at.starts_with(path))) {
                continue;
            }
            assert!(statuses.iter().rev().take(2).all(closed), "{file}: {line}");
        }
    }
}
