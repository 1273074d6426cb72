//! Whether what a file holds could have been exported: names, numbers, hashes, and what refers to what.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::parts::{Component, Environment, Flow, Package, Plan, Version};
use super::read::quoted;
use super::{File, FileKind, GREATEST};
use crate::definition::{Definition, canonical, content_hash};
use crate::domain::approval::MOST as MOST_APPROVALS;
use crate::domain::component::{self, Content, Kind};
use crate::domain::environment::{Configuration, ConfigurationState, Kind as Place, freeze, read};
use crate::domain::event::hex;
use crate::domain::guard::Guard;
use crate::domain::names::{Slug, parse_label, parse_note, parse_title};
use crate::domain::rollout::{Advance, Stage, Stages};
use crate::domain::version::{Lifecycle, Origin};

/// Characters of the name of a person who did something.
const LONGEST_NAME: usize = 200;
/// Bytes of an author's text.
const LONGEST_TEXT: usize = 1 << 20;

/// Everything that is wrong, each in one sentence.
pub(super) fn check(file: &File) -> Vec<String> {
    let mut found = Findings::default();
    let body = &file.content;
    let one_flow = body.environments.is_empty() && body.components.is_empty() && body.plans.is_empty() && body.packages.is_empty();
    match file.kind.parse() {
        Ok(FileKind::Version) if !(one_flow && body.flows.len() == 1 && body.flows[0].versions.len() == 1) => {
            found.add("A file of one version holds one flow with one version and nothing else.");
        }
        Ok(FileKind::Flow) if !(one_flow && body.flows.len() == 1) => found.add("A file of one flow holds one flow and nothing else."),
        _ => {}
    }
    body.environments.iter().for_each(|e| found.environment(e));
    found.environments(&body.environments);
    body.components.iter().for_each(|c| found.component(c));
    body.flows.iter().for_each(|f| found.flow(f));
    body.plans.iter().for_each(|p| found.plan(p));
    body.packages.iter().for_each(|p| found.package(p, &body.flows));
    found.once("environment", body.environments.iter().map(|e| e.slug.clone()));
    found.once("component", body.components.iter().map(|c| format!("{}/{}", c.kind, c.name)));
    found.once("flow", body.flows.iter().map(|f| f.slug.clone()));
    found.once("document", body.flows.iter().map(|f| format!("{}/{}", f.namespace, f.document_name)));
    found.once("plan", body.plans.iter().map(|p| p.name.clone()));
    found.once("package", body.packages.iter().map(|p| p.name.clone()));
    found.0
}

#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, says: impl Into<String>) {
        // More than are told need not be kept.
        if self.0.len() < 1_000 {
            self.0.push(says.into());
        }
    }

    fn ok<T, E: std::fmt::Display>(&mut self, what: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|why| self.add(format!("{what}: {why}"))).ok()
    }

    fn once(&mut self, what: &str, names: impl Iterator<Item = String>) {
        let mut seen = HashSet::new();
        for name in names {
            if seen.contains(&name) {
                self.add(format!("The {what} {} stands twice in the file.", quoted(&name)));
            } else {
                seen.insert(name);
            }
        }
    }

    fn number(&mut self, what: &str, number: i64, least: i64) {
        if !(least..=GREATEST).contains(&number) {
            self.add(format!("{what}: a number stands between {least} and {GREATEST}, not {number}."));
        }
    }

    fn person<'a>(&mut self, what: &str, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            self.ok(what, parse_title("the name of whoever did it", name, LONGEST_NAME));
        }
    }

    fn flow(&mut self, flow: &Flow) {
        let what = format!("Flow {}", quoted(&flow.slug));
        self.ok(&what, Slug::parse(&flow.slug));
        self.ok(&what, parse_title("the flow a name", &flow.name, 80));
        self.ok(&what, parse_note(&flow.description));
        self.ok(&what, parse_title("the namespace of its document", &flow.namespace, 200));
        self.ok(&what, parse_title("the name of its document", &flow.document_name, 200));
        self.person(&what, [flow.created_by.as_str()]);
        self.number(&what, flow.next_number, 1);
        if flow.versions.is_empty() {
            self.add(format!("{what} has no version."));
        }
        let numbers: Vec<i64> = flow.versions.iter().map(|v| v.number).collect();
        if !numbers.is_sorted_by(|a, b| a < b) || numbers.last().is_some_and(|last| *last >= flow.next_number) {
            self.add(format!("{what}: its versions stand by number, each once, all below the number that comes next."));
        }
        let draft = |number: i64| flow.versions.iter().any(|v| v.number == number && v.lifecycle == Lifecycle::Draft.as_str());
        if flow.working_draft.is_some_and(|number| !draft(number)) {
            self.add(format!("{what}: its working draft is not among its drafts."));
        }
        self.called(&what, flow);
        let mut contents = HashMap::new();
        for content in &flow.contents {
            if content_hash(&content.definition.0, &content.settings.0) != content.hash {
                self.add(format!("{what}: the content {} does not have that hash.", quoted(&content.hash)));
            }
            contents.insert(content.hash.as_str(), content);
        }
        self.once("content", flow.contents.iter().map(|c| c.hash.clone()));
        self.once("label", flow.versions.iter().filter_map(|v| v.label.clone()));
        let mut used = BTreeSet::new();
        for version in &flow.versions {
            self.version(&what, version);
            used.extend(version.revisions.iter().map(|r| r.hash.as_str()));
        }
        for missing in used.iter().filter(|hash| !contents.contains_key(**hash)) {
            self.add(format!("{what}: the content {} is missing.", quoted(missing)));
        }
        if contents.len() > used.len() {
            self.add(format!("{what} holds content that no version executes."));
        }
    }

    /// A flow is called what its newest published text says. One that came back from the bin while another had that name
    /// goes by its address.
    fn called(&mut self, what: &str, flow: &Flow) {
        let published = Lifecycle::Published.as_str();
        let Some(newest) = flow.versions.iter().rev().find(|v| v.lifecycle == published) else { return };
        let Ok(definition) = Definition::parse(&newest.text) else { return };
        let (namespace, name) = (definition.namespace(), definition.name());
        if namespace != flow.namespace || name != flow.document_name && flow.document_name != flow.slug {
            self.add(format!(
                "{what} is called {} by the file and {} by the text of its version {}.",
                quoted(&format!("{}/{}", flow.namespace, flow.document_name)),
                quoted(&format!("{namespace}/{name}")),
                newest.number
            ));
        }
    }

    fn version(&mut self, flow: &str, version: &Version) {
        let what = format!("{flow}, version {}", version.number);
        self.number(&what, version.number, 1);
        let lifecycle = self.ok(&what, version.lifecycle.parse::<Lifecycle>());
        self.ok(&what, version.origin.parse::<Origin>());
        self.ok(&what, parse_note(&version.note));
        self.ok(&what, parse_note(version.reference.as_deref().unwrap_or_default()));
        match parse_label(version.label.as_deref().unwrap_or_default()) {
            Ok(label) if label == version.label => {}
            Ok(_) => self.add(format!("{what}: a label has no spaces around it and is not empty.")),
            Err(why) => self.add(format!("{what}: {why}")),
        }
        let people = [Some(&version.author), Some(&version.updated_by), version.published_by.as_ref()];
        self.person(&what, people.into_iter().flatten().map(String::as_str).chain(version.revisions.iter().map(|r| r.by.as_str())));
        if let Some(from) = version.from {
            self.number(&what, from, 1);
            if from >= version.number {
                self.add(format!("{what}: it is made from an earlier version, not from {from}."));
            }
        }
        for mark in &version.quarantines {
            self.ok(&what, Slug::parse(&mark.environment));
            self.ok(&what, parse_note(&mark.reason));
            self.person(&what, [mark.by.as_str()]);
        }
        if version.text.len() > LONGEST_TEXT {
            self.add(format!("{what}: a definition may have at most 1 MiB."));
            return;
        }
        if version.text.contains('\0') {
            self.add(format!("{what}: its text holds the character U+0000, which cannot be stored."));
        }
        let parsed = Definition::parse(&version.text).ok();
        let bare = serde_json::Value::String(version.text.clone());
        let value = parsed.as_ref().map_or(&bare, Definition::value);
        if content_hash(value, &version.settings.0) != version.hash {
            self.add(format!("{what}: its text and settings do not have the hash that stands with them."));
        }
        let frozen = lifecycle != Some(Lifecycle::Draft);
        if frozen != version.published_at.is_some() || frozen == version.revisions.is_empty() {
            self.add(format!("{what}: what is published has an instant of publication and revisions, a draft has neither."));
        }
        if (lifecycle == Some(Lifecycle::Archived)) != version.archived_at.is_some() {
            self.add(format!("{what}: what is archived says since when, and nothing else does."));
        }
        if frozen {
            self.revisions(&what, version.revisions.iter().map(|r| r.revision), 0);
            for revision in &version.revisions {
                self.ok(&what, parse_note(&revision.note));
            }
            if version.revisions.last().is_some_and(|r| r.hash != version.hash) {
                self.add(format!("{what}: its newest revision is not what its text says."));
            }
            if parsed.is_none() {
                self.add(format!("{what} is published, but its text cannot be read."));
            }
        }
    }

    /// Revisions stand in their order without gaps.
    fn revisions(&mut self, what: &str, numbers: impl Iterator<Item = i64>, first: i64) {
        if numbers.zip(first..).any(|(is, should)| is != should) {
            self.add(format!("{what}: its revisions stand in order from {first} on, without gaps."));
        }
    }

    fn component(&mut self, component: &Component) {
        let what = format!("Component {}", quoted(&component.name));
        self.ok(&what, parse_note(&component.description));
        self.person(
            &what,
            [&component.created_by, &component.updated_by].into_iter().chain(component.revisions.iter().map(|r| &r.by)).map(String::as_str),
        );
        let Some(kind) = self.ok(&what, component.kind.parse::<Kind>()) else { return };
        self.ok(&what, component::parse_name(kind, &component.name));
        if component.revisions.is_empty() {
            self.add(format!("{what} has no revision."));
        }
        self.revisions(&what, component.revisions.iter().map(|r| r.revision), 1);
        for revision in &component.revisions {
            self.ok(&what, parse_note(&revision.note));
            match Content::parse(kind, &revision.content.0) {
                Ok(content) if component_hash(&content.to_value()) == revision.hash => {}
                Ok(_) => {
                    self.add(format!("{what}, revision {}: its content does not have the hash that stands with it.", revision.revision))
                }
                Err(wrong) => {
                    let first = wrong.first().map_or_else(String::new, |(field, says)| format!("{field}: {says}"));
                    self.add(format!("{what}, revision {}: {first}", revision.revision));
                }
            }
        }
    }

    fn environment(&mut self, environment: &Environment) {
        let what = format!("Environment {}", quoted(&environment.slug));
        self.ok(&what, Slug::parse(&environment.slug));
        self.ok(&what, parse_title("the environment a name", &environment.name, 60));
        self.ok(&what, parse_note(&environment.description));
        self.ok(&what, environment.kind.parse::<Place>());
        if !(0..=i64::from(MOST_APPROVALS)).contains(&environment.approvals) {
            self.add(format!("{what} asks for 0 to {MOST_APPROVALS} approvals, not for {}.", environment.approvals));
        }
        self.number(&what, environment.keeps, 1);
        if !environment.freezes.0.is_null() {
            self.ok(&what, freeze::read_all(&environment.freezes.0).map_err(|(_, says)| says));
        }
        let numbers: Vec<i64> = environment.configurations.iter().map(|c| c.number).collect();
        if !numbers.is_sorted_by(|a, b| a < b) {
            self.add(format!("{what}: its configurations stand by number, each once."));
        }
        for state in [ConfigurationState::Draft, ConfigurationState::Deployed] {
            if environment.configurations.iter().filter(|c| c.state == state.as_str()).count() > 1 {
                self.add(format!("{what} has more than one {state} configuration."));
            }
        }
        for row in &environment.configurations {
            let what = format!("{what}, configuration {}", row.number);
            self.number(&what, row.number, 1);
            self.ok(&what, row.state.parse::<ConfigurationState>());
            self.ok(&what, parse_note(&row.note));
            let people = [Some(&row.created_by), Some(&row.updated_by), row.deployed_by.as_ref()];
            self.person(&what, people.into_iter().flatten().map(String::as_str));
            self.replacements(&what, &row.replacements.0);
        }
    }

    /// Replacements as people may give them; beside them stands which revisions of components are used.
    fn replacements(&mut self, what: &str, value: &serde_json::Value) {
        let mut given = value.clone();
        let frozen = given.as_object_mut().and_then(|map| map.remove("frozen"));
        if frozen.is_some_and(|f| !f.as_object().is_some_and(|map| map.values().all(|n| n.as_i64().is_some_and(|n| n > 0)))) {
            self.add(format!("{what}: the revisions it uses are numbers by kind and name."));
        }
        if let Err(wrong) = read::read(&given, &Configuration::default())
            && let Some((field, says)) = wrong.first()
        {
            self.add(format!("{what}: {field}: {says}"));
        }
    }

    fn environments(&mut self, all: &[Environment]) {
        if all.iter().filter(|e| e.is_production).count() > 1 {
            self.add("More than one environment of the file is the production.");
        }
        for environment in all {
            if let Some(from) = &environment.promotes_from
                && (*from == environment.slug || !all.iter().any(|e| e.slug == *from))
            {
                self.add(format!("Environment {}: {} is no other environment of the file.", quoted(&environment.slug), quoted(from)));
            } else if circles(all, environment) {
                self.add(format!("Environment {} gets its versions from itself, in a circle.", quoted(&environment.slug)));
            }
        }
    }

    fn plan(&mut self, plan: &Plan) {
        let what = format!("Plan {}", quoted(&plan.name));
        self.ok(&what, parse_title("the plan a name", &plan.name, 60));
        self.person(&what, [plan.updated_by.as_str()]);
        self.ok(&what, plan.advance.parse::<Advance>());
        if let Some(stages) = self.ok(&what, serde_json::from_value::<Vec<Stage>>(plan.stages.0.clone())) {
            self.ok(&what, Stages::parse(stages));
        }
        if let Some(guard) = &plan.guard
            && let Some(guard) = self.ok(&what, serde_json::from_value::<Guard>(guard.0.clone()))
        {
            self.ok(&what, guard.check());
        }
    }

    fn package(&mut self, package: &Package, flows: &[Flow]) {
        let what = format!("Package {}", quoted(&package.name));
        self.ok(&what, parse_title("the package a name", &package.name, 60));
        self.ok(&what, parse_note(&package.note));
        self.person(&what, [package.created_by.as_str(), package.updated_by.as_str()]);
        self.once("flow of a package", package.items.iter().map(|i| i.flow.clone()));
        for item in &package.items {
            let there = flows.iter().any(|f| f.slug == item.flow && f.versions.iter().any(|v| v.number == item.version));
            if !there {
                self.add(format!("{what}: version {} of {} is not in the file.", item.version, quoted(&item.flow)));
            }
        }
    }
}

/// Whether a path of promotion leads back to where it began.
fn circles(all: &[Environment], first: &Environment) -> bool {
    let mut at = first.promotes_from.as_ref();
    // Longer than there are environments, a path goes round somewhere else, which is said there.
    for _ in all {
        let Some(slug) = at else { return false };
        if *slug == first.slug {
            return true;
        }
        at = all.iter().find(|e| e.slug == *slug).and_then(|e| e.promotes_from.as_ref());
    }
    false
}

/// How revisions of components are told apart: as the console stores them.
fn component_hash(content: &serde_json::Value) -> String {
    use sha2::Digest;
    hex(&sha2::Sha256::digest(canonical(content).as_bytes()))
}
