//! Components that a deployed configuration took in after it was deployed, each in one revision for good (DECISIONS 6).

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{components, environment_versions, taken_in};
use crate::domain::component::{Kind, frozen_key};
use crate::each_backend;

/// A component as a configuration uses it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = taken_in)]
pub struct TakenIn {
    /// The configuration.
    pub configuration_id: String,
    /// The component.
    pub component_id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// Its revision from then on.
    pub revision: i64,
    /// Microseconds UTC.
    pub at: i64,
}

/// Takes a component in; one that is there already stays as it is.
pub fn insert(conn: &mut Conn, row: &TakenIn) -> Result<()> {
    each_backend!(conn, inner => diesel::insert_into(taken_in::table).values(row).on_conflict_do_nothing().execute(inner))?;
    Ok(())
}

/// What a configuration took in: `connection/orders` → 3, by the present names.
pub fn of(conn: &mut Conn, environment: &str, number: i64) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, String, i64)> = taken_in::table
        .inner_join(environment_versions::table.on(environment_versions::id.eq(taken_in::configuration_id)))
        .inner_join(components::table.on(components::id.eq(taken_in::component_id)))
        .filter(environment_versions::environment_id.eq(environment))
        .filter(environment_versions::number.eq(number))
        .select((components::kind, components::name, taken_in::revision))
        .load(conn)?;
    let named = |(kind, name, revision): (String, String, i64)| Some((frozen_key(kind.parse::<Kind>().ok()?, &name), revision));
    Ok(rows.into_iter().filter_map(named).collect())
}
