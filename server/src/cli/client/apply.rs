//! `kvstore apply`: requests from a file, shown before they are filed.
//!
//! The server plans; this shows the plan, asks, and sends the same file again with the plan's revision, so that what
//! is done is what was shown.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use domain::apply::{Act, Item, Plan};
use http::header;

use super::{
    Connection,
    failure::{Failure, Kind, Outcome},
    http::{Answer, Call, Client},
    output::{Output, shorten},
    put::quoted,
    value::read,
};

pub const AFTER_HELP: &str = "\
A file holds one request or several, divided by `---`; `kvstore export` and the request form write them. A name that \
nobody has files a request, an open request of that name is edited, and what says the same changes nothing, so that \
applying twice is the same as once. While one document is refused nothing of the file is applied.

Examples:
  kvstore apply -f request.yaml
  kvstore export REQ-2001 | kvstore apply -f - --dry-run

Exit codes: 0 applied or unchanged, 1 refused or failed, 2 wrong usage, 4 changed meanwhile, 5 not permitted or not \
signed in, 6 the server is unavailable.";

/// Longer values are cut where they are shown.
const SHOWN_CHARS: usize = 100;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// The file; - reads standard input
    #[arg(long = "file", short = 'f', value_name = "FILE")]
    file: PathBuf,
    /// Show what would change and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print the plan, or what came of it, as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args) -> Outcome {
    let text: Bytes = read(&args.file)?.into();
    let client = args.connection.open()?;
    let planned = send(&client, &text, None).await?;
    let plan = plan_of(&planned)?;
    if args.dry_run || plan.is_refused() || !plan.changes_something() {
        show(args, &planned, &plan)?;
        return if plan.is_refused() {
            Err(Failure::failed("nothing was applied: the file is refused"))
        } else {
            Ok(())
        };
    }
    if !args.json {
        show(args, &planned, &plan)?;
    }
    if !args.yes && !confirmed(&args.file)? {
        return Err(Failure::failed("nothing was applied"));
    }
    let answer = send(&client, &text, Some(&plan.revision)).await?;
    let done = plan_of(&answer)?;
    tell(args, &answer, &done)?;
    let failed = done.items.iter().filter(|item| !item.problems.is_empty()).count();
    if failed > 0 {
        return Err(Failure::failed(format!("{failed} of {} failed", done.items.len())));
    }
    Ok(())
}

async fn send(client: &Client, text: &Bytes, seen: Option<&str>) -> Outcome<Answer> {
    let path = if seen.is_some() { "/v1/apply" } else { "/v1/apply?dry_run=true" };
    let mut call = Call::post(path.to_owned(), text.clone())?.header(header::CONTENT_TYPE, "application/yaml")?;
    if let Some(seen) = seen {
        call = call.header(header::IF_MATCH, &quoted(seen))?;
    }
    client.call(&call).await
}

fn plan_of(answer: &Answer) -> Outcome<Plan> {
    serde_json::from_slice(&answer.body).map_err(Failure::foreign)
}

/// Asks on the terminal; a script says --yes.
fn confirmed(file: &Path) -> Outcome<bool> {
    if file == Path::new("-") || !io::stdin().is_terminal() {
        return Err(Failure::new(Kind::Usage, "nobody is there to ask; look with --dry-run, then apply with --yes"));
    }
    eprint!("Apply this? [y/N] ");
    io::stderr().flush()?;
    let mut said = String::new();
    io::stdin().lock().read_line(&mut said)?;
    Ok(matches!(said.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn show(args: &Args, answer: &Answer, plan: &Plan) -> Outcome {
    let mut output = Output::new();
    if args.json {
        output.bytes(&answer.body)?;
        output.line("")?;
        return output.finish();
    }
    let ink = Ink::of_terminal();
    for item in &plan.items {
        show_item(&mut output, &ink, item)?;
    }
    output.finish()
}

fn show_item(output: &mut Output, ink: &Ink, item: &Item) -> Outcome {
    let (colour, mark) = match item.action {
        Act::Create => (ink.green, "+"),
        Act::Edit => (ink.yellow, "~"),
        Act::Unchanged => (ink.dim, "="),
        Act::Refused => (ink.red, "!"),
    };
    let target = item.target.as_deref().map(|target| format!(" ({target})")).unwrap_or_default();
    let word = item.action.word();
    output.line(format_args!("{colour}{mark} {}{target}: {word}{}", one_line(&item.full_name), ink.plain))?;
    for change in &item.changes {
        let after = one_line(&change.after);
        match (item.action, change.before.as_str()) {
            (Act::Create, _) => output.line(format_args!("    {}: {}{after}{}", change.field, ink.green, ink.plain))?,
            (_, before) => output.line(format_args!(
                "    {}: {}{}{} → {}{after}{}",
                change.field,
                ink.red,
                one_line(before),
                ink.plain,
                ink.green,
                ink.plain
            ))?,
        }
    }
    for problem in &item.problems {
        let field = problem.field.map(|field| format!("{field}: ")).unwrap_or_default();
        output.line(format_args!("    {}{field}{}{}", ink.red, problem.message, ink.plain))?;
    }
    Ok(())
}

fn tell(args: &Args, answer: &Answer, done: &Plan) -> Outcome {
    if args.json {
        return show(args, answer, done);
    }
    let mut output = Output::new();
    for item in &done.items {
        match &item.filed {
            Some(filed) => output.line(format_args!(
                "{} {}: {} ({})",
                if item.action == Act::Create { "filed" } else { "edited" },
                one_line(&item.full_name),
                filed.request,
                filed.status
            ))?,
            None if item.problems.is_empty() => output.line(format_args!("unchanged {}", one_line(&item.full_name)))?,
            None => show_item(&mut output, &Ink::of_terminal(), item)?,
        }
    }
    output.finish()
}

/// A value in one line that does nothing to a terminal; `nothing` where there is none.
fn one_line(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let safe: String = text
        .chars()
        .map(|c| {
            if c == '\n' {
                '⏎'
            } else if c.is_control() {
                '�'
            } else {
                c
            }
        })
        .collect();
    shorten(&safe, SHOWN_CHARS)
}

/// Colours, where somebody sees them.
struct Ink {
    red: &'static str,
    green: &'static str,
    yellow: &'static str,
    dim: &'static str,
    plain: &'static str,
}

impl Ink {
    fn of_terminal() -> Self {
        if io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
            return Self { red: "\x1b[31m", green: "\x1b[32m", yellow: "\x1b[33m", dim: "\x1b[2m", plain: "\x1b[0m" };
        }
        Self { red: "", green: "", yellow: "", dim: "", plain: "" }
    }
}
