//! From events that are not where and what they were to what was done: altered, removed, inserted, swapped, cut off.

use std::collections::BTreeMap;

use super::report::{Kind, Report};
use super::walk::{Odd, Ranges, Walked};
use crate::domain::audit::Keys;

/// Reports what was done to the chain; `top` is how far it had come.
pub(super) fn judge(walked: Walked, keys: Option<&Keys>, top: i64, last_checkpoint: Option<&str>, report: &mut Report) {
    let Walked { mut there, mut odd, .. } = walked;
    if let Some(keys) = keys {
        recognise(&mut odd, keys);
    }
    swaps(&mut odd, &mut there, report);
    for moved in odd.iter().filter_map(|odd| odd.truth) {
        there.add(moved);
    }
    let written = there.last();
    let mut gaps = there.gaps(top);
    let shifted = !gaps.is_empty() || odd.iter().any(|odd| odd.truth.is_none());
    let mut altered = Ranges::default();
    for odd in odd.iter().filter(|odd| odd.truth.is_none()) {
        let place = [odd.seq + odd.offset, odd.seq].into_iter().find(|place| take(&mut gaps, *place));
        match place {
            Some(place) => altered.add(place),
            None => {
                let message = format!("event {} was not written by this instance: it was inserted, or the last one was altered", odd.seq);
                report.found(Kind::Inserted, Some(odd.seq), None, message);
            }
        }
    }
    for (from, to) in altered.ranges() {
        if from == to {
            report.found(Kind::Altered, Some(from), None, format!("event {from} was altered"));
        } else {
            report.found(Kind::Altered, Some(from), Some(to), format!("events {from} to {to} were altered or hashed anew"));
        }
    }
    for (from, to) in gaps {
        if to == top && from > written {
            let known = last_checkpoint.map(|known| format!("; {known}")).unwrap_or_default();
            let message = format!("the history ends at event {}, but {top} were written{known}", from - 1);
            report.found(Kind::Truncated, Some(from), Some(to), message);
        } else if from == to {
            report.found(Kind::Missing, Some(from), None, format!("event {from} is missing"));
        } else {
            report.found(Kind::Missing, Some(from), Some(to), format!("events {from} to {to} are missing"));
        }
    }
    renumbered(&odd, shifted, report);
}

/// Takes a number out of ranges; `false` when it is in none.
fn take(ranges: &mut Vec<(i64, i64)>, n: i64) -> bool {
    let Some(index) = ranges.iter().position(|(from, to)| (*from..=*to).contains(&n)) else { return false };
    let (from, to) = ranges.remove(index);
    if n < to {
        ranges.insert(index, (n + 1, to));
    }
    if from < n {
        ranges.insert(index, (from, n - 1));
    }
    true
}

/// Holds events that bear no seal of their place against the places of the others: what was carried far away, and what
/// left hash and seal behind.
fn recognise(odd: &mut [Odd], keys: &Keys) {
    let mut truths = Vec::new();
    for (i, one) in odd.iter().enumerate() {
        let Some(event) = &one.event else { continue };
        for other in odd.iter().filter(|other| other.seq != one.seq) {
            let Some(theirs) = &other.event else { continue };
            let bytes = event.bytes_at(other.seq);
            let with = |hash: &str, seal: Option<&str>| seal.is_some_and(|seal| keys.sealed(hash, &bytes, seal));
            if with(&event.hash, event.mac.as_deref()) || with(&theirs.hash, theirs.mac.as_deref()) {
                truths.push((i, other.seq));
                break;
            }
        }
    }
    for (i, truth) in truths {
        odd[i].truth = Some(truth);
    }
}

/// Reports pairs that stand at each other's place, and takes them off the list.
fn swaps(odd: &mut Vec<Odd>, there: &mut Ranges, report: &mut Report) {
    let places: BTreeMap<i64, i64> = odd.iter().filter_map(|odd| Some((odd.seq, odd.truth?))).collect();
    let swapped = |seq: i64| places.get(&seq).copied().filter(|truth| *truth != seq && places.get(truth) == Some(&seq));
    odd.retain(|odd| {
        let Some(other) = swapped(odd.seq) else { return true };
        there.add(odd.seq);
        if odd.seq < other {
            let message = format!("events {} and {other} were swapped", odd.seq);
            report.found(Kind::Swapped, Some(odd.seq), Some(other), message);
        }
        false
    });
}

/// Reports runs of events that stand elsewhere. After a removal or an insertion all that follow do, which is one remark.
fn renumbered(odd: &[Odd], shifted: bool, report: &mut Report) {
    let mut moved = odd.iter().filter_map(|odd| Some((odd.seq, odd.truth?))).peekable();
    while let Some((seq, truth)) = moved.next() {
        let mut length = 1;
        while moved.next_if(|next| *next == (seq + length, truth + length)).is_some() {
            length += 1;
        }
        let message = if length == 1 {
            format!("event {truth} stands at {seq}")
        } else {
            format!("events {truth} to {} stand at {seq} to {}", truth + length - 1, seq + length - 1)
        };
        let why = if shifted { ", moved by what was removed or inserted before them" } else { "" };
        report.found(Kind::Renumbered, Some(truth), (length > 1).then_some(truth + length - 1), format!("{message}{why}"));
    }
}
