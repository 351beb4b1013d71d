//! What docs/snippets shows works, and is the same in every language.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::service::{Service, TOKEN, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/snippets")
}

/// Runs a snippet against a service of its own. A program that is missing skips it aloud, and fails it where everything
/// must be there.
fn check(needs: &str, mut command: Command) {
    let is_there = Command::new(needs).arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        assert!(std::env::var_os("KVSTORE_TEST_REQUIRE").is_none(), "{needs} is not installed");
        eprintln!("SKIPPED: {needs} is not installed");
        return;
    }
    let service = Service::start();
    let ended = run(command.env("KVSTORE_URL", &service.url).env("KVSTORE_TOKEN", TOKEN), b"");
    let expected = std::fs::read_to_string(folder().join("expected.txt")).unwrap();
    assert_eq!(ended.assert(0), expected, "{}", ended.said);
}

fn with(program: &str, file: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(folder().join(file));
    command
}

#[test]
fn the_snippet_for_curl_works() {
    check("curl", with("bash", "kvstore.sh"));
}

#[test]
fn the_snippet_for_python_works() {
    check("python3", with("python3", "kvstore.py"));
}

#[test]
fn the_snippet_for_javascript_works() {
    check("node", with("node", "kvstore.mjs"));
}

#[test]
fn the_snippet_for_rust_works() {
    // Cargo builds the examples with the tests.
    let example = Path::new(env!("CARGO_BIN_EXE_kvstore")).with_file_name("examples").join("snippet");
    assert!(example.exists(), "build it: cargo build -p server --example snippet");
    check("true", Command::new(example));
}
