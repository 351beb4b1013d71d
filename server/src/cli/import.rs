//! `kvstore request import`: requests of another system, from a CSV or JSON file.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use ops::{
    Ops,
    import::{self, Format, Mode, Plan, Problem, Stopped},
};

/// The file could not be read, or not to its end.
const UNREADABLE: u8 = 2;
/// Some rows were refused.
const REFUSED: u8 = 1;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV with a header, a JSON array of objects, or one JSON object on each line; - reads standard input
    file: PathBuf,
    /// Reads their column as ours; may be repeated. `theirs=` leaves a column out
    #[arg(long = "map", value_name = "THEIRS=OURS")]
    map: Vec<String>,
    /// Told from the first character where it is left out
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Who imports: files what names no requester, decides what names no reviewer. Default: the only admin
    #[arg(long = "as", value_name = "HANDLE")]
    importer: Option<String>,
    /// Judges every row and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes the refused rows into a CSV file: line, field, reason
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FileFormat {
    Csv,
    Json,
}

/// Imports the file, prints each refused row and the counts. The code is 0 where every row was taken, 1 where some were
/// refused, 2 where the file or the command line could not be read.
///
/// # Errors
/// A database that fails; what was imported before stays.
pub async fn run(ops: &Ops, args: &Args) -> anyhow::Result<ExitCode> {
    let plan = Plan {
        map: args.map.clone(),
        format: args.format.map(|format| match format {
            FileFormat::Csv => Format::Csv,
            FileFormat::Json => Format::Json,
        }),
        importer: args.importer.clone(),
        mode: if args.dry_run { Mode::DryRun } else { Mode::Write },
    };
    let name = args.file.display();
    let input: Box<dyn io::Read + Send> = if args.file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        match File::open(&args.file) {
            Ok(file) => Box::new(file),
            Err(error) => {
                eprintln!("{name} cannot be read: {error}");
                return Ok(ExitCode::from(UNREADABLE));
            }
        }
    };
    let mut report = match &args.report {
        Some(path) => {
            let context = || format!("cannot write the report {}", path.display());
            let mut report = BufWriter::new(File::create(path).with_context(context)?);
            writeln!(report, "line,field,reason").with_context(context)?;
            Some(report)
        }
        None => None,
    };
    let mut unwritten = Ok(());
    let mut tell = |problem: &Problem| {
        eprintln!("{name}:{problem}");
        if let Some(report) = &mut report
            && unwritten.is_ok()
        {
            unwritten = writeln!(report, "{}", problem.csv());
        }
    };
    let ended = import::run(ops, BufReader::new(input), &plan, &mut tell).await;
    if let Some(report) = &mut report {
        unwritten.and_then(|()| report.flush()).context("the report could not be written to its end")?;
    }
    match ended {
        Ok(summary) => {
            for column in &summary.unknown_columns {
                eprintln!("{name}: the column “{column}” is not known and was left out; --map {column}=OURS reads it");
            }
            println!("{summary}");
            if let Some(reason) = &summary.stopped {
                eprintln!("{name}: {reason}");
                return Ok(ExitCode::from(UNREADABLE));
            }
            Ok(if summary.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
        }
        Err(Stopped::Unreadable(reason)) => {
            eprintln!("{name}: {reason}");
            Ok(ExitCode::from(UNREADABLE))
        }
        Err(Stopped::Refused(error)) => Err(error).context("importing"),
    }
}
