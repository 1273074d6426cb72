//! Environments side by side: what a list of them shows.

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::Stand;
use super::coverage::{self, Resident};
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, Frozen, frozen};
use crate::store::conn::Conn;
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
    /// Components that flows refer to and that the deployed configuration does not replace.
    pub uncovered: usize,
    /// Whether a freeze holds now.
    pub frozen: Option<Frozen>,
}

/// The environments of a workspace in their order.
///
/// # Errors
/// The database.
pub fn overview(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> Result<Vec<Overview>> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    environments::list(conn, &workspace.id)?.iter().map(|environment| of(conn, ctx, environment)).collect()
}

/// One environment at a glance.
///
/// # Errors
/// The database.
pub fn of(conn: &mut Conn, ctx: &Ctx, environment: &Environment) -> Result<Overview> {
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
    let uncovered = coverage::uncovered(&residents, &deployed).len();
    let frozen = frozen(&environment.freezes()?, ctx.now);
    Ok(Overview { stand, residents, ahead, uncovered, frozen })
}
