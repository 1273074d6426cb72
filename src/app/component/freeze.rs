//! Which revision of which component a configuration uses from its deployment on (DECISIONS 6).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::error::Result;
use crate::domain::component::{Kind, frozen_key};
use crate::store::components;
use crate::store::conn::Conn;

/// `kind/name` → latest revision, for everything but secrets: to be kept in a configuration under `frozen` when it is
/// deployed. What is not in the map resolves to its latest revision.
///
/// # Errors
/// The database.
pub fn freeze(conn: &mut Conn, workspace: &str) -> Result<Value> {
    let mut frozen = BTreeMap::new();
    for row in components::all(conn, workspace)? {
        let kind = row.kind()?;
        if kind != Kind::Secret {
            frozen.insert(frozen_key(kind, &row.name), row.revision);
        }
    }
    Ok(json!(frozen))
}
