//! Writers while a backup of a large database is made: their rate before and during it, and the longest wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use signalbox::app::backup::Depot;
use signalbox::app::backup::make::make;
use signalbox::app::vault::Vault;
use signalbox::clock::SystemClock;
use signalbox::domain::backup::Reason;
use signalbox::domain::clock::Clock;
use signalbox::store::{Store, workspaces};

use crate::disk::synchronised_writes;
use crate::fill::Filler;
use crate::say;
use crate::support::{Database, Inside, on_runtime};

/// Writers at the same time; each waits for its commit.
const WRITERS: usize = 16;
/// How long they write before the backup begins.
const BEFORE: Duration = Duration::from_secs(5);

pub fn measure() {
    let database = Database::sqlite();
    let inside = Inside::durable(&database);
    let file = database.data_dir().join("signalbox.db");
    let rows: u64 = std::env::var("SIGNALBOX_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    // A kilobyte each that does not compress to nothing.
    Filler::open(&database.url()).run(&format!(
        "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {rows})
         INSERT INTO instance (name, value) SELECT 'fill-' || n, hex(randomblob(480)) FROM series; PRAGMA wal_checkpoint(TRUNCATE);"
    ));
    let megabytes = std::fs::metadata(&file).map_or(0, |m| m.len()) / (1024 * 1024);
    on_runtime(async {
        let (written, worst, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| tokio::spawn(write_on(inside.store.clone(), n, Arc::clone(&written), Arc::clone(&worst), Arc::clone(&stop))))
            .collect();
        tokio::time::sleep(BEFORE).await;
        let before = written.load(Ordering::SeqCst) as f64 / BEFORE.as_secs_f64();
        let calm = worst.swap(0, Ordering::SeqCst);
        let depot = Depot { target: inside.store.target().clone(), folder: database.data_dir().join("backups"), vault: Vault::closed() };
        let (begun, at) = (written.load(Ordering::SeqCst), Instant::now());
        let made = tokio::task::spawn_blocking(move || {
            let stages = std::sync::Mutex::new(Vec::new());
            let made = make(&depot, "bak_measured", Reason::Asked, SystemClock.now(), &|stage, _| {
                let mut stages = stages.lock().expect("stages");
                if stages.last().is_none_or(|(last, _)| *last != stage) {
                    stages.push((stage, Instant::now()));
                }
            });
            (made.expect("a verified backup"), stages.into_inner().expect("stages"))
        });
        let (made, stages) = made.await.expect("made");
        let took = at.elapsed();
        let during = (written.load(Ordering::SeqCst) - begun) as f64 / took.as_secs_f64();
        let stalled = worst.load(Ordering::SeqCst);
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.await.expect("a writer");
        }
        let millis = |micros: u64| format!("longest wait {} ms", micros / 1000);
        say("writes before", &format!("{before:.0}/s"), &format!("{WRITERS} at once, each waits for its commit; {}", millis(calm)));
        say("writes during a backup", &format!("{during:.0}/s"), &format!("{:.2} of before; {}", during / before, millis(stalled)));
        let size = format!("{megabytes} MiB in {:.1} s", took.as_secs_f64());
        say("backup, verified", &size, &format!("{} MiB packed", made.bytes / (1024 * 1024)));
        for pair in stages.windows(2) {
            say(&format!("  {}", pair[0].0), &format!("{:.1} s", (pair[1].1 - pair[0].1).as_secs_f64()), "");
        }
    });
    let rate = synchronised_writes(Duration::from_secs(2));
    say("4 KiB written and synchronised", &format!("{rate:.0}/s"), "the disk alone, afterwards");
    inside.store.close();
}

async fn write_on(store: Store, writer: usize, written: Arc<AtomicU64>, worst: Arc<AtomicU64>, stop: Arc<AtomicBool>) {
    for n in 0_u64.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let begun = Instant::now();
        let name = format!("writer-{writer}-{}", n % 1_000);
        store.write(move |conn| workspaces::set_instance_value(conn, &name, &n.to_string())).await.expect("a write was locked out");
        let waited = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        worst.fetch_max(waited, Ordering::SeqCst);
        written.fetch_add(1, Ordering::SeqCst);
    }
}
