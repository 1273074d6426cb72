//! The bin: what was deleted within 30 days, and bringing it back (PRODUCT §3.7).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use crate::app::flow::bin::{self, Bin, Restored};
use crate::app::{Error, workspace};
use crate::domain::access::Permission;
use crate::domain::component::Kind;
use crate::web::components::nav::Pager;
use crate::web::components::rich::Rich;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers;
use crate::web::pages::bin::{BinItem, BinPage};
use crate::web::pages::component::kind_words;
use crate::web::time::{TimeStyle, TimeView};
use crate::web::visitor::Visitor;

/// Addresses of the bin.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/bin", get().to(list)).route("/bin/{id}/restore", post().to(restore));
}

/// `GET /w/{ws}/bin`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Result<HttpResponse, PageError> {
    let (layout, (bin, may)) = visitor
        .page(&workspace, Place::Bin, |conn, ctx, workspace| {
            let may = |permission| ctx.actor.may(permission, Some(&workspace.id()));
            Ok((bin::bin(conn, ctx, workspace)?, (may(Permission::Edit), may(Permission::KeepSecrets))))
        })
        .await?;
    let items = items(bin, may, visitor.state.now().0);
    let summary = numbers::plural(u64::try_from(items.len()).unwrap_or(0), "thing", "things") + " in the bin.";
    let page = BinPage { layout: Layout { title: "Bin".into(), ..layout }, items, pager: Pager { summary, ..Pager::default() } };
    htmx::page(StatusCode::OK, &page)
}

/// `may` says whether the person may bring back secrets, and anything else.
fn items(bin: Bin, (may_edit, may_keep): (bool, bool), now: i64) -> Vec<BinItem> {
    let item = |id: String, name: Rich, kind: &'static str, by: Option<String>, at: i64| BinItem {
        id,
        name,
        kind,
        may: may_edit,
        by: by.unwrap_or_else(|| "Signalbox".to_owned()),
        at: TimeView::near(at, now),
        reason: String::new(),
        until: TimeView::styled(bin::purged_at(at).0, now, TimeStyle::Day),
    };
    let flows = bin.flows.into_iter().map(|f| (f.deleted_at.unwrap_or_default(), f));
    let versions = bin.versions.into_iter().map(|(v, f)| (v.deleted_at.unwrap_or_default(), v, f));
    let mut all: Vec<(i64, BinItem)> = flows
        .map(|(at, flow)| {
            let versions = numbers::plural(flow.next_number.unsigned_abs().saturating_sub(1), "version", "versions");
            let name = Rich::new().strong(&flow.name).dim(&format!(" with its {versions}"));
            (at, item(flow.id, name, "Flow", flow.deleted_by, at))
        })
        .collect();
    all.extend(versions.map(|(at, version, flow)| {
        let name = Rich::new().strong(&format!("{} v{}", flow.name, version.number)).dim(&if version.note.is_empty() {
            String::new()
        } else {
            format!(" “{}”", version.note)
        });
        (at, item(version.id, name, "Version", version.deleted_by, at))
    }));
    all.extend(bin.components.into_iter().map(|c| {
        let at = c.deleted_at.unwrap_or_default();
        let (kind, may) = match c.kind() {
            Ok(Kind::Secret) => ("Secret", may_keep),
            Ok(kind) => (kind_words(kind), may_edit),
            Err(_) => ("Component", false),
        };
        let name = Rich::new().strong(&c.name).dim(&if c.description.is_empty() { String::new() } else { format!(" {}", c.description) });
        (at, BinItem { may, ..item(c.id, name, kind, c.deleted_by, at) })
    }));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, item)| item).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `POST /w/{ws}/bin/{id}/restore`
///
/// # Errors
/// Not in the bin; not allowed.
pub async fn restore(visitor: Visitor, path: Path<(String, String)>, body: Bytes) -> Result<HttpResponse, PageError> {
    let _: Only = form::parse(&body)?;
    let (name, id) = path.into_inner();
    let ws = name.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &ws)?;
            bin::restore_any(conn, ctx, &workspace, &id)
        })
        .await;
    let back = format!("/w/{name}/bin");
    match done {
        Ok(Restored::Flow(flow)) => {
            Ok(visitor
                .go(&format!("/w/{name}/flows/{}", flow.slug), &Flash::done(format!("{} is back, with all its versions.", flow.name))))
        }
        Ok(Restored::Version(version, flow)) => {
            let to = format!("/w/{name}/flows/{}/versions/{}", flow.slug, version.number);
            Ok(visitor.go(&to, &Flash::done(format!("Version {} of {} is back.", version.number, flow.name))))
        }
        Ok(Restored::Component(component)) => {
            let to = format!("/w/{name}/components/{}/{}", component.kind, component.name);
            Ok(visitor.go(&to, &Flash::done(format!("{} is back.", component.name))))
        }
        Err(error @ Error::Refused(_)) => Ok(visitor.go(&back, &Flash::refused("Nothing was brought back.", error.to_string()))),
        Err(other) => Err(visitor.refused(other)),
    }
}
