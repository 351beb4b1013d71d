//! `kvstore delete`.

use http::header;

use super::{Target, failure::Outcome, http::Call, key::KeyArgs, output::Output, put::quoted};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    key: KeyArgs,
    /// Only an entry with this etag
    #[arg(long, value_name = "ETAG")]
    if_match: Option<String>,
    /// Print what was done as JSON instead of nothing
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: &Args) -> Outcome {
    let mut call = Call::delete(args.target.path(&format!("entry?{}", args.key.query()?)));
    if let Some(tag) = &args.if_match {
        call = call.header(header::IF_MATCH, &quoted(tag))?;
    }
    let answer = args.target.open()?.call(&call).await?;
    let mut output = Output::new();
    if args.json {
        output.line(format_args!("{{\"status\":{}}}", answer.status.as_u16()))?;
    }
    output.finish()
}
