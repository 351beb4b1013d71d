//! What the embedded store promises beyond the contract: who owns it, what a killed process and a full disk leave
//! behind, and that an answer comes after the sync. Child processes are this very binary, told by variables what to do.

#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use kv::{
    Clock, Condition, Content, ErrorKind, FeedId, Key, ListQuery, Outcome, Revision, Space, Store, StoreExt as _, Txn,
    TxnOp, WatchItem, Write, Written, stores::embedded::EmbeddedStore,
};

// ---- the child ----

const ROLE: &str = "KVSTORE_TEST_CHILD";
const FOLDER: &str = "KVSTORE_TEST_CHILD_FOLDER";
const ROUND: &str = "KVSTORE_TEST_CHILD_ROUND";

/// No test, but what the children run. Each line that it prints is one write to the pipe.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the other tests, in processes of their own"]
async fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    // The harness has begun a line with the name of the test; ours begin after it.
    say("");
    let store = Arc::new(open(Path::new(&std::env::var_os(FOLDER).unwrap())));
    match role.as_str() {
        "write for ever" => write_for_ever(&store, &std::env::var(ROUND).unwrap()).await,
        "write twenty" => write_some(&store, 20).await,
        "write sixty-four at once" => write_at_once(store, 64, 10).await,
        "acknowledge, then one more" => {
            write_some(&store, 50).await;
            // The parent tears what comes after this line.
            say("last");
            put(&store, "torn", patterned("torn", 200_000)).await;
            say("done");
            thread::sleep(Duration::from_secs(60));
        }
        "fill the disk" => fill_the_disk(&store).await,
        other => panic!("no such role: {other}"),
    }
}

fn say(line: &str) {
    println!("{line}");
}

async fn write_some(store: &EmbeddedStore, count: u32) {
    for number in 0..count {
        say(&format!("start {number}"));
        put(store, &format!("key-{number}"), patterned(&format!("key-{number}"), 500)).await;
        say(&format!("acked key-{number}"));
    }
}

async fn write_at_once(store: Arc<EmbeddedStore>, writers: u32, each: u32) {
    let write = |writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..each {
                put(&store, &format!("{writer}-{number}"), patterned("x", 200)).await;
            }
        })
    };
    futures::future::try_join_all((0..writers).map(write)).await.unwrap();
    say("done");
}

/// Eight tasks that add keys, write over one key again and again, and delete.
async fn write_for_ever(store: &Arc<EmbeddedStore>, round: &str) {
    let write = |task: usize| {
        let (store, round) = (store.clone(), round.to_owned());
        async move {
            for number in 0.. {
                let name = format!("{round}-{task}-{number}");
                let bytes = [40, 900, 5_000, 70_000][(task + number) % 4];
                let revision = put(&store, &name, patterned(&name, bytes)).await;
                say(&format!("put {name} {bytes} {revision}"));
                let counter = format!("counter-{task}");
                put(&store, &counter, format!("{round} {number}").into_bytes()).await;
                say(&format!("count {counter} {number}"));
                if number % 3 == 2 {
                    let gone = format!("{round}-{task}-{}", number - 2);
                    // Said before, because from then on both states are right.
                    say(&format!("deleting {gone}"));
                    store.delete(&space(), key(&gone), Condition::Present).await.unwrap();
                    say(&format!("deleted {gone}"));
                }
            }
        }
    };
    futures::future::join_all((0..8).map(write)).await;
}

/// No file may grow beyond 4 MiB: at some point a write is refused. Then the limit goes, and writes are done again.
async fn fill_the_disk(store: &EmbeddedStore) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    put(store, "before", b"kept".to_vec()).await;
    let all = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(4 << 20), ..all }).unwrap();
    let mut acked = Vec::new();
    let refused = loop {
        let name = format!("filling-{}", acked.len());
        match store.put(&space(), key(&name), Content::new(patterned(&name, 100_000), "x/y"), Condition::Absent).await {
            Ok(_) => acked.push(name),
            Err(error) => break error,
        }
        assert!(acked.len() < 200, "the limit was never met");
    };
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused:?}");
    // Reads go on, and what was refused is not there.
    assert_eq!(get(store, "before").await.unwrap(), b"kept");
    assert_eq!(get(store, &format!("filling-{}", acked.len())).await, None);
    // Of a batch without room nothing is done, and each of its writes hears so.
    let large = |name: &str| Write::put(key(name), Content::new(vec![7; 3 << 20], "x/y"), Condition::Always);
    for result in store.write(&space(), vec![large("large-1"), large("large-2")]).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    setrlimit(Resource::Fsize, all).unwrap();
    for name in &acked {
        assert_eq!(get(store, name).await.unwrap(), patterned(name, 100_000), "{name}");
    }
    assert_eq!(get(store, "large-1").await, None);
    put(store, "after", b"room again".to_vec()).await;
    say(&format!("refused after {}", acked.len()));
}

// ---- ownership ----

#[tokio::test]
async fn a_second_opener_is_told_who_has_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = spawn(&folder, "write for ever", "r", None);
    let mut lines = lines(&mut child);
    wait_for(&mut lines, "put ");
    let refused = EmbeddedStore::open(&url(folder.path()), Clock::system()).unwrap_err().to_string();
    let (pid, path) = (child.id(), folder.path().display());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        refused.contains(&format!("the embedded store at {path} is in use by process {pid}; stop it")),
        "{refused}"
    );
    // A killed process leaves no lock behind; within one process the store is one too.
    let store = open(folder.path());
    let refused = EmbeddedStore::open(&url(folder.path()), Clock::system()).unwrap_err().to_string();
    assert!(refused.contains("in use by this process"), "{refused}");
    drop(store);
    drop(open(folder.path()));
}

#[tokio::test]
async fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    fs::write(&file, "somebody's notes, long enough to be looked at ".repeat(50)).unwrap();
    let refused = EmbeddedStore::open(&url(folder.path()), Clock::system()).unwrap_err().to_string();
    assert!(refused.contains("not a database"), "{refused}");
    assert!(fs::read_to_string(&file).unwrap().starts_with("somebody's notes"));
    let refused = EmbeddedStore::open(&url(&file), Clock::system()).unwrap_err().to_string();
    assert!(refused.contains(&file.display().to_string()), "{refused}");
}

// ---- reopening ----

#[tokio::test]
async fn reopening_keeps_entries_revisions_and_expiry() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(1_000_000);
    let store = EmbeddedStore::open(&url(folder.path()), clock.clone()).unwrap();
    let content = Content::new(patterned("a", 300_000), "image/png").expiring(2_000_000);
    store.put(&space(), key("a"), content, Condition::Always).await.unwrap();
    put(&store, "b", b"two".to_vec()).await;
    let before = store.read(&space(), &[key("a"), key("b")]).await.unwrap();
    drop(store);
    let store = EmbeddedStore::open(&url(folder.path()), clock.clone()).unwrap();
    assert_eq!(store.read(&space(), &[key("a"), key("b")]).await.unwrap(), before);
    let seen = before[1].as_ref().unwrap().revision;
    let outcome = store.put(&space(), key("b"), Content::new("3", "x/y"), Condition::OneOf(vec![seen])).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(Written::Replaced(_))));
    clock.advance(1_000_000);
    assert_eq!(store.get(&space(), &key("a")).await.unwrap(), None);
    assert_eq!(store.sweep(10).await.unwrap(), 1);
    assert_eq!(store.sweep(10).await.unwrap(), 0);
}

#[tokio::test]
async fn a_place_in_the_feed_ends_with_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut changes = store.watch(&space(), None).await.unwrap();
    put(&store, "a", b"1".to_vec()).await;
    let WatchItem::Change(change) = futures::StreamExt::next(&mut changes).await.unwrap() else { panic!("a change") };
    let place: FeedId = change.id.to_string().parse().unwrap();
    drop((store, changes));
    let store = open(folder.path());
    let mut changes = store.watch(&space(), Some(place)).await.unwrap();
    assert!(matches!(futures::StreamExt::next(&mut changes).await, Some(WatchItem::Reset { .. })));
}

#[tokio::test]
async fn hundreds_of_spaces_whose_names_begin_alike() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let spaces: Vec<Space> =
        (1..=300).map(|n| Space::new("s".repeat(n % 90 + 1) + &n.to_string(), 1).unwrap()).collect();
    for space in &spaces {
        let write = |n: u8| Write::put(Key::new(vec![n]).unwrap(), Content::new(vec![n], "x/y"), Condition::Absent);
        let results = store.write(space, (0..4).map(write).collect()).await;
        assert!(results.iter().all(|result| matches!(result, Ok(Outcome::Done(Written::Created(_))))), "{results:?}");
    }
    assert_eq!(store.purge_all(&spaces[7]).await.unwrap(), 4);
    for (at, space) in spaces.iter().enumerate() {
        let page = store.list(space, &ListQuery::default()).await.unwrap();
        assert_eq!(page.entries.len(), if at == 7 { 0 } else { 4 }, "{}", space.name());
    }
}

#[tokio::test]
async fn a_value_that_is_too_large_is_refused_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let limit = store.capabilities().max_value_bytes;
    let write = |name: &str, bytes: u64| {
        Write::put(key(name), Content::new(vec![1; usize::try_from(bytes).unwrap()], "x/y"), Condition::Always)
    };
    let results = store.write(&space(), vec![write("a", 1), write("b", limit + 1), write("c", limit)]).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err().kind(), ErrorKind::TooLarge { limit });
    assert_eq!(get(&store, "c").await.unwrap().len() as u64, limit);
    let content = Content::new(vec![1; usize::try_from(limit).unwrap() + 1], "x/y");
    let txn = Txn { then: vec![TxnOp::Put(key("d"), content)], ..Txn::default() };
    assert_eq!(store.txn(&space(), txn).await.unwrap_err().kind(), ErrorKind::TooLarge { limit });
}

// ---- kill -9 ----

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acked: HashMap<String, (usize, Revision)> = HashMap::new();
    let mut total = 0;
    for round in 0..20 {
        let mut child = spawn(&folder, "write for ever", &round.to_string(), None);
        let mut lines = lines(&mut child);
        wait_for(&mut lines, "put ");
        // Any moment will do; the random half of a revision is at hand.
        let random = u64::from(Revision::fresh(0).as_bytes()[15]);
        thread::sleep(Duration::from_millis(5 + random));
        child.kill().unwrap();
        let mut counters = HashMap::new();
        for line in lines.map(Result::unwrap) {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["put", name, bytes, revision] => {
                    acked.insert(name.to_owned(), (bytes.parse().unwrap(), revision.parse().unwrap()));
                    total += 1;
                }
                ["count", name, number] => {
                    counters.insert(name.to_owned(), number.parse::<u64>().unwrap());
                }
                ["deleting", name] => {
                    acked.remove(name);
                }
                _ => {}
            }
            if let ["deleted", name] = words[..] {
                counters.insert(format!("!{name}"), 0);
            }
        }
        child.wait().unwrap();
        let store = open(folder.path());
        for (name, (bytes, revision)) in &acked {
            let entry = store.get(&space(), &key(name)).await.unwrap();
            let entry = entry.unwrap_or_else(|| panic!("round {round}: {name} was acknowledged and is gone"));
            assert_eq!(entry.revision, *revision, "round {round}: {name}");
            assert_eq!(entry.content.value, patterned(name, *bytes), "round {round}: {name}");
        }
        for (name, number) in counters {
            if let Some(deleted) = name.strip_prefix('!') {
                assert_eq!(get(&store, deleted).await, None, "round {round}: {deleted} came back");
                continue;
            }
            let value = String::from_utf8(get(&store, &name).await.unwrap()).unwrap();
            let (of, found) = value.split_once(' ').unwrap();
            assert_eq!(of, round.to_string());
            assert!(
                found.parse::<u64>().unwrap() >= number,
                "round {round}: {name} fell back to {found} from {number}"
            );
        }
    }
    assert!(total > 200, "only {total} writes in all rounds: nothing was proven");
}

/// A power cut may keep any of the pages that were not synced yet, and lose others.
#[tokio::test]
async fn a_torn_end_of_the_log_costs_nothing_that_was_acknowledged() {
    let kept = tempfile::tempdir().unwrap();
    let mut child = spawn(&kept, "acknowledge, then one more", "", None);
    let mut lines = lines(&mut child);
    wait_for(&mut lines, "last");
    wait_for(&mut lines, "done");
    child.kill().unwrap();
    child.wait().unwrap();
    let log = fs::read(kept.path().join("store.db-wal")).unwrap();
    // The last write alone has 200 000 bytes, so its pages are the last ones.
    let middle = log.len() - 100_000;
    let page = middle / 4_096 * 4_096;
    let mut zeroed = log.clone();
    zeroed[page..page + 4_096].fill(0);
    let mut flipped = log.clone();
    flipped[middle] ^= 0x40;
    let garbage = |from: &[u8]| [from, &patterned("garbage", 50_000)].concat();
    let torn = [log[..middle].to_vec(), log[..log.len() - 1].to_vec(), zeroed, flipped, garbage(&log[..middle])];
    for (at, log) in torn.into_iter().chain([garbage(&log), log]).enumerate() {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(kept.path().join("store.db"), folder.path().join("store.db")).unwrap();
        fs::write(folder.path().join("store.db-wal"), log).unwrap();
        let store = open(folder.path());
        for number in 0..50 {
            let name = format!("key-{number}");
            assert_eq!(get(&store, &name).await.unwrap(), patterned(&name, 500), "tear {at}: {name}");
        }
        // The torn write is gone as a whole; the whole one is there as a whole.
        let last = get(&store, "torn").await;
        assert_eq!(last, (at >= 5).then(|| patterned("torn", 200_000)), "tear {at}");
        put(&store, "torn", b"new".to_vec()).await;
        drop(store);
        assert_eq!(get(&open(folder.path()), "torn").await.unwrap(), b"new", "tear {at}");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    // The shell switches off the signal that would end a process at its limit, so that the write fails instead.
    let shell = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""].map(Into::into);
    let mut child = spawn(&folder, "fill the disk", "", Some(&shell));
    let said: Vec<String> = lines(&mut child).map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{said:?}");
    let filled = said.iter().find_map(|line| line.strip_prefix("refused after ")).expect("the child came to its end");
    let store = open(folder.path());
    assert_eq!(get(&store, "after").await.unwrap(), b"room again");
    for number in 0..filled.parse::<u32>().unwrap() {
        let name = format!("filling-{number}");
        assert_eq!(get(&store, &name).await.unwrap(), patterned(&name, 100_000), "{name}");
    }
}

// ---- what the system saw ----

#[tokio::test]
async fn the_sync_returns_before_the_answer() {
    let Some(trace) = trace("write twenty") else { return };
    let mut proven = 0;
    // Since the line `start N`: was the log written, and synced after that?
    let (mut written, mut synced) = (false, false);
    for call in &trace {
        if call.contains("\"start ") {
            (written, synced) = (false, false);
        } else if call.starts_with("pwrite64(") && call.contains("store.db-wal>") {
            (written, synced) = (true, false);
        } else if is_sync_of_the_log(call) {
            synced = written;
        } else if call.contains("\"acked ") {
            assert!(written && synced, "answered before the sync: {call}\n{}", trace.join("\n"));
            proven += 1;
        }
    }
    assert_eq!(proven, 20);
}

#[tokio::test]
async fn many_writers_share_a_sync() {
    let Some(trace) = trace("write sixty-four at once") else { return };
    let syncs = trace.iter().filter(|call| is_sync_of_the_log(call)).count();
    println!("640 writes by 64 writers took {syncs} syncs");
    assert!((10..=64).contains(&syncs), "{syncs} syncs for 640 writes by 64 writers");
}

fn is_sync_of_the_log(call: &str) -> bool {
    (call.starts_with("fdatasync(") || call.starts_with("fsync("))
        && call.contains("store.db-wal>")
        && call.trim_end().ends_with("= 0")
}

/// The system calls of a child in the order in which they returned, or none where there is no strace.
fn trace(role: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace");
    let calls = "trace=fsync,fdatasync,write,pwrite64";
    let strace: Vec<OsString> =
        ["strace".into(), "-f".into(), "-y".into(), "-s".into(), "40".into(), "-e".into(), calls.into(), "-o".into()]
            .into_iter()
            .chain([file.clone().into()])
            .collect();
    if !Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("KVSTORE_TEST_REQUIRE").is_none(), "strace is missing or may not trace");
        eprintln!("SKIPPED: strace is missing or may not trace; `apt-get install strace` brings it");
        return None;
    }
    let mut child = spawn(&folder, role, "", Some(&strace));
    let said: Vec<String> = lines(&mut child).map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{said:?}");
    // A call of one thread that others interrupt is on two lines: its first half waits for its second here.
    let mut begun: HashMap<String, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in fs::read_to_string(file).unwrap().lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        if let Some(first) = call.strip_suffix("<unfinished ...>") {
            begun.insert(thread.to_owned(), first.to_owned());
        } else if call.starts_with("<... ") {
            let second = call.split_once("resumed>").map_or("", |(_, second)| second);
            calls.push(begun.remove(thread).unwrap_or_default() + second);
        } else {
            calls.push(call.to_owned());
        }
    }
    Some(calls)
}

// ---- tools ----

fn spawn(folder: &tempfile::TempDir, role: &str, round: &str, before: Option<&[OsString]>) -> std::process::Child {
    let binary: OsString = std::env::current_exe().unwrap().into();
    let arguments = before.unwrap_or_default().iter().cloned().chain([binary]).collect::<Vec<_>>();
    let mut command = Command::new(&arguments[0]);
    command.args(&arguments[1..]).args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(FOLDER, folder.path()).env(ROUND, round);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

type Lines = std::io::Lines<BufReader<std::process::ChildStdout>>;

fn lines(child: &mut std::process::Child) -> Lines {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

fn wait_for(lines: &mut Lines, start: &str) {
    let found = lines.map(Result::unwrap).any(|line| line.starts_with(start));
    assert!(found, "the child ended without `{start}`");
}

fn url(folder: &Path) -> String {
    format!("embedded:{}", PathBuf::from(folder).display())
}

fn open(folder: &Path) -> EmbeddedStore {
    EmbeddedStore::open(&url(folder), Clock::system()).unwrap()
}

fn space() -> Space {
    Space::new("tests", 1).unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text.as_bytes().to_vec()).unwrap()
}

async fn put(store: &EmbeddedStore, name: &str, value: Vec<u8>) -> Revision {
    match store.put(&space(), key(name), Content::new(value, "x/y"), Condition::Always).await.unwrap() {
        Outcome::Done(Written::Created(revision) | Written::Replaced(revision)) => revision,
        other => panic!("{name}: {other:?}"),
    }
}

async fn get(store: &EmbeddedStore, name: &str) -> Option<Vec<u8>> {
    store.get(&space(), &key(name)).await.unwrap().map(|entry| entry.content.value.to_vec())
}

/// Bytes that follow from a name and differ along the way.
fn patterned(name: &str, bytes: usize) -> Vec<u8> {
    let mut state = name.bytes().fold(0x9e37_79b9_u32, |state, byte| state.wrapping_mul(31).wrapping_add(byte.into()));
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..bytes).map(|_| next()).collect()
}
