//! Which version of a flow the releases from one number to another hold.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::release::FlowEntry;
use crate::store::conn::Conn;
use crate::store::error::Result;
use crate::store::schema::release_spans;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = release_spans)]
struct Span {
    flow_id: String,
    from_number: i64,
    until_number: Option<i64>,
    workspace_id: String,
    slug: String,
    name: String,
    version_id: String,
    number: i64,
    revision: i64,
    content_hash: String,
    archived: bool,
}

impl From<Span> for FlowEntry {
    fn from(row: Span) -> Self {
        Self {
            id: row.flow_id,
            slug: row.slug,
            name: row.name,
            version: row.version_id,
            number: row.number,
            revision: row.revision,
            hash: row.content_hash,
            archived: row.archived,
        }
    }
}

/// Writes what the release `number` holds otherwise than the one before it.
pub(super) fn go_on(conn: &mut Conn, workspace: &str, number: i64, flows: &[FlowEntry]) -> Result<()> {
    let open = release_spans::table.filter(release_spans::workspace_id.eq(workspace)).filter(release_spans::until_number.is_null());
    let before: Vec<Span> = open.select(Span::as_select()).load(conn)?;
    let mut before: HashMap<String, (i64, FlowEntry)> =
        before.into_iter().map(|span| (span.flow_id.clone(), (span.from_number, span.into()))).collect();
    let mut new = Vec::new();
    for flow in flows {
        // What stays in the map ends: it is held otherwise from here on, or not at all.
        match before.remove(&flow.id) {
            Some((_, same)) if same == *flow => {}
            Some(other) => {
                before.insert(flow.id.clone(), other);
                new.push(flow);
            }
            None => new.push(flow),
        }
    }
    for (flow, (from, _)) in before {
        let span = release_spans::table.find((flow, from));
        diesel::update(span).set(release_spans::until_number.eq(number - 1)).execute(conn)?;
    }
    for flow in new {
        let row = Span {
            flow_id: flow.id.clone(),
            from_number: number,
            until_number: None,
            workspace_id: workspace.to_owned(),
            slug: flow.slug.clone(),
            name: flow.name.clone(),
            version_id: flow.version.clone(),
            number: flow.number,
            revision: flow.revision,
            content_hash: flow.hash.clone(),
            archived: flow.archived,
        };
        diesel::insert_into(release_spans::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// The flows that a release holds, by id.
pub(super) fn of_release(conn: &mut Conn, workspace: &str, number: i64) -> Result<Vec<FlowEntry>> {
    let held = release_spans::until_number.is_null().or(release_spans::until_number.ge(number));
    let rows: Vec<Span> = release_spans::table
        .filter(release_spans::workspace_id.eq(workspace))
        .filter(release_spans::from_number.le(number))
        .filter(held)
        .order(release_spans::flow_id.asc())
        .select(Span::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(FlowEntry::from).collect())
}
