//! `kvstore list`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Target,
    failure::{Failure, Outcome},
    http::Call,
    key::{Keyed, one_line, parameter, percent, printable},
    output::Output,
};

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
    /// The first key that may come
    #[arg(long, allow_hyphen_values = true, value_name = "KEY")]
    start: Option<String>,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "BASE64",
        conflicts_with = "start",
        help = "The same for any bytes"
    )]
    start_b64: Option<String>,
    /// The first key that may not
    #[arg(long, allow_hyphen_values = true, value_name = "KEY")]
    end: Option<String>,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "BASE64",
        conflicts_with = "end",
        help = "The same for any bytes"
    )]
    end_b64: Option<String>,
    /// How many keys at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// All keys, however many pages they are
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Go on where a list has ended, with the same range
    #[arg(long, allow_hyphen_values = true)]
    cursor: Option<String>,
    /// With the values: KEY, a tab, VALUE
    #[arg(long)]
    values: bool,
    /// One entry a line as JSON, with etag, content type, size and times
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
    next_cursor: Option<String>,
}

pub async fn run(args: &Args) -> Outcome {
    let client = args.target.open()?;
    let mut output = Output::new();
    let mut left = if args.all { u64::MAX } else { args.limit };
    let mut cursor = args.cursor.clone();
    loop {
        let limit = left.min(u64::from(kv::MAX_PAGE));
        let answer = client.call(&page(args, limit, cursor.as_deref())?).await?;
        let page: Page<'_> = serde_json::from_slice(&answer.body).map_err(unexpected)?;
        for entry in &page.keys {
            if args.json {
                output.line(one_line(entry))?;
            } else {
                output.line(line(entry, args.values)?)?;
            }
        }
        output.flush()?;
        left = left.saturating_sub(page.keys.len() as u64);
        cursor = page.next_cursor;
        match &cursor {
            None => return Ok(()),
            Some(cursor) if left == 0 => {
                eprintln!("kvstore: there may be more: --all, or go on with --cursor {cursor}");
                return Ok(());
            }
            Some(_) => {}
        }
    }
}

fn page(args: &Args, limit: u64, cursor: Option<&str>) -> Outcome<Call> {
    let mut path = args.target.path(&format!("keys?limit={limit}"));
    let ranges = [
        parameter("prefix", args.prefix.as_deref(), args.prefix_b64.as_deref())?,
        parameter("start", args.start.as_deref(), args.start_b64.as_deref())?,
        parameter("end", args.end.as_deref(), args.end_b64.as_deref())?,
        args.values.then(|| "values=1".to_owned()),
        cursor.map(|cursor| format!("cursor={}", percent(cursor.as_bytes()))),
    ];
    for parameter in ranges.into_iter().flatten() {
        path.push('&');
        path.push_str(&parameter);
    }
    Ok(Call::get(path))
}

fn line(entry: &RawValue, values: bool) -> Outcome<String> {
    let keyed: Keyed = serde_json::from_str(entry.get()).map_err(unexpected)?;
    let mut line = keyed.printable();
    if values {
        line.push('\t');
        line.push_str(&value(entry)?);
    }
    Ok(line)
}

/// The value of an entry or a result on one line: JSON as it is, text and bytes as keys are shown.
pub fn value(entry: &RawValue) -> Outcome<String> {
    #[derive(Deserialize)]
    struct Valued<'a> {
        #[serde(default)]
        content_type: String,
        #[serde(borrow)]
        value: Option<&'a RawValue>,
        value_b64: Option<String>,
    }
    let valued: Valued<'_> = serde_json::from_str(entry.get()).map_err(unexpected)?;
    Ok(match (valued.value, valued.value_b64) {
        (Some(value), _) if data::json::is_json_type(&valued.content_type) => one_line(value),
        (Some(value), _) => printable(serde_json::from_str::<String>(value.get()).map_err(unexpected)?.as_bytes()),
        (None, Some(encoded)) => {
            use base64::{Engine, engine::general_purpose::STANDARD};
            printable(&STANDARD.decode(encoded).unwrap_or_default())
        }
        (None, None) => String::new(),
    })
}

pub fn unexpected(error: serde_json::Error) -> Failure {
    Failure::foreign(error)
}
