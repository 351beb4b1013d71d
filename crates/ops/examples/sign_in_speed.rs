//! How many people can sign in by password in a second, beside the hash alone, which bounds it: in the same run, with the
//! parameters that are in force.
//!
//! `cargo run --release -p ops --example sign_in_speed`

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use argon2::{Argon2, Params, PasswordHash, PasswordVerifier};
use domain::{account::AccountKind, choices::Role};
use ops::{By, Client, DemoSignIn, NewPassword, NewPersonForm, Ops, SystemClock};

const PASSWORD: &str = "a quiet river at noon";
/// How many sign in at a time.
const AT_A_TIME: [usize; 3] = [1, 2, 4];
const MEASURED: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let db = db::Db::open(&format!("sqlite://{}", folder.path().join("kvstore.db").display())).await?;
    db.migrate().await?;
    let ops = Ops::new(db, Vec::new(), Arc::new(SystemClock), DemoSignIn::Off);
    let mut hash = String::new();
    for number in 0..4 {
        let id = person(&ops, &format!("person{number}")).await?;
        hash = ops.db().password_hash(id).await?.ok_or("no password")?;
    }
    let params = Params::try_from(&PasswordHash::new(&hash)?)?;
    println!("Argon2id, {} KiB, {} passes, {} lane", params.m_cost(), params.t_cost(), params.p_cost());
    println!("{:>10} {:>14} {:>14} {:>8}", "at a time", "sign-ins/s", "hashes/s", "share");
    for many in AT_A_TIME {
        let signed_in = sign_ins(&ops, many).await;
        let hashed = hashes(&hash, many);
        println!("{many:>10} {signed_in:>14.1} {hashed:>14.1} {:>7.0} %", signed_in / hashed * 100.0);
    }
    Ok(())
}

async fn person(ops: &Ops, handle: &str) -> Result<domain::ids::UserId, Box<dyn std::error::Error>> {
    let form = NewPersonForm {
        handle: handle.to_owned(),
        name: handle.to_owned(),
        email: String::new(),
        kind: AccountKind::Person,
        role: Role::Engineer,
        privacy_approver: false,
        teams: Vec::new(),
    };
    let (id, link) = ops.account_create(By::Operator, &form).await?;
    let typed = NewPassword { password: PASSWORD.to_owned(), again: PASSWORD.to_owned(), ..NewPassword::default() };
    ops.link_use(&link.unwrap_or_default(), &typed, &Client::default()).await?;
    Ok(id)
}

/// Sign-ins in a second by `many` people at once, with their session and their row in the audit trail.
async fn sign_ins(ops: &Ops, many: usize) -> f64 {
    let start = Instant::now();
    let people = (0..many).map(|number| {
        let ops = ops.clone();
        tokio::spawn(async move {
            let (handle, mut done) = (format!("person{number}"), 0_u32);
            while start.elapsed() < MEASURED {
                let signed_in = ops.sign_in_password(&handle, PASSWORD, &Client::default()).await;
                done += u32::from(signed_in.is_ok());
            }
            done
        })
    });
    let mut done = 0;
    for person in people.collect::<Vec<_>>() {
        done += person.await.unwrap_or_default();
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

/// Verifications alone in a second, by `many` threads.
fn hashes(hash: &str, many: usize) -> f64 {
    let start = Instant::now();
    let done: u32 = std::thread::scope(|scope| {
        let threads = (0..many).map(|_| {
            scope.spawn(move || {
                let mut done = 0_u32;
                while start.elapsed() < MEASURED {
                    let parsed = PasswordHash::new(hash);
                    let right =
                        parsed.is_ok_and(|hash| Argon2::default().verify_password(PASSWORD.as_bytes(), &hash).is_ok());
                    done += u32::from(right);
                }
                done
            })
        });
        threads.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    });
    f64::from(done) / start.elapsed().as_secs_f64()
}
