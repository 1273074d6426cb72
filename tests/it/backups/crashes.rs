//! Kill -9 at every named place leaves exactly the old or exactly the new, and nothing half-made that is used.

use signalbox::app::backup::point;

use super::{create, flow, folder};
use crate::support::{Cli, Inside, each_database, on_runtime, sampled};

#[test]
fn a_restore_that_dies_anywhere_leaves_the_old_or_the_new() {
    each_database(|database| {
        let cli = Cli::new(database);
        let add = |name: &'static str| {
            on_runtime(async {
                let inside = Inside::new(database);
                inside.flow(name, &flow(name)).await;
                inside.store.close();
            });
        };
        add("one");
        let file = create(&cli).display().to_string();
        add("two");
        let places = point::RESTORE;
        // Every place of SQLite's; on PostgreSQL, whose tools take their time, those around the swap.
        let first = if database.is_sqlite() { 0 } else { sampled(5, 0) };
        for place in &places[first..] {
            let died = cli.dies(place, &["backup", "restore", &file, "--yes"]);
            assert!(died, "{place} was not passed");
            let swapped = places.iter().position(|p| p == place) >= places.iter().position(|p| *p == "restore-renamed");
            let restored = database.texts("SELECT slug AS t FROM flows ORDER BY slug") == ["one"];
            let held = database.count("SELECT count(*) FROM instance WHERE name = 'held'");
            let flows = database.count("SELECT count(*) FROM flows");
            assert!((flows, held) == (1, 1) || (flows, held) == (2, 0), "{place}: {flows} flows, held {held}");
            // PostgreSQL's renames stand only once they are committed.
            assert!(restored == swapped || (place == &"restore-renamed" && !database.is_sqlite()), "{place}: restored {restored}");
            let doctor = cli.ok(&["doctor", "--json"]);
            assert!(doctor.contains("none missing or changed"), "{place}: {doctor}");
            if restored {
                cli.ok(&["backup", "release"]);
                add("two");
            }
        }
        cli.ok(&["backup", "restore", &file, "--yes"]);
        assert_eq!(database.texts("SELECT slug AS t FROM flows"), ["one"]);
        assert!(folder(database).iter().all(|name| name.ends_with(".backup")), "{:?}", folder(database));
    });
}

#[test]
fn a_backup_that_dies_anywhere_leaves_no_file_that_looks_like_one() {
    each_database(|database| {
        drop(Inside::new(database));
        let cli = Cli::new(database);
        for (before, place) in (0_i64..).zip(point::MAKE) {
            assert!(cli.dies(place, &["backup", "create"]), "{place} was not passed");
            let complete = folder(database).iter().filter(|name| name.ends_with(".backup")).count();
            assert_eq!(complete, usize::from(*place == "backup-renamed"), "{place}: {:?}", folder(database));
            assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'running'"), 1, "{place}");
            assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'interrupted'"), before);
        }
        create(&cli);
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'running'"), 0);
        assert!(folder(database).iter().all(|name| name.ends_with(".backup")), "{:?}", folder(database));
        // The file that was complete when its maker died was found.
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'kept'"), 2);
        assert_eq!(database.count("SELECT count(*) FROM backups WHERE state = 'interrupted'"), 4);
    });
}
