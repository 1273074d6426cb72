//! What the page of an environment is read from.

use std::collections::HashMap;

use super::EnvironmentAt;
use crate::app::environment::coverage::{self, Known, Resident};
use crate::app::environment::{self, Stand};
use crate::app::run::resolution::{Key, Resolved, Wish, resolution};
use crate::app::version::table::sync;
use crate::app::{self, Ctx, history, workspace};
use crate::domain::access::Permission;
use crate::domain::approval::Approved;
use crate::domain::deployment::PUTS;
use crate::domain::environment::Configuration;
use crate::domain::resolver::Resolution;
use crate::domain::run::Trigger;
use crate::domain::version::Sync;
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::deployments::{self, Record, Row};
use crate::store::environments::{self, Environment, EnvironmentVersion};
use crate::store::page::Direction;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::web::pages::environment::EnvironmentHead;
use crate::web::views::environment as views;
use crate::web::views::may_operate;

/// Flows whose rows are shown; the rest is counted.
pub const LISTED: usize = 25;
/// Records of a flow that are looked through for who made its version live.
const LOOKED_THROUGH: i64 = 20;

/// The page's data.
pub struct Read {
    /// Around the environment.
    pub head: EnvironmentHead,
    /// The workspace's environments.
    pub all: Vec<Environment>,
    /// The rack.
    pub stand: Stand,
    /// Who proposed and approved what is deployed, when others had to.
    pub approved: Option<Approved>,
    /// The version whose replacements are shown, and what it holds.
    pub shown: Option<(EnvironmentVersion, Configuration)>,
    /// What runs use.
    pub deployed: Option<Configuration>,
    /// The flows that run here, with what they refer to.
    pub residents: Vec<Resident>,
    /// Which components there are.
    pub known: Known,
    /// The first of them, in full.
    pub flows: Vec<FlowHere>,
    /// May edit and deploy the configuration.
    pub may_operate: bool,
    /// May change settings.
    pub may_admin: bool,
}

impl Read {
    /// `/w/{ws}`.
    pub fn home(&self) -> &str {
        self.head.base.split("/environments").next().unwrap_or_default()
    }
}

/// A flow that runs here.
pub struct FlowHere {
    /// With what it refers to.
    pub resident: Resident,
    /// What is live here.
    pub live: Version,
    /// Its colour.
    pub colour: Sync,
    /// What is live in production.
    pub production: Option<i64>,
    /// Who made it live.
    pub record: Option<Record>,
    /// Who proposed and approved that, when others had to.
    pub approved: Option<Approved>,
    /// Which version a start would use, or why none.
    pub start: Result<(Resolution, Sync), String>,
}

/// Reads it. `shown` names a version by number, `draft` or `deployed`.
///
/// # Errors
/// No such environment or version.
pub fn read(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, at: &EnvironmentAt, shown: Option<&str>) -> app::Result<Read> {
    let environment = workspace::environment(conn, workspace, &at.env)?;
    let stand = Stand::load(conn, &environment)?;
    let shown = match shown {
        Some(name) => Some(environment::version(conn, &environment, name)?),
        None => stand.draft().or_else(|| stand.deployed()).or_else(|| stand.rows.first()).cloned(),
    };
    let all = environments::list(conn, &workspace.id)?;
    let residents = coverage::residents(conn, ctx, &environment)?;
    let mut flows = Vec::new();
    for resident in residents.iter().take(LISTED) {
        if let Some(flow) = flow_here(conn, ctx, &environment, &all, resident)? {
            flows.push(flow);
        }
    }
    let deployment = match stand.rack.deployed() {
        Some(number) => configurations::last_deployment(conn, &environment.id, number)?,
        None => None,
    };
    let approved = match deployment {
        Some(record) => history::approved(conn, record.event_seq)?,
        None => None,
    };
    Ok(Read {
        approved,
        head: views::head(workspace, &environment),
        deployed: stand.deployed().map(EnvironmentVersion::content).transpose()?,
        shown: shown.map(|row| row.content().map(|content| (row, content))).transpose()?,
        known: Known::of(conn, &workspace.id)?,
        may_operate: may_operate(ctx, &environment),
        may_admin: ctx.actor.may(Permission::Administer, Some(&workspace.id())),
        all,
        stand,
        residents,
        flows,
    })
}

fn flow_here(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    all: &[Environment],
    resident: &Resident,
) -> app::Result<Option<FlowHere>> {
    let routing = deployments::of_flow(conn, &resident.flow.id)?;
    let Some(live) = primary(conn, &resident.row)? else { return Ok(None) };
    let production = all.iter().find(|e| e.is_production).filter(|e| e.id != environment.id);
    let production = production.and_then(|e| routing.iter().find(|r| r.environment_id == e.id)).and_then(|r| r.primary_number);
    let records = deployments::records(conn, &resident.flow.id, &environment.id, &Direction::Newest, LOOKED_THROUGH)?.items;
    let moved = |r: &Record| PUTS.iter().any(|verb| verb.as_str() == r.verb) && r.version_id.as_ref() == Some(&live.id);
    let wish = Wish { version: None, trigger: Trigger::Manual, test: false, key: Key::Given(None), starts: false };
    let start = match resolution(conn, ctx, &resident.flow, environment, &wish) {
        Ok(Resolved { answer, .. }) => {
            let taken = versions::get(conn, answer.pin.version.as_str())?;
            let colour = taken.map_or(Sync::Never, |v| sync(&v, all, &routing));
            Ok((answer, colour))
        }
        Err(app::Error::Refused(refusal)) => Err(refusal.message),
        Err(other) => return Err(other),
    };
    let record = records.into_iter().find(moved);
    let approved = match &record {
        Some(record) => history::approved(conn, record.event_seq)?,
        None => None,
    };
    Ok(Some(FlowHere { colour: sync(&live, all, &routing), record, approved, resident: resident.clone(), production, start, live }))
}

fn primary(conn: &mut Conn, row: &Row) -> app::Result<Option<Version>> {
    match &row.primary_version {
        Some(id) => Ok(versions::get(conn, id)?),
        None => Ok(None),
    }
}

/// Names of environments by id.
pub fn names(all: &[Environment]) -> HashMap<&str, &str> {
    all.iter().map(|e| (e.id.as_str(), e.name.as_str())).collect()
}
