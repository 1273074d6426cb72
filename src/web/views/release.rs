//! Releases as pages show them.

use crate::app::release::Left;
use crate::app::release::look::Row;
use crate::definition::diff::ChangeKind;
use crate::domain::release::Origin;
use crate::domain::release::compare::{Area, Difference};
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::differences::{Differences, Differing};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::views::{change, colour, environment, whole};

/// Lines shown inside one thing; the rest is said by a number.
const INSIDE: usize = 12;

/// A release's plate, leading to it.
pub fn plate(home: &str, row: &Row) -> Plate {
    Plate::new(whole(row.release.number), colour(row.sync)).link(format!("{home}/versions/{}", row.release.number))
}

/// How a release came to be.
pub const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Push => "Pushed",
        Origin::Before => "Kept before a deployment",
        Origin::Deployed => "Kept by a deployment",
    }
}

/// What differs, by heading. Flows lead to their own comparison where both versions have numbers.
pub fn differences(id: &'static str, home: &str, all: &[Difference]) -> Differences {
    let areas = [Area::Flows, Area::Environments, Area::Components, Area::Sets];
    let of = |area: Area| -> Vec<Differing> { all.iter().filter(|d| d.area == area).map(|d| differing(home, d)).collect() };
    let groups = areas.into_iter().map(|area| (area.title(), of(area))).filter(|(_, found)| !found.is_empty()).collect();
    Differences { id, groups }
}

fn differing(home: &str, found: &Difference) -> Differing {
    let diff = match found.kind {
        ChangeKind::Added => Diff::Added,
        ChangeKind::Removed => Diff::Removed,
        ChangeKind::Changed | ChangeKind::Moved | ChangeKind::Renamed => Diff::Changed,
    };
    let mut inside: Vec<ChangeView> = found.changes.iter().map(change::change).collect();
    inside.extend(found.replacements.iter().map(environment::change));
    inside.extend(found.more.iter().map(|words| ChangeView::new(Diff::Changed, Rich::new().text(words.trim_end_matches('.')))));
    if inside.len() > INSIDE {
        let rest = inside.len() - INSIDE;
        inside.truncate(INSIDE);
        inside.push(ChangeView::new(Diff::Changed, Rich::new().dim(&format!("and {rest} more"))));
    }
    let link = match (found.area, found.from, found.to) {
        (Area::Flows, Some(from), Some(to)) if from != to => {
            Some((format!("{home}/flows/{}/compare/{from}...{to}", found.slug), "Compare in full".to_owned()))
        }
        _ => None,
    };
    Differing { change: ChangeView::new(diff, Rich::new().text(found.what.trim_end_matches('.'))), inside, link }
}

/// What stays behind, as lines to look at. Flows lead to their pages.
pub fn left<'a>(home: &str, all: impl IntoIterator<Item = &'a Left>) -> Vec<CheckView> {
    let line = |l: &Left| {
        let words = l.version.map_or_else(|| l.name.clone(), |n| format!("{} v{n}", l.name));
        CheckView::warn(Rich::new().link(&format!("{home}/flows/{}", l.name), &words).text(&format!(": {}", l.reason)))
    };
    all.into_iter().map(line).collect()
}
