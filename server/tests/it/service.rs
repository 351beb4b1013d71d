//! The binary as a service by itself: no app, a store in memory, tokens of the configuration.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use sha2::{Digest as _, Sha256};

/// May do everything with all data.
pub const TOKEN: &str = "kvs_0000000000000000000000000000000000000000000";
/// May read `default` alone.
pub const READER: &str = "kvs_1111111111111111111111111111111111111111111";

/// A running service, which ends with the value.
pub struct Service {
    child: Child,
    pub url: String,
    folder: tempfile::TempDir,
}

impl Service {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = |name: &str, token: &str, scope: &str| {
            let hash = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            format!("[[token]]\nname = \"{name}\"\nsha256 = \"{hash}\"\nscopes = [\"{scope}\"]\n")
        };
        let lines = [
            "[[dataset]]\nname = \"small\"\nqps_set = 1\n".to_owned(),
            token("writer", TOKEN, "*:admin"),
            token("reader", READER, "default:read"),
        ];
        std::fs::write(folder.path().join("kvstore.toml"), lines.concat()).unwrap();
        let mut child = program(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", "none", "--store-url", "memory:"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| Some(line.split_once("keys at ")?.1.split_once("/v1,")?.0.to_owned()));
        Self { child, url: address.unwrap(), folder }
    }

    /// A folder for the test's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// `kvstore WORDS` as a user of the service.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = program(&std::env::temp_dir());
        command.env("KVSTORE_URL", &self.url).env("KVSTORE_TOKEN", TOKEN).args(words);
        command
    }

    pub fn run(&self, words: &[&str]) -> Ended {
        self.run_with(words, b"")
    }

    /// With this as its standard input.
    pub fn run_with(&self, words: &[&str], input: &[u8]) -> Ended {
        run(&mut self.command(words), input)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub bytes: Vec<u8>,
    pub said: String,
}

impl Ended {
    /// That it ended with this code; gives its standard output.
    #[track_caller]
    pub fn assert(&self, code: i32) -> String {
        let out = String::from_utf8_lossy(&self.bytes).into_owned();
        assert_eq!(self.code, code, "{out}{}", self.said);
        out
    }
}

pub fn run(command: &mut Command, input: &[u8]) -> Ended {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that does not read its input breaks the pipe.
    let fed = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    fed.join().unwrap();
    Ended { code: status.code().unwrap(), bytes: stdout, said: String::from_utf8(stderr).unwrap() }
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvstore"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KVSTORE_") || name.starts_with("LEPTOS_")) {
        command.env_remove(name);
    }
    command.current_dir(folder);
    command
}
