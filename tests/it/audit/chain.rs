//! Every edit, deletion, swap, insertion and truncation in a chain of 1,000 events is found and named.

use signalbox::app::Ctx;
use signalbox::app::audit::begin_epoch;
use signalbox::app::audit::file;
use signalbox::app::audit::report::{Kind, Report};
use signalbox::app::audit::verify::verify;
use signalbox::domain::audit::Keys;
use signalbox::domain::clock::Micros;
use signalbox::store::sealing;

use super::attack::{COPIED, Chain, LENGTH, MIDDLE, forged, last_checkpoint, older_copy, rehash, run, shift, swap_contents, swap_places};
use crate::support::{Choice, each_database, sampled};

const COLUMNS: [&str; 20] = [
    "id",
    "at",
    "actor_id",
    "actor_name",
    "channel",
    "workspace_id",
    "flow_id",
    "environment_id",
    "action",
    "object_kind",
    "object_id",
    "object_name",
    "before",
    "after",
    "reason",
    "reference",
    "request_id",
    "hash",
    "mac",
    "form",
];

#[track_caller]
fn names(report: &Report, kind: Kind, seq: i64, to: Option<i64>, what: &str) {
    assert!(!report.ok, "{what}: nothing was found");
    assert!(report.findings.iter().any(|f| f.kind == kind && f.seq == Some(seq) && f.to == to), "{what}: {:?}", report.findings);
}

#[track_caller]
fn names_only(report: &Report, kind: Kind, seq: i64, to: Option<i64>, what: &str) {
    names(report, kind, seq, to, what);
    assert_eq!(report.findings.len(), 1, "{what}: {:?}", report.findings);
}

fn places(choice: &mut Choice, sample: i64) -> Vec<i64> {
    let all: Vec<i64> = (1..=LENGTH).collect();
    if sampled(false, true) {
        return all;
    }
    let mut some = vec![1, MIDDLE, LENGTH];
    some.extend((0..sample).map(|_| *choice.of(&all)));
    some
}

#[test]
fn every_edit_of_every_column_is_found_and_named() {
    each_database(|database| {
        let mut choice = Choice::seeded();
        let mut chain = Chain::new(database);
        let report = chain.verify();
        assert!(report.ok && report.events == LENGTH && report.sealed == LENGTH && report.checkpoints == 3, "{report:?}");
        for seq in places(&mut choice, 1) {
            // Hashing the rest of the chain anew is dear: for one column of each place.
            let anew = *choice.of(&COLUMNS);
            for column in COLUMNS {
                let change = match column {
                    "at" => "at + 1".to_owned(),
                    "form" => "NULL".to_owned(),
                    _ => format!("COALESCE({column}, '') || 'x'"),
                };
                let what = format!("{column} of {seq}");
                let report = chain.after(&[format!("UPDATE events SET {column} = {change} WHERE seq = {seq}")]);
                names_only(&report, Kind::Altered, seq, None, &what);
                if column != anew {
                    continue;
                }
                let report = chain.after_work(|conn| {
                    run(conn, &format!("UPDATE events SET {column} = {change} WHERE seq = {seq}"));
                    rehash(conn, seq);
                });
                let found = report.findings.iter().any(|f| matches!(f.kind, Kind::Altered | Kind::Inserted) && f.seq == Some(seq));
                assert!(found || (column == "hash" && report.ok), "{what}, hashed anew: {:?}", report.findings);
            }
        }
        assert!(chain.verify().ok);
    });
}

#[test]
fn every_deletion_swap_and_insertion_is_found_and_named() {
    each_database(|database| {
        let mut choice = Choice::seeded();
        let mut chain = Chain::new(database);
        for seq in places(&mut choice, 2) {
            let gone = chain.after(&[format!("DELETE FROM events WHERE seq = {seq}")]);
            let (kind, to) = if seq == LENGTH { (Kind::Truncated, Some(LENGTH)) } else { (Kind::Missing, None) };
            names_only(&gone, kind, seq, to, "a deletion");
            let mut closed = vec![format!("DELETE FROM events WHERE seq = {seq}")];
            closed.extend(shift(seq, -1));
            closed.push("UPDATE event_head SET seq = seq - 1".to_owned());
            names(&chain.after(&closed), kind, seq, to, "a deletion whose gap was closed");

            let mut opened = shift(seq - 1, 1).to_vec();
            opened.push(forged(seq));
            names(&chain.after(&opened), Kind::Inserted, seq, None, "an insertion");
            let anew = chain.after_work(|conn| {
                opened.iter().for_each(|statement| run(conn, statement));
                rehash(conn, seq);
            });
            let found = anew.findings.iter().any(|f| matches!(f.kind, Kind::Inserted | Kind::Altered) && f.seq == Some(seq));
            assert!(found, "an insertion, hashed anew: {:?}", anew.findings);

            let other = *choice.of(&(1..=LENGTH).filter(|other| *other != seq).collect::<Vec<_>>());
            let (low, high) = (seq.min(other), seq.max(other));
            names_only(&chain.after(&swap_places(low, high)), Kind::Swapped, low, Some(high), "two swapped");
            if seq < LENGTH {
                names_only(&chain.after(&swap_places(seq, seq + 1)), Kind::Swapped, seq, Some(seq + 1), "neighbours swapped");
            }
            let contents = chain.after_work(|conn| swap_contents(conn, low, high));
            names_only(&contents, Kind::Swapped, low, Some(high), "two contents swapped");
        }
        let beyond = chain.after(&[forged(LENGTH + 1)]);
        names_only(&beyond, Kind::Inserted, LENGTH + 1, None, "an event after the last");
        let several = chain.after(&["DELETE FROM events WHERE seq BETWEEN 10 AND 19".to_owned()]);
        names_only(&several, Kind::Missing, 10, Some(19), "ten deletions");
        assert!(chain.verify().ok);
    });
}

#[test]
fn every_truncation_is_found_and_named() {
    each_database(|database| {
        let mut choice = Choice::seeded();
        let mut chain = Chain::new(database);
        for last in places(&mut choice, 1).into_iter().map(|seq| seq - 1) {
            let cut = format!("DELETE FROM events WHERE seq > {last}");
            names_only(&chain.after(std::slice::from_ref(&cut)), Kind::Truncated, last + 1, Some(LENGTH), "the end cut off");
            let hash = if last == 0 {
                format!("'{}'", signalbox::domain::event::GENESIS)
            } else {
                format!("(SELECT hash FROM events WHERE seq = {last})")
            };
            let hidden = [
                cut,
                format!("DELETE FROM event_checkpoints WHERE seq > {last}"),
                format!("UPDATE event_head SET seq = {last}, hash = {hash}"),
            ];
            let report = chain.after(&hidden);
            names(&report, Kind::Truncated, last + 1, Some(LENGTH), "the end cut off, with head and checkpoints");
            chain.files.clear();
            names(&chain.after(&hidden[..1]), Kind::Truncated, last + 1, Some(LENGTH), "the end cut off, without the file");
            let report = chain.after(&hidden);
            names_only(&report, Kind::Truncated, last + 1, None, "cut off with head and checkpoints, without the file");
            chain.files.push(database.data_dir().join(file::NAME));
        }
        let older = older_copy(&chain);
        let report = chain.after(&older);
        names(&report, Kind::Truncated, COPIED + 1, Some(LENGTH), "an older copy of the database");
        assert!(report.findings[report.findings.len() - 1].message.contains("checkpoint 3"), "{:?}", report.findings);
    });
}

#[test]
fn checkpoints_and_keys_are_checked_too() {
    each_database(|database| {
        let mut chain = Chain::new(database);
        let found = |report: &Report, kind: Kind, part: &str| {
            assert!(report.findings.iter().any(|f| f.kind == kind && f.message.contains(part)), "{part}: {:?}", report.findings);
        };
        found(&chain.after(&["DELETE FROM event_checkpoints WHERE number = 2".into()]), Kind::Checkpoint, "checkpoint 2");
        for change in ["seq = seq - 1", "at = at + 1", "epoch = 'epo_b'", "signature = 'aa'", "body = REPLACE(body, 'regular', 'start')"] {
            let report = chain.after(&[format!("UPDATE event_checkpoints SET {change} WHERE number = 2")]);
            found(&report, Kind::Checkpoint, "checkpoint 2 was altered");
        }
        let all = chain.after(&["DELETE FROM event_checkpoints".into(), "UPDATE event_head SET mac = NULL".into()]);
        found(&all, Kind::Checkpoint, "missing from the database");
        for (change, kind) in
            [("hash = 'aa'", Kind::Head), ("seq = 5", Kind::Head), ("mac = NULL", Kind::Truncated), ("mac = 'aa'", Kind::Truncated)]
        {
            found(&chain.after(&[format!("UPDATE event_head SET {change}")]), kind, "head");
        }
        let other = Keys::new(&[8; 32]).expect("keys");
        found(&verify(&mut chain.conn, Some(&other), &[]).expect("read"), Kind::Key, "not this instance's");
        found(&verify(&mut chain.conn, None, &[]).expect("read"), Kind::Key, "not there");
        let line = std::fs::read_to_string(&chain.files[0]).expect("the file");
        std::fs::write(&chain.files[0], line.replace(&format!("\"seq\":{MIDDLE}"), "\"seq\":1")).expect("written");
        found(&chain.verify(), Kind::Checkpoint, "line 2");
    });
}

#[test]
fn a_restored_backup_begins_an_epoch_and_is_not_taken_for_a_truncation() {
    each_database(|database| {
        let mut chain = Chain::new(database);
        let lines = file::read(&chain.files[0]).expect("the file").len();
        let older = older_copy(&chain);
        let report = chain.after_work(|conn| {
            older.iter().for_each(|statement| run(conn, statement));
            let keys = Keys::new(&[7; 32]).expect("keys");
            let ctx = Ctx::system(Micros(2), "restore");
            let begun = sealing::with(Some(&keys), || begin_epoch(conn, &ctx, "the disk broke")).expect("an epoch");
            assert_eq!((begun.checkpoint.seq, begun.checkpoint.number), (COPIED, last_checkpoint(conn)));
        });
        assert!(report.ok, "{:?}", report.findings);
        assert_eq!((report.epochs, report.events, lines), (2, COPIED + 1, 3));
        // A process without the key cannot begin one, nor write to a sealed history.
        let ctx = Ctx::system(Micros(2), "restore");
        assert_eq!(begin_epoch(&mut chain.conn, &ctx, "no key").expect_err("no key").code(), "needs_key");
        let refused = ctx.record(&mut chain.conn, signalbox::app::ctx::Event { action: "flow.changed", ..Default::default() });
        assert!(refused.expect_err("refused").to_string().contains("--data-dir"));
    });
}
