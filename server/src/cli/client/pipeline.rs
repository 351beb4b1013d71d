//! `kvstore pipeline`.

use std::path::PathBuf;

use data::json::Object;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Connection,
    failure::{Failure, Outcome, Problem},
    http::Call,
    key::{one_line, printable},
    list::unexpected,
    output::{Output, shorten},
    value::read,
};

pub const AFTER_HELP: &str = "\
FILE is the body of a call: steps by name. Steps that do not refer to each other run at the same time; one that refers
to another's result runs after it.

  {\"steps\": {
    \"who\":    {\"op\": \"get\", \"dataset\": \"users\", \"key\": \"42\"},
    \"team\":   {\"op\": \"get\", \"dataset\": \"teams\", \"key\": {\"$ref\": \"who/value/team\"}},
    \"sports\": {\"op\": \"get\", \"key\": \"sports\"}}}

Exit codes: 0 every step was done, 1 a step was not, 2 wrong usage, 5 not signed in, 6 the server is unavailable.";

/// Characters of the timeline.
const WIDTH: usize = 40;
/// Characters of a result that are shown.
const SHOWN: usize = 100;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The steps; `-` reads standard input
    file: PathBuf,
    /// With the timeline: when each step ran and what it waited for
    #[arg(long)]
    explain: bool,
    /// When the service gives up, in milliseconds [default: 10000]
    #[arg(long, value_name = "MS")]
    timeout_ms: Option<u64>,
    /// The answer as the service gave it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
struct Report {
    complete: bool,
    ms: f64,
    /// In the order of the call.
    steps: Object,
}

#[derive(Deserialize)]
struct Step<'a> {
    status: u16,
    ms: f64,
    #[serde(default)]
    start_ms: f64,
    #[serde(default)]
    after: Vec<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    keys: Option<&'a RawValue>,
    #[serde(borrow)]
    results: Option<&'a RawValue>,
    value_b64: Option<&'a RawValue>,
    etag: Option<String>,
    problem: Option<Problem>,
}

pub async fn run(args: &Args) -> Outcome {
    let steps = read(&args.file)?;
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&steps) {
        return Err(Failure::usage(format!("{}: {error}", args.file.display())));
    }
    let mut path = format!("/v1/pipeline?explain={}", u8::from(args.explain));
    if let Some(ms) = args.timeout_ms {
        path.push_str(&format!("&timeout_ms={ms}"));
    }
    let answer = args.connection.open()?.call(&Call::post(path, steps.into())?).await?;
    let report: Report = serde_json::from_slice(&answer.body).map_err(unexpected)?;
    let mut output = Output::new();
    if args.json {
        output.bytes(&answer.body)?;
        output.line("")?;
    } else {
        show(&report, args.explain, &mut output)?;
    }
    output.finish()?;
    if report.complete { Ok(()) } else { Err(Failure::failed("not every step was done")) }
}

fn show(report: &Report, explain: bool, output: &mut Output) -> Outcome {
    let names: Vec<String> = report.steps.0.iter().map(|(name, _)| printable(name.as_bytes())).collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    for (name, (_, step)) in names.iter().zip(&report.steps.0) {
        let step: Step<'_> = serde_json::from_str(step.get()).map_err(unexpected)?;
        let result = shorten(&result(&step), SHOWN);
        output.line(format_args!("{name:widest$}  {}  {:>8.2} ms  {result}", step.status, step.ms))?;
        if explain {
            let after =
                if step.after.is_empty() { String::new() } else { format!("  after {}", step.after.join(", ")) };
            output.line(format_args!("{:widest$}  {}{after}", "", bar(step.start_ms, step.ms, report.ms)))?;
        }
    }
    output.line(format_args!("{} in {:.2} ms", if report.complete { "complete" } else { "NOT complete" }, report.ms))
}

/// What a step gave, on one line.
fn result(step: &Step<'_>) -> String {
    if let Some(Problem { code, detail }) = &step.problem {
        return format!("{detail} ({code})");
    }
    let raw = step.value.or(step.keys).or(step.results).or(step.value_b64);
    raw.map(one_line).or_else(|| step.etag.clone()).unwrap_or_default()
}

/// When a step ran within the whole: `|   ███      |`.
fn bar(start: f64, ms: f64, whole: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place within WIDTH")]
    let place = |ms: f64| (ms / whole.max(f64::MIN_POSITIVE) * WIDTH as f64).round().clamp(0.0, WIDTH as f64) as usize;
    let from = place(start).min(WIDTH - 1);
    let to = place(start + ms).clamp(from + 1, WIDTH);
    format!("|{}{}{}|", " ".repeat(from), "█".repeat(to - from), " ".repeat(WIDTH - to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_never_empty_and_never_longer_than_the_line() {
        for (start, ms, whole) in [(0.0, 0.0, 0.0), (0.0, 5.0, 5.0), (5.0, 0.0, 5.0), (4.9, 9.0, 5.0), (2.0, 1.0, 4.0)]
        {
            let bar = bar(start, ms, whole);
            assert_eq!(bar.chars().count(), WIDTH + 2, "{bar}");
            assert!(bar.contains('█'), "{bar}");
        }
        assert_eq!(bar(2.0, 1.0, 4.0), format!("|{}{}{}|", " ".repeat(20), "█".repeat(10), " ".repeat(10)));
    }
}
