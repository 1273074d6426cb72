//! Whether the history is what was written: every event, the head, the checkpoints and their copies (PRODUCT §9.1).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::file::{self, Line};
use super::judge::judge;
use super::records;
use super::report::{Kind, Report};
use super::walk::{Regime, Walked, walk};
use crate::app::error::{Error, Result};
use crate::domain::audit::{Checkpoint, Keys, Signed, Why};
use crate::domain::clock::Micros;
use crate::store::checkpoints;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;

/// Rows that are read at once.
const BATCH: i64 = 1000;

/// Reads everything and reports what does not hold. Needs no transaction: events are only ever added.
///
/// # Errors
/// The database or a file cannot be read; what is wrong in them is a finding.
pub fn verify(conn: &mut Conn, keys: Option<&Keys>, files: &[PathBuf]) -> Result<Report> {
    let mut report = Report { public_key: keys.map(|keys| keys.public().to_owned()), ..Report::default() };
    if keys.is_none() {
        report.found(
            Kind::Key,
            None,
            None,
            "the instance's key is not there, so seals were not checked; put signalbox.key into the data folder",
        );
    }
    // The files first: what they hold, the table held before.
    let mut copies = Vec::with_capacity(files.len());
    for path in files {
        copies.push((path, file::read(path).map_err(|e| Error::Store(StoreError::Unavailable(e)))?));
    }
    let table = table(conn, keys, &mut report)?;
    let regime =
        Regime { begins: table.iter().map(|s| &s.checkpoint).filter(|c| c.begins()).map(|c| (c.seq, c.public_key.clone())).collect() };
    report.checkpoints = count(table.len());
    report.epochs = count(regime.begins.len());
    let expected: BTreeMap<i64, String> = table.iter().map(|s| (s.checkpoint.seq, s.checkpoint.head.clone())).collect();
    let walked = walk(conn, keys, &regime, &expected)?;
    (report.events, report.sealed, report.head) = (walked.events, walked.sealed, walked.last.1.clone());
    for (path, lines) in &copies {
        report.lines = report.lines.max(count(lines.len()));
        copy(&path.display().to_string(), lines, &table, &mut report);
    }
    for seq in &walked.contradicted {
        let message = format!("event {seq} is not the one that a checkpoint signed: events up to it were rewritten");
        report.found(Kind::Altered, Some(*seq), None, message);
    }
    let current = table.last().map(|s| s.checkpoint.epoch.clone());
    let lines =
        copies.iter().flat_map(|(_, lines)| lines).filter_map(|line| if let Line::Read(signed) = line { Some(&**signed) } else { None });
    let known = table.iter().chain(lines.filter(|s| s.is_genuine() && Some(&s.checkpoint.epoch) == current.as_ref()));
    let furthest = known.map(|s| &s.checkpoint).max_by_key(|c| c.seq);
    let under_ours = keys.filter(|keys| regime.begins.last().map_or(walked.sealed > 0, |(_, key)| key == keys.public()));
    let top = top(&walked, under_ours, furthest, &mut report);
    let said = furthest.map(|c| format!("checkpoint {} of {} had come to {}", c.number, Micros(c.at).rfc3339(), c.seq));
    let head = walked.last.0;
    judge(walked, keys, top, said.as_deref(), &mut report);
    records::compare(conn, head, &mut report)?;
    report.ok = report.findings.is_empty();
    Ok(report)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The checkpoints of the table that are genuine; what is wrong with the others is reported.
fn table(conn: &mut Conn, keys: Option<&Keys>, report: &mut Report) -> Result<Vec<Signed>> {
    let (mut number, mut previous, mut genuine) = (0, String::new(), Vec::<Signed>::new());
    loop {
        let rows = checkpoints::after(conn, number, BATCH)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.number != number + 1 {
                report.found(Kind::Checkpoint, None, None, format!("checkpoint {} is missing from the database", number + 1));
            } else if row.signed().is_ok_and(|s| s.is_genuine() && s.checkpoint.previous != previous) {
                report.found(Kind::Checkpoint, None, None, format!("checkpoint {} does not follow the one before it", row.number));
            }
            (number, previous) = (row.number, row.signature.clone());
            match row.signed().ok().filter(Signed::is_genuine) {
                Some(signed) => genuine.push(signed),
                None => report.found(Kind::Checkpoint, None, None, format!("checkpoint {} was altered", row.number)),
            }
        }
    }
    let ours = |c: &Checkpoint| keys.is_none_or(|keys| keys.public() == c.public_key);
    if let Some(last) = genuine.last().filter(|last| !ours(&last.checkpoint)) {
        let message = format!("the history is signed with the key {}, which is not this instance's", last.checkpoint.public_key);
        report.found(Kind::Key, None, None, message);
    }
    Ok(genuine)
}

/// How far the history had come, by a head that is genuine or else by what stands and what was signed.
fn top(walked: &Walked, keys: Option<&Keys>, furthest: Option<&Checkpoint>, report: &mut Report) -> i64 {
    let (head, last) = (&walked.head, &walked.last);
    let signed = furthest.map_or(0, |c| c.seq);
    let Some(keys) = keys else {
        if head.seq == last.0 && head.hash != last.1 {
            report.found(Kind::Head, Some(head.seq), None, "the head of the history says another hash than its last event");
        }
        return head.seq.max(signed);
    };
    if head.mac.as_deref() == Some(&keys.seal_head(head.seq, &head.hash)) {
        return head.seq.max(signed);
    }
    let stands = walked.there.last();
    let message = if head.seq > stands {
        format!("the history ends at event {stands}, but its head, which was altered, says {}", head.seq)
    } else {
        format!("the head of the history was altered: it stands at event {}, and is not sealed for that", head.seq)
    };
    let cut = head.seq == last.0 && head.hash == last.1 && stands == head.seq;
    if cut && signed <= stands {
        let message = format!(
            "the history ends at event {stands}, and its head is not sealed for that: events after it were removed, or the head was altered"
        );
        report.found(Kind::Truncated, Some(stands + 1), None, message);
    } else {
        report.found(Kind::Head, Some(head.seq), None, message);
    }
    signed.max(stands)
}

/// Holds a file of checkpoints against those of the table: each must be there, or belong to an epoch that a restored
/// backup left behind.
fn copy(path: &str, lines: &[Line], table: &[Signed], report: &mut Report) {
    let epochs: BTreeMap<&str, &Checkpoint> =
        table.iter().map(|s| &s.checkpoint).filter(|c| c.begins()).map(|c| (c.epoch.as_str(), c)).collect();
    // Up to where an epoch went in this database before the next one began.
    let left: BTreeMap<&str, i64> = epochs.values().filter_map(|c| Some((c.left.as_deref()?, c.seq))).collect();
    let known = |signed: &Signed| table.iter().rev().any(|s| s.signature == signed.signature);
    let mut last: Option<&Checkpoint> = None;
    for (index, line) in lines.iter().enumerate() {
        let at = index + 1;
        let Line::Read(signed) = line else {
            report.found(Kind::Checkpoint, None, None, format!("line {at} of {path} cannot be read"));
            continue;
        };
        let checkpoint = &signed.checkpoint;
        if !signed.is_genuine() {
            report.found(Kind::Checkpoint, None, None, format!("line {at} of {path} was altered"));
            continue;
        }
        if checkpoint.why == Why::First && last.is_some() {
            let message = format!("line {at} of {path} begins the history anew, as if there had been none before it");
            report.found(Kind::Checkpoint, Some(checkpoint.seq), None, message);
        }
        last = Some(checkpoint);
        let set_aside = match epochs.contains_key(checkpoint.epoch.as_str()) {
            true => left.get(checkpoint.epoch.as_str()).is_some_and(|until| checkpoint.seq > *until),
            false => !lines_end_there(lines, &checkpoint.epoch),
        };
        if !set_aside && !known(signed) {
            let message = format!(
                "checkpoint {} of {path}, which had come to event {}, is missing from the database",
                checkpoint.number, checkpoint.seq
            );
            report.found(Kind::Checkpoint, Some(checkpoint.seq), None, message);
        }
    }
    let lacking =
        table.last().filter(|s| !lines.is_empty() && !lines.iter().any(|line| matches!(line, Line::Read(l) if l.signature == s.signature)));
    if let Some(lacking) = lacking.filter(|s| last.is_some_and(|l| l.epoch == s.checkpoint.epoch && l.number > s.checkpoint.number)) {
        report.found(Kind::Checkpoint, None, None, format!("checkpoint {} is missing from {path}", lacking.checkpoint.number));
    }
}

/// Whether the last line that can be read is of this epoch: then it is the present one, whatever the database says.
fn lines_end_there(lines: &[Line], epoch: &str) -> bool {
    let last = lines.iter().rev().find_map(|line| if let Line::Read(signed) = line { Some(signed) } else { None });
    last.is_some_and(|last| last.checkpoint.epoch == epoch)
}
