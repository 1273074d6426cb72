//! `GET /w/{ws}/environments/new`, `POST /w/{ws}/environments`.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use crate::app::environment::create::{self, NewEnvironment};
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::Crumbs;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::environment::NewEnvironmentPage;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    slug: String,
    kind: String,
    description: String,
}

/// `GET /w/{ws}/environments/new`
///
/// # Errors
/// The person may not make environments.
pub async fn show(visitor: Visitor, ws: Path<String>) -> Answer {
    page(&visitor, &ws, Form { kind: Kind::Staging.as_str().to_owned(), ..Form::default() }, &Refused::nothing()).await
}

/// The kinds, each with what it does.
pub fn kinds() -> Vec<(String, String)> {
    Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), format!("{}: {}", kind.title(), kind.sentence()))).collect()
}

async fn page(visitor: &Visitor, ws: &str, form: Form, refused: &Refused) -> Answer {
    let (mut layout, ()) =
        visitor.page(ws, Place::Environments, |_, ctx, workspace| ctx.allow(Permission::Administer, Some(&workspace.id()))).await?;
    layout.title = "New environment".to_owned();
    let errors = &refused.errors;
    let page = NewEnvironmentPage {
        crumbs: Crumbs::here("New environment").below(format!("{}/environments", layout.home()), "Environments"),
        fields: vec![
            Field::line("name", "Name").value(form.name).required().bounds(1, 60).check_in(errors),
            Field::line("slug", "Address")
                .control(Control::Code)
                .value(form.slug)
                .hint("Lower-case letters, digits and hyphens. Made from the name when left empty; it stays for good.")
                .check_in(errors),
            Field::choice("kind", "Kind", kinds())
                .value(form.kind)
                .hint("Not a label: it decides what may run there. It stays once a flow was deployed there.")
                .check_in(errors),
            Field::text("description", "What it is for").value(form.description).hint("Optional.").check_in(errors),
        ],
        summary: refused.summary("The environment was not made", "main"),
        layout,
    };
    htmx::page(refused.status, &page)
}

/// `POST /w/{ws}/environments`: makes the environment with draft #1 and goes to its page.
///
/// # Errors
/// The person may not make environments; the database.
pub async fn create(visitor: Visitor, ws: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let new =
        NewEnvironment { slug: form.slug.clone(), name: form.name.clone(), kind: form.kind.clone(), description: form.description.clone() };
    let name = ws.to_string();
    let made = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &name)?;
            create::create(conn, ctx, &workspace, &new)
        })
        .await;
    match made {
        Ok(environment) => {
            let flash = Flash::done(format!("{} is an environment now.", environment.name))
                .text("Its first configuration is draft #1. Flows can be deployed here once it is deployed.");
            Ok(visitor.go(&format!("/w/{ws}/environments/{}", environment.slug), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &format!("/w/{ws}/environments"))?;
            page(&visitor, &ws, form, &refused).await
        }
    }
}
