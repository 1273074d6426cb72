//! The history of a schema from before events were sealed: a backup that comes before the schema grows holds one.

use diesel::prelude::*;

use super::super::conn::Conn;
use super::super::error::Result;
use super::super::schema::{event_head, events};
use crate::domain::event::{First, bytes};

#[derive(QueryableByName)]
struct Columns {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Whether this database's schema is from before.
pub(super) fn is_early(conn: &mut Conn) -> Result<bool> {
    let asked = match conn {
        Conn::Sqlite(_) => "SELECT COUNT(*) AS n FROM pragma_table_info('events') WHERE name = 'form'",
        Conn::Pg(_) => {
            "SELECT COUNT(*) AS n FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = 'events' AND column_name = 'form'"
        }
    };
    let found: Columns = diesel::sql_query(asked).get_result(conn)?;
    Ok(found.n == 0)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
struct Row {
    seq: i64,
    id: String,
    at: i64,
    actor_id: Option<String>,
    actor_name: String,
    channel: String,
    workspace_id: Option<String>,
    action: String,
    object_kind: String,
    object_id: String,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
    reference: Option<String>,
    request_id: String,
    hash: String,
}

/// The next events in order: place, what the hash covers, and the hash.
pub(super) fn after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<(i64, Vec<u8>, String)>> {
    let rows: Vec<Row> =
        events::table.filter(events::seq.gt(seq)).order(events::seq.asc()).limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let covered = bytes(&First {
                seq: row.seq,
                id: row.id,
                at: row.at,
                actor_id: row.actor_id,
                actor_name: row.actor_name,
                channel: row.channel,
                workspace_id: row.workspace_id,
                action: row.action,
                object_kind: row.object_kind,
                object_id: row.object_id,
                before: row.before,
                after: row.after,
                reason: row.reason,
                reference: row.reference,
                request_id: row.request_id,
            });
            (row.seq, covered, row.hash)
        })
        .collect())
}

/// Place and hash of the head.
pub(super) fn head(conn: &mut Conn) -> Result<(i64, String)> {
    Ok(event_head::table.select((event_head::seq, event_head::hash)).first(conn)?)
}
