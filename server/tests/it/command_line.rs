//! The binary itself.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

fn kvstore(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvstore"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KVSTORE_") || name.starts_with("LEPTOS_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("KVSTORE_LISTEN", "127.0.0.1:0");
    command
}

#[test]
fn the_demo_is_refused_on_an_address_that_others_reach() {
    let folder = tempfile::tempdir().unwrap();
    let output = kvstore(folder.path()).args(["serve", "--demo", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("0.0.0.0:0") && said.contains("without --demo"), "{said}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "and nothing was made");
}

#[test]
fn an_unknown_key_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kvstore.toml"), "lissten = '127.0.0.1:1'").unwrap();
    let output = kvstore(folder.path()).arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("lissten"));
}

#[test]
fn the_doctor_says_what_is_wrong_and_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = kvstore(folder.path()).arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "there is no site");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("cargo leptos build"), "{said}");
    assert!(!folder.path().join("data").exists(), "it changes nothing");

    let site = folder.path().join("site/pkg");
    std::fs::create_dir_all(&site).unwrap();
    for name in ["kvstore.js", "kvstore.css", "kvstore.wasm"] {
        std::fs::write(site.join(name), "").unwrap();
    }
    kvstore(folder.path()).args(["db", "migrate"]).output().unwrap();
    let output = kvstore(folder.path()).args(["doctor", "--site-root", "site"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn migrating_twice_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output = kvstore(folder.path()).args(["db", "migrate"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(folder.path().join("data/kvstore.db").exists());
}

#[test]
fn it_says_where_it_is_and_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = kvstore(folder.path()).arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("KVStore is at http://").map(str::to_owned)).unwrap();
    let said: Vec<String> = lines.by_ref().take(3).collect();
    assert!(said.iter().any(|line| line.contains("There is nobody yet")), "{said:?}");
    let link = format!("http://{address}/setup?token=");
    assert!(said.iter().any(|line| line.trim().starts_with(&link)), "{said:?}");
    let stream = std::net::TcpStream::connect(&address).unwrap();
    drop(stream);

    let started = Instant::now();
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(5));
}
