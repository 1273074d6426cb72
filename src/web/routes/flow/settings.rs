//! `…/settings`: what people read about a flow, and where it is used.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{Answer, FlowAt};
use crate::app::flow::used::{self, Use};
use crate::app::flow::{self, Details};
use crate::domain::access::Permission;
use crate::store::flows::Flow;
use crate::web::components::field::{Control, Field};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::flow::FlowSettingsPage;
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::views::head;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf", default)]
    _csrf: String,
    name: String,
    slug: String,
    description: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    single_draft: String,
}

/// `GET …/settings`
///
/// # Errors
/// No such flow.
pub async fn show(visitor: Visitor, names: Path<FlowAt>) -> Answer {
    page(&visitor, &names, None, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, names: &FlowAt, typed: Option<Form>, refused: &Refused) -> Answer {
    let at = names.clone();
    let (mut layout, (flow, head, may_edit, uses)) = visitor
        .page(&names.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &at.flow)?;
            let may_edit = ctx.actor.may(Permission::Edit, Some(&workspace.id()));
            let uses = used::used_by(conn, &flow)?;
            Ok((flow.clone(), head(workspace, &flow), may_edit, uses))
        })
        .await?;
    layout.title = format!("Settings · {}", head.name);
    let form = typed.unwrap_or_else(|| Form {
        _csrf: String::new(),
        name: flow.name.clone(),
        slug: flow.slug.clone(),
        description: flow.description.clone(),
        single_draft: if flow.single_draft { "on".to_owned() } else { String::new() },
    });
    let page = FlowSettingsPage {
        crumbs: head.crumbs(&layout, "Settings"),
        tabs: head.tabs(&layout, "settings"),
        may_edit,
        archived: flow.archived_at.is_some(),
        fields: fields(form, refused),
        summary: refused.summary("The settings were not saved", "main"),
        facts: facts(&flow, visitor.state.now().0),
        used_by: uses.iter().map(|u| used_line(u, &layout.home())).collect(),
        flow: head,
        layout,
    };
    htmx::page(refused.status, &page)
}

fn fields(form: Form, refused: &Refused) -> Vec<Field> {
    let errors = &refused.errors;
    vec![
        Field::line("name", "Name").value(form.name).required().check_in(errors),
        Field::line("slug", "Address")
            .control(Control::Code)
            .value(form.slug)
            .required()
            .hint("Lower-case letters, digits and hyphens. Links to the old address stop working.")
            .check_in(errors),
        Field::text("description", "What it is for").value(form.description).check_in(errors),
        Field::check("single_draft", "Keep a single draft", form.single_draft == "on")
            .hint("Making another draft then asks what to do with the first.")
            .check_in(errors),
    ]
}

fn facts(flow: &Flow, now: i64) -> Vec<(String, Rich)> {
    let made = Rich::new().time(TimeView::near(flow.created_at, now)).text(&format!(" by {}", flow.created_by));
    let mut facts = vec![
        ("Id".to_owned(), Rich::new().code(&flow.id)),
        ("Other flows call it".to_owned(), Rich::new().code(&format!("{}/{}", flow.namespace, flow.document_name))),
        ("Made".to_owned(), made),
        ("Next version".to_owned(), format!("v{}", flow.next_number).into()),
    ];
    if let Some(at) = flow.archived_at {
        facts.push(("Archived".to_owned(), Rich::new().time(TimeView::near(at, now))));
    }
    facts
}

/// "Returns and refunds v4, live, calls it".
pub fn used_line(user: &Use, home: &str) -> Rich {
    let version = format!("{home}/flows/{}/versions/{}", user.flow.slug, user.version.number);
    let state = if user.live { ", live, calls it" } else { ", a draft, calls it" };
    Rich::new().link(&version, &format!("{} v{}", user.flow.name, user.version.number)).text(state)
}

/// `POST …/settings`
///
/// # Errors
/// No such flow; the person may not change it.
pub async fn update(visitor: Visitor, names: Path<FlowAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let details = Details {
        name: form.name.clone(),
        slug: form.slug.clone(),
        description: form.description.clone(),
        single_draft: form.single_draft == "on",
    };
    let at = names.clone();
    let changed = visitor
        .write(move |conn, ctx| {
            let (_, flow) = at.find(conn, ctx)?;
            flow::change(conn, ctx, &flow, &details)
        })
        .await;
    match changed {
        Ok(flow) => Ok(visitor.go(&format!("/w/{}/flows/{}/settings", names.ws, flow.slug), &Flash::done("The settings are saved."))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &names.base())?;
            page(&visitor, &names, Some(form), &refused).await
        }
    }
}
