//! The binary `kvstore`. All of it is in the library, so that tests reach it.

use std::process::ExitCode;

use server::cli;

#[tokio::main]
async fn main() -> ExitCode {
    // Every TLS connection of the process uses ring; the first installation wins, so a second one is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli::run(cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kvstore: {error:#}");
            ExitCode::FAILURE
        }
    }
}
