//! What differs between two manifests, in sentences by area (PRODUCT §3.10, §6.2).

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::super::environment::{Difference as Replaced, differences};
use super::{ComponentEntry, EnvironmentEntry, FlowEntry, Manifest};
use crate::definition::canonical;
use crate::definition::diff::{self, Change, ChangeKind, Content};

/// The heading under which a difference is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Flows and their versions.
    Flows,
    /// Environments, their configurations and settings.
    Environments,
    /// Shared components.
    Components,
    /// Packages and plans of stages.
    Sets,
}

impl Area {
    /// As a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Flows => "Flows",
            Self::Environments => "Environments",
            Self::Components => "Components",
            Self::Sets => "Packages and plans",
        }
    }
}

/// One thing that differs, in a sentence, with what differs inside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Under which heading.
    pub area: Area,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Its id.
    pub id: String,
    /// Its slug or name in addresses.
    pub slug: String,
    /// The sentence.
    pub what: String,
    /// The older version's number, of a flow.
    pub from: Option<i64>,
    /// The newer version's number, of a flow.
    pub to: Option<i64>,
    /// What changed inside a flow.
    pub changes: Vec<Change>,
    /// What changed inside a configuration.
    pub replacements: Vec<Replaced>,
    /// Other sentences about it.
    pub more: Vec<String>,
}

/// Definition and settings, by content hash.
pub type Contents = HashMap<String, (Value, Value)>;

/// Every difference, by area and then by id.
pub fn compare(from: &Manifest, to: &Manifest, contents: &Contents) -> Vec<Difference> {
    let mut found = Vec::new();
    for (old, new) in pairs(&from.flows, &to.flows, |f| &f.id) {
        found.extend(flow(old, new, contents));
    }
    for (old, new) in pairs(&from.environments, &to.environments, |e| &e.id) {
        found.extend(environment(old, new));
    }
    for (old, new) in pairs(&from.components, &to.components, |c| &c.id) {
        found.extend(component(old, new));
    }
    for (old, new) in pairs(&from.packages, &to.packages, |p| &p.id) {
        let same = |a: &super::PackageEntry, b: &super::PackageEntry| a == b;
        found.extend(set("Package", old.map(|p| (&p.id, &p.name)), new.map(|p| (&p.id, &p.name)), both(old, new, same)));
    }
    for (old, new) in pairs(&from.plans, &to.plans, |p| &p.id) {
        let same = |a: &super::PlanEntry, b: &super::PlanEntry| a == b;
        found.extend(set("Plan", old.map(|p| (&p.id, &p.name)), new.map(|p| (&p.id, &p.name)), both(old, new, same)));
    }
    found
}

fn both<T>(old: Option<&T>, new: Option<&T>, same: impl Fn(&T, &T) -> bool) -> bool {
    matches!((old, new), (Some(old), Some(new)) if same(old, new))
}

/// The entries of both lists side by side: those of the newer list in its order, then what is gone.
fn pairs<'a, T>(from: &'a [T], to: &'a [T], id: impl Fn(&T) -> &String) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let before: HashMap<&String, &T> = from.iter().map(|one| (id(one), one)).collect();
    let after: HashMap<&String, &T> = to.iter().map(|one| (id(one), one)).collect();
    let mut found: Vec<_> = to.iter().map(|new| (before.get(id(new)).copied(), Some(new))).collect();
    found.extend(from.iter().filter(|old| !after.contains_key(id(old))).map(|old| (Some(old), None)));
    found
}

fn blank(area: Area, kind: ChangeKind, id: &str, slug: &str, what: String) -> Difference {
    Difference {
        area,
        kind,
        id: id.to_owned(),
        slug: slug.to_owned(),
        what,
        from: None,
        to: None,
        changes: Vec::new(),
        replacements: Vec::new(),
        more: Vec::new(),
    }
}

/// A version as people read it: 3, or 3.1 once it was hot-fixed.
pub fn numbered(number: i64, revision: i64) -> String {
    if revision == 0 { number.to_string() } else { format!("{number}.{revision}") }
}

fn flow(old: Option<&FlowEntry>, new: Option<&FlowEntry>, contents: &Contents) -> Option<Difference> {
    let of = |kind, entry: &FlowEntry, what| blank(Area::Flows, kind, &entry.id, &entry.slug, what);
    match (old, new) {
        (None, None) => None,
        (None, Some(new)) => {
            let what = format!("{} is new, with version {}.", new.name, numbered(new.number, new.revision));
            Some(Difference { to: Some(new.number), ..of(ChangeKind::Added, new, what) })
        }
        (Some(old), None) => {
            let what = format!("{} is not there any more; it was version {}.", old.name, numbered(old.number, old.revision));
            Some(Difference { from: Some(old.number), ..of(ChangeKind::Removed, old, what) })
        }
        (Some(old), Some(new)) => changed_flow(old, new, contents),
    }
}

fn changed_flow(old: &FlowEntry, new: &FlowEntry, contents: &Contents) -> Option<Difference> {
    let mut more = Vec::new();
    if old.name != new.name {
        more.push(format!("It was called {} and is called {} now.", old.name, new.name));
    }
    if old.slug != new.slug {
        more.push(format!("Its address was {} and is {} now.", old.slug, new.slug));
    }
    if old.archived != new.archived {
        more.push(if new.archived { "It is archived now.".to_owned() } else { "It is back from the archive.".to_owned() });
    }
    let (was, is) = (numbered(old.number, old.revision), numbered(new.number, new.revision));
    let changes = if old.hash == new.hash { Vec::new() } else { inside(old, new, contents) };
    if was == is && changes.is_empty() && more.is_empty() {
        return None;
    }
    let what = match (was == is, old.hash == new.hash) {
        (true, true) => format!("{} changed, not its version {is}.", new.name),
        (true, false) => format!("{} has other content under version {is}.", new.name),
        (false, true) => format!("{} goes from version {was} to {is}, with the same content.", new.name),
        (false, false) => format!("{} goes from version {was} to {is}.", new.name),
    };
    let kind = if old.name != new.name && changes.is_empty() { ChangeKind::Renamed } else { ChangeKind::Changed };
    Some(Difference { from: Some(old.number), to: Some(new.number), changes, more, ..blank(Area::Flows, kind, &new.id, &new.slug, what) })
}

fn inside(old: &FlowEntry, new: &FlowEntry, contents: &Contents) -> Vec<Change> {
    let (Some(before), Some(after)) = (contents.get(&old.hash), contents.get(&new.hash)) else { return Vec::new() };
    diff::diff(Content { definition: &before.0, settings: &before.1 }, Content { definition: &after.0, settings: &after.1 })
}

fn environment(old: Option<&EnvironmentEntry>, new: Option<&EnvironmentEntry>) -> Option<Difference> {
    let of = |kind, entry: &EnvironmentEntry, what| blank(Area::Environments, kind, &entry.id, &entry.slug, what);
    match (old, new) {
        (None, None) => None,
        (None, Some(new)) => Some(of(ChangeKind::Added, new, format!("{} is a new environment.", new.name))),
        (Some(old), None) => Some(of(ChangeKind::Removed, old, format!("{} is not there any more.", old.name))),
        (Some(old), Some(new)) => {
            let replacements = differences(&old.configuration, &new.configuration);
            let mut more = Vec::new();
            if old.name != new.name {
                more.push(format!("It was called {} and is called {} now.", old.name, new.name));
            }
            if old.kind != new.kind {
                more.push(format!("It was of kind {} and is of kind {} now.", old.kind, new.kind));
            }
            if old.approvals != new.approvals {
                let noun = if new.approvals == 1 { "approval" } else { "approvals" };
                more.push(format!("It asks for {} {noun} instead of {}.", new.approvals, old.approvals));
            }
            if old.promotes_from != new.promotes_from {
                let named = |from: &Option<String>| from.clone().unwrap_or_else(|| "any".to_owned());
                more.push(format!("It takes versions from {} instead of {}.", named(&new.promotes_from), named(&old.promotes_from)));
            }
            if canonical(&old.freezes) != canonical(&new.freezes) {
                more.push("Its freezes changed.".to_owned());
            }
            if replacements.is_empty() && more.is_empty() {
                return None;
            }
            let what = if replacements.is_empty() {
                format!("The settings of {} changed.", new.name)
            } else {
                format!("The configuration of {} changed.", new.name)
            };
            Some(Difference { replacements, more, ..of(ChangeKind::Changed, new, what) })
        }
    }
}

fn component(old: Option<&ComponentEntry>, new: Option<&ComponentEntry>) -> Option<Difference> {
    let of = |kind, entry: &ComponentEntry, what| blank(Area::Components, kind, &entry.id, &entry.name, what);
    match (old, new) {
        (None, None) => None,
        (None, Some(new)) => Some(of(ChangeKind::Added, new, format!("The {} {} is new.", new.kind, new.name))),
        (Some(old), None) => Some(of(ChangeKind::Removed, old, format!("The {} {} is not there any more.", old.kind, old.name))),
        (Some(old), Some(new)) if old.name != new.name => {
            Some(of(ChangeKind::Renamed, new, format!("The {} {} is called {} now.", new.kind, old.name, new.name)))
        }
        (Some(old), Some(new)) if old.hash != new.hash => {
            let what = format!("The {} {} goes from revision {} to {}.", new.kind, new.name, old.revision, new.revision);
            Some(of(ChangeKind::Changed, new, what))
        }
        _ => None,
    }
}

fn set(word: &str, old: Option<(&String, &String)>, new: Option<(&String, &String)>, same: bool) -> Option<Difference> {
    let of = |kind, (id, name): (&String, &String), what| blank(Area::Sets, kind, id, name, what);
    match (old, new) {
        _ if same => None,
        (None, Some(new)) => Some(of(ChangeKind::Added, new, format!("{word} “{}” is new.", new.1))),
        (Some(old), None) => Some(of(ChangeKind::Removed, old, format!("{word} “{}” is not there any more.", old.1))),
        (Some(_), Some(new)) => Some(of(ChangeKind::Changed, new, format!("{word} “{}” changed.", new.1))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
