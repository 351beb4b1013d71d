//! `kvstore watch`.

use std::time::Duration;

use data::json::Object;
use http::header;
use http_body_util::BodyExt as _;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Target,
    failure::{Failure, Kind, Outcome},
    http::{Call, Client},
    key::{Keyed, parameter, percent},
    list::unexpected,
    output::Output,
    sse::{Event, Reader},
};

/// The service says something every 15 seconds; after so long a silence the connection is dead.
const SILENCE: Duration = Duration::from_secs(45);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only keys that begin so
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
    prefix: Option<String>,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "BASE64",
        conflicts_with = "prefix",
        help = "The same for any bytes"
    )]
    prefix_b64: Option<String>,
    /// Begin after the change with this id, as --json shows them
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// One change a line as JSON: event, id, key, etag. Otherwise: put, KEY, ETAG; delete, KEY; reset
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// Follows until SIGINT or SIGTERM. A connection that breaks is opened again where it ended.
pub async fn run(args: &Args) -> Outcome {
    let no_signals = |error| Failure::failed(format!("signals cannot be heard: {error}"));
    let mut interrupted = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(no_signals)?;
    let client = args.target.open()?;
    tokio::select! {
        outcome = follow(args, &client) => outcome,
        _ = interrupted.recv() => Ok(()),
        _ = terminated.recv() => Ok(()),
    }
}

async fn follow(args: &Args, client: &Client) -> Outcome {
    let mut after = args.after.clone();
    let mut pause = Duration::from_millis(250);
    let mut was_open = false;
    loop {
        let mut opened = false;
        let ended = once(args, client, &mut after, was_open, &mut opened).await;
        was_open |= opened;
        let failure = match ended {
            Ok(()) => Failure::unavailable("the server ended the connection"),
            Err(failure) if was_open && failure.kind() == Kind::Unavailable => failure,
            Err(failure) => return Err(failure),
        };
        pause = if opened { Duration::from_millis(250) } else { (pause * 2).min(LONGEST_PAUSE) };
        eprintln!("kvstore: {failure}; trying again");
        tokio::time::sleep(pause).await;
    }
}

/// One connection from its begin to its end.
async fn once(args: &Args, client: &Client, after: &mut Option<String>, was_open: bool, opened: &mut bool) -> Outcome {
    let parameters = [
        parameter("prefix", args.prefix.as_deref(), args.prefix_b64.as_deref())?,
        after.as_ref().map(|id| format!("after={}", percent(id.as_bytes()))),
    ];
    let query: Vec<String> = parameters.into_iter().flatten().collect();
    let call = Call::get(args.target.path(&format!("watch?{}", query.join("&"))));
    let response = client.stream(&call.header(header::ACCEPT, "text/event-stream")?).await?;
    *opened = true;
    let mut output = Output::new();
    if was_open && after.is_none() {
        // Nothing had come by which to resume, so changes may have been missed.
        tell(args, &Event { name: "reset".into(), id: None, data: "{}".into() }, &mut output)?;
    }
    let mut body = response.into_body();
    let mut reader = Reader::default();
    loop {
        let silent = |_| Failure::unavailable(format!("no sign of life in {} s", SILENCE.as_secs()));
        let Some(frame) = tokio::time::timeout(SILENCE, body.frame()).await.map_err(silent)? else { return Ok(()) };
        let frame = frame.map_err(|error| Failure::unavailable(format!("the connection broke: {error}")))?;
        let Some(bytes) = frame.data_ref() else { continue };
        for event in reader.push(bytes) {
            tell(args, &event, &mut output)?;
            if event.id.is_some() {
                *after = event.id;
            }
        }
    }
}

fn tell(args: &Args, event: &Event, output: &mut Output) -> Outcome {
    if args.json {
        let fields: Object = serde_json::from_str(&event.data).map_err(unexpected)?;
        let line = data::view::Fields::new().with("event", &event.name).with_some("id", event.id.as_deref());
        let line = serde_json::to_string(&line.with_all(&fields).into_object()).map_err(unexpected)?;
        output.line(line)?;
    } else {
        #[derive(serde::Deserialize)]
        struct Tagged {
            etag: Option<String>,
        }
        let key: Keyed = serde_json::from_str(&event.data).map_err(unexpected)?;
        let Tagged { etag } = serde_json::from_str(&event.data).map_err(unexpected)?;
        let etag = etag.as_deref().map(|etag| etag.trim_matches('"'));
        let fields = [Some(event.name.clone()), Some(key.printable()), etag.map(str::to_owned)];
        let fields: Vec<String> = fields.into_iter().flatten().filter(|field| !field.is_empty()).collect();
        output.line(fields.join("\t"))?;
    }
    output.flush()
}
