//! What the flows that run in an environment refer to, and what of it is replaced there (PRODUCT §4.3).

use std::collections::BTreeSet;

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::run::frozen::Frozen;
use crate::definition::{self, ComponentKind};
use crate::domain::access::Permission;
use crate::domain::component::Kind;
use crate::domain::environment::{Configuration, Entry, Part};
use crate::store::components;
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::deployments::{self, Row};
use crate::store::environments::Environment;
use crate::store::flows::{self, Flow};

/// Flows of an environment that are looked at, at the most.
pub const MOST: usize = 200;

/// A flow that runs in the environment, and what its live version refers to.
#[derive(Debug, Clone)]
pub struct Resident {
    /// The flow.
    pub flow: Flow,
    /// What is routed for it there.
    pub row: Row,
    /// The components that its live version refers to, by kind and name.
    pub refers: Vec<(Part, String)>,
}

/// One line of the coverage list: a component, and what stands in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// What kind of component.
    pub part: Part,
    /// Its name.
    pub name: String,
    /// What stands in for it; nothing: the flow's own is used, unless something is missing.
    pub replacement: Option<String>,
    /// What should stand in for it and does not exist: steps that need it fail.
    pub missing: Option<String>,
}

/// The components that a workspace has, by kind and name.
pub struct Known(BTreeSet<(Part, String)>);

impl Known {
    /// Looks them up.
    ///
    /// # Errors
    /// The database.
    pub fn of(conn: &mut Conn, workspace: &str) -> Result<Self> {
        let all = components::all(conn, workspace)?;
        Ok(Self(all.into_iter().map(|row| Ok((part_of_kind(row.kind()?), row.name))).collect::<Result<_>>()?))
    }

    /// What a configuration puts in place of something and does not exist, by kind and name of what it replaces.
    pub fn missing(&self, configuration: &Configuration) -> Vec<Entry> {
        let lacks = |entry: &Entry| entry.part != Part::Priority && !self.has(configuration, entry.part, &entry.name);
        configuration.entries().into_iter().filter(lacks).collect()
    }

    /// Whether what a configuration puts in place of a component exists.
    fn has(&self, configuration: &Configuration, part: Part, name: &str) -> bool {
        let target = match part {
            Part::Scripts => configuration.scripts.get(name).map(|script| script.name().to_owned()),
            _ => configuration.replacement(part, name),
        };
        target.is_some_and(|target| self.0.contains(&(part, target)))
    }
}

/// What is missing, in a sentence each: for whoever deploys the configuration.
pub fn warnings(missing: &[Entry]) -> Vec<String> {
    let one = |entry: &Entry| {
        let (kind, name, value) = (entry.part.title().to_lowercase(), &entry.name, &entry.value);
        format!("The {kind} {name} is replaced with {value}, which does not exist: steps that need it fail until it is made.")
    };
    missing.iter().map(one).collect()
}

/// The kind of replacement that stands in for a component.
pub const fn part_of(kind: ComponentKind) -> Part {
    match kind {
        ComponentKind::Connection => Part::Connections,
        ComponentKind::Script => Part::Scripts,
        ComponentKind::Variable => Part::Variables,
        ComponentKind::Secret => Part::Secrets,
        ComponentKind::Cache => Part::Caches,
        ComponentKind::Lookup => Part::Lookups,
    }
}

const fn part_of_kind(kind: Kind) -> Part {
    match kind {
        Kind::Connection => Part::Connections,
        Kind::Script => Part::Scripts,
        Kind::Variable => Part::Variables,
        Kind::Secret => Part::Secrets,
        Kind::Cache => Part::Caches,
        Kind::Lookup => Part::Lookups,
    }
}

/// The flows that have a live version in an environment, by slug, with what they refer to.
///
/// # Errors
/// The database.
pub fn residents(conn: &mut Conn, ctx: &Ctx, environment: &Environment) -> Result<Vec<Resident>> {
    ctx.allow(Permission::Read, Some(&environment.workspace()))?;
    let mut rows = deployments::of_environment(conn, &environment.id)?;
    rows.truncate(MOST);
    let ids: Vec<&str> = rows.iter().map(|r| r.flow_id.as_str()).collect();
    let mut found = flows::get_many(conn, &ids)?;
    found.retain(|flow| flow.deleted_at.is_none());
    found.sort_by(|a, b| a.slug.cmp(&b.slug));
    let mut residents = Vec::with_capacity(found.len());
    for flow in found {
        let Some(row) = rows.iter().find(|r| r.flow_id == flow.id).cloned() else { continue };
        let refers = refers(conn, &row)?;
        residents.push(Resident { flow, row, refers });
    }
    Ok(residents)
}

/// What the versions that new runs take refer to: the primary's, and the candidate's beside it.
fn refers(conn: &mut Conn, row: &Row) -> Result<Vec<(Part, String)>> {
    let pins = [(&row.primary_version, row.primary_revision), (&row.candidate_version, row.candidate_revision)];
    let mut all = BTreeSet::new();
    for (version, revision) in pins {
        let (Some(version), Some(revision)) = (version, revision) else { continue };
        let Some(hash) = contents::revision_content(conn, version, revision)? else { continue };
        let Some(frozen) = Frozen::load(conn, &hash)? else { continue };
        all.extend(definition::components(&frozen.definition).into_iter().map(|r| (part_of(r.kind), r.name)));
    }
    Ok(all.into_iter().collect())
}

impl Resident {
    /// What a configuration makes of what the flow refers to.
    pub fn covered(&self, configuration: &Configuration, known: &Known) -> Vec<Covered> {
        let line = |(part, name): &(Part, String)| {
            let target = configuration.replacement(*part, name);
            let there = known.has(configuration, *part, name);
            let (replacement, missing) = if there { (target, None) } else { (None, target) };
            Covered { part: *part, name: name.clone(), replacement, missing }
        };
        self.refers.iter().map(line).collect()
    }

    /// Whether the flow refers to a component; a priority is the flow's own.
    pub fn uses(&self, part: Part, name: &str) -> bool {
        if part == Part::Priority {
            return self.flow.slug == name;
        }
        self.refers.iter().any(|(p, n)| *p == part && n == name)
    }
}

/// Components that flows here refer to and that a configuration does not replace, each once.
pub fn uncovered(residents: &[Resident], configuration: &Configuration) -> Vec<(Part, String)> {
    let all: BTreeSet<(Part, String)> = residents.iter().flat_map(|r| r.refers.iter().cloned()).collect();
    all.into_iter().filter(|(part, name)| configuration.replacement(*part, name).is_none()).collect()
}
