//! `/w/{ws}/settings` and `/workspaces`: a workspace's name and words, and making another.

use actix_web::web::{Bytes, Path, ServiceConfig, get, post};
use serde::Deserialize;

use super::names::Answer;
use crate::app::workspace::{self, Changes};
use crate::domain::access::Permission;
use crate::domain::vocabulary::Vocabulary;
use crate::store::workspaces::Workspace;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::workspace::{NewWorkspacePage, WorkspaceSettingsPage, states};
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/settings", get().to(show)).route("/settings", post().to(update));
}

/// Addresses below `/workspaces`.
pub fn own_table(cfg: &mut ServiceConfig) {
    cfg.route("", post().to(create)).route("/new", get().to(show_new));
}

fn vocabularies() -> Vec<(String, String)> {
    Vocabulary::ALL.iter().map(|v| (v.as_str().to_owned(), v.title().to_owned())).collect()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    words: String,
    expect: i64,
}

/// `GET /w/{ws}/settings`
///
/// # Errors
/// No such workspace.
pub async fn show(visitor: Visitor, ws: Path<String>) -> Answer {
    page(&visitor, &ws, None, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, ws: &str, typed: Option<Form>, refused: &Refused) -> Answer {
    let (mut layout, (workspace, may_admin, may_create)) = visitor
        .page(ws, Place::Elsewhere, |_, ctx, workspace| {
            ctx.allow(Permission::Read, Some(&workspace.id()))?;
            let may = |scope| ctx.actor.may(Permission::Administer, scope);
            Ok((workspace.clone(), may(Some(&workspace.id())), may(None)))
        })
        .await?;
    layout.title = format!("Settings of {}", workspace.name);
    let (name, words, expect) = match &typed {
        Some(form) => (form.name.clone(), form.words.clone(), form.expect),
        None => (workspace.name.clone(), workspace.words.clone(), workspace.lock_version),
    };
    let page = WorkspaceSettingsPage {
        crumbs: Crumbs::here("Settings").below(layout.home(), "Dashboard"),
        may_admin,
        may_create,
        expect: whole(expect),
        fields: vec![
            Field::line("name", "Name").value(name).required().bounds(1, 80).check_in(&refused.errors),
            Field::choice("words", "Words for states", vocabularies())
                .value(words)
                .hint("What people know from the system they come from. The rules are the same, and the API keeps its own words.")
                .check_in(&refused.errors),
        ],
        summary: refused.summary("The settings were not saved", "main"),
        states: states(),
        facts: facts(&workspace, visitor.state.now().0),
        layout,
    };
    htmx::page(refused.status, &page)
}

fn facts(workspace: &Workspace, now: i64) -> Vec<(String, Rich)> {
    vec![
        ("Address".to_owned(), Rich::new().code(&format!("/w/{}", workspace.slug))),
        ("Id".to_owned(), Rich::new().code(&workspace.id)),
        ("Made".to_owned(), Rich::new().time(TimeView::near(workspace.created_at, now))),
    ]
}

/// `POST /w/{ws}/settings`
///
/// # Errors
/// No such workspace; not an admin.
pub async fn update(visitor: Visitor, ws: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (name, changes, expect) = (ws.clone(), Changes { name: Some(form.name.clone()), words: Some(form.words.clone()) }, form.expect);
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &name)?;
            workspace::change(conn, ctx, &workspace, &changes, Some(expect))
        })
        .await;
    match done {
        Ok(workspace) => Ok(visitor.go(&format!("/w/{}/settings", workspace.slug), &Flash::done("The settings are saved."))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &format!("/w/{ws}/settings"))?;
            page(&visitor, &ws, Some(form), &refused).await
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    slug: String,
    words: String,
}

/// `GET /workspaces/new`
///
/// # Errors
/// Not an admin of the instance.
pub async fn show_new(visitor: Visitor) -> Answer {
    new_page(&visitor, New::default(), &Refused::nothing()).await
}

async fn new_page(visitor: &Visitor, form: New, refused: &Refused) -> Answer {
    let (mut layout, ()) = visitor.plain_page(Place::Elsewhere, |_, ctx| ctx.allow(Permission::Administer, None)).await?;
    layout.title = "New workspace".to_owned();
    let page = NewWorkspacePage {
        crumbs: Crumbs::here("New workspace").below(layout.home(), "Dashboard"),
        fields: new_fields(form, &refused.errors),
        summary: refused.summary("The workspace was not made", "main"),
        layout,
    };
    htmx::page(refused.status, &page)
}

fn new_fields(form: New, errors: &FieldErrors) -> Vec<Field> {
    vec![
        Field::line("name", "Name").value(form.name).required().bounds(1, 80).check_in(errors),
        Field::line("slug", "Address")
            .control(Control::Code)
            .value(form.slug)
            .hint("Lower-case letters, digits and hyphens. Made from the name when left empty; it stays for good.")
            .check_in(errors),
        Field::choice("words", "Words for states", vocabularies())
            .value(form.words)
            .hint("What people know from the system they come from. It can be changed at any time.")
            .check_in(errors),
    ]
}

/// `POST /workspaces`: makes the workspace and goes there.
///
/// # Errors
/// Not an admin of the instance.
pub async fn create(visitor: Visitor, body: Bytes) -> Answer {
    let form: New = form::parse(&body)?;
    let new = workspace::New { slug: form.slug.clone(), name: form.name.clone(), words: form.words.clone() };
    let done = visitor.write(move |conn, ctx| workspace::create(conn, ctx, &new)).await;
    match done {
        Ok(workspace) => Ok(visitor.go(&format!("/w/{}", workspace.slug), &Flash::done(format!("{} is made.", workspace.name)))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, "/workspaces/new")?;
            new_page(&visitor, form, &refused).await
        }
    }
}
