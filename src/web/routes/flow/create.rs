//! `GET /w/{ws}/flows/new`, `POST /w/{ws}/flows`.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use crate::app::flow::create::{self, NewFlow as Wanted};
use crate::app::flow::starters;
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::web::components::banner::{Banner, BannerAction, Kind};
use crate::web::components::nav::Crumbs;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::flow::{NewFlow, NewFlowPage};
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    name: String,
    slug: String,
    description: String,
    starter: String,
    definition: String,
}

/// `GET /w/{ws}/flows/new`
///
/// # Errors
/// The person may not make flows.
pub async fn show(visitor: Visitor, ws: Path<String>) -> Answer {
    page(&visitor, &ws, Form { starter: starters::STARTERS[0].0.to_owned(), ..Form::default() }, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, ws: &str, form: Form, refused: &Refused) -> Answer {
    let (mut layout, ()) =
        visitor.page(ws, Place::Dashboard, |_, ctx, workspace| ctx.allow(Permission::Edit, Some(&workspace.id()))).await?;
    layout.title = "New flow".to_owned();
    let choices = starters::STARTERS.iter().map(|(code, words)| ((*code).to_owned(), (*words).to_owned())).collect();
    let typed =
        NewFlow { name: form.name, slug: form.slug, description: form.description, starter: form.starter, definition: form.definition };
    let clash = refused.lines.iter().find(|(to, _)| !to.is_empty() && !refused.errors.is_empty());
    let page = NewFlowPage {
        crumbs: Crumbs::here("New flow").below(layout.home(), "Dashboard"),
        fields: typed.fields(choices, &refused.errors),
        summary: refused.summary("The flow was not made", "main"),
        clash: clash.map(|(to, words)| {
            Banner::new(Kind::Warn, "A flow of that name exists.", "Perhaps it is the one you want.")
                .action(BannerAction::link(words.clone(), to.clone()))
        }),
        layout,
    };
    htmx::page(refused.status, &page)
}

/// `POST /w/{ws}/flows`: makes the flow with its first draft and goes to the editor.
///
/// # Errors
/// The person may not make flows; the database.
pub async fn create(visitor: Visitor, ws: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let pasted = form.definition.trim();
    let starter = if pasted.is_empty() { starters::text(&form.starter, &form.slug, &form.name) } else { Some(form.definition.clone()) };
    let Some(definition) = starter else {
        let refused = Refused::field("starter", "Choose what to begin with.");
        return page(&visitor, &ws, form, &refused).await;
    };
    let wanted =
        Wanted { slug: form.slug.clone(), name: form.name.clone(), description: form.description.clone(), definition: Some(definition) };
    let name = ws.to_string();
    let made = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &name)?;
            create::create(conn, ctx, &workspace, &wanted)
        })
        .await;
    match made {
        Ok((flow, draft)) => {
            let flash = Flash::done(format!("{} is a flow now.", flow.name))
                .text("Its first draft is open below. Nothing runs before you publish and deploy it.");
            Ok(visitor.go(&format!("/w/{ws}/flows/{}/versions/{}/edit", flow.slug, draft.number), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &format!("/w/{ws}/flows"))?;
            page(&visitor, &ws, form, &refused).await
        }
    }
}
