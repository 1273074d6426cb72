//! A draft with everything that its editor shows.

use serde_json::Value;

use crate::app::version::table::row;
use crate::app::version::{self, Document};
use crate::app::{self, Ctx};
use crate::definition::Definition;
use crate::domain::access::Permission;
use crate::domain::version::Sync;
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::web::error::PageError;
use crate::web::layout::{Layout, Place};
use crate::web::pages::flow::FlowHead;
use crate::web::routes::names::VersionAt;
use crate::web::views;
use crate::web::views::version::{Found, problems};
use crate::web::visitor::Visitor;

/// A draft, read.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its flow.
    pub flow: Flow,
    /// The same for pages.
    pub head: FlowHead,
    /// The draft.
    pub version: Version,
    /// The colour of its plate.
    pub sync: Sync,
    /// Text and settings.
    pub document: Document,
    /// The definition, when the text can be read.
    pub definition: Option<Value>,
    /// What validation found.
    pub problems: Vec<Found>,
    /// It was saved before, so that there is something to go back to.
    pub saved_before: bool,
    /// Name of the person who looks.
    pub you: String,
}

impl Opened {
    /// The address of the version.
    pub fn base(&self) -> String {
        format!("{}/versions/{}", self.head.base, self.version.number)
    }
}

/// Reads a draft for somebody who may edit it.
///
/// # Errors
/// Not found; not allowed.
pub fn load(conn: &mut Conn, ctx: &Ctx, names: &VersionAt) -> app::Result<Opened> {
    let (workspace, flow, version) = names.find(conn, ctx)?;
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    let document = version::document(conn, &version.id)?;
    let saved_before = !contents::draft_saves(conn, &version.id)?.is_empty();
    let (shown, _, _) = row(conn, ctx, &flow, version)?;
    let version = shown.version;
    Ok(Opened {
        head: views::head(&workspace, &flow),
        definition: Definition::parse(&document.text).ok().map(|d| d.value().clone()),
        problems: problems(&version),
        sync: shown.sync,
        you: ctx.name().to_owned(),
        saved_before,
        document,
        version,
        flow,
    })
}

/// [`load`], with the frame of the page.
///
/// # Errors
/// As [`load`].
pub async fn open(visitor: &Visitor, names: &VersionAt) -> Result<(Layout, Opened), PageError> {
    let at = names.clone();
    visitor.page(&names.ws, Place::Dashboard, move |conn, ctx, _| load(conn, ctx, &at)).await
}
