//! The API alone over the memory store, with the datasets and tokens of the HTTP suite, to try it out and for tools that
//! come from outside: `cargo run -p rest --example serve`.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "it borrows the suite's rig")]

#[path = "../tests/http/faulty.rs"]
mod faulty;
#[path = "../tests/http/rig.rs"]
mod rig;

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let rig = rig::Rig::start(kv::Clock::system()).await;
    println!("url http://{}", rig.address);
    println!("token {}", rig.admin.expose());
    println!("read_token {}", rig.read.expose());
    println!("prefix_token {}", rig.prefix.expose());
    std::future::pending::<()>().await;
}
