//! Servers that stop, hang and come back: calls end in time and say what is known, and all works again by itself.
//!
//! Each test starts a server of its own. Where the program is missing it is skipped, aloud, and fails where
//! KVSTORE_TEST_REQUIRE is set.

#![cfg(any(feature = "redis", feature = "postgres"))]
#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use kv::{Clock, Condition, Content, Error, ErrorKind, Key, Outcome, Space, Store, StoreExt as _};
use tempfile::TempDir;

/// What the stores are told; a call may take a little longer.
const TIMEOUT_MS: u64 = 1_500;
const PATIENCE: Duration = Duration::from_millis(TIMEOUT_MS + 1_500);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn space() -> Space {
    Space::new("outage", 4).unwrap()
}

fn key(number: usize) -> Key {
    Key::new(format!("k{number}").into_bytes()).unwrap()
}

fn signal(name: &str, pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string);
    assert!(Command::new("kill").arg(format!("-{name}")).args(pids).status().unwrap().success());
}

async fn put(store: &Arc<dyn Store>, number: usize) -> Result<Outcome, Error> {
    store.put(&space(), key(number), Content::new("x", "text/plain"), Condition::Always).await
}

/// Runs a call and asserts that it ends in time.
async fn in_time<T>(call: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let result = call.await;
    assert!(began.elapsed() < PATIENCE, "a call took {:?}", began.elapsed());
    result
}

/// While the server is away: nobody hangs, and a read is never `Unknown`.
async fn assert_away(store: &Arc<dyn Store>) {
    for _ in 0..2 {
        let read = in_time(store.get(&space(), &key(0))).await.unwrap_err();
        assert_eq!(read.kind(), ErrorKind::Unavailable, "{read:?}");
        let write = in_time(put(store, 1_000_000)).await.unwrap_err();
        assert!(matches!(write.kind(), ErrorKind::Unavailable | ErrorKind::Unknown), "{write:?}");
        let list = in_time(store.list(&space(), &kv::ListQuery::default())).await.unwrap_err();
        assert_eq!(list.kind(), ErrorKind::Unavailable, "{list:?}");
        assert_eq!(in_time(store.ping()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}

/// After the server came back: within ten seconds everything answers again.
async fn assert_back(store: &Arc<dyn Store>) {
    let until = Instant::now() + Duration::from_secs(10);
    while let Err(error) = store.ping().await {
        assert!(Instant::now() < until, "it stays away: {error:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    put(store, 2_000_000).await.unwrap();
    store.get(&space(), &key(2_000_000)).await.unwrap().unwrap();
}

/// Writes from several tasks until the first errors; says which were acknowledged.
async fn write_until_it_fails(store: &Arc<dyn Store>, stop: impl FnOnce()) -> Vec<usize> {
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                for number in 0.. {
                    let number = number * 4 + writer;
                    match in_time(put(&store, number)).await {
                        Ok(_) => done.push(number),
                        Err(error) => {
                            assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Unknown), "{error:?}");
                            break;
                        }
                    }
                }
                done
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(400)).await;
    stop();
    let mut all = Vec::new();
    for writer in writers {
        all.extend(writer.await.unwrap());
    }
    assert!(!all.is_empty());
    all
}

fn missing(what: &str) {
    assert!(std::env::var_os("KVSTORE_TEST_REQUIRE").is_none(), "{what} is missing");
    eprintln!("SKIPPED: {what} is missing; scripts/setup.sh test installs it");
}

/// The program, or its folder, that a script of ours finds.
fn program(script: &str) -> Option<PathBuf> {
    let here = std::fs::canonicalize(env!("CARGO_MANIFEST_DIR")).unwrap();
    let found = Command::new(here.join("../../scripts").join(script)).arg("--where").output().unwrap();
    found.status.success().then(|| String::from_utf8(found.stdout).unwrap().trim().into())
}

#[cfg(feature = "redis")]
mod redis {
    use std::{path::Path, process::Child};

    use super::*;

    struct Server {
        child: Option<Child>,
        program: PathBuf,
        folder: TempDir,
        port: u16,
        cluster: bool,
    }

    impl Server {
        fn new(program: &Path, cluster: bool) -> Self {
            // A cluster's server also takes the port that is 10000 higher.
            let port = std::iter::repeat_with(free_port).find(|port| !cluster || *port < 55_000).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let mut server = Self { child: None, program: program.to_owned(), folder, port, cluster };
            server.start();
            server
        }

        fn start(&mut self) {
            let port = self.port.to_string();
            let mut command = Command::new(&self.program);
            command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
            command.arg(self.folder.path()).stdout(Stdio::null());
            if self.cluster {
                command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]);
            }
            self.child = Some(command.spawn().unwrap());
        }

        fn kill(&mut self) {
            if let Some(mut child) = self.child.take() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }

        fn pid(&self) -> u32 {
            self.child.as_ref().unwrap().id()
        }

        fn cli(&self, words: &[&str]) -> String {
            let cli = self.program.to_string_lossy().replace("-server", "-cli");
            let output = Command::new(cli).args(["-p", &self.port.to_string()]).args(words).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.kill();
        }
    }

    async fn single() -> Option<(Server, Arc<dyn Store>)> {
        let Some(program) = program("with-redis.sh") else {
            missing("redis-server");
            return None;
        };
        let server = Server::new(&program, false);
        let url = format!("redis://127.0.0.1:{}?timeout_ms={TIMEOUT_MS}", server.port);
        let store = kv::connect(&url, Clock::system()).await.unwrap();
        assert_back(&store).await;
        Some((server, store))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn killed_and_started_again() {
        let Some((mut server, store)) = single().await else { return };
        write_until_it_fails(&store, || server.kill()).await;
        assert_away(&store).await;
        server.start();
        assert_back(&store).await;
        // A restart between calls is not even noticed: nothing was lost on the way.
        server.kill();
        server.start();
        let until = Instant::now() + Duration::from_secs(10);
        while !server.cli(&["ping"]).contains("PONG") {
            assert!(Instant::now() < until);
        }
        put(&store, 1).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hanging() {
        let Some((server, store)) = single().await else { return };
        signal("STOP", &[server.pid()]);
        assert_eq!(in_time(put(&store, 1)).await.unwrap_err().kind(), ErrorKind::Unknown);
        assert_away(&store).await;
        signal("CONT", &[server.pid()]);
        assert_back(&store).await;
    }

    /// A master dies and its replica takes over; a slot moves while it is written.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn failover_of_a_cluster() {
        let Some(program) = program("with-redis.sh") else { return missing("redis-server") };
        let mut servers: Vec<Server> = (0..6).map(|_| Server::new(&program, true)).collect();
        let until = Instant::now() + Duration::from_secs(20);
        let wait_for = |server: &Server, words: &[&str], wanted: &str| {
            while !server.cli(words).contains(wanted) {
                assert!(Instant::now() < until, "no {wanted} in {}", server.cli(words));
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        servers.iter().for_each(|server| wait_for(server, &["ping"], "PONG"));
        let addresses: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let mut create = vec!["--cluster", "create"];
        create.extend(addresses.iter().map(String::as_str));
        create.extend(["--cluster-replicas", "1", "--cluster-yes"]);
        let created = servers[0].cli(&create);
        assert!(created.contains("All 16384 slots covered"), "{created}");
        servers.iter().for_each(|server| wait_for(server, &["cluster", "info"], "cluster_state:ok"));
        let url = format!("redis+cluster://{},{}?timeout_ms={TIMEOUT_MS}", addresses[0], addresses[1]);
        let store = kv::connect(&url, Clock::system()).await.unwrap();
        for number in 0..200 {
            put(&store, number).await.unwrap();
        }
        // Every replica has everything before a master goes.
        for server in &servers[..3] {
            assert_eq!(server.cli(&["wait", "1", "5000"]).trim(), "1");
        }
        servers[0].kill();
        let until = Instant::now() + Duration::from_secs(20);
        let mut served = 0;
        while served < 200 {
            match in_time(store.get(&space(), &key(served))).await {
                Ok(entry) => {
                    assert!(entry.is_some(), "key {served} survives the failover");
                    served += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable);
                    assert!(Instant::now() < until, "the replica never took over: {error:?}");
                }
            }
        }
        for number in 0..200 {
            in_time(put(&store, number)).await.unwrap();
        }
        // The slots go to another server while they are written.
        let writer = {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..2_000 {
                    in_time(put(&store, number % 100)).await.unwrap();
                }
            })
        };
        let nodes = servers[1].cli(&["cluster", "nodes"]);
        let masters: Vec<&str> =
            nodes.lines().filter(|line| line.contains("master") && !line.contains("fail")).collect();
        let (from, to) = (masters[0].split(' ').next().unwrap(), masters[1].split(' ').next().unwrap());
        let moved = servers[1].cli(&[
            "--cluster",
            "reshard",
            &addresses[1],
            "--cluster-from",
            from,
            "--cluster-to",
            to,
            "--cluster-slots",
            "5000",
            "--cluster-yes",
            "--cluster-pipeline",
            "100",
        ]);
        assert!(moved.contains("Moving slot"), "{moved}");
        writer.await.unwrap();
        for number in 0..200 {
            assert!(store.get(&space(), &key(number)).await.unwrap().is_some());
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    struct Server {
        bin: PathBuf,
        folder: TempDir,
        port: u16,
    }

    impl Server {
        fn new(bin: PathBuf) -> Self {
            use std::os::unix::fs::PermissionsExt as _;
            let folder = tempfile::tempdir().unwrap();
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
            let server = Self { bin, folder, port: free_port() };
            server
                .run("initdb", &["-U", "kvstore", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
            server.start();
            server
        }

        /// PostgreSQL refuses to run as root.
        fn run(&self, program: &str, words: &[&str]) -> bool {
            let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
            let program = self.bin.join(program);
            let mut command = if root {
                let mut command = Command::new("runuser");
                command.args(["-u", "nobody", "--"]).arg(program);
                command
            } else {
                Command::new(program)
            };
            command.arg("-D").arg(self.folder.path().join("data")).args(words).current_dir(self.folder.path());
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
        }

        fn start(&self) {
            // Whatever the server thinks of acknowledging early, our connections must say otherwise.
            let options = format!(
                "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c synchronous_commit=off \
                 -c wal_writer_delay=10s",
                self.port
            );
            let log = self.folder.path().join("log");
            assert!(self.run("pg_ctl", &["start", "-w", "-o", &options, "-l", log.to_str().unwrap()]));
        }

        /// As a crash would.
        fn kill(&self) {
            self.run("pg_ctl", &["stop", "-m", "immediate"]);
        }

        /// The server and its processes.
        fn pids(&self) -> Vec<u32> {
            let file = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
            let pid: u32 = file.lines().next().unwrap().parse().unwrap();
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
            std::iter::once(pid).chain(children.split_whitespace().map(|child| child.parse().unwrap())).collect()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.kill();
        }
    }

    async fn open() -> Option<(Server, Arc<dyn Store>)> {
        let Some(bin) = program("with-postgres.sh") else {
            missing("PostgreSQL");
            return None;
        };
        let server = Server::new(bin);
        let url = format!("postgres://kvstore@127.0.0.1:{}/postgres?timeout_ms={TIMEOUT_MS}", server.port);
        let store = kv::connect(&url, Clock::system()).await.unwrap();
        assert_back(&store).await;
        Some((server, store))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_acknowledged_write_is_lost_in_a_crash() {
        let Some((server, store)) = open().await else { return };
        for _ in 0..2 {
            let done = write_until_it_fails(&store, || server.kill()).await;
            assert_away(&store).await;
            server.start();
            assert_back(&store).await;
            for number in done {
                assert!(store.get(&space(), &key(number)).await.unwrap().is_some(), "write {number} is lost");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hanging() {
        let Some((server, store)) = open().await else { return };
        let stopped = server.pids();
        signal("STOP", &stopped);
        assert_away(&store).await;
        signal("CONT", &stopped);
        assert_back(&store).await;
    }

    /// Another session keeps a row locked: the server gives the statement up, so that it is known not to have happened.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_locked_row_is_unavailable_and_not_unknown() {
        let Some((server, store)) = open().await else { return };
        put(&store, 1).await.unwrap();
        let url = format!("postgres://kvstore@127.0.0.1:{}/postgres", server.port);
        let mut other = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT * FROM kv.entries FOR UPDATE").execute(&mut other).await.unwrap();
        let refused = in_time(put(&store, 1)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused:?}");
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
        put(&store, 1).await.unwrap();
    }
}
