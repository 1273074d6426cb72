//! Reports and what was made, as pages show them.

use super::Picked;
use crate::app::import::{Act, Done, Item, Outcome, Part, Report, SourceKind, Weight};
use crate::web::components::change::CheckView;
use crate::web::components::plate::{Plate, Sync};
use crate::web::numbers::plural;
use crate::web::pages::import::{ConversionRow, DoneRow, ImportRow};
use crate::web::views::whole;

/// Plates that a row shows.
const PLATES: usize = 6;
/// Notes that a page shows.
const NOTES: usize = 100;

/// What a file is, for people.
pub(super) fn kind(word: &str) -> &'static str {
    match word.parse() {
        Ok(SourceKind::Version) => "One version, made with Export",
        Ok(SourceKind::Flow) => "A flow with its history, made with Export",
        Ok(SourceKind::Workspace) => "A workspace, made with Export",
        Ok(SourceKind::StatesLanguage) => "A state machine in Amazon States Language",
        Ok(SourceKind::OpenWorkflow) | Err(_) => "Plain definitions",
    }
}

fn part(word: &str) -> &'static str {
    match word.parse() {
        Ok(Part::Component) => "Component",
        Ok(Part::Environment) => "Environment",
        Ok(Part::Plan) => "Plan of stages",
        Ok(Part::Package) => "Package",
        Ok(Part::Flow) | Err(_) => "Flow",
    }
}

/// Mark and icon of an outcome.
fn look(outcome: &str) -> (&'static str, &'static str) {
    match outcome.parse() {
        Ok(Outcome::New | Outcome::Adds) => ("done", "plus"),
        Ok(Outcome::Identical) => ("inactive", "check"),
        Ok(Outcome::Clash) => ("notready", "alert"),
        Ok(Outcome::Refused) => ("notready", "ban"),
        Ok(Outcome::Kept) => ("inactive", "lock"),
        Ok(Outcome::Skipped) | Err(_) => ("skipped", "skip"),
    }
}

/// The items of a report, with what is wished for them.
pub(super) fn rows(report: &Report, picked: &Picked) -> Vec<ImportRow> {
    report.items.iter().enumerate().map(|(n, item)| row(n + 1, item, report, picked)).collect()
}

fn row(n: usize, item: &Item, report: &Report, picked: &Picked) -> ImportRow {
    let key = format!("{}:{}", item.part, item.key);
    let flow = item.part == Part::Flow.as_str();
    let identical = item.outcome == Outcome::Identical.as_str();
    let asked = picked.key.iter().position(|k| *k == key);
    let wished = asked.and_then(|at| picked.slug.get(at)).map(|slug| slug.trim().to_owned()).filter(|slug| !slug.is_empty());
    let made: Vec<Plate> =
        item.versions.iter().filter(|m| m.made).filter_map(|m| m.here).map(|n| Plate::new(whole(n), Sync::Never)).collect();
    let open = item.acts.len() > 1 && !report.whole;
    let way = if item.act == Act::AsDraft.as_str() { Act::AsDraft.as_str() } else { Act::AsFile.as_str() };
    let way = asked.and_then(|at| picked.way.get(at)).filter(|w| *w == Act::AsDraft.as_str()).map_or(way, |_| Act::AsDraft.as_str());
    ImportRow {
        n,
        part: part(item.part),
        name: item.name.clone(),
        holds: item.holds.clone(),
        here: item.here.clone(),
        look: look(item.outcome),
        says: item.says.clone(),
        more: made.len().saturating_sub(PLATES),
        plates: made.into_iter().take(PLATES).collect(),
        open,
        taken: item.act != Act::Skip.as_str() && !(identical && asked.is_none()),
        ways: if flow && open {
            vec![(Act::AsFile.as_str(), "As the file has it"), (Act::AsDraft.as_str(), "Newest version, as a draft")]
        } else {
            Vec::new()
        },
        way,
        slug: (flow && !report.whole).then(|| wished.unwrap_or_else(|| item.key.clone())),
        wrong: item.outcome == Outcome::Clash.as_str(),
        key,
    }
}

/// What to know about the items, the gravest first.
pub(super) fn checks(report: &Report) -> Vec<CheckView> {
    let mut found = Vec::new();
    for weight in [Weight::Refusal, Weight::Warning, Weight::Info] {
        for item in &report.items {
            for note in item.notes.iter().filter(|note| note.weight == weight.as_str()) {
                let says = format!("{}: {}", item.name, note.says);
                found.push(match weight {
                    Weight::Refusal => CheckView::bad(says),
                    Weight::Warning => CheckView::warn(says),
                    Weight::Info => CheckView::ok(says),
                });
            }
        }
    }
    let more = found.len().saturating_sub(NOTES);
    found.truncate(NOTES);
    if more > 0 {
        found.push(CheckView::warn(format!("{} more like these", whole(i64::try_from(more).unwrap_or(i64::MAX)))));
    }
    found
}

/// What became of a state machine: everything that differs, and how many parts do not.
pub(super) fn conversion(report: &Report) -> (Vec<ConversionRow>, usize) {
    let (carried, differ): (Vec<_>, Vec<_>) = report.conversion.iter().partition(|line| line.fate == "carried");
    let row = |line: &&crate::definition::import::Line| {
        let dropped = line.fate == "dropped";
        ConversionRow {
            place: if line.place.is_empty() { "The whole".to_owned() } else { line.place.clone() },
            look: if dropped { ("notready", "x-circle") } else { ("risk", "tilde") },
            fate: if dropped { "Not carried over" } else { "Approximated" },
            says: line.says.clone(),
        }
    };
    let mut rows: Vec<ConversionRow> = differ.iter().map(row).collect();
    rows.sort_by_key(|row| row.look.0 != "notready");
    (rows, carried.len())
}

/// The words on the button; none while nothing would be made and no name has to be chosen.
pub(super) fn button(report: &Report) -> Option<String> {
    let clash = report.items.iter().any(|i| i.outcome == Outcome::Clash.as_str());
    match report.items.iter().filter(|i| i.makes()).count() {
        _ if clash => Some("Import".to_owned()),
        0 => None,
        count => Some(format!("Import {}", plural(count as u64, "item", "items"))),
    }
}

/// What was made, with where it stands.
pub(super) fn made(home: &str, done: &Done) -> Vec<DoneRow> {
    done.made
        .iter()
        .map(|m| {
            let link = match m.part.parse() {
                Ok(Part::Flow) => match m.versions.as_slice() {
                    [one] => format!("{home}/flows/{}/versions/{one}", m.address),
                    _ => format!("{home}/flows/{}", m.address),
                },
                Ok(Part::Component) => format!("{home}/components/{}", m.address),
                Ok(Part::Environment) => format!("{home}/environments/{}", m.address),
                Ok(Part::Plan) => format!("{home}/plans"),
                Ok(Part::Package) => format!("{home}/packages"),
                Err(_) => String::new(),
            };
            let plate = |n: &i64| Plate::new(whole(*n), Sync::Never).link(format!("{home}/flows/{}/versions/{n}", m.address));
            DoneRow {
                part: part(&m.part),
                link,
                name: m.name.clone(),
                says: m.says.clone(),
                plates: m.versions.iter().rev().take(PLATES).map(plate).collect(),
            }
        })
        .collect()
}

/// What was not made, in words.
pub(super) fn rest(done: &Done) -> String {
    let mut parts = Vec::new();
    if done.identical > 0 {
        parts.push(format!("{} here already", plural(done.identical as u64, "item was", "items were")));
    }
    if done.left_out > 0 {
        parts.push(format!("{} out", plural(done.left_out as u64, "item stayed", "items stayed")));
    }
    parts.join(", ")
}
