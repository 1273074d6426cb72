//! Deleting, emptying a cache, and making an old revision the newest again.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::show::used_lines;
use super::{At, head};
use crate::app::component::{self, bin, edit, used};
use crate::domain::component::Kind;
use crate::store::cache_entries;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form as forms;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::component::ComponentHead;
use crate::web::pages::dialog::DialogPage;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Lock version of what was on the page.
    #[serde(default)]
    expect: String,
}

/// A dialog of a component as a page of its own, or alone when htmx asks.
pub(super) fn dialog_page(
    visitor: &Visitor,
    status: StatusCode,
    layout: Layout,
    head: ComponentHead,
    here: &str,
    dialog: Dialog,
) -> Answer {
    let page = DialogPage {
        crumbs: head.crumbs(&layout, here),
        heading: head.name.as_str().into(),
        dialog,
        layout: Layout { title: format!("{here} · {}", head.name), ..layout },
    };
    htmx::reply(visitor.hx, status, &page, &page.as_dialog())
}

/// `GET …/delete`
///
/// # Errors
/// No such component; the person may not delete it.
pub async fn ask_delete(visitor: Visitor, at: Path<At>) -> Answer {
    delete_dialog(&visitor, &at, &Refused::nothing()).await
}

async fn delete_dialog(visitor: &Visitor, at: &At, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, uses, lock)) = visitor
        .page(&at.ws, Place::Components, move |conn, ctx, workspace| {
            let (_, row) = wanted.find(conn, ctx)?;
            ctx.allow(component::permission(row.kind()?), Some(&workspace.id()))?;
            Ok((head(workspace, &row)?, used::used_by(conn, &row)?, row.lock_version))
        })
        .await?;
    let kind = head.kind;
    let mut dialog = Dialog::new(
        "delete-component",
        &layout.csrf,
        format!("Delete {}?", head.name),
        format!("{}/delete", head.base),
        (head.base.clone(), &format!("Keep the {kind}")),
        format!("Delete the {kind}"),
    );
    dialog.danger = true;
    dialog.summary = refused.summary(format!("The {kind} was not deleted"), "delete-component");
    if uses.is_empty() {
        dialog.hidden = vec![("expect", lock.to_string())];
        dialog.checks = vec![CheckView::ok("Nothing that may run refers to it.")];
        match kind {
            Kind::Cache => dialog.checks.push(CheckView::warn("Values in it are forgotten at once.")),
            Kind::Secret => dialog.checks.push(CheckView::warn("Its value is forgotten after 30 days.")),
            _ => dialog.checks.push(CheckView::ok("Its revisions stay.")),
        }
        dialog.why = "It can be brought back from the Bin for 30 days.".to_owned();
    } else {
        dialog.intro = "It is used. Change that first.".into();
        dialog.checks = used_lines(&uses, &layout.home()).into_iter().map(CheckView::bad).collect();
        dialog.act = None;
    }
    dialog_page(visitor, refused.status, layout, head, "Delete", dialog)
}

/// `POST …/delete`: to the bin.
///
/// # Errors
/// No such component; the person may not delete it.
pub async fn delete(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let form: Only = forms::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, row) = wanted.find(conn, ctx)?;
            bin::delete(conn, ctx, &row, form.expect.parse().ok())?;
            Ok(row.name)
        })
        .await;
    match done {
        Ok(name) => Ok(visitor.go(
            &format!("/w/{}/components?kind={}", at.ws, at.kind),
            &Flash::done(format!("{name} is in the bin.")).text("It can be brought back for 30 days."),
        )),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            delete_dialog(&visitor, &at, &refused).await
        }
    }
}

/// `GET …/empty`
///
/// # Errors
/// No such cache; the person may not empty it.
pub async fn ask_empty(visitor: Visitor, at: Path<At>) -> Answer {
    let wanted = at.clone();
    let (layout, (head, values)) = visitor
        .page(&at.ws, Place::Components, move |conn, ctx, workspace| {
            let (_, row) = wanted.find(conn, ctx)?;
            ctx.allow(component::permission(row.kind()?), Some(&workspace.id()))?;
            let values: i64 = cache_entries::counts(conn, &row.id)?.iter().map(|(_, n)| n).sum();
            Ok((head(workspace, &row)?, values))
        })
        .await?;
    if head.kind != Kind::Cache {
        return Err(PageError::NotFound(format!("{} is a {}, and nothing is cached in it.", head.name, head.kind)));
    }
    let mut dialog = Dialog::new(
        "empty-cache",
        &layout.csrf,
        format!("Empty {}?", head.name),
        format!("{}/empty", head.base),
        (head.base.clone(), "Keep the values"),
        "Empty the cache",
    );
    let n = plural(values.unsigned_abs(), "value is", "values are");
    dialog.checks = vec![CheckView::warn(format!("{n} forgotten, in every environment. Runs fetch them anew."))];
    dialog_page(&visitor, StatusCode::OK, layout, head, "Empty", dialog)
}

/// `POST …/empty`
///
/// # Errors
/// No such cache; the person may not empty it.
pub async fn empty(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let _: Only = forms::parse(&body)?;
    let wanted = at.clone();
    let gone = visitor
        .write(move |conn, ctx| {
            let (_, row) = wanted.find(conn, ctx)?;
            bin::clear_cache(conn, ctx, &row)
        })
        .await
        .map_err(|e| visitor.refused(e))?;
    let n = plural(gone as u64, "value was", "values were");
    Ok(visitor.go(&at.base(), &Flash::done(format!("{} is empty.", at.name)).text(format!("{n} forgotten."))))
}

/// `…/revisions/{revision}/restore`.
#[derive(Debug, Clone, Deserialize)]
pub struct RevisionAt {
    ws: String,
    kind: String,
    name: String,
    revision: i64,
}

/// `POST …/revisions/{revision}/restore`
///
/// # Errors
/// No such revision; the person may not change it.
pub async fn restore(visitor: Visitor, at: Path<RevisionAt>, body: Bytes) -> Answer {
    let _: Only = forms::parse(&body)?;
    let RevisionAt { ws, kind, name, revision } = at.into_inner();
    let at = At { ws, kind, name };
    let (wanted, vault) = (at.clone(), visitor.state.vault.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (_, row) = wanted.find(conn, ctx)?;
            edit::restore(conn, ctx, &vault, &row, revision, None)
        })
        .await;
    let flash = match done {
        Ok(row) => Flash::done(format!("Revision {} holds what revision {revision} held.", row.revision)),
        Err(error @ crate::app::Error::Refused(_)) => Flash::refused("Nothing was changed.", error.to_string()),
        Err(error) => return Err(visitor.refused(error)),
    };
    Ok(visitor.go(&at.base(), &flash))
}
