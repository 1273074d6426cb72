//! `…/archive`, `…/unarchive` of a version.

use actix_web::web::Path;

use super::super::names::{self, Answer, VersionAt};
use crate::app::flow;
use crate::app::version::{self, bin};
use crate::domain::access::Permission;
use crate::web::flash::Flash;
use crate::web::layout::Place;
use crate::web::pages::lifecycle;
use crate::web::refused::Refused;
use crate::web::views::{head, whole};
use crate::web::visitor::Visitor;

/// `GET …/archive`
///
/// # Errors
/// No such version; the person may not archive it.
pub async fn show(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    dialog(&visitor, &at, &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &VersionAt, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, number)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let version = version::find(conn, &flow, &wanted.v)?;
            Ok((head(workspace, &flow), version.number))
        })
        .await?;
    let mut dialog = lifecycle::archive(&head, whole(number), &layout.csrf);
    dialog.summary = refused.summary(format!("Version {number} was not archived"), "archive");
    names::dialog(visitor, refused.status, layout, &head, "Archive", dialog)
}

/// `POST …/archive`
///
/// # Errors
/// No such version; the person may not archive it.
pub async fn archive(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    put_away(visitor, at.into_inner(), true).await
}

/// `POST …/unarchive`
///
/// # Errors
/// No such version; the person may not bring it back.
pub async fn unarchive(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    put_away(visitor, at.into_inner(), false).await
}

async fn put_away(visitor: Visitor, at: VersionAt, away: bool) -> Answer {
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            bin::archive(conn, ctx, &flow, &version, away)?;
            Ok(version.number)
        })
        .await;
    match done {
        Ok(number) if away => {
            let back = format!("{}/versions/{number}/unarchive", at.flow().base());
            Ok(visitor.go(&at.flow().base(), &Flash::done(format!("Version {number} is archived.")).undo("Bring it back", back)))
        }
        Ok(number) => {
            let to = format!("{}/versions/{number}", at.flow().base());
            Ok(visitor.go(&to, &Flash::done(format!("Version {number} is back from the archive."))))
        }
        Err(error) if away => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            dialog(&visitor, &at, &refused).await
        }
        Err(error) => Err(visitor.refused(error)),
    }
}
