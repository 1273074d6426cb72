//! Packages: sets of flow versions that go out and come back together (PRODUCT §5.10).

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::page::{Direction, Page};
use super::schema::{package_deployment_flows, package_deployments, package_items, packages};

/// A package as stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = packages, treat_none_as_null = true)]
pub struct Package {
    /// `pkg_…`
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// Unique in the workspace.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// Microseconds UTC.
    pub updated_at: i64,
    /// Who changed it last.
    pub updated_by: String,
    /// Since then no flow can be taken out.
    pub first_deployed_at: Option<i64>,
    /// Grows with each change.
    pub lock_version: i64,
}

/// A flow version in a package.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = package_items)]
pub struct Item {
    /// The package.
    pub package_id: String,
    /// The flow.
    pub flow_id: String,
    /// Its version.
    pub version_id: String,
    /// That version's number.
    pub version_number: i64,
    /// Its queue priority.
    pub priority: i64,
}

/// One going out of a package.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = package_deployments)]
pub struct Deployment {
    /// `pkd_…`
    pub id: String,
    /// The package.
    pub package_id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// Where.
    pub environment_id: String,
    /// First share; 10,000 is all new runs at once.
    pub basis_points: i64,
    /// The plan its rollouts follow.
    pub plan_name: Option<String>,
    /// Why.
    pub comment: Option<String>,
    /// Microseconds UTC.
    pub at: i64,
    /// Who, if a person.
    pub actor_id: Option<String>,
    /// Their name.
    pub actor_name: String,
    /// When it went back, microseconds UTC.
    pub back_at: Option<i64>,
    /// Who took it back.
    pub back_by: Option<String>,
    /// Why.
    pub back_reason: Option<String>,
}

/// What a deployment of a package did to one flow.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = package_deployment_flows)]
pub struct Put {
    /// The deployment.
    pub deployment_id: String,
    /// The flow.
    pub flow_id: String,
    /// The version it put there.
    pub version_id: String,
    /// That version's number.
    pub version_number: i64,
    /// Its queue priority in the package.
    pub priority: i64,
    /// What stood there before.
    pub before_version_id: Option<String>,
    /// That version's number.
    pub before_number: Option<i64>,
    /// 1: it stood there already, so nothing was changed.
    pub kept: i64,
    /// Empty until the package went back; then `back`, or why the flow was left.
    pub came_back: String,
}

/// A workspace's packages, newest first.
pub fn list(conn: &mut Conn, workspace: &str, from: &Direction<String>, limit: i64) -> Result<Page<Package>> {
    let mut query = packages::table.filter(packages::workspace_id.eq(workspace)).select(Package::as_select()).limit(limit + 1).into_boxed();
    query = match from {
        Direction::Newest => query.order(packages::id.desc()),
        Direction::Before(id) => query.filter(packages::id.lt(id)).order(packages::id.desc()),
        Direction::After(id) => query.filter(packages::id.gt(id)).order(packages::id.asc()),
    };
    Ok(Page::cut(query.load(conn)?, limit, from))
}

/// By id or name.
pub fn find(conn: &mut Conn, workspace: &str, name: &str) -> Result<Option<Package>> {
    Ok(packages::table
        .filter(packages::workspace_id.eq(workspace))
        .filter(packages::id.eq(name).or(packages::name.eq(name)))
        .select(Package::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a package.
pub fn insert(conn: &mut Conn, row: &Package) -> Result<()> {
    diesel::insert_into(packages::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes a changed package over the one it is based on; `false`: somebody was faster.
pub fn put(conn: &mut Conn, row: &Package, based_on: i64) -> Result<bool> {
    let found = packages::table.filter(packages::id.eq(&row.id)).filter(packages::lock_version.eq(based_on));
    Ok(diesel::update(found).set(row).execute(conn)? == 1)
}

/// Takes a package away that was never deployed.
pub fn delete(conn: &mut Conn, id: &str) -> Result<bool> {
    diesel::delete(package_items::table.filter(package_items::package_id.eq(id))).execute(conn)?;
    Ok(diesel::delete(packages::table.find(id).filter(packages::first_deployed_at.is_null())).execute(conn)? == 1)
}

/// Notes that a package goes out, which also holds it until the transaction ends; `false`: it changed since.
pub fn goes_out(conn: &mut Conn, id: &str, based_on: i64, now: i64) -> Result<bool> {
    let found = packages::table.filter(packages::id.eq(id)).filter(packages::lock_version.eq(based_on));
    let first = diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>("COALESCE(first_deployed_at, ")
        .bind::<diesel::sql_types::BigInt, _>(now)
        .sql(")");
    Ok(diesel::update(found).set(packages::first_deployed_at.eq(first)).execute(conn)? == 1)
}

/// What is in a package, by flow: the order in which its flows are held.
pub fn items(conn: &mut Conn, package: &str) -> Result<Vec<Item>> {
    Ok(package_items::table
        .filter(package_items::package_id.eq(package))
        .order(package_items::flow_id.asc())
        .select(Item::as_select())
        .load(conn)?)
}

/// Puts these and nothing else into a package.
pub fn set_items(conn: &mut Conn, package: &str, items: &[Item]) -> Result<()> {
    diesel::delete(package_items::table.filter(package_items::package_id.eq(package))).execute(conn)?;
    for item in items {
        diesel::insert_into(package_items::table).values(item).execute(conn)?;
    }
    Ok(())
}

/// Names of packages that hold a flow, or one version of it.
pub fn holding(conn: &mut Conn, flow: &str, version: Option<&str>) -> Result<Vec<String>> {
    let mut query = package_items::table
        .inner_join(packages::table.on(packages::id.eq(package_items::package_id)))
        .filter(package_items::flow_id.eq(flow))
        .order(packages::name.asc())
        .select(packages::name)
        .limit(5)
        .into_boxed();
    if let Some(version) = version {
        query = query.filter(package_items::version_id.eq(version));
    }
    Ok(query.load(conn)?)
}

/// Adds a deployment and what it did to each flow.
pub fn insert_deployment(conn: &mut Conn, row: &Deployment, flows: &[Put]) -> Result<()> {
    diesel::insert_into(package_deployments::table).values(row).execute(conn)?;
    for flow in flows {
        diesel::insert_into(package_deployment_flows::table).values(flow).execute(conn)?;
    }
    Ok(())
}

/// Deployments of a package, newest first.
pub fn deployments(conn: &mut Conn, package: &str, limit: i64) -> Result<Vec<Deployment>> {
    Ok(package_deployments::table
        .filter(package_deployments::package_id.eq(package))
        .order(package_deployments::id.desc())
        .limit(limit)
        .select(Deployment::as_select())
        .load(conn)?)
}

/// The last deployment of a package to an environment that did not go back.
pub fn standing(conn: &mut Conn, package: &str, environment: &str) -> Result<Option<Deployment>> {
    Ok(package_deployments::table
        .filter(package_deployments::package_id.eq(package))
        .filter(package_deployments::environment_id.eq(environment))
        .filter(package_deployments::back_at.is_null())
        .order(package_deployments::id.desc())
        .select(Deployment::as_select())
        .first(conn)
        .optional()?)
}

/// What a deployment did to each flow, by flow.
pub fn puts(conn: &mut Conn, deployment: &str) -> Result<Vec<Put>> {
    Ok(package_deployment_flows::table
        .filter(package_deployment_flows::deployment_id.eq(deployment))
        .order(package_deployment_flows::flow_id.asc())
        .select(Put::as_select())
        .load(conn)?)
}

/// Notes that a deployment went back; `false`: somebody was faster.
pub fn went_back(conn: &mut Conn, deployment: &str, now: i64, by: &str, reason: &str) -> Result<bool> {
    let found = package_deployments::table.filter(package_deployments::id.eq(deployment)).filter(package_deployments::back_at.is_null());
    let change = (package_deployments::back_at.eq(now), package_deployments::back_by.eq(by), package_deployments::back_reason.eq(reason));
    Ok(diesel::update(found).set(change).execute(conn)? == 1)
}

/// Notes what became of a flow when its package went back.
pub fn flow_came_back(conn: &mut Conn, deployment: &str, flow: &str, what: &str) -> Result<()> {
    diesel::update(package_deployment_flows::table.find((deployment, flow)))
        .set(package_deployment_flows::came_back.eq(what))
        .execute(conn)?;
    Ok(())
}
