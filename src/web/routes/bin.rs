//! The bin: what was deleted within 30 days, looked at, brought back, taken out for good (PRODUCT §3.7, §3.9).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use super::names::Answer;
use crate::app::bin::look::{Looked, look};
use crate::app::bin::{self, purge, restore};
use crate::app::{Ctx, Error, workspace};
use crate::domain::access::Permission;
use crate::domain::bin::{Kind, until};
use crate::store::bin::{Entry, Filter, Key};
use crate::store::page::DEFAULT_LIMIT;
use crate::store::workspaces::Workspace;
use crate::web::address;
use crate::web::components::banner::{Banner, Kind as BannerKind};
use crate::web::components::field::Field;
use crate::web::components::nav::{Choice, Crumbs, Pager, Segments};
use crate::web::components::rich::Rich;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::highlight::Listing;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::bin::{BinEntryPage, BinItem, BinPage};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::visitor::Visitor;

/// Addresses of the bin.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/bin", get().to(list))
        .route("/bin/{id}", get().to(show))
        .route("/bin/{id}/restore", post().to(bring_back))
        .route("/bin/{id}/purge", post().to(take_out));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    kind: String,
    find: String,
    /// `deleted_at.id` of the entry that the page goes on from.
    before: Option<String>,
    after: Option<String>,
}

/// The words for a kind, one and many.
const fn kind_words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Flow => ("Flow", "Flows"),
        Kind::Version => ("Version", "Versions"),
        Kind::Component => ("Component", "Components"),
        Kind::Secret => ("Secret", "Secrets"),
        Kind::Configuration => ("Configuration", "Configurations"),
        Kind::Package => ("Package", "Packages"),
        Kind::Plan => ("Plan", "Plans"),
    }
}

fn key(text: Option<String>) -> Result<Option<Key>, PageError> {
    let Some(text) = text else { return Ok(None) };
    let read = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    read.map(Some).ok_or_else(|| PageError::Address("“before” and “after” name an entry of this list".into()))
}

/// `GET /w/{ws}/bin?kind=&find=&before=&after=`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let kind: Option<Kind> = match query.kind.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|e: crate::domain::text_enum::UnknownWord| PageError::Address(e.to_string()))?),
    };
    let from = address::direction(key(query.before)?, key(query.after)?)?;
    let filter = Filter { kind, text: query.find.trim().to_owned() };
    let (layout, (page, may)) = visitor
        .page(&workspace, Place::Bin, move |conn, ctx, workspace| {
            let found = bin::list(conn, ctx, workspace, &filter, &from, DEFAULT_LIMIT)?;
            let may: Vec<bool> = found.items.iter().map(|entry| may(ctx, workspace, entry)).collect();
            Ok((found, may))
        })
        .await?;
    let (now, home) = (visitor.state.now().0, format!("{}/bin", layout.home()));
    let find = query.find.trim().to_owned();
    let edge = |entry: Option<&Entry>, word: &str| {
        entry.map(|e| {
            address::with(&home, &[("kind", query.kind.as_str()), ("find", find.as_str()), (word, &format!("{}.{}", e.deleted_at, e.id))])
        })
    };
    let pager = Pager {
        summary: plural(page.items.len() as u64, "thing", "things") + " on this page.",
        newer: edge(page.items.first().filter(|_| page.newer), "after").map(|to| ("Deleted later".to_owned(), to)),
        older: edge(page.items.last().filter(|_| page.more), "before").map(|to| ("Deleted earlier".to_owned(), to)),
    };
    let mut kinds = vec![Choice::new(address::with(&home, &[("find", find.as_str())]), "All", kind.is_none())];
    kinds.extend(Kind::ALL.iter().map(|k| {
        let to = address::with(&home, &[("kind", k.as_str()), ("find", find.as_str())]);
        Choice::new(to, kind_words(*k).1, kind == Some(*k))
    }));
    let page = BinPage {
        kinds: Segments { label: "Kind of thing".into(), choices: kinds },
        kind: query.kind,
        items: page.items.iter().zip(may).map(|(entry, may)| item(entry, may, now)).collect(),
        find,
        pager,
        layout: Layout { title: "Bin".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

/// Whether the person may bring a thing back.
fn may(ctx: &Ctx, workspace: &Workspace, entry: &Entry) -> bool {
    entry.kind().is_ok_and(|kind| ctx.actor.may(kind.permission(), Some(&workspace.id())))
}

fn item(entry: &Entry, may: bool, now: i64) -> BinItem {
    let detail = match entry.kind() {
        Ok(Kind::Version | Kind::Configuration) if !entry.detail.is_empty() => format!(" “{}”", entry.detail),
        _ if entry.detail.is_empty() => String::new(),
        _ => format!(" {}", entry.detail),
    };
    BinItem {
        id: entry.id.clone(),
        name: Rich::new().strong(&entry.name).dim(&detail),
        kind: entry.kind().map_or("Thing", |kind| kind_words(kind).0),
        may,
        by: entry.deleted_by.clone(),
        at: TimeView::near(entry.deleted_at, now),
        reason: entry.reason.clone(),
        until: TimeView::styled(until(entry.deleted_at).0, now, TimeStyle::Day),
    }
}

/// `GET /w/{ws}/bin/{id}`
///
/// # Errors
/// Not in the bin any more.
pub async fn show(visitor: Visitor, path: Path<(String, String)>) -> Answer {
    let (ws, id) = path.into_inner();
    entry_page(&visitor, &ws, &id, Again::default()).await
}

/// A form that is shown again, with what is wrong.
#[derive(Default)]
struct Again {
    errors: FieldErrors,
    name: Option<String>,
    typed: String,
    reason: String,
    refused: Option<Banner>,
}

async fn entry_page(visitor: &Visitor, ws: &str, id: &str, again: Again) -> Answer {
    let (wanted, refused) = (id.to_owned(), again.refused.is_some() || !again.errors.is_empty());
    let (layout, (found, may, admin)) = visitor
        .page(ws, Place::Bin, move |conn, ctx, workspace| {
            let found = look(conn, ctx, workspace, &wanted)?;
            let may = may(ctx, workspace, &found.entry);
            Ok((found, may, ctx.actor.may(Permission::Administer, Some(&workspace.id()))))
        })
        .await?;
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    htmx::page(status, &view(layout, found, (may, admin), again, visitor.state.now().0))
}

fn view(layout: Layout, found: Looked, (may, admin): (bool, bool), again: Again, now: i64) -> BinEntryPage {
    let (label, hint) = match found.kind {
        Kind::Flow => ("Address", "Its name in addresses. Another one, if this one is taken by now."),
        Kind::Version => ("Label", "Leave it empty to bring the version back without one."),
        _ => ("Name", "Another one, if this one is taken by now."),
    };
    let name = found.name.map(|name| Field::line("name", label).value(again.name.unwrap_or(name)).hint(hint).check_in(&again.errors));
    let purge = admin.then(|| {
        let confirm = Field::line("confirm", Rich::new().text("Type ").code(&found.entry.name).text(" to take it out"))
            .value(again.typed)
            .autocomplete("off")
            .check_in(&again.errors);
        (
            confirm,
            Field::line("reason", Rich::new().text("Reason ").dim("(optional, shown in History)"))
                .value(again.reason)
                .check_in(&again.errors),
        )
    });
    let held = found.held.filter(|value| value.as_object().is_none_or(|map| !map.is_empty()));
    BinEntryPage {
        crumbs: Crumbs::here(found.entry.name.as_str()).below(format!("{}/bin", layout.home()), "Bin"),
        item: item(&found.entry, may, now),
        refused: again.refused,
        name,
        history: (found.kind == Kind::Flow).then(|| format!("{}/flows/{}/history", layout.home(), found.entry.id)),
        facts: found.facts,
        definition: found.definition.map(|text| Listing::new("Definition", &text, &[])),
        held: held
            .map(|value| Listing::new("What it held", &serde_json::to_string_pretty(&value).unwrap_or_default(), &[]).with_id("held")),
        purge,
        layout: Layout { title: format!("{} · Bin", found.entry.name), ..layout },
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// The name it comes back under, where the form asked for one.
    name: Option<String>,
}

/// `POST /w/{ws}/bin/{id}/restore`
///
/// # Errors
/// Not in the bin; not allowed. A taken name comes back with the form.
pub async fn bring_back(visitor: Visitor, path: Path<(String, String)>, body: Bytes) -> Answer {
    let Back { name, .. } = form::parse(&body)?;
    let (ws, id) = path.into_inner();
    let (wanted, thing, under) = (ws.clone(), id.clone(), name.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &wanted)?;
            restore::restore(conn, ctx, &workspace, &thing, under.as_deref())
        })
        .await;
    match done {
        Ok(back) => Ok(visitor.go(&format!("/w/{ws}{}", back.to), &Flash::done(format!("{} is back.", back.name)))),
        Err(error) => again(&visitor, &ws, &id, error, "Nothing was brought back.", Again { name, ..Again::default() }).await,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Out {
    #[serde(rename = "csrf")]
    _csrf: String,
    confirm: String,
    #[serde(default)]
    reason: String,
}

/// `POST /w/{ws}/bin/{id}/purge`
///
/// # Errors
/// Not in the bin; not an admin. Another name comes back with the form.
pub async fn take_out(visitor: Visitor, path: Path<(String, String)>, body: Bytes) -> Answer {
    let Out { confirm, reason, .. } = form::parse(&body)?;
    let (ws, id) = path.into_inner();
    let (wanted, thing, typed, why) = (ws.clone(), id.clone(), confirm.clone(), reason.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &wanted)?;
            purge::at_once(conn, ctx, &workspace, &thing, &typed, &why)
        })
        .await;
    match done {
        Ok(true) => Ok(visitor.go(&format!("/w/{ws}/bin"), &Flash::done("It is gone for good."))),
        Ok(false) => {
            let says = "It left the bin and cannot be brought back. What refers to it can still be read.";
            Ok(visitor.go(&format!("/w/{ws}/bin"), &Flash::done(says)))
        }
        Err(error) => {
            again(&visitor, &ws, &id, error, "Nothing was taken out.", Again { typed: confirm, reason, ..Again::default() }).await
        }
    }
}

/// The page again, with what is wrong at its field or on top.
async fn again(visitor: &Visitor, ws: &str, id: &str, error: Error, what: &str, mut again: Again) -> Answer {
    match error {
        Error::Invalid(fields) => fields.into_iter().for_each(|f| again.errors.add(&f.field, f.message)),
        Error::Refused(refusal) if refusal.detail.get("field").is_some() => again.errors.add("name", refusal.message),
        Error::Refused(refusal) => again.refused = Some(Banner::new(BannerKind::Bad, what, refusal.message)),
        other => return Err(visitor.refused(other)),
    }
    entry_page(visitor, ws, id, again).await
}
