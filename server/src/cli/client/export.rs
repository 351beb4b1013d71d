//! `kvstore export`: a request or a dataset as YAML that `kvstore apply` takes.

use std::path::PathBuf;

use super::{
    Connection,
    failure::{Failure, Outcome},
    http::Call,
    key::percent,
    output::Output,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// REQ-2001 or DS-1001
    id: String,
    /// Write it to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub async fn run(args: &Args) -> Outcome {
    let call = Call::get(format!("/v1/export/{}", percent(args.id.as_bytes())));
    let answer = args.connection.open()?.call(&call).await?;
    if let Some(path) = &args.output {
        return std::fs::write(path, &answer.body)
            .map_err(|error| Failure::failed(format!("{} cannot be written: {error}", path.display())));
    }
    let mut output = Output::new();
    output.bytes(&answer.body)?;
    output.finish()
}
