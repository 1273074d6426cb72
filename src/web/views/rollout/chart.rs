//! Runs that succeed over time, both versions: an SVG drawn here, with its numbers as a table (PRODUCT §8.4).

use super::versus::points;
use super::{hour, stages::left};
use crate::app::rollout::look::Looked;
use crate::domain::clock::Micros;
use crate::domain::guard::Limit;
use crate::domain::rollout::{Side, percent};
use crate::store::tallies::Minute;
use crate::web::numbers;
use crate::web::pages::rollout::Chart;
use crate::web::views::whole;

/// The picture's frame: left, right, top, bottom.
const FRAME: (f64, f64, f64, f64) = (38.0, 690.0, 26.0, 188.0);
/// Points a line has at the most.
const MOST_POINTS: i64 = 36;
/// Times below the picture.
const TIMES: i64 = 4;
/// Labels nearer than this are moved apart.
const APART: f64 = 13.0;

#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    old: (i64, i64),
    new: (i64, i64),
}

fn rate((good, all): (i64, i64)) -> Option<f64> {
    (all > 0).then(|| good as f64 / all as f64)
}

struct Scale {
    from: i64,
    width: i64,
    bins: i64,
    low: f64,
}

impl Scale {
    fn x(&self, at: i64) -> f64 {
        let share = (at - self.from) as f64 / (self.width * self.bins) as f64;
        FRAME.0 + share.clamp(0.0, 1.0) * (FRAME.1 - FRAME.0)
    }
    fn middle(&self, bin: usize) -> f64 {
        self.x(self.from + self.width * i64::try_from(bin).unwrap_or(0) + self.width / 2)
    }
    fn y(&self, share: f64) -> f64 {
        let up = (share - self.low) / (1.0 - self.low);
        FRAME.3 - up.clamp(0.0, 1.0) * (FRAME.3 - FRAME.2)
    }
}

fn pixel(n: f64) -> String {
    format!("{n:.1}")
}

/// The chart; `None` when nothing has ended yet.
pub fn chart(looked: &Looked, minutes: &[Minute], now: i64) -> Option<Chart> {
    let first = minutes.first()?.minute;
    let until = looked.rollout.ended_at.unwrap_or(now).max(minutes.last()?.minute + Micros::MINUTE);
    let all = (until - first + Micros::MINUTE - 1) / Micros::MINUTE;
    let each = (all + MOST_POINTS - 1) / MOST_POINTS;
    let bins = (all + each - 1) / each;
    let mut found = vec![Bin::default(); usize::try_from(bins).unwrap_or(1)];
    for minute in minutes {
        let at = usize::try_from((minute.minute - first) / (each * Micros::MINUTE)).unwrap_or(0);
        let Some(bin) = found.get_mut(at) else { continue };
        let side = if minute.side == Side::Candidate.as_str() { &mut bin.new } else { &mut bin.old };
        side.0 += minute.completed;
        side.1 += minute.completed + minute.faulted;
    }
    let limit = match looked.guard.as_ref().and_then(|g| g.failure_rate) {
        Some(Limit::Max(most)) => Some(1.0 - most),
        _ => None,
    };
    let lowest = found.iter().flat_map(|b| [rate(b.old), rate(b.new)]).flatten().chain(limit).fold(1.0, f64::min);
    let scale = Scale { from: first, width: each * Micros::MINUTE, bins, low: floor(lowest) };
    let (old, new) = (line(&found, &scale, |b| b.old), line(&found, &scale, |b| b.new));
    let (numbers, names) =
        ((looked.rollout.primary_number, looked.rollout.version_number), (&looked.primary.total, &looked.candidate.total));
    let label = |version: i64, tally: &crate::domain::guard::Tally| {
        let share = numbers::share(whole(tally.completed), whole(tally.judged())).unwrap_or_default();
        format!("v{version} {share}")
    };
    let goal = limit.map(|share| (scale.y(share), format!("limit {}", points(share))));
    let mut ends: Vec<f64> =
        vec![old.as_ref().map_or(0.0, |l| l.1), new.as_ref().map_or(0.0, |l| l.1), goal.as_ref().map_or(-99.0, |g| g.0)];
    spread(&mut ends);
    let marks = looked.steps.iter().filter(|s| s.entered_at >= first && s.entered_at <= until);
    Some(Chart {
        heading: format!("Runs that succeed, last {}", left(until - first)),
        title: format!("Runs that succeed, version {} and {}", numbers.0, numbers.1),
        says: says(&found, numbers, limit),
        grid: grid(scale.low).into_iter().map(|share| (pixel(scale.y(share)), points(share))).collect(),
        times: times(&scale, until, now),
        marks: marks.map(|s| (pixel(scale.x(s.entered_at)), percent(s.basis_points))).collect(),
        goal: goal.map(|(y, words)| (pixel(y), words)),
        old: old.map(|(path, _)| (path, pixel(ends[0] + 4.0), label(numbers.0, names.0))),
        new: new.map(|(path, _)| (path, pixel(ends[1] + 4.0), label(numbers.1, names.1))),
        rows: rows(&found, &scale, now),
        each: left(scale.width),
    })
}

/// A round share below the lowest point, so that what differs can be seen.
fn floor(lowest: f64) -> f64 {
    const ROUND: [f64; 7] = [0.98, 0.95, 0.9, 0.8, 0.6, 0.5, 0.0];
    ROUND.into_iter().find(|low| lowest > *low).unwrap_or(0.0)
}

fn grid(low: f64) -> Vec<f64> {
    vec![low, f64::midpoint(low, 1.0), 1.0]
}

/// The line of one side through the bins in which something ended, and where it ends.
fn line(bins: &[Bin], scale: &Scale, side: fn(&Bin) -> (i64, i64)) -> Option<(String, f64)> {
    let mut path = String::new();
    let mut last = None;
    for (n, bin) in bins.iter().enumerate() {
        let Some(share) = rate(side(bin)) else { continue };
        let (x, y) = (scale.middle(n), scale.y(share));
        path.push_str(&format!("{}{} {}", if last.is_none() { 'M' } else { 'L' }, pixel(x), pixel(y)));
        last = Some(y);
    }
    let end = last?;
    // A single point is a dash that can be seen.
    if !path.contains('L') {
        path.push_str("h6");
    }
    Some((path, end))
}

/// Moves labels apart that would cover each other; the limit's stays.
fn spread(ends: &mut [f64]) {
    let [old, new, goal] = ends else { return };
    if (*old - *new).abs() < APART {
        let middle = f64::midpoint(*old, *new);
        let upper = *old <= *new;
        (*old, *new) = if upper { (middle - APART / 2.0, middle + APART / 2.0) } else { (middle + APART / 2.0, middle - APART / 2.0) };
    }
    for end in [old, new] {
        if (*end - *goal).abs() < APART {
            *end = *goal - APART;
        }
    }
}

fn times(scale: &Scale, until: i64, now: i64) -> Vec<(String, String)> {
    let whole = scale.width * scale.bins;
    let steps = if whole < TIMES * Micros::MINUTE { 1 } else { TIMES - 1 };
    (0..=steps).map(|n| scale.from + whole * n / steps).map(|at| (pixel(scale.x(at)), hour(at.min(until), now))).collect()
}

fn said(part: (i64, i64)) -> String {
    match numbers::share(whole(part.0), whole(part.1)) {
        Some(share) => format!("{share} of {}", numbers::count(whole(part.1))),
        None => "none ended".to_owned(),
    }
}

fn rows(bins: &[Bin], scale: &Scale, now: i64) -> Vec<(String, String, String)> {
    let row = |(n, bin): (usize, &Bin)| {
        let at = scale.from + scale.width * i64::try_from(n).unwrap_or(0);
        (hour(at, now), said(bin.old), said(bin.new))
    };
    bins.iter().enumerate().map(row).rev().collect()
}

fn says(bins: &[Bin], (old, new): (i64, i64), limit: Option<f64>) -> String {
    let sentence = |version: i64, side: fn(&Bin) -> (i64, i64)| {
        let shares: Vec<f64> = bins.iter().filter_map(|b| rate(side(b))).collect();
        let (Some(first), Some(last)) = (shares.first(), shares.last()) else {
            return format!("No run of version {version} has ended.");
        };
        let low = shares.iter().copied().fold(1.0, f64::min);
        format!("Version {version} begins at {}, is at {} at the lowest and {} at the end.", points(*first), points(low), points(*last))
    };
    let mut all = format!("{} {}", sentence(old, |b| b.old), sentence(new, |b| b.new));
    if let Some(limit) = limit {
        all.push_str(&format!(" The limit is {}.", points(limit)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_begins_at_a_round_share_below_everything() {
        assert_eq!([1.0, 0.985, 0.98, 0.91, 0.7, 0.0].map(floor), [0.98, 0.98, 0.95, 0.9, 0.6, 0.0]);
        let scale = Scale { from: 0, width: 10, bins: 10, low: 0.5 };
        assert_eq!((scale.x(0), scale.x(100), scale.y(1.0), scale.y(0.5)), (FRAME.0, FRAME.1, FRAME.2, FRAME.3));
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        let mut ends = [50.0, 52.0, -99.0];
        spread(&mut ends);
        assert!((ends[0] - ends[1]).abs() >= APART);
        let bins = [Bin { new: (1, 2), ..Bin::default() }];
        let scale = Scale { from: 0, width: 10, bins: 1, low: 0.0 };
        assert!(line(&bins, &scale, |b| b.new).unwrap().0.ends_with("h6"));
        assert!(line(&bins, &scale, |b| b.old).is_none());
    }
}
