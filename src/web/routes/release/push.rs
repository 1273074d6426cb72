//! The push page: what waits, ticked or not, and what stays behind.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::crumbs;
use crate::app::release::Left;
use crate::app::release::push::{Push, push as send};
use crate::app::release::repair::{self, Offer};
use crate::app::release::waiting::{Waiting, summary};
use crate::app::version::table;
use crate::app::{self, workspace};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::{deployments, releases};
use crate::web::components::change::CheckView;
use crate::web::components::field::Field;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::release::{Item, PushPage};
use crate::web::refused::Refused;
use crate::web::views::version::{marked, place};
use crate::web::views::{change, plate, release as views};
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    seen: String,
    /// Where a repair leads back to.
    #[serde(default, rename = "back")]
    _back: String,
    #[serde(default)]
    flow: Vec<String>,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    backup: String,
}

/// `GET /w/{ws}/versions/push`
///
/// # Errors
/// No such workspace; the person may not push.
pub async fn ask(visitor: Visitor, workspace: Path<String>) -> Answer {
    page(&visitor, &workspace, None, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, workspace: &str, form: Option<Form>, refused: &Refused) -> Answer {
    let ticked = form.as_ref().map(|f| f.flow.clone());
    let (layout, (found, items, number)) = visitor
        .page(workspace, Place::Versions, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let found = summary(conn, ctx, workspace)?;
            let all = environments::list(conn, &workspace.id)?;
            let bin = repair::bin(conn, ctx, &workspace.id)?;
            let home = format!("/w/{}", workspace.slug);
            let mut items = Vec::new();
            for waiting in &found.waiting {
                let offers = match waiting.ready() {
                    true => Vec::new(),
                    false => repair::offers(conn, &workspace.id, &waiting.flow, &waiting.version, &bin)?,
                };
                let on = ticked.as_ref().is_none_or(|all| all.contains(&waiting.flow.slug));
                items.push(item(conn, &home, &all, waiting, offers, on)?);
            }
            // What can be ticked first; the rest needs work before a push is of use to it.
            items.sort_by_key(|item| !item.open);
            Ok((found, items, releases::next_number(conn, &workspace.id)?))
        })
        .await?;
    let home = layout.home();
    let form = form.unwrap_or_else(|| Form { backup: "on".into(), ..Form::default() });
    let names: Vec<&str> = found.targets.iter().map(|e| e.name.as_str()).collect();
    let page = PushPage {
        crumbs: crumbs(&home, "Push changes"),
        action: format!("{home}/versions/push"),
        keep: format!("{home}/versions"),
        number,
        targets: names.join(" and "),
        summary: refused.summary("Nothing was pushed", "push"),
        seen: found.seen,
        // A draft that is shown above with its problems is not told twice.
        left: views::left(&home, found.left.iter().filter(|l| !found.waiting.iter().any(|w| told(w, l)))),
        items,
        fields: vec![
            Field::text("comment", "Comment")
                .value(form.comment.as_str())
                .hint("Shown in the list of versions, and on each flow's version that has no note of its own.")
                .check_in(&refused.errors),
            Field::check("backup", "Backup version", !form.backup.is_empty())
                .hint("Without it the number is kept, but the version cannot be restored until it is synced to production."),
        ],
        layout: Layout { title: "Push changes".into(), ..layout },
    };
    htmx::page(refused.status, &page)
}

fn told(waiting: &Waiting, left: &Left) -> bool {
    waiting.flow.slug == left.name && Some(waiting.version.number) == left.version
}

fn item(conn: &mut Conn, home: &str, all: &[Environment], waiting: &Waiting, offers: Vec<Offer>, on: bool) -> app::Result<Item> {
    let rows = deployments::of_flow(conn, &waiting.flow.id)?;
    let to = format!("{home}/flows/{}", waiting.flow.slug);
    let version = &waiting.version;
    let shown = plate(version, table::sync(version, all, &rows)).link(format!("{to}/versions/{}", version.number));
    let says = match (&waiting.identical, &waiting.against) {
        (Some(same), _) => format!("is exactly version {}: that one is deployed, and nothing new is published", same.number),
        (None, _) if !version.is_draft() => "is published and was never in development".to_owned(),
        (None, Some(from)) => format!("made from version {}", from.number),
        (None, None) => "is the first version".to_owned(),
    };
    let edit = format!("{to}/versions/{}/edit", version.number);
    let problem =
        |p: &crate::definition::Problem| CheckView::bad(Rich::new().link(&edit, &place(&p.pointer)).text(": ").join(&marked(&p.message)));
    let changes = waiting.comparison.as_ref().map(|c| change::changes(&c.changes)).unwrap_or_default();
    let compare = waiting.against.as_ref().map(|from| format!("{to}/compare/{}...{}", from.number, version.number));
    Ok(Item {
        slug: waiting.flow.slug.clone(),
        flow: (to.clone(), waiting.flow.name.clone()),
        plate: shown,
        says: Rich::new().text(&says),
        changes,
        compare: compare.unwrap_or_default(),
        ticked: on,
        open: waiting.ready(),
        problems: waiting.problems.iter().take(5).map(problem).collect(),
        offers: offers.into_iter().map(|o| (o.repair.address(), o.label)).collect(),
    })
}

/// `POST /w/{ws}/versions/push`
///
/// # Errors
/// No such workspace; the person may not push.
pub async fn push(visitor: Visitor, workspace: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (name, typed) = (workspace.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &name)?;
            let ask = Push {
                comment: typed.comment.clone(),
                backup: !typed.backup.is_empty(),
                flows: Some(typed.flow.clone()),
                seen: Some(typed.seen.clone()),
            };
            send(conn, ctx, &workspace, &ask)
        })
        .await;
    match done {
        Ok(done) => {
            let to = format!("/w/{}/versions/{}", workspace.as_str(), done.release.number);
            let out = done.out.len() as u64;
            let left = if done.left.is_empty() {
                String::new()
            } else {
                format!(" {} behind.", plural(done.left.len() as u64, "draft stays", "drafts stay"))
            };
            let text = format!("{} live in development now.{left}", plural(out, "flow's draft is", "flows' drafts are"));
            let text = if out == 0 { format!("The workspace is kept as it stands.{left}") } else { text };
            Ok(visitor.go(&to, &Flash::done(format!("Version {} is pushed.", done.release.number)).text(text)))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?;
            let status = if refused.status == StatusCode::OK { StatusCode::UNPROCESSABLE_ENTITY } else { refused.status };
            page(&visitor, &workspace, Some(form), &Refused { status, ..refused }).await
        }
    }
}
