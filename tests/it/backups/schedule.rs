//! By themselves: when due, when missed, and how many stay.

use signalbox::app::backup::{Beside, Ledger, ask, schedule, work};
use signalbox::clock::SystemClock;
use signalbox::domain::backup::Schedule;
use signalbox::domain::clock::{Clock, Micros};

use super::{Fixed, by_command, create, depot, folder};
use crate::support::{Cli, Database, Inside, each_database};

/// What the runner does in a round.
fn tick(database: &Database, clock: &Fixed) -> usize {
    let (depot, now) = (depot(database), clock.now());
    let ledger = Beside(depot.target.clone());
    let asked = depot.clone();
    ledger.write(move |conn| schedule::ask_if_due(conn, &by_command(now), &asked)).expect("the schedule");
    work::round(&depot, &ledger, clock).expect("a round")
}

#[test]
fn a_backup_is_made_when_it_is_due_and_soon_when_it_was_missed() {
    each_database(|database| {
        let inside = Inside::new(database);
        let begun = Micros(inside.workspace.created_at);
        drop(inside);
        let clock = Fixed::at(begun);
        assert_eq!(tick(database, &clock), 0, "a new instance is left alone for an hour");
        clock.set(begun.plus(Micros::HOUR));
        assert_eq!(tick(database, &clock), 1);
        assert_eq!(tick(database, &clock), 0);
        clock.set(begun.plus(Micros::HOUR + Micros::DAY - 1));
        assert_eq!(tick(database, &clock), 0);
        // The server was off for three days: one backup is made, not three.
        clock.set(begun.plus(4 * Micros::DAY));
        assert_eq!(tick(database, &clock), 1);
        assert_eq!(tick(database, &clock), 0);
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE reason = 'scheduled' AND verification = 'passed'"), 2);
    });
}

#[test]
fn only_so_many_stay_and_what_others_put_there_or_took_away_is_noticed() {
    each_database(|database| {
        drop(Inside::new(database));
        let depot = depot(database);
        let ledger = Beside(depot.target.clone());
        let ctx = by_command(SystemClock.now());
        let few = Schedule { every_hours: 0, keep: 2, max_days: 0 };
        ledger.write(move |conn| schedule::change(conn, &ctx, few, None)).expect("changed");
        let ctx = by_command(SystemClock.now());
        let bad = ledger.write(move |conn| schedule::change(conn, &ctx, Schedule { keep: 0, ..few }, None));
        assert_eq!(bad.unwrap_err().code(), "invalid");
        let cli = Cli::new(database);
        let first = create(&cli);
        let aside = database.folder().join("aside.backup");
        std::fs::copy(&first, &aside).expect("copy");
        let second = create(&cli);
        let third = create(&cli);
        assert!(!first.exists() && second.exists() && third.exists());
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'removed'"), 1);

        std::fs::remove_file(&second).expect("take one away");
        std::fs::rename(&aside, depot.folder.join("brought-along.backup")).expect("put one there");
        std::fs::write(depot.folder.join("half.backup.partial"), "half").expect("leave something");
        work::round(&depot, &ledger, &SystemClock).expect("a round");
        assert_eq!(folder(database).len(), 2, "{:?}", folder(database));
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE file = 'brought-along.backup' AND state = 'kept'"), 1);
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'removed'"), 1);
    });
}

#[test]
fn what_waits_is_told_why_when_there_can_be_no_folder() {
    each_database(|database| {
        drop(Inside::new(database));
        std::fs::create_dir_all(database.data_dir()).expect("the data folder");
        std::fs::write(database.data_dir().join("backups"), "a file where the folder belongs").expect("write");
        let (depot, now) = (depot(database), SystemClock.now());
        let ledger = Beside(depot.target.clone());
        let asked = depot.clone();
        ledger.write(move |conn| ask::create(conn, &by_command(now), &asked)).expect("asked for");
        work::round(&depot, &ledger, &SystemClock).expect_err("there is no folder");
        let told = database.texts("SELECT problem AS t FROM backups WHERE state = 'failed'");
        assert!(told.len() == 1 && told[0].contains("cannot be made"), "{told:?}");
        assert_eq!(database.count("SELECT count(*) FROM events WHERE action = 'backup.failed'"), 1);
    });
}
