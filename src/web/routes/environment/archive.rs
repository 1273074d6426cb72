//! `…/archive`, `…/unarchive`: putting an environment away, and fetching it back.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{EnvironmentAt, dialog};
use crate::app::environment::archive::{self as acts, Blockers};
use crate::app::environment::find_any;
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::web::components::change::CheckView;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::pages::environment::acts as dialogs;
use crate::web::refused::Refused;
use crate::web::views::environment as views;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
}

/// `GET …/archive`
///
/// # Errors
/// No such environment; the person may not archive it.
pub async fn show(visitor: Visitor, at: Path<EnvironmentAt>) -> Answer {
    page(&visitor, &at, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &EnvironmentAt, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, environment, blockers)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            ctx.allow(Permission::Administer, Some(&workspace.id()))?;
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            let blockers = acts::blockers(conn, &environment)?;
            Ok((views::head(workspace, &environment), environment, blockers))
        })
        .await?;
    let checks = checks(&blockers, &head.name, &layout.home());
    let mut box_ = dialogs::archive(&head, checks, whole(environment.lock_version), &layout.csrf);
    box_.summary = refused.summary(format!("{} was not archived", head.name), "archive-environment");
    dialog(visitor, refused.status, layout, &head, "Archive", box_)
}

/// What archiving would mean, or what stands in its way, each with where to look.
pub fn checks(blockers: &Blockers, name: &str, home: &str) -> Vec<CheckView> {
    if blockers.none() {
        return vec![
            CheckView::ok("Nothing runs there, and nothing is deleted: configuration, runs and history stay."),
            CheckView::warn(format!("{name} is not shown any more, and nothing can be deployed there until it is brought back.")),
        ];
    }
    let mut checks = Vec::new();
    let none = Blockers { flows: Vec::new(), targets: Vec::new(), ..blockers.clone() };
    checks.extend(none.sentences(name).into_iter().map(CheckView::bad));
    checks.extend(blockers.flows.iter().map(|flow| {
        let says = format!("{} is live there. Stop it there first.", flow.name);
        CheckView::bad(says).note(Rich::new().link(&format!("{home}/flows/{}", flow.slug), "Show flow"))
    }));
    checks.extend(blockers.targets.iter().map(|to| {
        let says = format!("{} takes only what is live there. Change its promotion path first.", to.name);
        CheckView::bad(says).note(Rich::new().link(&format!("{home}/environments/{}/settings", to.slug), "Settings"))
    }));
    checks
}

/// `POST …/archive`
///
/// # Errors
/// No such environment; the person may not archive it.
pub async fn archive(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            acts::archive(conn, ctx, &environment, form.expect)?;
            Ok(environment.name)
        })
        .await;
    match done {
        Ok(name) => {
            let flash = Flash::done(format!("{name} is archived.")).undo("Bring it back", format!("{}/unarchive", at.base()));
            Ok(visitor.go(&format!("/w/{}/environments", at.ws), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            page(&visitor, &at, &refused).await
        }
    }
}

/// `POST …/unarchive`
///
/// # Errors
/// No such environment; the person may not bring it back.
pub async fn unarchive(visitor: Visitor, at: Path<EnvironmentAt>) -> Answer {
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &wanted.ws)?;
            let environment = find_any(conn, &workspace, &wanted.env)?;
            acts::bring_back(conn, ctx, &environment)?;
            Ok(environment.name)
        })
        .await;
    let flash = match done {
        Ok(name) => Flash::done(format!("{name} is back, as it was.")),
        Err(crate::app::Error::Refused(refusal)) => Flash::refused("It was not brought back.", refusal.message),
        Err(other) => return Err(visitor.refused(other)),
    };
    Ok(visitor.go(&format!("/w/{}/environments", at.ws), &flash))
}
