//! `kvstore put`.

use std::path::{Path, PathBuf};

use http::header;

use super::{
    Target,
    failure::{Failure, Outcome},
    http::Call,
    key::KeyArgs,
    output::Output,
    value::{content_type, read},
};

pub const AFTER_HELP: &str = "\
The content type is what --type says and is never guessed. Without it a VALUE of the command line is
text/plain; charset=utf-8, and the bytes of a file or of standard input are application/octet-stream.
A value under a JSON type is sent only if it is JSON.

  kvstore put sports '[\"baseball\",\"hockey\",\"football\"]' --type json
  kvstore put logo --file logo.png --type image/png
  date | kvstore put last-run -
  etag=$(kvstore put counter 1) && kvstore put counter 2 --if-match $etag

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 precondition failed, 5 not permitted or not signed in, 6 the
server or its store is unavailable.";

// The key is a positional of its own here: with --key-b64 the only positional is the value.
#[derive(Debug, clap::Args)]
#[command(override_usage = "kvstore put [OPTIONS] <KEY> <VALUE | - | --file FILE>\n       \
                            kvstore put [OPTIONS] --key-b64 <BASE64> <VALUE | - | --file FILE>")]
pub struct Args {
    /// The key and the value; `-` reads the value from standard input
    #[arg(value_names = ["KEY", "VALUE"], num_args = 0..=2, allow_negative_numbers = true)]
    words: Vec<String>,
    /// Instead of KEY: its bytes in base64
    #[arg(long, value_name = "BASE64")]
    key_b64: Option<String>,
    /// The value is the content of this file; `-` is standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Content type: json, text, binary, or any such as image/png [default: text for VALUE, binary for a file or -]
    #[arg(long = "type", short = 't', value_name = "TYPE")]
    kind: Option<String>,
    /// Seconds until the entry is gone
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u64>,
    /// Replace only an entry with this etag; `*` for any that is there
    #[arg(long, value_name = "ETAG", conflicts_with = "if_none_match")]
    if_match: Option<String>,
    /// `*`: create only; an etag: not if the entry has it
    #[arg(long, value_name = "ETAG")]
    if_none_match: Option<String>,
    /// Print the answer as JSON instead of the etag alone
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> Outcome {
    let mut words = args.words.into_iter();
    let key = match args.key_b64 {
        Some(encoded) => KeyArgs::of_base64(encoded),
        None => KeyArgs::of_text(words.next().ok_or_else(|| Failure::usage("name a KEY, or --key-b64"))?),
    };
    let (value, default) = match (words.next(), args.file) {
        (Some(_), Some(_)) => return Err(Failure::usage("give a VALUE or --file, not both")),
        (None, None) => return Err(Failure::usage("give a VALUE, --file FILE, or - to read standard input")),
        (Some(dash), None) if dash == "-" => (read(Path::new("-"))?, "binary"),
        (Some(value), None) => (value.into_bytes(), "text"),
        (None, Some(file)) => (read(&file)?, "binary"),
    };
    if words.next().is_some() {
        return Err(Failure::usage("with --key-b64 there is a VALUE alone"));
    }
    let kind = content_type(args.kind.as_deref().unwrap_or(default));
    if data::json::is_json_type(kind)
        && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&value)
    {
        return Err(Failure::usage(format!("the value is no JSON: {error}; for text use --type text")));
    }
    let mut path = args.target.path(&format!("entry?{}", key.query()?));
    if let Some(seconds) = args.ttl {
        path.push_str(&format!("&ttl={seconds}"));
    }
    let mut call = Call::put(path, value.into()).header(header::CONTENT_TYPE, kind)?;
    if let Some(tag) = &args.if_match {
        call = call.header(header::IF_MATCH, &quoted(tag))?;
    }
    if let Some(tag) = &args.if_none_match {
        call = call.header(header::IF_NONE_MATCH, &quoted(tag))?;
    }
    let answer = args.target.open()?.call(&call).await?;
    let tag = answer.etag()?;
    let mut output = Output::new();
    if args.json {
        output.bytes(&answer.body)?;
        output.line("")?;
    } else {
        output.line(tag)?;
    }
    output.finish()
}

/// An etag as a header has it: shells eat the quotes, and output leaves them out.
pub fn quoted(tag: &str) -> String {
    if tag == "*" || tag.starts_with('"') { tag.to_owned() } else { format!("\"{tag}\"") }
}
