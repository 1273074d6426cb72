//! A package goes out, and comes back: what will happen to each flow is said before it does.

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::super::rolling::Share;
use super::show::{flows, pick};
use super::{In, PackageAt, crumbs};
use crate::app::package::back::back as take_back;
use crate::app::package::compare::{self, Compared, WayBack};
use crate::app::package::go::{Go, go};
use crate::app::package::look;
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::domain::package::Way;
use crate::store::environments::{self, Environment};
use crate::store::packages::Package;
use crate::store::plans as stored;
use crate::web::address;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::Field;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    environment: String,
    /// The package's revision that was seen.
    #[serde(default)]
    based_on: String,
    /// `slug:revision` of each flow, as they were seen.
    #[serde(default)]
    expect: Vec<String>,
    #[serde(default)]
    percent: String,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    confirm: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    leave_changed: String,
}

impl Form {
    fn expected(&self) -> BTreeMap<String, i64> {
        let pair = |text: &String| text.split_once(':').and_then(|(slug, n)| Some((slug.to_owned(), n.parse().ok()?)));
        self.expect.iter().filter_map(pair).collect()
    }

    fn share(&self) -> Share {
        Share { percent: self.percent.clone(), plan: self.plan.clone() }
    }
}

/// `GET …/deploy?environment=`
///
/// # Errors
/// No such package or environment; the person may not deploy there.
pub async fn ask_deploy(visitor: Visitor, at: Path<PackageAt>) -> Answer {
    let query: In = address::query(&visitor)?;
    deploy_dialog(&visitor, &at, Form { environment: query.environment, ..Form::default() }, &Refused::nothing()).await
}

async fn deploy_dialog(visitor: &Visitor, at: &PackageAt, form: Form, refused: &Refused) -> Answer {
    let (wanted, slug) = (at.clone(), form.environment.clone());
    let (layout, (package, environment, compared, plans)) = visitor
        .page(&at.ws, Place::Rollouts, move |conn, ctx, workspace| {
            let package = look::find(conn, workspace, &wanted.package)?;
            let environment = pick(&environments::list(conn, &workspace.id)?, &slug)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let compared = compare::compare(conn, ctx, &package, &environment)?;
            let plans: Vec<String> = stored::list(conn, &workspace.id)?.into_iter().map(|p| p.name).collect();
            Ok((package, environment, compared, plans))
        })
        .await?;
    let base = format!("{}/{}", at.list(), package.id);
    let keep = (format!("{base}?environment={}", environment.slug), "Deploy nothing");
    let changing = compared.iter().filter(|c| !c.same).count();
    let title = format!("Deploy {} of “{}” to {}?", flows(changing), package.name, environment.name);
    let mut dialog = Dialog::new("deploy-package", &layout.csrf, title, format!("{base}/deploy"), keep, "Deploy package");
    dialog.summary = refused.summary("The package was not deployed", "deploy-package");
    dialog.intro = "All flows move in one step, or none does.".into();
    dialog.checks = compared.iter().map(check).collect();
    dialog.hidden = vec![("environment", environment.slug.clone()), ("based_on", package.lock_version.to_string())];
    dialog.hidden.extend(compared.iter().map(|c| ("expect", format!("{}:{}", c.flow.slug, c.preview.routing.revision))));
    let production = environment.kind().is_ok_and(|kind| kind == Kind::Production);
    if changing == 0 {
        dialog.act = None;
        return answer(visitor, layout, &package, &environment, "Deploy", dialog, refused);
    }
    let errors = &refused.errors;
    let comment =
        Field::text("comment", "Comment").value(form.comment.as_str()).hint("Shown in History, once for each flow.").check_in(errors);
    let [percent, plan] = form.share().fields(plans, errors);
    dialog.fields = vec![percent, plan, if production { comment.required() } else { comment }];
    if production {
        dialog.fields.push(Field::confirm(&package.name).value(form.confirm.as_str()).check_in(errors));
    }
    answer(visitor, layout, &package, &environment, "Deploy", dialog, refused)
}

fn check(found: &Compared) -> CheckView {
    let puts = found.version.number;
    let moves = match &found.preview.routing.primary {
        Some(pin) => format!(": v{} to v{puts}", pin.number),
        None => format!(": v{puts}, live here for the first time"),
    };
    let says = Rich::new().strong(&found.flow.name);
    match &found.refused {
        Some(rule) => CheckView::bad(says.text(&format!(": {}", rule.message))),
        None if found.same => CheckView::ok(says.text(&format!(": v{puts} stands there already"))),
        None => {
            let changes = found.preview.comparison.as_ref().map_or(0, |c| c.changes.len());
            let note = crate::web::numbers::plural(changes as u64, "change", "changes");
            CheckView::ok(says.text(&moves)).note(if changes == 0 { String::new() } else { note }.as_str())
        }
    }
}

fn answer(
    visitor: &Visitor,
    layout: Layout,
    package: &Package,
    environment: &Environment,
    here: &str,
    dialog: Dialog,
    refused: &Refused,
) -> Answer {
    let home = layout.home();
    let page = DialogPage {
        crumbs: crumbs(&home, here).below(format!("{home}/packages/{}", package.id), package.name.as_str()),
        heading: format!("{} in {}", package.name, environment.name).as_str().into(),
        dialog,
        layout: Layout { title: format!("{here} · {}", package.name), ..layout },
    };
    htmx::reply(visitor.hx, refused.status, &page, &page.as_dialog())
}

/// `POST …/deploy`
///
/// # Errors
/// No such package or environment; the person may not deploy there.
pub async fn deploy(visitor: Visitor, at: Path<PackageAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, package) = wanted.find(conn, ctx)?;
            let environment = workspace::environment(conn, &workspace, &typed.environment)?;
            let ask = Go {
                comment: typed.comment.clone(),
                typed_name: Some(typed.confirm.clone()),
                rolling: typed.share().read(conn, &workspace.id)?,
                based_on: typed.based_on.parse().ok(),
                expect: typed.expected(),
            };
            go(conn, ctx, &package, &environment, &ask)?;
            Ok((package, environment))
        })
        .await;
    match done {
        Ok((package, environment)) => {
            let back = format!("{}/{}", at.list(), package.id);
            let text =
                if form.share().whole() { "New runs of every flow use it from now on." } else { "Every flow rolls out from now on." };
            let flash = Flash::done(format!("“{}” is deployed to {}.", package.name, environment.name))
                .text(text)
                .undo("Take back…", format!("{back}/rollback?environment={}", environment.slug));
            Ok(visitor.go(&format!("{back}?environment={}", environment.slug), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?.renamed("name", "confirm");
            deploy_dialog(&visitor, &at, form, &refused).await
        }
    }
}

/// `GET …/rollback?environment=`
///
/// # Errors
/// No such package or environment; the person may not deploy there; it does not stand there.
pub async fn ask_back(visitor: Visitor, at: Path<PackageAt>) -> Answer {
    let query: In = address::query(&visitor)?;
    back_dialog(&visitor, &at, Form { environment: query.environment, ..Form::default() }, &Refused::nothing()).await
}

async fn back_dialog(visitor: &Visitor, at: &PackageAt, form: Form, refused: &Refused) -> Answer {
    let (wanted, slug) = (at.clone(), form.environment.clone());
    let (layout, (package, environment, ways)) = visitor
        .page(&at.ws, Place::Rollouts, move |conn, ctx, workspace| {
            let package = look::find(conn, workspace, &wanted.package)?;
            let environment = pick(&environments::list(conn, &workspace.id)?, &slug)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let (_, ways) = compare::ways_back(conn, ctx, &package, &environment)?;
            Ok((package, environment, ways))
        })
        .await?;
    let base = format!("{}/{}", at.list(), package.id);
    let keep = (format!("{base}?environment={}", environment.slug), "Keep it there");
    let title = format!("Take “{}” back in {}?", package.name, environment.name);
    let mut dialog = Dialog::new("return-package", &layout.csrf, title, format!("{base}/rollback"), keep, "Take package back");
    dialog.summary = refused.summary("Nothing was taken back", "return-package");
    dialog.danger = true;
    dialog.hidden = vec![("environment", environment.slug.clone())];
    dialog.checks = ways.iter().map(way).collect();
    dialog.checks.push(CheckView::ok("What is taken back is quarantined there until somebody releases it."));
    dialog.fields = vec![Field::text("reason", "Reason").value(form.reason.as_str()).required().check_in(&refused.errors)];
    if ways.iter().any(|w| matches!(w.way, Way::Moved(_))) {
        let on = !form.leave_changed.is_empty();
        dialog.fields.push(Field::check("leave_changed", "Leave the flows that changed since as they are", on).check_in(&refused.errors));
    }
    if !ways.iter().any(|w| w.way == Way::Back) {
        (dialog.act, dialog.fields) = (None, Vec::new());
    }
    answer(visitor, layout, &package, &environment, "Take back", dialog, refused)
}

fn way(found: &WayBack) -> CheckView {
    let says = Rich::new().strong(&found.flow.name);
    let put = found.put.version_number;
    match &found.way {
        Way::Back => CheckView::ok(says.text(&format!(": v{put} back to v{}", found.put.before_number.unwrap_or_default()))),
        Way::Kept => CheckView::ok(says.text(": the package changed nothing there, so it stays")),
        Way::NothingBefore => CheckView::warn(says.text(&format!(": nothing stood there before, so v{put} stays"))),
        Way::Moved(now) => CheckView::warn(says.text(&format!(": something else was deployed since, {now}"))),
    }
}

/// `POST …/rollback`
///
/// # Errors
/// No such package or environment; the person may not deploy there.
pub async fn back(visitor: Visitor, at: Path<PackageAt>, body: Bytes) -> Answer {
    // The button of a flash leads to the dialog.
    let query: In = address::query(&visitor)?;
    if !query.environment.is_empty() {
        let to = format!("{}/{}/rollback?environment={}", at.list(), at.package, query.environment);
        return Ok(htmx::see_other(visitor.hx, &to));
    }
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, package) = wanted.find(conn, ctx)?;
            let environment = workspace::environment(conn, &workspace, &typed.environment)?;
            let done = take_back(conn, ctx, &package, &environment, &typed.reason, !typed.leave_changed.is_empty())?;
            Ok((package, environment, done))
        })
        .await;
    match done {
        Ok((package, environment, done)) => {
            let each: Vec<String> = done.back.iter().map(|(flow, to)| format!("{flow} is back on v{to}")).collect();
            let left = if done.left.is_empty() { String::new() } else { format!(" {} left as they are.", flows(done.left.len())) };
            let flash = Flash::done(format!("“{}” is taken back in {}.", package.name, environment.name))
                .text(format!("{}.{left}", each.join(", ")));
            Ok(visitor.go(&format!("{}/{}?environment={}", at.list(), package.id, environment.slug), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?;
            back_dialog(&visitor, &at, form, &refused).await
        }
    }
}
