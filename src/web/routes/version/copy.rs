//! `…/copy`, `…/into-draft`, `…/discard`: drafts out of versions, over drafts, and back (PRODUCT §3.2, §3.5).

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, FlowAt, VersionAt};
use crate::app::version::create::{self, OtherDraft};
use crate::app::version::{self, compare, save};
use crate::app::{self, Error, flow};
use crate::domain::access::Permission;
use crate::store::versions::{self, Version};
use crate::web::address;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::lifecycle;
use crate::web::refused::Refused;
use crate::web::views::{change, head, whole};
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Wish {
    /// `keep`: another draft of a flow that keeps a single one stays as an extra.
    #[serde(default)]
    other: String,
}

/// `POST …/versions`: a draft of the newest published version, or of the newest one.
///
/// # Errors
/// No such flow; the person may not write drafts.
pub async fn new_draft(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow) = wanted.find(conn, ctx)?;
            let newest = match versions::latest(conn, &flow.id)? {
                Some(version) => version,
                None => version::find(conn, &flow, &(flow.next_number - 1).to_string())?,
            };
            let made = create::from_version(conn, ctx, &flow, &newest, OtherDraft::Ask);
            made.map(|draft| (draft, newest.number)).or_else(|e| other_draft(e, newest.number))
        })
        .await;
    made(&visitor, &at, done)
}

/// `POST …/copy`: *New version from this*.
///
/// # Errors
/// No such version; the person may not write drafts.
pub async fn copy(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    let wish: Wish = address::query(&visitor)?;
    let other = if wish.other == "keep" { OtherDraft::Keep } else { OtherDraft::Ask };
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            let made = create::from_version(conn, ctx, &flow, &version, other);
            made.map(|draft| (draft, version.number)).or_else(|e| other_draft(e, version.number))
        })
        .await;
    made(&visitor, &at.flow(), done)
}

/// A flow that keeps a single draft asks first: the error keeps which version was meant.
fn other_draft(error: Error, number: i64) -> app::Result<(Version, i64)> {
    match error {
        Error::Refused(mut refusal) if refusal.code == "draft_exists" => {
            refusal.detail["from"] = number.into();
            Err(Error::Refused(refusal))
        }
        other => Err(other),
    }
}

fn made(visitor: &Visitor, at: &FlowAt, done: app::Result<(Version, i64)>) -> Answer {
    match done {
        Ok((draft, from)) => {
            let flash = Flash::done(format!("Draft v{} is made from version {from}.", draft.number));
            Ok(visitor.go(&format!("{}/versions/{}/edit", at.base(), draft.number), &flash))
        }
        // What would be lost is shown, and the other ways are offered there.
        Err(Error::Refused(refusal)) if refusal.code == "draft_exists" => Ok(ask(visitor, at, &refusal.detail)),
        Err(other) => Err(visitor.refused(other)),
    }
}

fn ask(visitor: &Visitor, at: &FlowAt, detail: &serde_json::Value) -> HttpResponse {
    let from = detail["from"].as_i64().unwrap_or_default();
    htmx::see_other(visitor.hx, &format!("{}/versions/{from}/into-draft", at.base()))
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Lock version of the draft whose loss was shown.
    expect: i64,
}

/// `GET …/into-draft`
///
/// # Errors
/// No such version, no working draft; the person may not write drafts.
pub async fn show_into_draft(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    into_draft_dialog(&visitor, &at, &Refused::nothing()).await
}

async fn into_draft_dialog(visitor: &Visitor, at: &VersionAt, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, version, draft, lost)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let version = version::find(conn, &flow, &wanted.v)?;
            let draft = version::find(conn, &flow, "draft")?;
            if draft.id == version.id {
                return Err(Error::refused("same_version", format!("Version {} is the working draft itself.", draft.number)));
            }
            let lost = compare::compare(conn, &version, &draft)?;
            Ok((head(workspace, &flow), version, draft, lost))
        })
        .await?;
    let lost = change::changes(&lost.changes);
    let expect = draft.lock_version.to_string();
    let mut dialog = lifecycle::into_draft(&head, whole(version.number), whole(draft.number), expect, lost, &layout.csrf);
    dialog.summary = refused.summary("The draft was not overwritten", "into-draft");
    names::dialog(visitor, refused.status, layout, &head, "Copy into the draft", dialog)
}

/// `POST …/into-draft`
///
/// # Errors
/// No such version; the person may not write drafts.
pub async fn into_draft(visitor: Visitor, at: Path<VersionAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            let draft = create::copy_into_draft_seen(conn, ctx, &flow, &version, Some(form.expect))?;
            Ok((draft.number, version.number))
        })
        .await;
    match done {
        Ok((draft, from)) => {
            let flash = Flash::done(format!("Draft {draft} has the text of version {from} now."));
            Ok(visitor.go(&format!("{}/versions/{draft}/edit", at.flow().base()), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            into_draft_dialog(&visitor, &at, &refused).await
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `GET …/discard`
///
/// # Errors
/// No such draft; the person may not write drafts.
pub async fn show_discard(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    discard_dialog(&visitor, &at, &Refused::nothing()).await
}

async fn discard_dialog(visitor: &Visitor, at: &VersionAt, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, draft, lost)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let draft = version::find(conn, &flow, &wanted.v)?;
            let lost = compare::lost_by_discarding(conn, &draft)?;
            Ok((head(workspace, &flow), draft, lost))
        })
        .await?;
    let lost = change::changes(&lost.changes);
    let mut dialog = lifecycle::discard(&head, whole(draft.number), draft.from_number.map(whole), lost, &layout.csrf);
    dialog.summary = refused.summary("Nothing was discarded", "discard");
    names::dialog(visitor, refused.status, layout, &head, "Discard the changes", dialog)
}

/// `POST …/discard`
///
/// # Errors
/// No such draft; the person may not write drafts.
pub async fn discard(visitor: Visitor, at: Path<VersionAt>, body: Bytes) -> Answer {
    let _: Sent = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            save::discard(conn, ctx, &flow, &version)
        })
        .await;
    match done {
        Ok(draft) => {
            let flash = Flash::done(format!("The changes of draft {} are discarded.", draft.number));
            Ok(visitor.go(&format!("{}/versions/{}/edit", at.flow().base(), draft.number), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            discard_dialog(&visitor, &at, &refused).await
        }
    }
}
