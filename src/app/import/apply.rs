//! Carries a report out: all of it in the caller's transaction, or nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Refusal, Result};
use super::super::{component, environment};
use super::bring::{self, Brought};
use super::flows::{FlowPlan, Go};
use super::others::{OtherGo, OtherPlan};
use super::report::{Choice, Item, Outcome, plan};
use super::source::Source;
use super::whole;
use crate::domain::event::ObjectKind;
use crate::store::components::{self as rows, Changed, Revision};
use crate::store::conn::Conn;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// Something that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// What it is.
    pub part: String,
    /// Its key in the file.
    pub key: String,
    /// For people.
    pub name: String,
    /// How addresses name it: the slug of a flow or environment, `kind/name` of a component, a name.
    pub address: String,
    /// What happened, in words.
    pub says: String,
    /// Of a flow: the numbers of the versions that were made.
    pub versions: Vec<i64>,
}

/// What was made of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// One after the other.
    pub made: Vec<Made>,
    /// How many items were here already.
    pub identical: usize,
    /// How many stayed out, by choice or by a rule.
    pub left_out: usize,
}

/// Brings a file in.
///
/// # Errors
/// `import_clash` while a name is taken and nothing is chosen; `import_refused` when rules keep everything out; stale when
/// `expect` names another report than the one that holds now.
pub fn apply(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, source: &Source, choices: &[Choice], expect: Option<&str>) -> Result<Done> {
    let planned = plan(conn, ctx, workspace, source, choices)?;
    let items = &planned.report.items;
    if expect.is_some_and(|digest| digest != planned.report.digest) {
        return Err(Error::Stale {
            message: "What this import would do has changed since the report. Look at it again, then decide.".into(),
            current: json!({"report": planned.report}),
        });
    }
    let of = |outcome: Outcome| items.iter().filter(move |i| i.outcome == outcome.as_str());
    let clashes: Vec<&Item> = of(Outcome::Clash).collect();
    if !clashes.is_empty() {
        return Err(refusal("import_clash", "Nothing was imported.", &clashes));
    }
    let refused: Vec<&Item> = of(Outcome::Refused).collect();
    if !items.iter().any(Item::makes) && !refused.is_empty() {
        return Err(refusal("import_refused", "Nothing was imported.", &refused));
    }
    let identical = of(Outcome::Identical).count();
    let left_out = items.iter().filter(|i| !i.makes()).count() - identical;
    let mut work = Work { conn, ctx, workspace, source, whole: planned.report.whole, made: Vec::new(), brought: HashMap::new() };
    work.others(planned.others.iter().filter(|o| o.first()))?;
    work.flows(&planned.flows)?;
    work.others(planned.others.iter().filter(|o| !o.first()))?;
    let made = work.made;
    if !made.is_empty() {
        let counts = |part: &str| made.iter().filter(|m| m.part == part).count();
        let after = json!({
            "file": source.hash, "kind": source.kind.as_str(), "flows": counts("flow"), "components": counts("component"),
            "environments": counts("environment"), "plans": counts("plan"), "packages": counts("package"),
        });
        let object = Some((ObjectKind::Workspace, workspace.id.as_str(), workspace.name.as_str()));
        ctx.record(
            conn,
            Event { action: "workspace.imported", workspace: Some(&workspace.id), object, after: Some(after), ..Event::default() },
        )?;
    }
    Ok(Done { made, identical, left_out })
}

fn refusal(code: &'static str, lead: &str, items: &[&Item]) -> Error {
    let each = |i: &&Item| {
        let notes: Vec<&str> = i.notes.iter().filter(|n| n.weight == "refusal").map(|n| n.says.as_str()).collect();
        let says = i.says.trim_end_matches('.');
        if notes.is_empty() { format!("{}: {says}.", i.name) } else { format!("{}: {says}. {}", i.name, notes.join(" ")) }
    };
    let says: Vec<String> = items.iter().map(each).collect();
    Error::Refused(Refusal { code, message: format!("{lead} {}", says.join(" ")), detail: json!({"items": items}) })
}

struct Work<'w> {
    conn: &'w mut Conn,
    ctx: &'w Ctx,
    workspace: &'w Workspace,
    source: &'w Source,
    whole: bool,
    made: Vec<Made>,
    /// Versions of the file as they are here: by the flow's slug in the file and the number there.
    brought: HashMap<(String, i64), Version>,
}

impl Work<'_> {
    fn made(&mut self, item: &Item, address: String, versions: Vec<i64>) {
        self.made.push(Made {
            part: item.part.to_owned(),
            key: item.key.clone(),
            name: item.name.clone(),
            address,
            says: item.says.clone(),
            versions,
        });
    }

    fn record(
        &mut self,
        action: &str,
        object: (ObjectKind, &str, &str),
        flow: Option<&str>,
        environment: Option<&str>,
        after: Value,
    ) -> Result<i64> {
        let mut after = after;
        if let Some(map) = after.as_object_mut() {
            map.insert("file".into(), self.source.hash.clone().into());
        }
        let workspace = Some(self.workspace.id.as_str());
        self.ctx
            .record(self.conn, Event { action, workspace, flow, environment, object: Some(object), after: Some(after), ..Event::default() })
    }

    fn flows(&mut self, plans: &[FlowPlan]) -> Result<()> {
        let mut judged: Vec<(String, Vec<Brought>)> = Vec::new();
        let mut marked = Vec::new();
        for plan in plans {
            let Some(from) = self.source.body.flows.iter().find(|f| f.slug == plan.item.key) else { continue };
            let (flow, brought) = match &plan.go {
                Go::Nothing => {
                    self.known(plan, None)?;
                    continue;
                }
                Go::New { slug, versions } => {
                    let flow = bring::flow(self.conn, self.workspace, from, slug)?;
                    let brought = bring::history(self.conn, self.ctx, &flow, from, versions)?;
                    (flow, brought)
                }
                Go::Draft { slug, version, rename } => {
                    let (flow, one) = bring::as_draft(self.conn, self.ctx, self.workspace, from, *version, slug, *rename)?;
                    (flow, vec![one])
                }
                Go::Into { flow, versions, as_draft } => {
                    let here: HashMap<i64, i64> = plan.item.versions.iter().filter_map(|m| m.here.map(|here| (m.file, here))).collect();
                    let brought = bring::more(self.conn, self.ctx, flow, from, versions, *as_draft, &here)?;
                    ((**flow).clone(), brought)
                }
            };
            let numbers: Vec<i64> = brought.iter().map(|b| b.row.number).collect();
            self.made(&plan.item, flow.slug.clone(), numbers.clone());
            for one in &brought {
                self.brought.insert((from.slug.clone(), one.file), one.row.clone());
            }
            self.known(plan, Some(&flow.id))?;
            if self.whole && from.versions.iter().any(|v| !v.quarantines.is_empty()) {
                marked.push((flow.id.clone(), from));
            }
            judged.push((flow.id.clone(), brought));
            let new = !matches!(plan.go, Go::Into { .. });
            if new {
                let after = json!({"slug": flow.slug, "name": flow.name, "versions": numbers});
                self.record("flow.imported", (ObjectKind::Flow, &flow.id, &flow.name), Some(&flow.id), None, after)?;
            } else {
                let rows: Vec<(i64, Version)> =
                    judged.last().map_or_else(Vec::new, |(_, b)| b.iter().map(|b| (b.file, b.row.clone())).collect());
                for (file, row) in rows {
                    let after = json!({"number": row.number, "hash": row.content_hash, "number_there": file, "lifecycle": row.lifecycle});
                    let name = format!("v{}", row.number);
                    self.record("version.imported", (ObjectKind::Version, &row.id, &name), Some(&flow.id), None, after)?;
                }
            }
        }
        // Flows call each other: only now is everything there that they may name.
        for (flow, brought) in &judged {
            bring::judge(self.conn, flow, brought)?;
        }
        for (flow, from) in marked {
            let after =
                json!({"versions": from.versions.iter().filter(|v| !v.quarantines.is_empty()).map(|v| v.number).collect::<Vec<_>>()});
            let event = self.record("flow.quarantine_imported", (ObjectKind::Flow, &flow, &from.name), Some(&flow), None, after)?;
            let rows = judged.iter().find(|(id, _)| *id == flow).map(|(_, rows)| rows.as_slice()).unwrap_or_default();
            bring::marks(self.conn, self.workspace, from, rows, event)?;
        }
        Ok(())
    }

    /// Versions of the file that were here before.
    fn known(&mut self, plan: &FlowPlan, flow: Option<&str>) -> Result<()> {
        let flow = match (flow, &plan.item.slug) {
            (Some(id), _) => Some(id.to_owned()),
            (None, Some(slug)) => crate::store::flows::find(self.conn, &self.workspace.id, slug)?.map(|f| f.id),
            (None, None) => None,
        };
        let Some(flow) = flow else { return Ok(()) };
        for mapped in plan.item.versions.iter().filter(|m| !m.made) {
            let Some(number) = mapped.here else { continue };
            if let Some(row) = versions::by_number(self.conn, &flow, number)? {
                self.brought.insert((plan.item.key.clone(), mapped.file), row);
            }
        }
        Ok(())
    }

    fn others<'p>(&mut self, plans: impl Iterator<Item = &'p OtherPlan>) -> Result<()> {
        let (mut environments, body) = (false, &self.source.body);
        for plan in plans {
            match &plan.go {
                OtherGo::Nothing => {}
                OtherGo::Environment(_) if environments => {}
                OtherGo::Environment(_) => {
                    environments = true;
                    self.environments()?;
                }
                OtherGo::Component(n) => {
                    let row = whole::component(self.conn, self.workspace, &body.components[*n])?;
                    component::check::judge_drafts(self.conn, &self.workspace.id, &row.name)?;
                    let after = json!({"kind": row.kind, "revision": row.revision});
                    self.record("component.imported", (ObjectKind::Component, &row.id, &row.name), None, None, after)?;
                    self.made(&plan.item, plan.item.key.clone(), Vec::new());
                }
                OtherGo::Revision(n, row) => {
                    self.revision(&body.components[*n], row)?;
                    self.made(&plan.item, plan.item.key.clone(), Vec::new());
                }
                OtherGo::Plan(n) => {
                    let row = whole::plan(self.conn, self.workspace, &body.plans[*n])?;
                    self.record("plan.imported", (ObjectKind::Plan, &row.id, &row.name), None, None, json!({}))?;
                    self.made(&plan.item, row.name, Vec::new());
                }
                OtherGo::Package(n) => {
                    let row = whole::package(self.conn, self.workspace, &body.packages[*n], &self.brought)?;
                    self.record("package.imported", (ObjectKind::Package, &row.id, &row.name), None, None, json!({}))?;
                    self.made(&plan.item, row.name, Vec::new());
                }
            }
        }
        Ok(())
    }

    fn environments(&mut self) -> Result<()> {
        let from = &self.source.body.environments;
        for (row, part) in whole::environments(self.conn, self.ctx, self.workspace, from)?.iter().zip(from) {
            let after = json!({"slug": row.slug, "kind": row.kind, "configurations": part.configurations.len()});
            let seq = self.record("environment.imported", (ObjectKind::Environment, &row.id, &row.name), None, Some(&row.id), after)?;
            environment::keep_record(self.conn, self.ctx, row, seq, ("imported", None, None))?;
            self.made.push(Made {
                part: "environment".into(),
                key: row.slug.clone(),
                name: row.name.clone(),
                address: row.slug.clone(),
                says: "Comes with its configurations".into(),
                versions: Vec::new(),
            });
        }
        Ok(())
    }

    /// The file's newest content as the next revision of a component that is here.
    fn revision(&mut self, from: &crate::domain::portable::Component, row: &rows::Component) -> Result<()> {
        let Some(newest) = from.revisions.last() else { return Ok(()) };
        let number = row.revision + 1;
        let changed = Changed {
            name: row.name.clone(),
            description: row.description.clone(),
            revision: number,
            updated_at: self.ctx.now.0,
            updated_by: self.ctx.name().to_owned(),
        };
        if !rows::change(self.conn, &row.id, row.lock_version, &changed)? {
            return Err(Error::Stale { message: format!("{} changed at the same moment. Look again.", row.name), current: json!({}) });
        }
        rows::insert_revision(
            self.conn,
            &Revision {
                component_id: row.id.clone(),
                revision: number,
                content: newest.content.0.to_string(),
                content_hash: newest.hash.clone(),
                note: newest.note.clone(),
                created_at: self.ctx.now.0,
                created_by: self.ctx.name().to_owned(),
            },
        )?;
        let after = json!({"kind": row.kind, "revision": number, "hash": newest.hash});
        self.record("component.imported", (ObjectKind::Component, &row.id, &row.name), None, None, after)?;
        Ok(())
    }
}
