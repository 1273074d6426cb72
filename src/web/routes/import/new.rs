//! `GET` and `POST /w/{ws}/import`: a file is chosen, or its text is pasted.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};

use super::super::names::Answer;
use crate::app::{Error, import, workspace};
use crate::domain::access::Permission;
use crate::domain::portable;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::Crumbs;
use crate::web::form::Unreadable;
use crate::web::layout::Place;
use crate::web::multipart;
use crate::web::pages::import::NewImportPage;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;
use crate::web::{csrf, htmx};

/// A pasted text longer than this does not come back in the form: nobody mends it there.
const KEPT: usize = 200_000;

/// `GET /w/{ws}/import`
///
/// # Errors
/// The person may not change flows.
pub async fn show(visitor: Visitor, ws: Path<String>) -> Answer {
    page(&visitor, &ws, String::new(), &Refused::nothing()).await
}

async fn page(visitor: &Visitor, ws: &str, text: String, refused: &Refused) -> Answer {
    let (mut layout, ()) =
        visitor.page(ws, Place::Dashboard, |_, ctx, workspace| ctx.allow(Permission::Edit, Some(&workspace.id()))).await?;
    layout.title = "Import".to_owned();
    let page = NewImportPage {
        crumbs: Crumbs::here("Import").below(layout.home(), "Dashboard"),
        summary: refused.summary("The file cannot be imported", "main"),
        error: refused.errors.of("file"),
        text: Field::text("text", "Text of the file").control(Control::CodeText).value(text).lines(12),
        layout,
    };
    htmx::page(refused.status, &page)
}

/// What was sent: how the file is called, and its bytes.
struct Sent {
    name: String,
    bytes: Bytes,
    pasted: bool,
}

fn sent(request: &HttpRequest, body: &Bytes) -> Result<Option<Sent>, Unreadable> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let parts = multipart::parts(kind, body).ok_or_else(|| Unreadable::field("body"))?;
    if let Some(unknown) = parts.iter().find(|p| !matches!(p.name.as_str(), "csrf" | "file" | "text")) {
        return Err(Unreadable::field(&unknown.name));
    }
    debug_assert_eq!(csrf::FIELD, "csrf");
    let file = parts.iter().find(|p| p.name == "file" && !p.bytes.is_empty());
    let text = parts.iter().find(|p| p.name == "text" && p.bytes.iter().any(|b| !b.is_ascii_whitespace()));
    Ok(match (file, text) {
        (Some(file), _) => Some(Sent { name: file.file_name.clone().unwrap_or_default(), bytes: file.bytes.clone(), pasted: false }),
        (None, Some(text)) => Some(Sent { name: "pasted text".to_owned(), bytes: text.bytes.clone(), pasted: true }),
        (None, None) => None,
    })
}

/// `POST /w/{ws}/import`: keeps the file for an hour and goes to its report.
///
/// # Errors
/// The person may not change flows; the database.
pub async fn send(visitor: Visitor, ws: Path<String>, request: HttpRequest, body: Bytes) -> Answer {
    let Some(Sent { name, bytes, pasted }) = sent(&request, &body)? else {
        return page(&visitor, &ws, String::new(), &Refused::field("file", "Choose a file, or paste its text.")).await;
    };
    let back = if pasted && bytes.len() <= KEPT { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() };
    let name = if name.trim().is_empty() { "file".to_owned() } else { name };
    let text = match portable::text(&bytes) {
        // Forms send line ends as they like; the file's own were of one kind.
        Ok(text) if pasted => text.replace("\r\n", "\n"),
        Ok(text) => text.to_owned(),
        Err(why) => return page(&visitor, &ws, back, &Refused::field("file", why)).await,
    };
    let (at, called, given) = (ws.to_string(), name.clone(), text.clone());
    // Read before anything waits for the database.
    let read = visitor.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &at)?;
        ctx.allow(Permission::Edit, Some(&workspace.id()))?;
        Ok(import::read(ctx, &called, &given).map(|_| ()))
    });
    if let Err(error) = read.await? {
        let refused = Refused::of(&visitor, error, "")?;
        return page(&visitor, &ws, back, &refused).await;
    }
    let at = ws.to_string();
    let kept = visitor.write(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &at)?;
        import::keep(conn, ctx, &workspace, &name, &text)
    });
    let id = kept.await.map_err(|error: Error| visitor.refused(error))?;
    Ok(htmx::see_other(visitor.hx, &format!("/w/{ws}/import/{id}")))
}
