//! `…/delete` of a version: its reasons against it, its name typed, then the bin (PRODUCT §3.7).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, VersionAt};
use crate::app::version::{self, bin, table};
use crate::app::{Error, flow};
use crate::domain::access::Permission;
use crate::web::components::change::CheckView;
use crate::web::components::field::Field;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::pages::lifecycle;
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::{head, plate};
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

/// `GET …/delete`
///
/// # Errors
/// No such version; the person may not delete it.
pub async fn show(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    dialog(&visitor, &at, Form::default(), &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &VersionAt, form: Form, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, row, blockers, tests)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let version = version::find(conn, &flow, &wanted.v)?;
            let blockers = bin::blockers(conn, &flow, &version)?;
            let tests = bin::has_tests(conn, &version)?;
            let (row, ..) = table::row(conn, ctx, &flow, version)?;
            Ok((head(workspace, &flow), row, blockers, tests))
        })
        .await?;
    let version = &row.version;
    let note = if version.note.is_empty() { "no comment".to_owned() } else { format!("“{}”", version.note) };
    let made = TimeView::styled(version.created_at, visitor.state.now().0, TimeStyle::Day);
    let about = Rich::new().text(&format!("{note} by {}, ", version.author_name)).time(made).text(".");
    let mut checks = vec![CheckView::ok("No environment runs it and no real run was made with it.")];
    if tests {
        checks.insert(0, CheckView::warn("Its test runs go with it."));
    }
    checks.push(CheckView::ok(format!("Number {} is never used again.", version.number)));
    let runs = format!("{}/runs?flow={}&version={}", layout.home(), head.slug, version.number);
    let blocking = blockers.iter().map(|b| {
        let note = match b.code {
            "has_runs" => Rich::new().link(&runs, "Show runs"),
            "in_release" => Rich::new().link(&format!("{}/versions?show=restorable", layout.home()), "Show versions"),
            _ => Rich::new().link(&head.base, "Show flow"),
        };
        CheckView::bad(b.message.as_str()).note(note)
    });
    let plate = plate(version, row.sync);
    let mut dialog = lifecycle::delete(&head, &plate, about, checks, blocking.collect(), &layout.csrf, &refused.errors);
    dialog.summary = refused.summary(format!("Version {} was not deleted", version.number), "delete");
    dialog.fields.iter_mut().filter(|f| f.name == "reason").for_each(|f: &mut Field| f.value.clone_from(&form.reason));
    names::dialog(visitor, refused.status, layout, &head, "Delete", dialog)
}

/// `POST …/delete`
///
/// # Errors
/// No such version; the person may not delete it.
pub async fn delete(visitor: Visitor, at: Path<VersionAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            let name = format!("v{}", version.number);
            if typed.confirm.trim() != name {
                return Err(Error::invalid("confirm", format!("Type {name} to confirm.")));
            }
            bin::delete_because(conn, ctx, &flow, &version, &typed.reason)?;
            Ok(version.number)
        })
        .await;
    match done {
        Ok(number) => {
            let flash = Flash::done(format!("Version {number} is in the bin.")).text("It can be brought back for 30 days.");
            Ok(visitor.go(&at.flow().base(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            dialog(&visitor, &at, form, &refused).await
        }
    }
}
