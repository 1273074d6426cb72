//! The form: making a component, and changing one.

use actix_web::web::{Bytes, Path, Query};
use serde::Deserialize;

use super::super::names::Answer;
use super::{At, head, may};
use crate::app::component::create::{New, create as make};
use crate::app::component::edit::{Edit, edit as change};
use crate::app::{self, component, workspace};
use crate::domain::component::Kind;
use crate::store::components;
use crate::store::conn::Conn;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form as forms;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::component::form::Form;
use crate::web::pages::component::{ComponentFormPage, kind_crumbs, kind_says, kind_words};
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wish {
    /// What is to be made.
    kind: String,
    /// A name to begin with.
    name: String,
}

/// `GET …/components/new?kind=connection`
///
/// # Errors
/// No such kind; the person may not make one.
pub async fn new(visitor: Visitor, ws: Path<String>, wish: Query<Wish>) -> Answer {
    let kind: Kind = if wish.kind.is_empty() { Kind::Connection } else { kind_of(&wish.kind)? };
    let form = Form::new(kind).named(&wish.name);
    new_page(&visitor, &ws, kind, form, &Refused::nothing()).await
}

fn kind_of(word: &str) -> Result<Kind, PageError> {
    word.parse().map_err(|_| PageError::NotFound(format!("There is no kind of component “{word}”.")))
}

fn names_of_secrets(conn: &mut Conn, workspace: &str) -> app::Result<Vec<String>> {
    let secrets = components::all(conn, workspace)?.into_iter().filter(|c| c.kind == Kind::Secret.as_str());
    Ok(secrets.map(|c| c.name).collect())
}

async fn new_page(visitor: &Visitor, ws: &str, kind: Kind, form: Form, refused: &Refused) -> Answer {
    let (layout, secrets) = visitor
        .page(ws, Place::Components, move |conn, ctx, workspace| {
            ctx.allow(component::permission(kind), Some(&workspace.id()))?;
            names_of_secrets(conn, &workspace.id)
        })
        .await?;
    let back = format!("{}/components?kind={kind}", layout.home());
    let page = ComponentFormPage {
        crumbs: kind_crumbs(&layout, kind, &format!("New {kind}")),
        title: format!("New {kind}"),
        says: kind_says(kind).to_owned(),
        // The kind stands in the address, so that a form that comes back keeps it.
        action: format!("{}/components?kind={kind}", layout.home()),
        back,
        act: format!("Make the {kind}"),
        expect: String::new(),
        fields: form.fields(kind, &secrets, &refused.errors, true),
        summary: refused.summary(format!("The {kind} was not made"), "component-form"),
        layout: Layout { title: format!("New {kind}"), ..layout },
    };
    htmx::page(refused.status, &page)
}

/// `POST …/components?kind=`
///
/// # Errors
/// The person may not make one.
pub async fn create(visitor: Visitor, ws: Path<String>, wish: Query<Wish>, body: Bytes) -> Answer {
    let kind = kind_of(&wish.kind)?;
    let form: Form = forms::parse(&body)?;
    let (typed, name, vault) = (form.clone(), ws.clone(), visitor.state.vault.clone());
    let made = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &name)?;
            let content = typed.content(kind)?;
            let new = New { kind, name: typed.name.clone(), description: typed.description.clone(), content, note: typed.note.clone() };
            let row = make(conn, ctx, &workspace, &new)?;
            if kind == Kind::Secret && !typed.value.is_empty() {
                component::secret::set(conn, ctx, &vault, &row, &typed.secret_value()?)?;
            }
            Ok(row)
        })
        .await;
    match made {
        Ok(row) => {
            let to = format!("/w/{ws}/components/{kind}/{}", row.name);
            Ok(visitor.go(&to, &Flash::done(format!("The {kind} {} is made.", row.name)).text("Flows can refer to it now.")))
        }
        Err(error) => {
            let refused = fitted(Refused::of(&visitor, error, &format!("/w/{ws}/components"))?);
            // A secret's value is never sent back to the browser.
            let form = if kind == Kind::Secret { form.without_value() } else { form };
            new_page(&visitor, &ws, kind, form, &refused).await
        }
    }
}

/// Errors stand at the fields that people see.
fn fitted(refused: Refused) -> Refused {
    refused.renamed("expiry_seconds", "expiry").renamed("rows", "table").renamed("columns", "table").renamed("content", "name")
}

/// `GET …/edit`
///
/// # Errors
/// No such component; the person may not change it.
pub async fn edit(visitor: Visitor, at: Path<At>) -> Answer {
    edit_page(&visitor, &at, None, &Refused::nothing()).await
}

async fn edit_page(visitor: &Visitor, at: &At, typed: Option<Form>, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, form, revision, secrets)) = visitor
        .page(&at.ws, Place::Components, move |conn, ctx, workspace| {
            let (_, row) = wanted.find(conn, ctx)?;
            let kind = row.kind()?;
            if !may(ctx, workspace, kind) {
                ctx.allow(component::permission(kind), Some(&workspace.id()))?;
            }
            let (_, content) = component::revision(conn, &row, None)?;
            let form = typed.unwrap_or_else(|| Form::of(&row, &content));
            Ok((head(workspace, &row)?, form, row.revision, names_of_secrets(conn, &workspace.id)?))
        })
        .await?;
    let says = match head.kind {
        Kind::Secret => "Its value is set on its own page. Nobody can read it back.".to_owned(),
        kind => format!(
            "{} with revision {revision}. Saving another content makes revision {}; the old ones stay.",
            kind_words(kind),
            revision + 1
        ),
    };
    let page = ComponentFormPage {
        crumbs: head.crumbs(&layout, "Edit"),
        title: format!("Edit {}", head.name),
        says,
        action: format!("{}/edit", head.base),
        back: head.base.clone(),
        act: format!("Save {}", head.name),
        expect: form.expect.clone(),
        fields: form.fields(head.kind, &secrets, &refused.errors, false),
        summary: refused.summary(format!("{} was not saved", head.name), "component-form"),
        layout: Layout { title: format!("Edit · {}", head.name), ..layout },
    };
    htmx::page(refused.status, &page)
}

/// `POST …/edit`
///
/// # Errors
/// No such component; the person may not change it.
pub async fn update(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let form: Form = forms::parse(&body)?;
    let (typed, wanted, vault) = (form.clone(), at.clone(), visitor.state.vault.clone());
    let saved = visitor
        .write(move |conn, ctx| {
            let (_, row) = wanted.find(conn, ctx)?;
            let edit = Edit {
                name: Some(typed.name.clone()),
                description: Some(typed.description.clone()),
                content: Some(typed.content(row.kind()?)?),
                note: typed.note.clone(),
            };
            // A form without what it is based on is one that nobody was shown.
            let based_on = Some(typed.expect.parse().unwrap_or(-1));
            let before = row.revision;
            Ok((change(conn, ctx, &vault, &row, &edit, based_on)?, before))
        })
        .await;
    match saved {
        Ok((row, before)) => {
            let to = format!("/w/{}/components/{}/{}", at.ws, row.kind, row.name);
            let text = if row.revision == before {
                "It holds the same as before, so there is no new revision.".to_owned()
            } else {
                format!(
                    "Revision {} is what new configurations use. What runs already keeps the one it was deployed with: deploy an environment's configuration to bring it there.",
                    row.revision
                )
            };
            Ok(visitor.go(&to, &Flash::done(format!("{} is saved.", row.name)).text(text)))
        }
        Err(error) => {
            let refused = fitted(Refused::of(&visitor, error, &at.base())?);
            edit_page(&visitor, &at, Some(form), &refused).await
        }
    }
}
