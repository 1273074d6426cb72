//! `…/duplicate`: another flow with the same text; with an unsaved text from the editor it is *Save as* (PRODUCT §3.5).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, VersionAt};
use crate::app::flow::create::{self, NewFlow};
use crate::app::version::{self, Document};
use crate::app::{self, flow};
use crate::domain::access::Permission;
use crate::domain::names::Slug;
use crate::store::conn::Conn;
use crate::store::flows;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::pages::lifecycle;
use crate::web::refused::Refused;
use crate::web::views::{head, whole};
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    slug: String,
    /// What stands in the editor and is not saved.
    definition: Option<String>,
}

/// `GET …/duplicate`
///
/// # Errors
/// No such version; the person may not make flows.
pub async fn show(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    dialog(&visitor, &at, None, &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &VersionAt, typed: Option<Form>, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, version, free)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let version = version::find(conn, &flow, &wanted.v)?;
            let free = free(conn, &workspace.id, &flow.name)?;
            Ok((head(workspace, &flow), version, free))
        })
        .await?;
    let (name, slug, definition) = match typed {
        Some(form) => (form.name, form.slug, form.definition),
        None => (free.0, free.1, None),
    };
    let mut dialog = lifecycle::duplicate(&head, whole(version.number), &name, &slug, &layout.csrf, &refused.errors);
    dialog.summary = refused.summary("The flow was not made", "duplicate");
    dialog.hidden.extend(definition.map(|text| ("definition", text)));
    names::dialog(visitor, refused.status, layout, &head, "Duplicate", dialog)
}

/// A name and slug that nobody has yet: "Order intake copy", "Order intake copy 2".
fn free(conn: &mut Conn, workspace: &str, name: &str) -> app::Result<(String, String)> {
    for n in 1..20 {
        let name = if n == 1 { format!("{name} copy") } else { format!("{name} copy {n}") };
        if let Some(slug) = Slug::propose(&name)
            && flows::find(conn, workspace, slug.as_str())?.is_none()
        {
            return Ok((name, slug.as_str().to_owned()));
        }
    }
    Ok((format!("{name} copy"), String::new()))
}

/// `POST …/duplicate`
///
/// # Errors
/// No such version; the person may not make flows.
pub async fn create(visitor: Visitor, at: Path<VersionAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let new = NewFlow { name: form.name.clone(), slug: form.slug.clone(), ..NewFlow::default() };
    let (wanted, unsaved) = (at.clone(), form.definition.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, flow, version) = wanted.find(conn, ctx)?;
            let stored = version::document(conn, &version.id)?;
            let content = Document { text: unsaved.unwrap_or(stored.text), settings: stored.settings };
            let new = NewFlow { description: flow.description, ..new };
            let (made, draft) = create::duplicate(conn, ctx, &workspace, &content, &new)?;
            Ok((made, draft.number, flow.name))
        })
        .await;
    match done {
        Ok((made, draft, original)) => {
            let flash = Flash::done(format!("{} is a flow of its own now.", made.name)).text(format!("It has no link to {original}."));
            Ok(visitor.go(&format!("/w/{}/flows/{}/versions/{draft}/edit", at.ws, made.slug), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            dialog(&visitor, &at, Some(form), &refused).await
        }
    }
}
