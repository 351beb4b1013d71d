//! The store called directly, for `make bench` to put beside the same store behind HTTP: prints puts and gets per second
//! as JSON. Usage: `engine STORE-URL SECONDS VALUE-BYTES`.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kv::{Clock, Condition, Content, Key, Space, Store, StoreExt as _};

const KEYS: u64 = 10_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, url, seconds, bytes] = &arguments[..] else {
        return Err("usage: engine STORE-URL SECONDS VALUE-BYTES".into());
    };
    let (seconds, bytes) = (Duration::from_secs_f64(seconds.parse()?), bytes.parse()?);
    let store = kv::connect(url, Clock::system()).await?;
    let put_1 = run(&store, 1, seconds, Work::Put(bytes)).await?;
    let put_64 = run(&store, 64, seconds, Work::Put(bytes)).await?;
    let get_1 = run(&store, 1, seconds, Work::Get).await?;
    let get_64 = run(&store, 64, seconds, Work::Get).await?;
    println!("{{\"put_1\": {put_1:.0}, \"put_64\": {put_64:.0}, \"get_1\": {get_1:.0}, \"get_64\": {get_64:.0}}}");
    Ok(())
}

#[derive(Clone, Copy)]
enum Work {
    Put(usize),
    Get,
}

/// Operations a second of `clients` at once.
async fn run(
    store: &Arc<dyn Store>,
    clients: u64,
    lasts: Duration,
    work: Work,
) -> Result<f64, Box<dyn std::error::Error>> {
    let space = Space::new("engine", 1)?;
    let done = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..clients {
        let (store, space, done) = (store.clone(), space.clone(), done.clone());
        tasks.spawn(async move {
            let mut number = client * 7_919;
            while began.elapsed() < lasts {
                number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let key = Key::new(format!("k{:05}", (number >> 33) % KEYS)).map_err(|error| error.to_string())?;
                match work {
                    Work::Put(bytes) => {
                        let content = Content::new(vec![b'x'; bytes], "text/plain");
                        store.put(&space, key, content, Condition::Always).await.map_err(|error| error.to_string())?;
                    }
                    Work::Get => _ = store.get(&space, &key).await.map_err(|error| error.to_string())?,
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), String>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of operations in seconds")]
    Ok(done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64())
}
