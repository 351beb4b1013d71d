//! `kvstore completions`.

use clap_complete::{Shell, generate};

use super::{failure::Outcome, output::Output};

#[derive(Debug, clap::Args)]
pub struct Args {
    shell: Shell,
}

pub fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    generate(args.shell, &mut crate::cli::command(), "kvstore", &mut script);
    let mut output = Output::new();
    output.bytes(&script)?;
    output.finish()
}
