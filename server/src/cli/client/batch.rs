//! `kvstore batch get` and `kvstore batch write`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Subcommand;
use data::{MAX_BATCH_KEYS, MAX_BATCH_WRITES};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    EXIT_CODES, Target,
    failure::{Failure, Kind, Outcome, Problem},
    http::{Call, Client},
    key::{Keyed, one_line, unescape},
    list::{unexpected, value},
    output::Output,
    value::stdin,
};

/// Bytes of one call: a little less than the 16 MiB that the service takes.
const MOST_BYTES: usize = 15 << 20;

const WRITE_HELP: &str = "\
FILE has one item a line, or one JSON array of items, or the body of a call ({\"items\": […]}):

  {\"op\": \"put\", \"key\": \"sports\", \"value\": [\"baseball\", \"hockey\", \"football\"], \"if_none_match\": \"*\"}
  {\"op\": \"put\", \"key\": \"note\", \"value\": \"plain text\", \"content_type\": \"text/plain\", \"ttl\": 3600}
  {\"op\": \"put\", \"key\": \"logo\", \"value_b64\": \"iVBORw0KGgo=\", \"content_type\": \"image/png\"}
  {\"op\": \"delete\", \"key\": \"old\"}

It is sent in calls of up to 1 000 items, one after the other, and each item is done or refused by itself. Deleting what
is not there is no failure. Exit code 1 where an item failed; else as every command: 2 wrong usage, 3 no such dataset,
5 not permitted or not signed in, 6 the server or its store is unavailable.";

#[derive(Debug, Subcommand)]
pub enum BatchCommand {
    /// Read many keys: STATUS, KEY and VALUE of each, in their order
    #[command(after_help = EXIT_CODES)]
    Get(GetArgs),
    /// Put and delete many keys
    #[command(after_long_help = WRITE_HELP, after_help = "--help shows what FILE looks like")]
    Write(WriteArgs),
}

#[derive(Debug, clap::Args)]
pub struct GetArgs {
    /// The keys; a single `-` reads them from standard input, one a line as `kvstore list` writes them
    #[arg(required = true)]
    keys: Vec<String>,
    /// One result a line as JSON, with status, etag, content type, size and times
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
pub struct WriteArgs {
    /// Items; `-` reads standard input
    file: PathBuf,
    /// One result a line as JSON on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: BatchCommand) -> Outcome {
    match command {
        BatchCommand::Get(args) => get(&args).await,
        BatchCommand::Write(args) => write(&args).await,
    }
}

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Status {
    status: u16,
    problem: Option<Problem>,
}

async fn get(args: &GetArgs) -> Outcome {
    let keys: Vec<serde_json::Value> = if args.keys == ["-"] {
        let mut keys = Vec::new();
        for line in stdin()?.lines() {
            let line = line.map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
            if !line.is_empty() {
                keys.push(key_json(unescape(&line)?));
            }
        }
        keys
    } else {
        args.keys.iter().map(|key| json!(key)).collect()
    };
    let client = args.target.open()?;
    let mut output = Output::new();
    let mut missed: Vec<u16> = Vec::new();
    for keys in keys.chunks(MAX_BATCH_KEYS) {
        let call = Call::post(args.target.path("batch-get"), json!({ "keys": keys }).to_string().into())?;
        let answer = client.call(&call).await?;
        let results: Results<'_> = serde_json::from_slice(&answer.body).map_err(unexpected)?;
        for result in results.results {
            let Status { status, problem } = serde_json::from_str(result.get()).map_err(unexpected)?;
            if problem.is_some() {
                missed.push(status);
            }
            if args.json {
                output.line(one_line(result))?;
            } else {
                let key: Keyed = serde_json::from_str(result.get()).map_err(unexpected)?;
                let value = problem.map_or_else(|| value(result), |problem| Ok(problem.code))?;
                output.line(format_args!("{status}\t{}\t{value}", key.printable()))?;
            }
        }
        output.flush()?;
    }
    if missed.is_empty() {
        return Ok(());
    }
    let kind = if missed.iter().all(|status| *status == 404) { Kind::NotFound } else { Kind::Failed };
    Err(Failure::new(kind, format!("{} of {} keys could not be read", missed.len(), keys.len())))
}

fn key_json(key: Vec<u8>) -> serde_json::Value {
    match String::from_utf8(key) {
        Ok(text) => json!(text),
        Err(bytes) => json!({ "key_b64": STANDARD.encode(bytes.as_bytes()) }),
    }
}

async fn write(args: &WriteArgs) -> Outcome {
    let progress = Progress::of(&args.file);
    let name = args.file.display();
    let source: Box<dyn Read> = if args.file == Path::new("-") {
        Box::new(progress.bar.wrap_read(stdin()?))
    } else {
        let file = File::open(&args.file).map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
        Box::new(progress.bar.wrap_read(file))
    };
    let mut writer = Writer {
        client: args.target.open()?,
        path: args.target.path("batch-write"),
        json: args.json,
        output: Output::new(),
        bar: progress.bar.clone(),
        items: Vec::new(),
        bytes: 0,
        counts: BTreeMap::new(),
        done: 0,
    };
    let mut outcome = Ok(());
    for read in serde_json::Deserializer::from_reader(BufReader::new(source)).into_iter::<Box<RawValue>>() {
        // What stands before the mistake is sent, as it would be if it had come through a pipe.
        let taken = read
            .map_err(|error| Failure::usage(format!("{name}: {error}")))
            .and_then(|value| items(value).map_err(|error| Failure::usage(format!("{name}: {error}"))));
        match taken {
            Ok(items) => {
                for item in items {
                    outcome = writer.take(item).await;
                    if outcome.is_err() {
                        break;
                    }
                }
            }
            Err(failure) => outcome = writer.send().await.and(Err(failure)),
        }
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = writer.send().await;
    }
    progress.bar.finish_and_clear();
    let failed = writer.count(&Came::Failed);
    let summary = writer.summary(progress.began.elapsed());
    if args.json {
        eprintln!("{summary}");
    } else {
        writer.output.line(summary)?;
    }
    writer.output.finish()?;
    outcome?;
    match failed {
        0 => Ok(()),
        failed => Err(Failure::failed(format!("{failed} items failed"))),
    }
}

/// The items of one JSON value: itself, or those of an array, or those of a body.
fn items(value: Box<RawValue>) -> serde_json::Result<Vec<Box<RawValue>>> {
    #[derive(Deserialize)]
    struct Body {
        op: Option<serde::de::IgnoredAny>,
        items: Option<Vec<Box<RawValue>>>,
    }
    if value.get().starts_with('[') {
        return serde_json::from_str(value.get());
    }
    match serde_json::from_str(value.get())? {
        Body { op: None, items: Some(items) } => Ok(items),
        _ => Ok(vec![value]),
    }
}

/// What came of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Created,
    Replaced,
    Deleted,
    Absent,
    Failed,
}

/// Collects items to calls.
struct Writer {
    client: Client,
    path: String,
    json: bool,
    output: Output,
    bar: ProgressBar,
    items: Vec<Box<RawValue>>,
    bytes: usize,
    counts: BTreeMap<Came, u64>,
    done: u64,
}

impl Writer {
    async fn take(&mut self, item: Box<RawValue>) -> Outcome {
        let bytes = item.get().len() + 1;
        if self.items.len() == MAX_BATCH_WRITES || self.bytes + bytes > MOST_BYTES {
            self.send().await?;
        }
        self.bytes += bytes;
        self.items.push(item);
        Ok(())
    }

    async fn send(&mut self) -> Outcome {
        let items = std::mem::take(&mut self.items);
        if items.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let first = self.done + 1;
        let last = self.done + items.len() as u64;
        let body = serde_json::to_vec(&BTreeMap::from([("items", &items)])).map_err(unexpected)?;
        let call = Call::post(self.path.clone(), body.into())?;
        let whole = |failure: Failure| failure.during(format_args!("the call with the items {first} to {last}"));
        let answer = self.client.call(&call).await.map_err(whole)?;
        let results: Results<'_> = serde_json::from_slice(&answer.body).map_err(unexpected)?;
        for (place, result) in results.results.iter().enumerate() {
            self.note(first + place as u64, result)?;
        }
        self.done = last;
        self.bar.set_message(format!("{last} items"));
        self.output.flush()
    }

    fn note(&mut self, number: u64, result: &RawValue) -> Outcome {
        let Status { status, problem } = serde_json::from_str(result.get()).map_err(unexpected)?;
        let came = match (status, &problem) {
            (201, None) => Came::Created,
            (200, None) => Came::Replaced,
            (204, None) => Came::Deleted,
            (404, None) => Came::Absent,
            _ => Came::Failed,
        };
        *self.counts.entry(came).or_default() += 1;
        if self.json {
            return self.output.line(one_line(result));
        }
        if let Some(Problem { code, detail }) = problem {
            let key: Keyed = serde_json::from_str(result.get()).map_err(unexpected)?;
            let line = format!("item {number}, {}: {detail} ({code})", key.printable());
            self.bar.suspend(|| eprintln!("{line}"));
        }
        Ok(())
    }

    fn count(&self, came: &Came) -> u64 {
        self.counts.get(came).copied().unwrap_or_default()
    }

    /// `2 created, 1 failed, in 0.1 s`.
    fn summary(&self, took: Duration) -> String {
        let words: Vec<String> = [
            (Came::Created, "created"),
            (Came::Replaced, "replaced"),
            (Came::Deleted, "deleted"),
            (Came::Absent, "absent"),
            (Came::Failed, "failed"),
        ]
        .iter()
        .filter(|(came, _)| self.count(came) > 0)
        .map(|(came, word)| format!("{} {word}", self.count(came)))
        .collect();
        let words = if words.is_empty() { "nothing to do".to_owned() } else { words.join(", ") };
        format!("{words}, in {:.1} s", took.as_secs_f64())
    }
}

/// How much of the input has been read; shown on a terminal alone.
struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    fn of(path: &Path) -> Self {
        let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
        let (bar, style) = match size {
            Some(size) => (ProgressBar::new(size), "{bar:30} {percent:>3} % {msg} {eta} left"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}"),
        };
        // The templates are ours; one that were wrong would leave the plain bar.
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self { bar, began: Instant::now() }
    }
}
