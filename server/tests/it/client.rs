//! `kvstore get put delete list batch pipeline watch completions` against a served service.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::service::{READER, Service, run};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(parsed).collect()
}

#[test]
fn every_byte_comes_back_from_standard_input_and_from_files() {
    let service = Service::start();
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    service.run_with(&["put", "bytes", "-"], &all).assert(0);
    let got = service.run(&["get", "bytes"]);
    assert_eq!((got.code, got.bytes), (0, all.clone()));

    let file = service.folder().join("value");
    let path = file.to_str().unwrap();
    service.run(&["get", "bytes", "--output", path]).assert(0);
    assert_eq!(std::fs::read(&file).unwrap(), all);
    service.run(&["put", "copy", "--file", path, "--type", "image/png"]).assert(0);
    let entry = parsed(&service.run(&["get", "copy", "--entry"]).assert(0));
    assert_eq!((&entry["content_type"], &entry["size"]), (&json!("image/png"), &json!(100_000)));
}

#[test]
fn put_takes_its_content_type_from_the_command_line_alone() {
    let service = Service::start();
    let kind = |key: &str| parsed(&service.run(&["get", key, "--json"]).assert(0))["content_type"].clone();
    service.run(&["put", "argument", "[1]"]).assert(0);
    assert_eq!(kind("argument"), "text/plain; charset=utf-8");
    service.run_with(&["put", "stdin", "-"], b"[1]").assert(0);
    assert_eq!(kind("stdin"), "application/octet-stream");
    service.run(&["put", "sports", r#"["baseball","hockey","football"]"#, "--type", "json", "--ttl", "60"]).assert(0);
    let entry = parsed(&service.run(&["get", "sports", "--entry"]).assert(0));
    assert_eq!(entry["value"], json!(["baseball", "hockey", "football"]));
    assert_eq!(entry["content_type"], "application/json");
    assert!(entry["expires_at"].is_string());
    // Nothing is sent under a type that it is not.
    let said = service.run(&["put", "sports", "[1", "--type", "json"]);
    said.assert(2);
    assert!(said.said.starts_with("kvstore: the value is no JSON"), "{}", said.said);
    service.run_with(&["put", "k", "-", "--token-file", "-"], crate::service::TOKEN.as_bytes()).assert(2);
    for wrong in [&["put", "k"][..], &["put"], &["put", "k", "v", "--file", "f"], &["put", "k", "v", "w"]] {
        service.run(wrong).assert(2);
    }
    service.run(&["put", "negative", "-5"]).assert(0);
    assert_eq!(service.run(&["get", "negative"]).assert(0), "-5");
}

#[test]
fn keys_of_any_kind_go_and_come_back() {
    let service = Service::start();
    let keys = ["a/b", ".", "..", "?x=1#y", "%2F", "a b+c&d", "new\nline", "\u{202e}🔑", "back\\slash"];
    for key in keys {
        service.run(&["put", key, key]).assert(0);
        assert_eq!(service.run(&["get", key]).assert(0), key);
    }
    service.run(&["put", "--key-b64", "/wA=", "raw"]).assert(0);
    assert_eq!(service.run(&["get", "--key-b64", "/wA="]).assert(0), "raw");
    let listed = service.run(&["list"]).assert(0);
    assert_eq!(listed.lines().count(), keys.len() + 1);
    assert!(listed.contains("new\\nline\n") && listed.ends_with("\\xff\\u{0}\n"), "{listed}");
    // What is listed can be read again.
    let read = service.run_with(&["batch", "get", "-"], listed.as_bytes()).assert(0);
    assert_eq!(read.lines().count(), keys.len() + 1);
    assert!(read.contains("200\t\\u{202e}🔑\t\\u{202e}🔑\n"), "{read}");
    service.run(&["delete", "--key-b64", "_wA"]).assert(0);
    service.run(&["get", "--key-b64", "_wA"]).assert(3);
}

#[test]
fn preconditions_hold() {
    let service = Service::start();
    let first = service.run(&["put", "k", "1", "--if-none-match", "*"]).assert(0);
    let refused = service.run(&["put", "k", "1", "--if-none-match", "*"]);
    refused.assert(4);
    assert!(refused.said.contains("(precondition_failed)"), "{}", refused.said);
    let answer = parsed(&service.run(&["put", "k", "2", "--if-match", first.trim(), "--json"]).assert(0));
    service.run(&["put", "k", "3", "--if-match", first.trim()]).assert(4);
    service.run(&["delete", "k", "--if-match", first.trim()]).assert(4);
    assert_eq!(service.run(&["get", "k"]).assert(0), "2");
    // With the quotes of JSON, too.
    assert_eq!(service.run(&["delete", "k", "--if-match", answer["etag"].as_str().unwrap()]).assert(0), "");
    service.run(&["delete", "k"]).assert(3);
    assert_eq!(service.run(&["put", "k", "4", "--if-match", "*"]).code, 4);
}

#[test]
fn the_exit_code_tells_what_was_wrong_and_the_token_is_never_told() {
    let service = Service::start();
    let absent = service.run(&["get", "absent"]);
    assert_eq!(absent.code, 3);
    assert_eq!(absent.said, "kvstore: there is no entry under this key (no_such_key)\n");
    service.run(&["get", "k", "--dataset", "nowhere"]).assert(3);
    service.run(&["get"]).assert(2);
    service.run(&["get", "k", "--url", "ftp://x"]).assert(2);
    service.run(&["put", "k", "v", "--token", READER]).assert(5);
    service.run(&["get", "k", "--token", "kvs_unknown"]).assert(5);
    let file = service.folder().join("token");
    std::fs::write(&file, format!("{READER}\n")).unwrap();
    service.run(&["put", "k", "v", "--token-file", file.to_str().unwrap()]).assert(5);
    let mut nobody = service.command(&["get", "k"]);
    run(nobody.env_remove("KVSTORE_TOKEN"), b"").assert(5);
    // Nothing listens on a port that was just given back.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    service.run(&["get", "k", "--url", &format!("http://{gone}")]).assert(6);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    service.run(&["get", "k", "--url", &url, "--timeout", "1"]).assert(6);
    for words in [&["get", "k", "--token", "kvs_secret\n"][..], &["get", "k", "--token", "kvs_secret", "--bogus"]] {
        let ended = service.run(words);
        assert!(ended.code != 0 && !ended.said.contains("kvs_secret"), "{}", ended.said);
    }
    let help = service.run(&["get", "--help"]).assert(0);
    assert!(help.contains("KVSTORE_URL") && !help.contains("kvs_") && !help.contains("store-url"), "{help}");
}

#[test]
fn a_quota_is_waited_for() {
    let service = Service::start();
    for n in 0..3 {
        service.run(&["put", "k", &n.to_string(), "--dataset", "small"]).assert(0);
    }
    assert_eq!(service.run(&["get", "k", "-d", "small"]).assert(0), "2");
}

#[test]
fn lists_are_bounded_whole_and_in_order() {
    let service = Service::start();
    let items: String =
        (0..2_345).map(|n| format!("{{\"op\":\"put\",\"key\":\"n/{n:04}\",\"value\":{{\"n\":\n{n}}}}}\n")).collect();
    service.run_with(&["batch", "write", "-"], items.as_bytes()).assert(0);
    service.run(&["put", "other", "x"]).assert(0);

    let some = service.run(&["list", "--limit", "3", "--prefix", "n/"]);
    assert_eq!(some.assert(0), "n/0000\nn/0001\nn/0002\n");
    let cursor = some.said.trim().rsplit_once("--cursor ").unwrap().1;
    let more = service.run(&["list", "--limit", "1", "--prefix", "n/", "--cursor", cursor]).assert(0);
    assert_eq!(more, "n/0003\n");
    assert_eq!(service.run(&["list", "--limit", "1500"]).assert(0).lines().count(), 1_500);

    let all = service.run(&["list", "--all"]).assert(0);
    assert_eq!(all.lines().count(), 2_346);
    assert!(all.lines().is_sorted());
    let between = service.run(&["list", "--start", "n/0010", "--end", "n/0012", "--values"]).assert(0);
    assert_eq!(between, "n/0010\t{\"n\": 10}\nn/0011\t{\"n\": 11}\n");
    let entries = lines(&service.run(&["list", "--all", "--json", "--values"]).assert(0));
    assert_eq!((entries.len(), &entries[2_344]["value"]), (2_346, &json!({"n": 2_344})));
    assert_eq!(service.run(&["list", "--prefix", "none"]).assert(0), "");
    // A cursor may begin so too.
    assert_eq!(service.run(&["list", "--prefix", "-n"]).assert(0), "");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let service = Service::start();
    let items: String = (0..5_000).map(|n| format!("{{\"op\":\"put\",\"key\":\"{n:050}\",\"value\":0}}\n")).collect();
    service.run_with(&["batch", "write", "-"], items.as_bytes()).assert(0);
    let mut child = service.command(&["list", "--all"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn batches_tell_what_came_of_each_item() {
    let service = Service::start();
    let body = json!({"items": [
        {"op": "put", "key": "a", "value": [1]},
        {"op": "put", "key": "b", "value": "text", "content_type": "text/plain"},
        {"op": "delete", "key": "never"},
    ]});
    let file = service.folder().join("items.json");
    std::fs::write(&file, body.to_string()).unwrap();
    let summary = service.run(&["batch", "write", file.to_str().unwrap()]).assert(0);
    assert!(summary.starts_with("2 created, 1 absent, in "), "{summary}");

    // As an array, and with an item that fails.
    let items = json!([{"op": "put", "key": "a", "value": 2, "if_none_match": "*"}, {"op": "delete", "key": "b"}]);
    let ended = service.run_with(&["batch", "write", "-"], items.to_string().as_bytes());
    assert!(ended.assert(1).starts_with("1 deleted, 1 failed, in "));
    assert!(ended.said.starts_with("item 1, a: ") && ended.said.contains("(precondition_failed)"), "{}", ended.said);
    let ended = service.run_with(&["batch", "write", "-", "--json"], items.to_string().as_bytes());
    let statuses: Vec<_> = lines(&ended.assert(1)).iter().map(|result| result["status"].clone()).collect();
    assert_eq!(statuses, [412, 404]);

    // What stands before a mistake is done, and the mistake has its place.
    let ended = service.run_with(&["batch", "write", "-"], b"{\"op\":\"put\",\"key\":\"c\",\"value\":1}\n{\"op\":");
    assert!(ended.assert(2).starts_with("1 created"));
    assert!(ended.said.contains("line 2"), "{}", ended.said);
    let ended = service.run_with(&["batch", "write", "-"], b"{\"op\":\"putt\",\"key\":\"c\"}");
    ended.assert(1);
    assert!(ended.said.contains("the items 1 to 1: items/0/op"), "{}", ended.said);

    let ended = service.run(&["batch", "get", "a", "b", "c"]);
    assert_eq!(ended.assert(3), "200\ta\t[1]\n404\tb\tno_such_key\n200\tc\t1\n");
    let read = lines(&service.run(&["batch", "get", "a", "--json"]).assert(0));
    assert_eq!(read[0]["value"], json!([1]));
    let many: Vec<String> = (0..250).map(|_| "a".to_owned()).collect();
    assert_eq!(service.run_with(&["batch", "get", "-"], many.join("\n").as_bytes()).assert(0).lines().count(), 250);
}

#[test]
fn pipelines_show_their_steps_and_their_timeline() {
    let service = Service::start();
    service.run(&["put", "user:42", r#"{"team":"search"}"#, "-t", "json"]).assert(0);
    service.run(&["put", "search", r#"{"floor":3}"#, "-t", "json"]).assert(0);
    let steps = json!({"steps": {
        "who": {"op": "get", "key": "user:42"},
        "team": {"op": "get", "key": {"$ref": "who/value/team"}},
    }});
    let input = steps.to_string();
    let shown = service.run_with(&["pipeline", "-", "--explain"], input.as_bytes()).assert(0);
    assert!(shown.contains("who   200") && shown.contains(r#"{"floor":3}"#), "{shown}");
    assert!(shown.contains('█') && shown.contains("after who") && shown.contains("\ncomplete in "), "{shown}");
    let plain = service.run_with(&["pipeline", "-"], input.as_bytes()).assert(0);
    assert!(!plain.contains('█'), "{plain}");
    let raw = parsed(&service.run_with(&["pipeline", "-", "--json"], input.as_bytes()).assert(0));
    assert_eq!(raw["steps"]["team"]["value"], json!({"floor": 3}));

    let absent =
        json!({"steps": {"who": {"op": "get", "key": "nobody"}, "next": {"op": "get", "key": {"$ref": "who/value"}}}});
    let shown = service.run_with(&["pipeline", "-"], absent.to_string().as_bytes()).assert(1);
    assert!(shown.contains("404") && shown.contains("424") && shown.contains("NOT complete"), "{shown}");
    service.run_with(&["pipeline", "-"], b"{").assert(2);
    let cycle = json!({"steps": {"a": {"op": "get", "key": {"$ref": "a/value"}}}});
    service.run_with(&["pipeline", "-"], cycle.to_string().as_bytes()).assert(1);
}

/// Passes connections on to the service until it is told to cut them.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<TcpStream>>>);

impl Wire {
    fn lay(&self, to: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (to, ends) = (to.to_owned(), self.0.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&to).unwrap());
                ends.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                for (mut from, mut to) in [
                    (client.try_clone().unwrap(), server.try_clone().unwrap()),
                    (server.try_clone().unwrap(), client.try_clone().unwrap()),
                ] {
                    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
                }
            }
        });
        format!("http://{address}")
    }

    fn cut(&self) {
        for end in self.0.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

#[test]
fn watch_goes_on_where_a_connection_broke_and_ends_on_an_interrupt() {
    let service = Service::start();
    let wire = Wire::default();
    let url = wire.lay(service.address());
    let words = ["watch", "--prefix", "seen/", "--json", "--url", &url];
    let mut child = service.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut changes = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| parsed(&line.unwrap()));
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);

    // It is watching when it sees something.
    std::thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let service = &service;
        scope.spawn(move || {
            while stopped.try_recv().is_err() {
                service.run(&["put", "seen/begin", "x"]).assert(0);
            }
        });
        let first = changes.next().unwrap();
        // An error means that the writer has ended by a failure of its own, which the scope tells.
        let _ = stop.send(());
        assert_eq!((&first["event"], &first["key"]), (&json!("put"), &json!("seen/begin")));
        assert!(first["id"].is_string() && first["etag"].is_string());
    });
    service.run(&["put", "unseen", "x"]).assert(0);
    service.run(&["put", "seen/1", "x"]).assert(0);
    let mut next = || changes.find(|change| change["key"] != "seen/begin").unwrap();
    assert_eq!(next()["key"], "seen/1");

    wire.cut();
    assert!(said.next().unwrap().ends_with("trying again"));
    for key in ["seen/2", "seen/3"] {
        service.run(&["put", key, "x"]).assert(0);
    }
    service.run(&["delete", "seen/2"]).assert(0);
    let seen: Vec<Value> = (0..3).map(|_| next()).collect();
    let told: Vec<_> =
        seen.iter().map(|change| (change["event"].as_str().unwrap(), change["key"].as_str().unwrap())).collect();
    assert_eq!(told, [("put", "seen/2"), ("put", "seen/3"), ("delete", "seen/2")]);

    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // As lines, and from a place that was told.
    let after = seen[0]["id"].as_str().unwrap();
    let mut child =
        service.command(&["watch", "--prefix", "seen/", "--after", after]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let put = lines.next().unwrap();
    assert!(put.starts_with("put\tseen/3\t"), "{put}");
    assert_eq!(lines.next().unwrap(), "delete\tseen/2");
    child.kill().unwrap();
    child.wait().unwrap();
    service.run(&["watch", "--after", "nonsense"]).assert(1);
    service.run(&["watch", "--dataset", "nowhere"]).assert(3);
}

/// Answers each connection with the next of these, and gives what was asked.
fn answers(all: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in all {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(reader.read_line(&mut head).unwrap(), 0);
            }
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            // What is left unread would break the connection under the answer.
            reader.read_exact(&mut vec![0; length.unwrap_or_default()]).unwrap();
            asked.push(head);
            stream.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    (url, asked)
}

fn answer(status: &str, headers: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn what_may_be_sent_again_is_and_nothing_else() {
    let service = Service::start();
    let problem = |code: &str| json!({"code": code, "detail": "not now"});
    let away = answer("503 Service Unavailable", "retry-after: 1\r\n", &problem("store_unavailable"));
    let unknown = answer("503 Service Unavailable", "retry-after: 0\r\n", &problem("store_unknown"));
    let results = answer("200 OK", "", &json!({"results": [{"status": 201, "key": "k"}]}));

    // A call that is sent again has the same Idempotency-Key, and Retry-After is heeded.
    let (url, asked) = answers(vec![away.clone(), String::new(), results]);
    let began = std::time::Instant::now();
    let item = b"{\"op\":\"put\",\"key\":\"k\",\"value\":1}";
    service.run_with(&["batch", "write", "-", "--url", &url], item).assert(0);
    assert!(began.elapsed().as_secs() >= 1);
    let asked = asked.join().unwrap();
    let key = |head: &str| head.lines().find(|line| line.starts_with("idempotency-key: ")).unwrap().to_owned();
    assert!(asked.iter().all(|head| key(head) == key(&asked[0])), "{asked:?}");

    // A conditional write that may have happened is the caller's to look at.
    let (url, asked) = answers(vec![unknown.clone()]);
    service.run(&["put", "k", "v", "--if-none-match", "*", "--url", &url]).assert(6);
    assert_eq!(asked.join().unwrap().len(), 1);
    let created = answer("201 Created", "etag: \"x\"\r\n", &json!({"key": "k"}));
    let (url, _) = answers(vec![unknown, created]);
    assert_eq!(service.run(&["put", "k", "v", "--url", &url]).assert(0), "x\n");

    // In the end it gives up, and does not wait for an hour.
    let (url, asked) =
        answers(vec![answer("429 Too Many Requests", "retry-after: 0\r\n", &problem("quota_exceeded")); 4]);
    let said = service.run(&["get", "k", "--url", &url]);
    said.assert(6);
    assert_eq!((said.said.as_str(), asked.join().unwrap().len()), ("kvstore: not now (quota_exceeded)\n", 4));
    let (url, _) =
        answers(vec![answer("503 Service Unavailable", "retry-after: 3600\r\n", &problem("store_unavailable"))]);
    service.run(&["get", "k", "--url", &url]).assert(6);

    // Another service behind the address.
    let (url, _) = answers(vec![answer("404 Not Found", "", &json!("<html>"))]);
    let said = service.run(&["get", "k", "--url", &url]);
    said.assert(1);
    assert!(said.said.contains("is --url right?"), "{}", said.said);
    let (url, _) = answers(vec![answer("200 OK", "", &json!("<html>"))]);
    service.run(&["get", "k", "--url", &url]).assert(1);
    service.run(&["get", "k", "--url", &format!("{}/elsewhere", service.url)]).assert(1);
}

#[test]
fn shells_get_their_completions() {
    let service = Service::start();
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef kvstore"), ("fish", "complete -c kvstore")] {
        let script = service.run(&["completions", shell]).assert(0);
        assert!(script.contains(mark) && script.contains("if-none-match"), "{script}");
        let checked = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn();
        if let Ok(mut child) = checked {
            child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success());
        }
    }
    service.run(&["completions", "cobol"]).assert(2);
}
