//! Backup and restore while others write: nothing that was acknowledged before a backup began is missing from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use signalbox::app::backup::restore::{Wish, restore};
use signalbox::app::backup::{Ledger, ask, work};
use signalbox::app::{self, workspace};
use signalbox::clock::SystemClock;
use signalbox::domain::clock::Clock;
use signalbox::store::Store;
use signalbox::store::conn::Conn;

use super::{by_command, depot};
use crate::support::{Inside, each_database, on_runtime, sampled};

/// Writes a second.
const RATE: u64 = 200;

struct Through(Store, tokio::runtime::Handle);

impl Ledger for Through {
    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> app::Result<T> + Send + 'static) -> app::Result<T> {
        self.1.block_on(self.0.write(work))
    }
}

#[test]
fn rounds_of_backup_and_restore_under_writes_lose_nothing() {
    each_database(|database| {
        drop(Inside::new(database));
        let mut before = 0;
        for round in 0..sampled(2, 20) {
            let (file, acknowledged) = on_runtime(async {
                let inside = Inside::new(database);
                let (written, stop) = (Arc::new(AtomicI64::new(before)), Arc::new(AtomicBool::new(false)));
                let writer = tokio::spawn(write_on(inside.store.clone(), round, Arc::clone(&written), Arc::clone(&stop)));
                // The backup is made in the middle of it, after some writes.
                while written.load(Ordering::SeqCst) < before + 20 {
                    tokio::task::yield_now().await;
                }
                let (depot, ledger) = (depot(database), Through(inside.store.clone(), tokio::runtime::Handle::current()));
                let acknowledged = written.load(Ordering::SeqCst);
                let made = tokio::task::spawn_blocking(move || {
                    let asked = depot.clone();
                    let row = ledger.write(move |conn| ask::create(conn, &by_command(SystemClock.now()), &asked)).expect("asked");
                    assert!(work::round(&depot, &ledger, &SystemClock).expect("a round") > 0);
                    let id = row.id.clone();
                    ledger.write(move |conn| Ok(signalbox::store::backups::get(conn, &id)?)).expect("read").expect("the backup")
                });
                let made = made.await.expect("made");
                assert_eq!(made.verification, "passed", "{}", made.problem);
                assert!(written.load(Ordering::SeqCst) > acknowledged, "nobody could write while the backup was made");
                stop.store(true, Ordering::SeqCst);
                writer.await.expect("the writer");
                inside.store.close();
                (made.path(), acknowledged)
            });
            restore(&depot(database), &file, &by_command(SystemClock.now()), &Wish::default(), &|_, _| ()).expect("restored");
            let there = database.count("SELECT count(*) FROM workspaces WHERE slug LIKE 'w%'");
            assert!(there >= acknowledged, "round {round}: {acknowledged} acknowledged before the backup, {there} in it");
            before = there;
        }
    });
}

/// Makes workspaces, each with its events, at the rate that is promised.
async fn write_on(store: Store, round: usize, written: Arc<AtomicI64>, stop: Arc<AtomicBool>) {
    let mut pace = tokio::time::interval(Duration::from_millis(1000 / RATE));
    for n in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        pace.tick().await;
        let slug = format!("w{round}-{n}");
        let new = workspace::New { slug: slug.clone(), name: slug, ..workspace::New::default() };
        let done = store.write(move |conn| workspace::create(conn, &by_command(SystemClock.now()), &new)).await;
        done.expect("a write was locked out");
        written.fetch_add(1, Ordering::SeqCst);
    }
}
