//! What becomes of the components, environments, plans and packages of a file.

use super::super::component::permission;
use super::super::ctx::Ctx;
use super::super::error::Result;
use super::flows::FlowPlan;
use super::report::{Act, Choice, Item, Note, Outcome, Part, Weight, chosen};
use super::source::Source;
use crate::domain::access::Permission;
use crate::domain::component::Kind;
use crate::domain::environment::Kind as Place;
use crate::domain::portable as file;
use crate::domain::version::Lifecycle;
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::workspaces::Workspace;
use crate::store::{environments, packages, plans};

/// What is to be done with something that is no flow; the number is its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum OtherGo {
    /// Nothing.
    Nothing,
    /// A new component with all its revisions.
    Component(usize),
    /// The newest content as another revision of a component that is here.
    Revision(usize, Box<Component>),
    /// An environment of an empty workspace.
    Environment(usize),
    /// A new plan.
    Plan(usize),
    /// A new package.
    Package(usize),
}

/// Something of the file with what is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OtherPlan {
    pub item: Item,
    pub go: OtherGo,
}

impl OtherPlan {
    /// Whether it comes before the flows, which may need it.
    pub(super) fn first(&self) -> bool {
        self.item.part == Part::Component.as_str() || self.item.part == Part::Environment.as_str()
    }
}

pub(super) fn plan(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    source: &Source,
    choices: &[Choice],
    whole: bool,
    flows: &[FlowPlan],
) -> Result<Vec<OtherPlan>> {
    let mut work = Work { conn, ctx, workspace, choices, whole };
    let body = &source.body;
    let mut found = Vec::new();
    for (n, environment) in body.environments.iter().enumerate() {
        found.push(work.environment(n, environment)?);
    }
    for (n, component) in body.components.iter().enumerate() {
        found.push(work.component(n, component)?);
    }
    for (n, plan) in body.plans.iter().enumerate() {
        found.push(work.plan(n, plan)?);
    }
    for (n, package) in body.packages.iter().enumerate() {
        found.push(work.package(n, package, flows)?);
    }
    Ok(found)
}

struct Work<'w> {
    conn: &'w mut Conn,
    ctx: &'w Ctx,
    workspace: &'w Workspace,
    choices: &'w [Choice],
    whole: bool,
}

impl Work<'_> {
    fn item(&self, part: Part, key: String, name: &str, holds: String, default: Act) -> Item {
        let act = chosen(self.choices, part, &key).map_or(default, |c| if c.act == Act::Skip { Act::Skip } else { Act::AsFile });
        Item {
            part: part.as_str(),
            key,
            name: name.to_owned(),
            holds,
            here: String::new(),
            slug: None,
            outcome: Outcome::Skipped.as_str(),
            says: "Left out".into(),
            act: act.as_str(),
            acts: vec![Act::AsFile.as_str(), Act::Skip.as_str()],
            versions: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn environment(&mut self, n: usize, environment: &file::Environment) -> Result<OtherPlan> {
        let holds = format!("{}, {}", environment.kind, counted(environment.configurations.len(), "configuration"));
        let mut item = self.item(Part::Environment, environment.slug.clone(), &environment.name, holds, Act::AsFile);
        let here = environments::find_any(self.conn, &self.workspace.id, &environment.slug)?;
        if let Some(here) = &here {
            item.here.clone_from(&here.name);
        }
        if self.whole {
            // What flows refer to by place has to be there: environments of a whole workspace are no choice.
            (item.act, item.acts) = (Act::AsFile.as_str(), vec![Act::AsFile.as_str()]);
            return Ok(done(item, Outcome::New, "Comes with its configurations".into(), OtherGo::Environment(n)));
        }
        (item.act, item.acts) = (Act::Skip.as_str(), vec![Act::Skip.as_str()]);
        let says = match here {
            Some(_) => "Stays as it is here; environments come along only into an empty workspace".to_owned(),
            None => "Not made: environments come along only into an empty workspace, with an admin's hands".to_owned(),
        };
        Ok(done(item, Outcome::Kept, says, OtherGo::Nothing))
    }

    fn component(&mut self, n: usize, component: &file::Component) -> Result<OtherPlan> {
        let kind: Kind = component.kind.parse().map_err(StoreError::corrupt)?;
        let here = components::by_name(self.conn, &self.workspace.id, kind, &component.name)?.filter(|c| c.name == component.name);
        let default = if here.is_some() { Act::Skip } else { Act::AsFile };
        let holds = format!("{kind}, {}", counted(component.revisions.len(), "revision"));
        let mut item = self.item(Part::Component, format!("{kind}/{}", component.name), &component.name, holds, default);
        let newest = component.revisions.last().map(|r| r.hash.as_str()).unwrap_or_default();
        if let Some(here) = &here {
            item.here = format!("{}, revision {}", here.name, here.revision);
            if components::revision(self.conn, &here.id, here.revision)?.is_some_and(|r| r.content_hash == newest) {
                item.acts = vec![Act::Skip.as_str()];
                return Ok(done(item, Outcome::Identical, "Identical, nothing to do".into(), OtherGo::Nothing));
            }
        }
        if !self.ctx.actor.may(permission(kind), Some(&self.workspace.id())) {
            let says = format!("You may not {}, so it stays out", permission(kind).describe());
            item.acts = vec![Act::Skip.as_str()];
            return Ok(done(item, Outcome::Refused, says, OtherGo::Nothing));
        }
        let skipped = item.act == Act::Skip.as_str();
        Ok(match here {
            Some(_) if skipped => {
                done(item, Outcome::Kept, "Differs; what is here stays unless you choose the file’s".into(), OtherGo::Nothing)
            }
            Some(here) => {
                let says = format!("The file’s content becomes revision {}", here.revision + 1);
                done(item, Outcome::Adds, says, OtherGo::Revision(n, Box::new(here)))
            }
            None if skipped => OtherPlan { item, go: OtherGo::Nothing },
            None => {
                if kind == Kind::Secret {
                    item.notes.push(Note::new(Weight::Warning, "Its value is not in the file. Set it under Components."));
                }
                done(item, Outcome::New, format!("New {kind}"), OtherGo::Component(n))
            }
        })
    }

    fn plan(&mut self, n: usize, plan: &file::Plan) -> Result<OtherPlan> {
        let mut item = self.item(Part::Plan, plan.name.clone(), &plan.name, "plan of stages".into(), Act::AsFile);
        if plans::find(self.conn, &self.workspace.id, &plan.name)?.is_some() {
            item.here.clone_from(&plan.name);
            item.acts = vec![Act::Skip.as_str()];
            return Ok(done(item, Outcome::Kept, "A plan of that name is here and stays".into(), OtherGo::Nothing));
        }
        if !self.ctx.actor.may(Permission::Operate(Place::Production), Some(&self.workspace.id())) {
            item.acts = vec![Act::Skip.as_str()];
            return Ok(done(item, Outcome::Refused, "You may not keep plans, so it stays out".into(), OtherGo::Nothing));
        }
        Ok(if item.act == Act::Skip.as_str() {
            OtherPlan { item, go: OtherGo::Nothing }
        } else {
            done(item, Outcome::New, "New plan".into(), OtherGo::Plan(n))
        })
    }

    fn package(&mut self, n: usize, package: &file::Package, flows: &[FlowPlan]) -> Result<OtherPlan> {
        let holds = format!("package, {}", counted(package.items.len(), "flow"));
        let mut item = self.item(Part::Package, package.name.clone(), &package.name, holds, Act::AsFile);
        if packages::find(self.conn, &self.workspace.id, &package.name)?.is_some() {
            item.here.clone_from(&package.name);
            item.acts = vec![Act::Skip.as_str()];
            return Ok(done(item, Outcome::Kept, "A package of that name is here and stays".into(), OtherGo::Nothing));
        }
        if item.act == Act::Skip.as_str() {
            return Ok(OtherPlan { item, go: OtherGo::Nothing });
        }
        // A package holds what can be deployed.
        let draft = Lifecycle::Draft.as_str();
        let comes = |i: &&file::Item| {
            let flow = flows.iter().find(|f| f.item.key == i.flow);
            flow.is_some_and(|f| f.item.versions.iter().any(|m| m.file == i.version && m.here.is_some() && m.lifecycle != draft))
        };
        if let Some(missing) = package.items.iter().find(|i| !comes(i)) {
            let says = format!("Stays out: version {} of {} does not come in as a published one", missing.version, missing.flow);
            return Ok(done(item, Outcome::Refused, says, OtherGo::Nothing));
        }
        Ok(done(item, Outcome::New, "New package".into(), OtherGo::Package(n)))
    }
}

fn done(mut item: Item, outcome: Outcome, says: String, go: OtherGo) -> OtherPlan {
    item.outcome = outcome.as_str();
    item.says = says;
    OtherPlan { item, go }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
