//! The restore page: what will and will not come back, said before it is done.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{ReleaseAt, crumbs};
use crate::app::release::look;
use crate::app::release::restore::preview::{Coming, preview};
use crate::app::release::restore::{Ask, restore as bring_back};
use crate::app::version::table;
use crate::app::{self, release};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::{deployments, versions};
use crate::web::components::change::CheckView;
use crate::web::components::field::Field;
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::release::{ComesBack, RestorePage};
use crate::web::refused::Refused;
use crate::web::views::{change, environment as configurations, plate, release as views, whole};
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    seen: String,
    #[serde(default)]
    comment: String,
}

/// `GET /w/{ws}/versions/{n}/restore`
///
/// # Errors
/// No such release; it cannot be restored; the person may not make drafts.
pub async fn ask(visitor: Visitor, at: Path<ReleaseAt>) -> Answer {
    page(&visitor, &at, None, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &ReleaseAt, form: Option<Form>, refused: &Refused) -> Answer {
    let names = at.clone();
    let (layout, (row, found, coming)) = visitor
        .page(&at.ws, Place::Versions, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let release = release::find(conn, workspace, &names.n)?;
            let found = preview(conn, ctx, workspace, &release)?;
            let all = environments::list(conn, &workspace.id)?;
            let home = format!("/w/{}", workspace.slug);
            let mut coming = Vec::new();
            for one in &found.coming {
                coming.push(back(conn, &home, &all, one)?);
            }
            Ok((look::whole(conn, ctx, workspace, release)?.row, found, coming))
        })
        .await?;
    let home = layout.home();
    let number = row.release.number;
    let made = found.coming.iter().filter(|c| c.there.is_none()).count();
    let act = (made > 0 || !found.resets.is_empty()).then(|| match made {
        0 => "Restore configurations".to_owned(),
        n => format!("Restore as {}", plural(n as u64, "draft", "drafts")),
    });
    let comment = form.map_or_else(|| format!("Restored from version {number}"), |f| f.comment);
    let page = RestorePage {
        crumbs: crumbs(&home, "Restore").below(format!("{home}/versions/{number}"), format!("Version {number}")),
        base: format!("{home}/versions/{number}"),
        plate: Plate { href: None, ..views::plate(&home, &row) }.large(),
        summary: refused.summary("Nothing was restored", "restore"),
        flows: coming,
        configurations: found.resets.iter().map(|r| (r.environment.name.clone(), r.in_work, configurations::changes(&r.changes))).collect(),
        automatic: found.automatic.iter().map(|words| CheckView::ok(words.as_str())).collect(),
        warnings: found.warnings.iter().map(|words| CheckView::warn(words.as_str())).collect(),
        left: found.left.iter().map(|l| CheckView::warn(Rich::new().strong(&l.name).text(&format!(": {}", l.reason)))).collect(),
        comment: Field::line("comment", "Comment").value(comment).hint("Shown in History.").check_in(&refused.errors),
        act,
        seen: found.seen,
        layout: Layout { title: format!("Restore version {number}"), ..layout },
    };
    htmx::page(refused.status, &page)
}

fn back(conn: &mut Conn, home: &str, all: &[Environment], one: &Coming) -> app::Result<ComesBack> {
    let rows = deployments::of_flow(conn, &one.flow.id)?;
    let shown = match versions::get_any(conn, &one.entry.version)? {
        Some(version) => plate(&version, table::sync(&version, all, &rows)),
        None => Plate::new(whole(one.entry.number), Sync::Never),
    };
    // Without a difference a new draft would look like a change.
    let same = match (&one.comparison, one.against) {
        (Some(found), Some(number)) if found.changes.is_empty() => format!(", the same as version {number}"),
        _ => String::new(),
    };
    let says = match (&one.there, one.extra) {
        (Some(there), _) => format!("is in draft {} already, so nothing is made", there.number),
        (None, Some(extra)) => format!("as a new draft{same}; draft {extra} stays as an extra one"),
        (None, None) => format!("as a new draft{same}"),
    };
    let problems = match one.problems {
        0 => String::new(),
        n => format!(", not ready with {}", plural(n as u64, "problem", "problems")),
    };
    let changes = match &one.there {
        Some(_) => Vec::new(),
        None => one.comparison.as_ref().map(|c| change::changes(&c.changes)).unwrap_or_default(),
    };
    Ok(ComesBack {
        flow: (format!("{home}/flows/{}", one.flow.slug), one.flow.name.clone()),
        plate: shown,
        says: Rich::new().text(&format!("{says}{problems}")),
        against: one.against.map_or_else(String::new, |n| format!("Against version {n}")),
        changes,
    })
}

/// `POST /w/{ws}/versions/{n}/restore`
///
/// # Errors
/// No such release; the person may not make drafts.
pub async fn restore(visitor: Visitor, at: Path<ReleaseAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (names, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, found) = names.find(conn, ctx)?;
            let ask = Ask { comment: typed.comment.clone(), seen: Some(typed.seen.clone()) };
            Ok((found.number, bring_back(conn, ctx, &workspace, &found, &ask)?))
        })
        .await;
    match done {
        Ok((number, done)) => {
            let made = done.drafts.iter().filter(|d| !d.was_there).count() as u64;
            let text = format!("{} made. Nothing that is live changed; push them to run them.", plural(made, "draft was", "drafts were"));
            let flash = Flash::done(format!("Version {number} is restored.")).text(text);
            Ok(visitor.go(&format!("{}/push", at.list()), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?;
            page(&visitor, &at, Some(form), &refused).await
        }
    }
}
