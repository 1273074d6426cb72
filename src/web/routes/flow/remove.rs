//! `…/archive`, `…/unarchive`, `…/delete` of a whole flow.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, FlowAt};
use crate::app::flow::{self, bin};
use crate::domain::access::Permission;
use crate::store::page::Direction;
use crate::store::versions::{self, Shown};
use crate::web::components::change::CheckView;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::numbers::{count_up_to, plural};
use crate::web::pages::lifecycle;
use crate::web::refused::Refused;
use crate::web::views::head;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    confirm: String,
}

/// Versions counted at the most.
const COUNTED: i64 = 200;

/// `GET …/delete`
///
/// # Errors
/// No such flow; the person may not delete it.
pub async fn show(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    dialog(&visitor, &at, &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &FlowAt, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, blockers, versions)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let versions = versions::list(conn, &flow.id, Shown::All, &Direction::Newest, COUNTED)?;
            let n = versions.items.len() as u64 + u64::from(versions.more);
            Ok((head(workspace, &flow), bin::blockers(conn, &flow)?, n))
        })
        .await?;
    let limit = u64::try_from(COUNTED).unwrap_or(0);
    let go = if versions > limit {
        format!("{} versions go", count_up_to(versions, limit))
    } else {
        plural(versions, "version goes", "versions go")
    };
    let checks = vec![
        CheckView::warn(format!("{go} with it.")),
        CheckView::ok("Nothing runs it and no run is in progress."),
        CheckView::ok("Ended runs and the history stay readable."),
    ];
    let blocking = blockers.iter().map(|b| {
        let note = Rich::new().link(&head.base, "Show");
        CheckView::bad(b.message.as_str()).note(if b.environment.is_some() { note } else { Rich::new() })
    });
    let mut dialog = lifecycle::delete_flow(&head, checks, blocking.collect(), &layout.csrf, &refused.errors);
    dialog.summary = refused.summary("The flow was not deleted", "delete-flow");
    names::dialog(visitor, refused.status, layout, &head, "Delete", dialog)
}

/// `POST …/delete`: to the bin, when the slug was typed.
///
/// # Errors
/// No such flow; the person may not delete it.
pub async fn delete(visitor: Visitor, at: Path<FlowAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow) = wanted.find(conn, ctx)?;
            if form.confirm.trim() != flow.slug {
                return Err(crate::app::Error::invalid("confirm", format!("Type {} to confirm.", flow.slug)));
            }
            bin::delete(conn, ctx, &flow)?;
            Ok(flow.name)
        })
        .await;
    match done {
        Ok(name) => Ok(visitor
            .go(&format!("/w/{}", at.ws), &Flash::done(format!("{name} is in the bin.")).text("It can be brought back for 30 days."))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            dialog(&visitor, &at, &refused).await
        }
    }
}

/// `POST …/archive`
///
/// # Errors
/// No such flow; the person may not change it.
pub async fn archive(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    put_away(visitor, at.into_inner(), true).await
}

/// `POST …/unarchive`
///
/// # Errors
/// No such flow; the person may not change it.
pub async fn unarchive(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    put_away(visitor, at.into_inner(), false).await
}

async fn put_away(visitor: Visitor, at: FlowAt, away: bool) -> Answer {
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow) = wanted.find(conn, ctx)?;
            bin::archive(conn, ctx, &flow, away)?;
            Ok(flow.name)
        })
        .await;
    let name = done.map_err(|e| visitor.refused(e))?;
    let flash = if away {
        let text = "It has left the dashboard. What is deployed goes on running, and nothing of it can be changed.";
        Flash::done(format!("{name} is archived.")).text(text).undo("Bring it back", format!("{}/unarchive", at.base()))
    } else {
        Flash::done(format!("{name} is back from the archive."))
    };
    Ok(visitor.go(&at.base(), &flash))
}
