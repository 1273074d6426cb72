//! What a database holds, and of which objects it is made.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::conn::Conn;
use super::super::error::Result;
use super::super::events;
use super::super::migrate;
use super::super::schema::{components, event_head, secret_values};
use crate::domain::backup::Facts;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The tables of the product.
///
/// # Errors
/// The database.
pub fn tables(conn: &mut Conn) -> Result<Vec<String>> {
    let query = match conn {
        Conn::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name"
        }
        Conn::Pg(_) => {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_\\_%' ORDER BY tablename"
        }
    };
    let found: Vec<Name> = diesel::sql_query(query).load(conn)?;
    Ok(found.into_iter().map(|row| row.name).collect())
}

/// Schema step, rows per table, and the end of the history. `without` are tables whose rows count as none.
///
/// # Errors
/// The database.
pub fn facts(conn: &mut Conn, without: &[&str]) -> Result<Facts> {
    let mut counts = BTreeMap::new();
    for table in tables(conn)? {
        let rows = if without.contains(&table.as_str()) { 0 } else { count(conn, &table)? };
        counts.insert(table, rows);
    }
    let head: Option<(i64, String)> = event_head::table.select((event_head::seq, event_head::hash)).first(conn).optional()?;
    let (events, head) = head.unwrap_or_default();
    Ok(Facts { schema: migrate::applied(conn)?, counts, events, head })
}

fn count(conn: &mut Conn, table: &str) -> Result<i64> {
    let found: Vec<Number> = diesel::sql_query(format!("SELECT COUNT(*) AS n FROM \"{}\"", table.replace('"', "\"\""))).load(conn)?;
    Ok(found.first().map_or(0, |row| row.n))
}

/// What SQLite's whole integrity check finds, at most ten lines.
///
/// # Errors
/// The database.
pub fn damage(conn: &mut Conn) -> Result<Vec<String>> {
    if matches!(conn, Conn::Pg(_)) {
        return Ok(Vec::new());
    }
    let found: Vec<Name> = diesel::sql_query("SELECT integrity_check AS name FROM pragma_integrity_check LIMIT 10").load(conn)?;
    Ok(found.into_iter().map(|row| row.name).filter(|line| line != "ok").collect())
}

/// Walks the history of a copy from its beginning.
///
/// # Errors
/// The first event that is missing or changed.
pub fn history(conn: &mut Conn) -> Result<i64> {
    events::verify(conn)
}

/// A sealed secret: component, its name, ciphertext, nonce and key.
pub type Sealed = (String, String, String, String, String);

/// Sealed secrets, at most this many.
///
/// # Errors
/// The database.
pub fn sealed(conn: &mut Conn, most: i64) -> Result<Vec<Sealed>> {
    // A schema from before there were secrets may be what is backed up.
    if !tables(conn)?.iter().any(|table| table == "secret_values") {
        return Ok(Vec::new());
    }
    Ok(secret_values::table
        .inner_join(components::table.on(components::id.eq(secret_values::component_id)))
        .order(secret_values::component_id.asc())
        .limit(most)
        .select((components::id, components::name, secret_values::ciphertext, secret_values::nonce, secret_values::key_id))
        .load(conn)?)
}

/// Every table, index, trigger, view and function with its definition, sorted; two databases of the same schema steps
/// have the same.
///
/// # Errors
/// The database.
pub fn objects(conn: &mut Conn) -> Result<Vec<String>> {
    let found: Vec<Name> = diesel::sql_query(match conn {
        // The library's own table of schema steps and SQLite's statistics are not ours to compare word by word.
        Conn::Sqlite(_) => {
            "SELECT type || ' ' || name || ' on ' || tbl_name || ' ' || CASE WHEN name LIKE '\\_\\_%' ESCAPE '\\' THEN '' ELSE COALESCE(sql, '') END AS name \
             FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY 1"
        }
        Conn::Pg(_) => POSTGRES_OBJECTS,
    })
    .load(conn)?;
    let mut all: Vec<String> = found.into_iter().map(|row| row.name).collect();
    all.sort();
    Ok(all)
}

const POSTGRES_OBJECTS: &str = "
SELECT 'relation ' || c.relkind::text || ' ' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')
UNION ALL
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' '
    || COALESCE(pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index ' || indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL
SELECT 'constraint ' || c.relname || '.' || o.conname || ' ' || pg_get_constraintdef(o.oid)
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()
UNION ALL
SELECT 'trigger ' || t.tgname || ' ' || pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND NOT t.tgisinternal
UNION ALL
SELECT 'function ' || p.proname || ' ' || pg_get_functiondef(p.oid)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema() AND p.prokind = 'f'
UNION ALL
SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
UNION ALL
SELECT 'event trigger ' || evtname FROM pg_event_trigger
UNION ALL
SELECT 'rule ' || rulename || ' ' || definition FROM pg_rules WHERE schemaname = current_schema()";
