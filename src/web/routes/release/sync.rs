//! The sync page: where a release goes, what changes there, what is kept, what stays behind.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{ReleaseAt, crumbs};
use crate::app::package::Stands;
use crate::app::release::look;
use crate::app::release::sync::{Ask, Plan, Planned, Synced, plan, sync as carry};
use crate::app::version::table;
use crate::app::{self, release, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::conn::Conn;
use crate::store::deployments;
use crate::store::environments::{self, Environment};
use crate::web::address;
use crate::web::components::change::CheckView;
use crate::web::components::field::Field;
use crate::web::components::nav::{Choice, Segments};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::release::{Item, SyncPage};
use crate::web::refused::Refused;
use crate::web::views::{change, environment as configurations, may_operate, plate, release as views};
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Query {
    #[serde(default)]
    environment: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    environment: String,
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
    configuration: String,
    #[serde(default)]
    propose: String,
    #[serde(default)]
    confirm: String,
}

/// `GET /w/{ws}/versions/{n}/sync?environment=`
///
/// # Errors
/// No such release or environment; the person may not deploy there.
pub async fn ask(visitor: Visitor, at: Path<ReleaseAt>) -> Answer {
    let query: Query = address::query(&visitor)?;
    page(&visitor, &at, &query.environment, None, &Refused::nothing()).await
}

/// The environment that was picked; else the next on the promotion path, else production.
fn pick(all: &[Environment], basis: Option<&str>, wanted: &str) -> app::Result<Environment> {
    let found = if wanted.is_empty() {
        let next = all.iter().find(|e| basis.is_some() && e.promotes_from.as_deref() == basis);
        next.or_else(|| all.iter().find(|e| e.is_production)).or_else(|| all.first())
    } else {
        all.iter().find(|e| e.slug == wanted)
    };
    found.cloned().ok_or_else(|| app::Error::not_found("environment", wanted))
}

async fn page(visitor: &Visitor, at: &ReleaseAt, wanted: &str, form: Option<Form>, refused: &Refused) -> Answer {
    let (names, slug, ticked) = (at.clone(), wanted.to_owned(), form.as_ref().map(|f| f.flow.clone()));
    let (layout, (row, found, items, all)) = visitor
        .page(&at.ws, Place::Versions, move |conn, ctx, workspace| {
            let release = release::find(conn, workspace, &names.n)?;
            let all = environments::list(conn, &workspace.id)?;
            let environment = pick(&all, release.environment_id.as_deref(), &slug)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let found = plan(conn, ctx, workspace, &release, &environment)?;
            let home = format!("/w/{}", workspace.slug);
            let mut items = Vec::new();
            for planned in found.flows.iter().filter(|p| !p.same) {
                let on = ticked.as_ref().is_none_or(|all| all.contains(&planned.flow.slug));
                items.push(item(conn, &home, &environment, &all, planned, on)?);
            }
            let row = look::whole(conn, ctx, workspace, release)?.row;
            let all: Vec<Environment> = all.into_iter().filter(|e| may_operate(ctx, e)).collect();
            Ok((row, found, items, all))
        })
        .await?;
    let home = layout.home();
    let base = format!("{home}/versions/{}", row.release.number);
    let environment = &found.environment;
    let production = environment.kind().is_ok_and(|kind| kind == Kind::Production);
    let propose = found.refused.iter().any(|(code, _)| *code == "approval_needed");
    let stands = found.refused.iter().any(|(code, _)| *code != "approval_needed");
    let form = form.unwrap_or_else(|| Form { configuration: "on".into(), comment: row.release.comment.clone(), ..Form::default() });
    let words = if propose { format!("Propose sync to {}", environment.name) } else { format!("Sync to {}", environment.name) };
    let same: Vec<String> = found.flows.iter().filter(|p| p.same).map(|p| format!("{} v{}", p.flow.name, p.version.number)).collect();
    let choice = |e: &Environment| Choice::new(format!("{base}/sync?environment={}", e.slug), e.name.as_str(), e.id == environment.id);
    let page = SyncPage {
        crumbs: crumbs(&home, "Sync").below(base.clone(), format!("Version {}", row.release.number)),
        plate: Plate { href: None, ..views::plate(&home, &row) }.large(),
        environments: Segments { label: "Sync to".into(), choices: all.iter().map(choice).collect() },
        environment: (environment.slug.clone(), environment.name.clone()),
        summary: refused.summary("Nothing was synced", "sync"),
        checks: checks(&found, propose),
        items,
        same: same.join(", "),
        source: found.travel.source.clone().unwrap_or_default(),
        configuration: configurations::changes(&found.travel.changes),
        kept: kept(&found),
        left: views::left(&home, &found.left),
        fields: fields(&found, &form, production, propose, refused),
        act: (!stands).then_some(words),
        propose,
        seen: found.seen.clone(),
        base,
        layout: Layout { title: format!("Sync version {}", row.release.number), ..layout },
    };
    htmx::page(refused.status, &page)
}

fn fields(found: &Plan, form: &Form, production: bool, propose: bool, refused: &Refused) -> Vec<Field> {
    let comment = Field::text("comment", "Comment").value(form.comment.as_str()).hint("Shown in History and on each deployment.");
    let mut fields = vec![comment.check_in(&refused.errors)];
    if !found.travel.changes.is_empty() && !propose {
        let on = !form.configuration.is_empty();
        fields
            .push(Field::check("configuration", "Take configuration values along", on).hint("Unticked, the configuration stays as it is."));
    }
    if production {
        fields.push(Field::confirm(&found.environment.slug).value(form.confirm.as_str()).check_in(&refused.errors));
    }
    fields
}

fn checks(found: &Plan, propose: bool) -> Vec<CheckView> {
    let mut lines: Vec<CheckView> = found
        .refused
        .iter()
        .map(|(code, message)| {
            if propose && *code == "approval_needed" {
                CheckView::warn(Rich::new().text(message).text(" Each flow becomes a proposal; configuration values do not travel then."))
            } else {
                CheckView::bad(message.as_str())
            }
        })
        .collect();
    let broken = found.flows.iter().filter(|p| p.refused.is_some()).count();
    lines.push(match broken {
        0 => CheckView::ok("Every flow may go there"),
        n => CheckView::bad(format!("{} in the way: solve that, or untick it.", plural(n as u64, "flow stands", "flows stand"))),
    });
    if found.environment.is_production && !propose {
        lines.push(CheckView::ok("This version can be restored from then on, and what stands there now is kept too."));
    }
    lines
}

fn kept(found: &Plan) -> Vec<CheckView> {
    let line = |e: &crate::domain::environment::Entry, why: &str| {
        CheckView::ok(Rich::new().text(&format!("{} ", e.part.title())).strong(&e.name).text(&format!(": {}", e.value))).note(why)
    };
    let managed = found.travel.kept.iter().map(|e| line(e, "managed here"));
    managed.chain(found.travel.only_here.iter().map(|e| line(e, "only here"))).collect()
}

/// A rule that stands in the way, with the page on which it can be solved.
fn stands(rule: &Stands, flow: &str, environment: &Environment, number: i64) -> CheckView {
    let says = Rich::new().text(&rule.message);
    CheckView::bad(match rule.code {
        "quarantined" => {
            says.text(" ").link(&format!("{flow}/environments/{}/quarantine/{number}", environment.slug), "See why, and release it")
        }
        "rollout_under_way" => says.text(" ").link(flow, "See the rollout"),
        _ => says,
    })
}

fn item(conn: &mut Conn, home: &str, environment: &Environment, all: &[Environment], planned: &Planned, on: bool) -> app::Result<Item> {
    let rows = deployments::of_flow(conn, &planned.flow.id)?;
    let to = format!("{home}/flows/{}", planned.flow.slug);
    let version = &planned.version;
    let says = match planned.now {
        Some(now) if now == version.number => "is set up there anew".to_owned(),
        Some(now) => format!("in place of version {now}"),
        None => "goes live there for the first time".to_owned(),
    };
    let compare = planned.now.filter(|now| *now != version.number).map(|now| format!("{to}/compare/{now}...{}", version.number));
    Ok(Item {
        slug: planned.flow.slug.clone(),
        flow: (to.clone(), planned.flow.name.clone()),
        plate: plate(version, table::sync(version, all, &rows)).link(format!("{to}/versions/{}", version.number)),
        says: Rich::new().text(&says),
        changes: planned.comparison.as_ref().map(|c| change::changes(&c.changes)).unwrap_or_default(),
        compare: compare.unwrap_or_default(),
        ticked: on,
        open: true,
        problems: planned.refused.iter().map(|rule| stands(rule, &to, environment, version.number)).collect(),
        offers: planned.offers.iter().map(|o| (o.repair.address(), o.label.clone())).collect(),
    })
}

/// `POST /w/{ws}/versions/{n}/sync`
///
/// # Errors
/// No such release or environment; the person may not deploy there.
pub async fn sync(visitor: Visitor, at: Path<ReleaseAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (names, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, found) = names.find(conn, ctx)?;
            let environment = workspace::environment(conn, &workspace, &typed.environment)?;
            let ask = Ask {
                comment: typed.comment.clone(),
                flows: Some(typed.flow.clone()),
                without_configuration: typed.configuration.is_empty(),
                propose: !typed.propose.is_empty(),
                typed_slug: Some(typed.confirm.clone()),
                seen: Some(typed.seen.clone()),
            };
            let done = carry(conn, ctx, &workspace, &found, &environment, &ask)?;
            Ok((environment.name, done))
        })
        .await;
    match done {
        Ok((name, done)) if done.proposed.is_empty() => {
            Ok(visitor.go(&format!("{}/{}", at.list(), done.release.number), &flash(&name, &done)))
        }
        Ok((name, done)) => {
            let text = match done.not_ticked() {
                0 => "Others approve them under Approvals; nothing has moved yet.".to_owned(),
                n => format!("Others approve them under Approvals; nothing has moved yet. {}", stayed(n)),
            };
            let words = plural(done.proposed.len() as u64, "proposal waits", "proposals wait");
            Ok(visitor.go(&format!("/w/{}/approvals", at.ws), &Flash::done(format!("{words} for {name}.")).text(text)))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, "")?;
            let environment = form.environment.clone();
            page(&visitor, &at, &environment, Some(form), &refused).await
        }
    }
}

/// What a sync did, in words.
fn flash(name: &str, done: &Synced) -> Flash {
    let (number, changed, left) = (done.release.number, done.changed.len(), done.not_ticked());
    if left > 0 && changed == 0 && done.configuration.is_none() {
        let text = format!("{} The others stood there already.", stayed(left));
        return Flash::done(format!("Nothing of version {number} moved to {name}.")).text(text);
    }
    let mut text = match (changed, done.configuration) {
        (0, None) => "Everything stood there already.".to_owned(),
        (0, Some(n)) => format!("Configuration #{n} is deployed there."),
        (n, _) => {
            format!(
                "{} there. Runs in progress finish on the version they started with.",
                plural(n as u64, "flow changed", "flows changed")
            )
        }
    };
    if left == 0 {
        return Flash::done(format!("Version {number} is synced to {name}.")).text(text);
    }
    text = format!("{text} {}", stayed(left));
    Flash::done(format!("Version {number} is synced to {name} in part.")).text(text)
}

fn stayed(left: usize) -> String {
    format!("{} not ticked and stayed behind.", plural(left as u64, "flow was", "flows were"))
}
