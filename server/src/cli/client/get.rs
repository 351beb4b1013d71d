//! `kvstore get`.

use std::path::PathBuf;

use http::header;

use super::{
    Target,
    failure::{Failure, Outcome},
    http::Call,
    key::KeyArgs,
    output::{Output, refuse_on_terminal},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    key: KeyArgs,
    /// Write the value into a file instead
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Everything that is known of the entry, as JSON: etag, content type, times, value
    #[arg(long, visible_alias = "json")]
    entry: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: &Args) -> Outcome {
    let mut call = Call::get(args.target.path(&format!("entry?{}", args.key.query()?)));
    if args.entry {
        call = call.header(header::ACCEPT, rest::ENTRY_TYPE)?;
    }
    let answer = args.target.open()?.call(&call).await?;
    answer.etag()?;
    if let Some(path) = &args.output {
        return std::fs::write(path, &answer.body)
            .map_err(|error| Failure::failed(format!("{} cannot be written: {error}", path.display())));
    }
    let mut output = Output::new();
    if args.entry {
        output.bytes(&answer.body)?;
        output.line("")?;
    } else {
        refuse_on_terminal(&answer.body)?;
        output.bytes(&answer.body)?;
    }
    output.finish()
}
