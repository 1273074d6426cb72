//! A package comes back: each flow returns to what stood before (PRODUCT §5.10).

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::deployment::rollback::roll_back;
use super::super::error::{Error, Result};
use super::compare::{WayBack, version, ways_back};
use super::{Stands, note, refuse_all};
use crate::domain::access::Permission;
use crate::domain::ids::WorkspaceId;
use crate::domain::names::parse_note;
use crate::domain::package::Way;
use crate::store::attempt;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::packages::{self, Package};

/// What was done.
#[derive(Debug, Clone)]
pub struct Returned {
    /// The deployment that was taken back.
    pub deployment: String,
    /// Flows that returned, with the version that is live there again.
    pub back: Vec<(String, i64)>,
    /// Flows that were left as they are, and why.
    pub left: Vec<(String, String)>,
}

/// Takes the last deployment of a package back. Flows that changed since refuse it, unless they are to be left.
///
/// # Errors
/// No reason given; the package does not stand there; flows changed since; a rule refuses a flow.
pub fn back(
    conn: &mut Conn,
    ctx: &Ctx,
    package: &Package,
    environment: &Environment,
    reason: &str,
    leave_changed: bool,
) -> Result<Returned> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&WorkspaceId::stored(package.workspace_id.clone())))?;
    let reason = parse_note(reason).map_err(|e| Error::invalid("reason", e.to_string()))?;
    let Some(reason) = reason else {
        return Err(Error::invalid("reason", "Say why you go back: whoever mends it will want to know."));
    };
    let (standing, _) = ways_back(conn, ctx, package, environment)?;
    if !packages::went_back(conn, &standing.id, ctx.now.0, ctx.name(), &reason)? {
        return Err(Error::Stale {
            message: format!("Somebody took “{}” back a moment ago. Look again.", package.name),
            current: json!({"package": package.id}),
        });
    }
    // All places are held, in one order, before the first one is changed; then they are looked at.
    let mut ways = Vec::new();
    for put in packages::puts(conn, &standing.id)? {
        let flow = super::look::flow(conn, &put.flow_id)?;
        let routing = Place::hold(conn, &flow, environment)?.routing;
        let way = crate::domain::package::way_back(&routing, &put.version_id, put.before_version_id.as_deref(), put.kept == 1);
        ways.push(WayBack { flow, put, way });
    }
    let moved: Vec<Stands> = ways
        .iter()
        .filter_map(|w| match &w.way {
            Way::Moved(now) => Some(Stands { flow: w.flow.slug.clone(), code: "changed_since", message: format!("{now} now.") }),
            _ => None,
        })
        .collect();
    if !moved.is_empty() && !leave_changed {
        return Err(refuse_all(
            "changed_since",
            "Something else was deployed since. Leave these flows as they are, or go back one by one.",
            &moved,
        ));
    }
    let mut done = Returned { deployment: standing.id.clone(), back: Vec::new(), left: Vec::new() };
    let mut found = Vec::new();
    for WayBack { flow, put, way } in &ways {
        let left = match (way, &put.before_version_id) {
            (Way::Back, Some(before)) => {
                let target = version(conn, before)?;
                match attempt(conn, |conn| roll_back(conn, ctx, flow, environment, Some(&target), &reason, None)) {
                    Ok(_) => done.back.push((flow.slug.clone(), target.number)),
                    Err(error) => found.push(Stands::of(flow, error)?),
                }
                packages::flow_came_back(conn, &standing.id, &flow.id, "back")?;
                continue;
            }
            (Way::Back | Way::NothingBefore, _) => format!("Nothing stood there before, so version {} stays.", put.version_number),
            (Way::Kept, _) => "The package changed nothing there.".to_owned(),
            (Way::Moved(now), _) => format!("Something else was deployed since: {now}."),
        };
        packages::flow_came_back(conn, &standing.id, &flow.id, &left)?;
        done.left.push((flow.slug.clone(), left));
    }
    if !found.is_empty() {
        return Err(refuse_all("package_refused", "Some flows cannot go back, so nothing was changed.", &found));
    }
    if done.back.is_empty() {
        let each: Vec<String> = done.left.iter().map(|(slug, why)| format!("{slug}: {why}")).collect();
        return Err(Error::refused("nothing_to_go_back_to", format!("No flow of this package can go back. {}", each.join(" "))));
    }
    done.back.sort();
    done.left.sort();
    let after = json!({
        "environment": environment.slug,
        "back": done.back.iter().map(|(flow, to)| json!({"flow": flow, "to": to})).collect::<Vec<_>>(),
        "left": done.left.iter().map(|(flow, _)| flow).collect::<Vec<_>>(),
    });
    note(conn, ctx, "package.returned", package, Some(&environment.id), (None, Some(after)), Some(&reason))?;
    Ok(done)
}
