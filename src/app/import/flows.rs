//! What becomes of a flow of the file.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::error::Result;
use super::report::{Act, Choice, Item, Mapped, Note, Outcome, Part, Weight, chosen};
use super::source::Source;
use crate::definition::{Definition, components as named_in, references};
use crate::domain::component::Kind;
use crate::domain::names::Slug;
use crate::domain::portable as file;
use crate::domain::version::Lifecycle;
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::workspaces::Workspace;
use crate::store::{components, portable, versions};

/// Where the versions of a flow go.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Go {
    /// Nowhere.
    Nothing,
    /// A new flow of this slug with these versions (places in the file), under their own numbers.
    New { slug: String, versions: Vec<usize> },
    /// A new flow of this slug with one draft; its document takes the slug as its name when `rename`.
    Draft { slug: String, version: usize, rename: bool },
    /// New versions of a flow that is here, in this order: place in the file.
    Into { flow: Box<Flow>, versions: Vec<usize>, as_draft: bool },
}

/// A flow of the file with what is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FlowPlan {
    pub item: Item,
    pub go: Go,
}

/// Contents that are held in quarantine here: hash → why, in words.
type Held = HashMap<String, String>;

pub(super) fn plan(conn: &mut Conn, workspace: &Workspace, source: &Source, choices: &[Choice], whole: bool) -> Result<Vec<FlowPlan>> {
    let held: Held = portable::held_contents(conn, &workspace.id)?
        .into_iter()
        .map(|(hash, flow, number, reason)| {
            (hash, format!("it is what version {number} of {flow} executes, which is in quarantine here ({reason})"))
        })
        .collect();
    let mut work = Work { conn, workspace, source, held, whole, slugs: HashSet::new() };
    source.body.flows.iter().map(|flow| work.flow(flow, chosen(choices, Part::Flow, &flow.slug))).collect()
}

struct Work<'w> {
    conn: &'w mut Conn,
    workspace: &'w Workspace,
    source: &'w Source,
    held: Held,
    whole: bool,
    /// Slugs that earlier flows of the file take.
    slugs: HashSet<String>,
}

impl Work<'_> {
    fn flow(&mut self, flow: &file::Flow, choice: Option<&Choice>) -> Result<FlowPlan> {
        let act = choice.map_or(Act::AsFile, |c| c.act);
        let other = choice.and_then(|c| c.slug.as_deref()).map(str::trim).filter(|s| !s.is_empty() && *s != flow.slug);
        let mut item = Item {
            part: Part::Flow.as_str(),
            key: flow.slug.clone(),
            name: flow.name.clone(),
            holds: holds(flow),
            here: String::new(),
            slug: None,
            outcome: Outcome::Skipped.as_str(),
            says: "Left out".into(),
            act: act.as_str(),
            acts: vec![Act::AsFile.as_str(), Act::AsDraft.as_str(), Act::Skip.as_str()],
            versions: Vec::new(),
            notes: Vec::new(),
        };
        let by_document = flows::by_document(self.conn, &self.workspace.id, &flow.namespace, &flow.document_name)?;
        if let Some(here) = &by_document {
            item.here = newest(self.conn, here)?;
        }
        if act == Act::Skip {
            return Ok(FlowPlan { item, go: Go::Nothing });
        }
        let go = match (other, by_document) {
            (None, Some(here)) => self.add_to(flow, here, act, &mut item)?,
            (wanted, by_document) => {
                let wanted = wanted.unwrap_or(&flow.slug);
                match self.free(wanted, &mut item)? {
                    None => Go::Nothing,
                    Some(slug) => self.new_flow(flow, slug, act, by_document.is_some(), &mut item)?,
                }
            }
        };
        if item.makes() {
            if let Some(slug) = &item.slug {
                self.slugs.insert(slug.clone());
            }
            self.needs(flow, &go, &mut item)?;
        }
        Ok(FlowPlan { item, go })
    }

    /// The slug, when a new flow can have it; otherwise the item says who has it.
    fn free(&mut self, wanted: &str, item: &mut Item) -> Result<Option<String>> {
        let clash = |item: &mut Item, says: String| {
            item.outcome = Outcome::Clash.as_str();
            item.says = says;
        };
        let slug = match Slug::parse(wanted) {
            Ok(slug) => slug.as_str().to_owned(),
            Err(why) => {
                clash(item, why.to_string());
                return Ok(None);
            }
        };
        if let Some(taken) = flows::find(self.conn, &self.workspace.id, &slug)? {
            item.here = newest(self.conn, &taken)?;
            clash(
                item,
                format!(
                    "The address {slug} belongs to {}, which is another flow ({}/{}). Give this one another, or skip it.",
                    taken.name, taken.namespace, taken.document_name
                ),
            );
            return Ok(None);
        }
        if self.slugs.contains(&slug) {
            clash(item, format!("Another flow of this file takes the address {slug}. Give this one another, or skip it."));
            return Ok(None);
        }
        Ok(Some(slug))
    }

    fn new_flow(&mut self, flow: &file::Flow, slug: String, act: Act, name_taken: bool, item: &mut Item) -> Result<Go> {
        item.slug = Some(slug.clone());
        let allowed = self.allowed(flow, item);
        let Some(&newest) = allowed.last() else { return Ok(refuse(item)) };
        if name_taken {
            let taken = flows::by_document(self.conn, &self.workspace.id, &flow.namespace, &slug)?;
            if let Some(taken) = taken {
                item.outcome = Outcome::Clash.as_str();
                item.says =
                    format!("{} is called {}/{slug} already. Give this one another address, or skip it.", taken.name, flow.namespace);
                return Ok(Go::Nothing);
            }
            if Definition::parse(&flow.versions[newest].text).is_err() {
                item.outcome = Outcome::Refused.as_str();
                item.says = "Its newest version cannot be read, so it cannot be given another name.".into();
                return Ok(Go::Nothing);
            }
        }
        if name_taken || act == Act::AsDraft {
            if name_taken {
                let says =
                    format!("Its text is called {}/{slug} here, because the name it has is taken; its history stays out.", flow.namespace);
                item.notes.push(Note::new(Weight::Info, says));
            }
            item.outcome = Outcome::New.as_str();
            item.says = "New flow with one draft, v1".into();
            item.versions.push(Mapped { file: flow.versions[newest].number, here: Some(1), made: true, lifecycle: draft() });
            return Ok(Go::Draft { slug, version: newest, rename: name_taken });
        }
        item.outcome = Outcome::New.as_str();
        let made = |v: &file::Version| Mapped { file: v.number, here: Some(v.number), made: true, lifecycle: v.lifecycle.clone() };
        item.says = match allowed.as_slice() {
            [one] => format!("New flow with {} v{}", word(&flow.versions[*one].lifecycle), flow.versions[*one].number),
            many => format!("New flow with {} versions", many.len()),
        };
        item.versions.extend(allowed.iter().map(|n| made(&flow.versions[*n])));
        item.versions.sort_by_key(|m| m.file);
        Ok(Go::New { slug, versions: allowed })
    }

    fn add_to(&mut self, flow: &file::Flow, here: Flow, act: Act, item: &mut Item) -> Result<Go> {
        item.slug = Some(here.slug.clone());
        if here.archived_at.is_some() {
            item.outcome = Outcome::Refused.as_str();
            item.says = format!("{} is archived here. Bring it back first, or give this one another address.", here.name);
            return Ok(Go::Nothing);
        }
        let mut next = here.next_number;
        let mut minted: HashMap<&str, i64> = HashMap::new();
        let mut add = Vec::new();
        let newest = flow.versions.len().saturating_sub(1);
        let mut left_out = false;
        for (n, version) in flow.versions.iter().enumerate() {
            if act == Act::AsDraft && n != newest {
                continue;
            }
            let same = match minted.get(version.hash.as_str()) {
                Some(number) => Some(*number),
                None => portable::by_any_content(self.conn, &here.id, &version.hash)?.map(|v| v.number),
            };
            let lifecycle = if act == Act::AsDraft { draft() } else { version.lifecycle.clone() };
            if let Some(number) = same {
                item.versions.push(Mapped { file: version.number, here: Some(number), made: false, lifecycle });
                continue;
            }
            if let Some(why) = self.stays_out(version) {
                item.notes.push(Note::new(Weight::Refusal, why));
                item.versions.push(Mapped { file: version.number, here: None, made: false, lifecycle });
                left_out = true;
                continue;
            }
            if let Some(label) = &version.label
                && act == Act::AsFile
                && let Some(other) = versions::by_label(self.conn, &here.id, label)?
            {
                let says = format!("Version {} comes without its label “{label}”: v{} has it here.", version.number, other.number);
                item.notes.push(Note::new(Weight::Warning, says));
            }
            minted.insert(&version.hash, next);
            item.versions.push(Mapped { file: version.number, here: Some(next), made: true, lifecycle });
            add.push(n);
            next += 1;
        }
        let made: Vec<&Mapped> = item.versions.iter().filter(|m| m.made).collect();
        let (outcome, says) = match made.as_slice() {
            [] if left_out => return Ok(refuse(item)),
            [] => (
                Outcome::Identical,
                match item.versions.as_slice() {
                    [one] => format!("Identical to v{}, nothing to do", one.here.unwrap_or_default()),
                    _ => "All of it is here already, nothing to do".to_owned(),
                },
            ),
            [one] => (Outcome::Adds, format!("New {} v{}", word(&one.lifecycle), one.here.unwrap_or_default())),
            many => {
                let (first, last) = (many[0].here.unwrap_or_default(), many[many.len() - 1].here.unwrap_or_default());
                (Outcome::Adds, format!("{} new versions, v{first} to v{last}", many.len()))
            }
        };
        item.outcome = outcome.as_str();
        item.says = says;
        if add.is_empty() {
            return Ok(Go::Nothing);
        }
        Ok(Go::Into { flow: Box::new(here), versions: add, as_draft: act == Act::AsDraft })
    }

    /// The versions that may come in as a new flow's.
    fn allowed(&self, flow: &file::Flow, item: &mut Item) -> Vec<usize> {
        let mut allowed = Vec::new();
        for (n, version) in flow.versions.iter().enumerate() {
            match self.stays_out(version) {
                None => allowed.push(n),
                Some(why) => {
                    item.notes.push(Note::new(Weight::Refusal, why));
                    item.versions.push(Mapped { file: version.number, here: None, made: false, lifecycle: version.lifecycle.clone() });
                }
            }
        }
        allowed
    }

    /// Why a version must not come in (PRODUCT §5.5). A whole workspace brings its marks along.
    fn stays_out(&self, version: &file::Version) -> Option<String> {
        let number = version.number;
        if let Some(why) = self.held.get(&version.hash) {
            return Some(format!("Version {number} stays out: {why}. Release that one first."));
        }
        let mark = version.quarantines.first().filter(|_| !self.whole)?;
        Some(format!(
            "Version {number} stays out: it was in quarantine in {} where the file was made ({}). Release it there, then export again.",
            mark.environment, mark.reason
        ))
    }

    /// What is missing here for the versions that come in.
    fn needs(&mut self, flow: &file::Flow, go: &Go, item: &mut Item) -> Result<()> {
        let places: Vec<usize> = match go {
            Go::Nothing => return Ok(()),
            Go::New { versions, .. } | Go::Into { versions, .. } => versions.clone(),
            Go::Draft { version, .. } => vec![*version],
        };
        let (mut missing, mut empty, mut called) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for place in places {
            let Ok(definition) = Definition::parse(&flow.versions[place].text) else { continue };
            for reference in named_in(&definition) {
                let comes = self.source.body.components.iter().any(|c| c.kind == reference.kind.as_str() && c.name == reference.name);
                match components::by_name(self.conn, &self.workspace.id, reference.kind, &reference.name)?
                    .filter(|c| c.name == reference.name)
                {
                    None if comes => {}
                    None => {
                        missing.insert((reference.kind.as_str(), reference.name));
                    }
                    Some(row) if reference.kind == Kind::Secret && components::secret(self.conn, &row.id)?.is_none() => {
                        empty.insert(reference.name);
                    }
                    Some(_) => {}
                }
            }
            for other in references(&definition) {
                let own = (other.namespace.as_str(), other.name.as_str()) == (flow.namespace.as_str(), flow.document_name.as_str());
                let comes = self.source.body.flows.iter().any(|f| f.namespace == other.namespace && f.document_name == other.name);
                if !own && !comes && flows::by_document(self.conn, &self.workspace.id, &other.namespace, &other.name)?.is_none() {
                    called.insert(format!("{}/{}", other.namespace, other.name));
                }
            }
        }
        for (kind, name) in missing {
            let value = if kind == Kind::Secret.as_str() { " and give it a value" } else { "" };
            item.notes
                .push(Note::new(Weight::Warning, format!("Needs the {kind} {name}, which is not here. Make it under Components{value}.")));
        }
        for name in empty {
            item.notes.push(Note::new(Weight::Warning, format!("The secret {name} has no value here yet. Set it under Components.")));
        }
        for name in called {
            item.notes.push(Note::new(Weight::Warning, format!("Calls the flow {name}, which is not here.")));
        }
        Ok(())
    }
}

fn refuse(item: &mut Item) -> Go {
    item.outcome = Outcome::Refused.as_str();
    item.says = "Nothing of it may come in".into();
    Go::Nothing
}

fn draft() -> String {
    Lifecycle::Draft.as_str().to_owned()
}

fn word(lifecycle: &str) -> &'static str {
    match lifecycle.parse() {
        Ok(Lifecycle::Draft) => "draft",
        Ok(Lifecycle::Archived) => "archived version",
        _ => "version",
    }
}

fn holds(flow: &file::Flow) -> String {
    match flow.versions.as_slice() {
        [one] => format!("version {}", one.number),
        [first, .., last] => format!("{} versions, {} to {}", flow.versions.len(), first.number, last.number),
        [] => String::new(),
    }
}

fn newest(conn: &mut Conn, flow: &Flow) -> Result<String> {
    let newest = portable::versions(conn, &flow.id)?.last().map(|v| v.number);
    Ok(newest.map_or_else(|| flow.name.clone(), |n| format!("{}, newest is v{n}", flow.name)))
}
