//! Environments side by side: what a list of them shows.

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::Stand;
use super::coverage::{self, Known, Resident};
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, Frozen, frozen};
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::workspaces::Workspace;

/// An environment with what there is to say about it at a glance.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Its rack.
    pub stand: Stand,
    /// The flows that run there.
    pub residents: Vec<Resident>,
    /// How many lines of its draft differ from what is deployed.
    pub ahead: usize,
    /// Components that flows refer to and that the deployed configuration does not replace, or with nothing that exists.
    pub uncovered: usize,
    /// Flows whose live version differs from the one in production; none in production itself.
    pub differing: usize,
    /// Whether a freeze holds now.
    pub frozen: Option<Frozen>,
}

/// The environments of a workspace in their order.
///
/// # Errors
/// The database.
pub fn overview(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> Result<Vec<Overview>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let all = environments::list(conn, &workspace.id)?;
    let production = all.iter().find(|e| e.is_production);
    let live = match production {
        Some(production) => deployments::of_environment(conn, &production.id)?,
        None => Vec::new(),
    };
    let known = Known::of(conn, &workspace.id)?;
    let mut found = Vec::with_capacity(all.len());
    for environment in &all {
        let compared = production.is_some() && !environment.is_production;
        found.push(of(conn, ctx, environment, compared.then_some(&live), &known)?);
    }
    Ok(found)
}

fn of(conn: &mut Conn, ctx: &Ctx, environment: &Environment, production: Option<&Vec<Row>>, known: &Known) -> Result<Overview> {
    let stand = Stand::load(conn, environment)?;
    let residents = coverage::residents(conn, ctx, environment)?;
    let ahead = match stand.draft() {
        Some(draft) => stand.since_deployed(draft)?.len(),
        None => 0,
    };
    let deployed = match stand.deployed() {
        Some(row) => row.content()?,
        None => Configuration::default(),
    };
    let missing = known.missing(&deployed);
    let missing = missing.iter().filter(|entry| residents.iter().any(|r| r.uses(entry.part, &entry.name))).count();
    let uncovered = coverage::uncovered(&residents, &deployed).len() + missing;
    let frozen = frozen(&environment.freezes()?, ctx.now);
    let same = |r: &&Resident, row: &Row| row.flow_id == r.flow.id && row.primary_version == r.row.primary_version;
    let differing = production.map_or(0, |live| residents.iter().filter(|r| !live.iter().any(|row| same(r, row))).count());
    Ok(Overview { stand, residents, ahead, uncovered, differing, frozen })
}
