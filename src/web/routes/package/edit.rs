//! Packages are written: made, changed, deleted.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{PackageAt, crumbs, may_prepare};
use crate::app::package::edit::{self, Draft, DraftItem};
use crate::app::package::look::{self, Whole};
use crate::app::{self, Error, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::flows::{self, Filter};
use crate::store::packages::Package;
use crate::store::page::{Direction, MAX_LIMIT};
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::Field;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::package::PackageForm;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

/// Rows that a form has at least, rows that are free below those in use, and rows that it may send.
const ROWS: usize = 5;
const SPARE: usize = 3;
const MOST_ROWS: usize = 110;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Revision that was seen.
    #[serde(default)]
    expect: String,
    name: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    flow: Vec<String>,
    #[serde(default)]
    version: Vec<String>,
    #[serde(default)]
    priority: Vec<String>,
}

impl Form {
    fn of(found: &Whole) -> Self {
        let items = &found.items;
        Self {
            expect: found.package.lock_version.to_string(),
            name: found.package.name.clone(),
            note: found.package.note.clone(),
            flow: items.iter().map(|i| i.flow.slug.clone()).collect(),
            version: items.iter().map(|i| i.item.version_number.to_string()).collect(),
            priority: items.iter().map(|i| i.item.priority.to_string()).collect(),
            ..Self::default()
        }
    }

    fn rows(&self) -> Vec<[String; 3]> {
        let used = self.flow.len().max(self.version.len()).min(MOST_ROWS);
        let cell = |column: &[String], n: usize| column.get(n).map(|text| text.trim().to_owned()).unwrap_or_default();
        (0..used).map(|n| [cell(&self.flow, n), cell(&self.version, n), cell(&self.priority, n)]).collect()
    }

    /// What was typed, as a package; empty rows are left out.
    ///
    /// # Errors
    /// A priority that is no number; a version without its flow.
    fn draft(&self) -> app::Result<Draft> {
        let mut items = Vec::new();
        for (n, [flow, version, priority]) in self.rows().into_iter().enumerate() {
            if flow.is_empty() && version.is_empty() && priority.is_empty() {
                continue;
            }
            if flow.is_empty() {
                return Err(Error::invalid("items", format!("Row {}: name the flow, or leave the row empty.", n + 1)));
            }
            let number = if priority.is_empty() { Ok(0) } else { priority.parse() };
            let number =
                number.map_err(|_| Error::invalid("items", format!("Row {}: give the queue priority as a whole number.", n + 1)))?;
            let version = if version.is_empty() { "latest".to_owned() } else { version.trim_start_matches('v').to_owned() };
            items.push(DraftItem { flow, version, priority: number });
        }
        Ok(Draft { name: self.name.clone(), note: self.note.clone(), items })
    }
}

/// `GET /w/{ws}/packages/new`
///
/// # Errors
/// No such workspace; the person makes no packages.
pub async fn new(visitor: Visitor, workspace: Path<String>) -> Answer {
    form_page(&visitor, &workspace, None, Some(Form::default()), &Refused::nothing()).await
}

/// `GET /w/{ws}/packages/{package}/edit`
///
/// # Errors
/// No such package; the person makes no packages.
pub async fn edit(visitor: Visitor, at: Path<PackageAt>) -> Answer {
    form_page(&visitor, &at.ws, Some(&at.package), None, &Refused::nothing()).await
}

async fn form_page(visitor: &Visitor, ws: &str, name: Option<&str>, typed: Option<Form>, refused: &Refused) -> Answer {
    let wanted = name.map(str::to_owned);
    let (layout, (stored, flows)) = visitor
        .page(ws, Place::Rollouts, move |conn, ctx, workspace| {
            if !may_prepare(ctx, workspace) {
                return Err(Error::Forbidden(Permission::Operate(Kind::Production)));
            }
            let stored = match wanted {
                Some(name) => {
                    let package = look::find(conn, workspace, &name)?;
                    Some(look::whole(conn, package)?)
                }
                None => None,
            };
            let page = flows::list(conn, &workspace.id, &Filter::default(), &Direction::Newest, MAX_LIMIT)?;
            Ok((stored, page.items.into_iter().map(|f| (f.slug, f.name)).collect::<Vec<_>>()))
        })
        .await?;
    let form = match (typed, &stored) {
        (Some(form), _) => form,
        (None, Some(found)) => Form::of(found),
        (None, None) => Form::default(),
    };
    let home = layout.home();
    let heading = stored.as_ref().map_or_else(|| "New package".to_owned(), |p| p.package.name.clone());
    let base = stored.as_ref().map_or_else(|| format!("{home}/packages"), |p| format!("{home}/packages/{}", p.package.id));
    let mut rows = form.rows();
    rows.resize_with(ROWS.max(rows.len() + SPARE).min(MOST_ROWS), Default::default);
    let wrong = refused.errors.all().iter().filter(|(field, _)| field.starts_with("items"));
    let page = PackageForm {
        crumbs: match &stored {
            Some(_) => crumbs(&home, "Change").below(base.as_str(), heading.as_str()),
            None => crumbs(&home, &heading),
        },
        action: base.clone(),
        keep: base,
        based_on: form.expect.clone(),
        deployed: stored.as_ref().is_some_and(|p| p.package.first_deployed_at.is_some()),
        summary: refused.summary("The package was not kept", "package"),
        name: Field::line("name", "Name")
            .value(form.name.as_str())
            .required()
            .hint("Typed to confirm a deployment to production.")
            .check_in(&refused.errors),
        note: Field::text("note", "Note").value(form.note.as_str()).hint("What it is for; it may be empty.").check_in(&refused.errors),
        rows,
        rows_error: wrong.map(|(_, says)| says.clone()).collect(),
        flows,
        layout: Layout { title: heading.clone(), ..layout },
        heading,
    };
    htmx::page(refused.status, &page)
}

/// `POST /w/{ws}/packages`
///
/// # Errors
/// No such workspace; the person makes no packages.
pub async fn create(visitor: Visitor, workspace: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (ws, typed) = (workspace.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &ws)?;
            edit::create(conn, ctx, &workspace, &typed.draft()?)
        })
        .await;
    kept(&visitor, &workspace, None, form, done).await
}

/// `POST /w/{ws}/packages/{package}`
///
/// # Errors
/// No such package; the person makes no packages.
pub async fn update(visitor: Visitor, at: Path<PackageAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, before) = wanted.find(conn, ctx)?;
            let based_on = typed.expect.parse().unwrap_or(before.lock_version);
            edit::edit(conn, ctx, &workspace, &before, based_on, &typed.draft()?)
        })
        .await;
    kept(&visitor, &at.ws, Some(&at.package), form, done).await
}

async fn kept(visitor: &Visitor, ws: &str, name: Option<&str>, form: Form, done: app::Result<Package>) -> Answer {
    match done {
        Ok(package) => {
            let flash = Flash::done(format!("The package “{}” is kept.", package.name)).text("Nothing is deployed by that.");
            Ok(visitor.go(&format!("/w/{ws}/packages/{}", package.id), &flash))
        }
        Err(error) => {
            let mut refused = Refused::of(visitor, error, "")?;
            // Rows have no ids of their own: their errors stand together below the table.
            for n in 0..MOST_ROWS {
                refused = refused.renamed(&format!("items.{n}"), "items");
            }
            form_page(visitor, ws, name, Some(form), &refused).await
        }
    }
}

/// `GET /w/{ws}/packages/{package}/delete`
///
/// # Errors
/// No such package; the person makes no packages.
pub async fn ask(visitor: Visitor, at: Path<PackageAt>) -> Answer {
    let wanted = at.clone();
    let (layout, package) = visitor
        .page(&at.ws, Place::Rollouts, move |conn, ctx, workspace| {
            if !may_prepare(ctx, workspace) {
                return Err(Error::Forbidden(Permission::Operate(Kind::Production)));
            }
            look::find(conn, workspace, &wanted.package)
        })
        .await?;
    let (home, base) = (layout.home(), format!("{}/{}", at.list(), package.id));
    let title = format!("Delete the package “{}”?", package.name);
    let mut dialog =
        Dialog::new("delete-package", &layout.csrf, title, format!("{base}/delete"), (base.clone(), "Keep the package"), "Delete package");
    dialog.danger = true;
    dialog.checks = vec![CheckView::ok("Its flows and their versions stay as they are.")];
    if package.first_deployed_at.is_some() {
        dialog.checks = vec![CheckView::bad("It was deployed, and the record of that points at it, so it is kept.")];
        dialog.act = None;
    }
    let page = DialogPage {
        crumbs: crumbs(&home, "Delete").below(base.as_str(), package.name.as_str()),
        heading: package.name.as_str().into(),
        dialog,
        layout: Layout { title: format!("Delete · {}", package.name), ..layout },
    };
    htmx::reply(visitor.hx, actix_web::http::StatusCode::OK, &page, &page.as_dialog())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `POST /w/{ws}/packages/{package}/delete`
///
/// # Errors
/// No such package; it was deployed.
pub async fn delete(visitor: Visitor, at: Path<PackageAt>, body: Bytes) -> Answer {
    let _: Only = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, found) = wanted.find(conn, ctx)?;
            edit::delete(conn, ctx, &workspace, &found)?;
            Ok(found)
        })
        .await;
    match done {
        Ok(package) => Ok(visitor.go(&at.list(), &Flash::done(format!("The package “{}” is deleted.", package.name)))),
        Err(error @ Error::Refused(_)) => {
            Ok(visitor.go(&format!("{}/{}", at.list(), at.package), &Flash::refused("Nothing was deleted.", error.to_string())))
        }
        Err(other) => Err(visitor.refused(other)),
    }
}
