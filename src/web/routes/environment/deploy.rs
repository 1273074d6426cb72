//! `…/versions/{n}/deploy`: what changes, who is taken off the rack, why; then runs use it (PRODUCT §4.2).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{ConfigurationAt, dialog};
use crate::app::approval::propose::propose_configuration;
use crate::app::environment::coverage::{self, Known, Resident};
use crate::app::environment::rack::{self, Deploy};
use crate::app::environment::{self, Stand, gate};
use crate::app::{Error, approval, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::environments::{Environment, EnvironmentVersion};
use crate::store::proposals::Proposal;
use crate::web::components::change::CheckView;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::environment::acts;
use crate::web::refused::Refused;
use crate::web::views::environment as views;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

/// Replacements that lead nowhere, told one by one at the most.
const WARNED: usize = 5;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
    seen: Option<i64>,
    #[serde(default)]
    comment: String,
}

/// `GET …/deploy`
///
/// # Errors
/// No such version; the person may not deploy here.
pub async fn show(visitor: Visitor, at: Path<ConfigurationAt>) -> Answer {
    page(&visitor, &at, Form::default(), &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &ConfigurationAt, form: Form, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, environment, stand, row, residents, known, gates)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let row = environment::version(conn, &environment, &wanted.n)?;
            let stand = Stand::load(conn, &environment)?;
            let residents = coverage::residents(conn, ctx, &environment)?;
            let frozen = match gate::thawed(ctx.now, &environment) {
                Err(Error::Refused(refusal)) if row.is_draft() => Some(refusal.message),
                Err(Error::Refused(_)) | Ok(()) => None,
                Err(other) => return Err(other),
            };
            let needs = approval::needs(&environment, &row, ctx.now)?;
            let known = Known::of(conn, &workspace.id)?;
            Ok((views::head(workspace, &environment), environment, stand, row, residents, known, (frozen, needs)))
        })
        .await?;
    let (frozen, needs) = gates;
    let found = stand.since_deployed(&row).map_err(|e| visitor.refused(e))?;
    let deploy = acts::Deploy {
        number: whole(row.number),
        deployed: stand.rack.deployed().map(whole),
        changes: views::changes(&found),
        checks: checks(&environment, &stand, &row, (&residents, &known), (frozen, needs)),
        approvals: if needs { whole(environment.approvals) } else { 0 },
        production: environment.kind().is_ok_and(|kind| kind == Kind::Production),
        comment: form.comment,
        // What was seen first counts, also when the form comes back.
        seen: (whole(form.expect.unwrap_or(environment.lock_version)), whole(form.seen.unwrap_or(row.lock_version))),
    };
    let mut box_ = acts::deploy(&head, deploy, &layout.csrf, &refused.errors);
    let not_done = if needs { "proposed" } else { "deployed" };
    box_.summary = refused.summary(format!("Configuration #{} was not {not_done}", row.number), "deploy-configuration");
    dialog(visitor, refused.status, layout, &head, "Deploy configuration", box_)
}

fn checks(
    environment: &Environment,
    stand: &Stand,
    row: &EnvironmentVersion,
    (residents, known): (&[Resident], &Known),
    (frozen, needs): (Option<String>, bool),
) -> Vec<CheckView> {
    let mut checks = Vec::new();
    let decided = match stand.rack.deploy(row.number, i64::MAX) {
        Ok(decided) => decided,
        Err(why) => return vec![CheckView::bad(why.to_string())],
    };
    // What is proposed can wait for the end of a freeze.
    checks.extend(frozen.map(if needs { CheckView::warn } else { CheckView::bad }));
    if needs {
        let people = approval::others(environment.approvals);
        checks.push(CheckView::warn(format!(
            "{} is protected: this proposes it, and {people} approve{} it before it goes out.",
            environment.name,
            if environment.approvals == 1 { "s" } else { "" }
        )));
    } else if environment.approvals > 0 {
        checks.push(CheckView::ok(format!("#{} was deployed here within 30 days: going back to it needs nobody's approval.", row.number)));
    }
    let here = residents.len() as u64;
    checks.push(match here {
        0 => CheckView::ok("No flow runs here yet."),
        n => CheckView::ok(format!("New runs of {} use it from now on.", plural(n, "flow", "flows"))),
    });
    if let Ok(content) = row.content() {
        let uncovered = coverage::uncovered(residents, &content);
        if !uncovered.is_empty() {
            let names: Vec<&str> = uncovered.iter().take(5).map(|(_, name)| name.as_str()).collect();
            let more = if uncovered.len() > names.len() { ", …" } else { "" };
            let total = plural(uncovered.len() as u64, "component is", "components are");
            checks.push(CheckView::warn(format!("{total} not replaced: {}{more}. Each flow's own is used.", names.join(", "))));
        }
        checks.extend(coverage::warnings(&known.missing(&content)).into_iter().take(WARNED).map(CheckView::warn));
    }
    if let Some(former) = decided.former {
        checks.push(CheckView::ok(format!("#{former} becomes inactive and can be deployed again.")));
    }
    if let Some(draft) = decided.new_draft {
        checks.push(CheckView::ok(format!("Draft #{draft} is opened as a copy of it.")));
    }
    for victim in &decided.removed {
        let says = format!(
            "#{victim} is taken off the rack: {} keeps {} versions. Runs pinned to it go on showing it.",
            environment.name, environment.keeps
        );
        checks.push(CheckView::warn(says));
    }
    checks
}

/// What became of the form.
enum Done {
    Deployed(rack::Deployed),
    Proposed(Proposal, String),
}

/// `POST …/deploy`: deploys, or proposes it where others have to approve.
///
/// # Errors
/// No such version; the person may not deploy here.
pub async fn create(visitor: Visitor, at: Path<ConfigurationAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let ask = Deploy { comment: form.comment.clone(), expect: form.expect, seen: form.seen };
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment, version) = wanted.find(conn, ctx)?;
            if approval::needs(&environment, &version, ctx.now)? {
                return Ok(Done::Proposed(propose_configuration(conn, ctx, &environment, &version, &ask)?, environment.name));
            }
            Ok(Done::Deployed(rack::deploy(conn, ctx, &environment, &version, &ask)?))
        })
        .await;
    match done {
        Ok(Done::Proposed(proposal, place)) => {
            let says = format!("Configuration {} is proposed for {place}.", proposal.subject());
            let flash = Flash::done(says).text("Others have to approve it before it goes out.");
            Ok(visitor.go(&format!("/w/{}/approvals/{}", at.ws, proposal.id), &flash))
        }
        Ok(Done::Deployed(done)) => {
            let mut follows = Vec::new();
            follows.extend(done.draft.map(|n| format!("Draft #{n} is open.")));
            follows.extend(done.removed.iter().map(|n| format!("#{n} is off the rack.")));
            let mut flash = Flash::done(format!("Configuration #{} is deployed to {}.", done.version.number, done.environment.name))
                .text(follows.join(" "));
            // Production asks for a comment, so the way back there goes through the dialog.
            if let Some(former) = done.former.filter(|_| done.environment.kind != Kind::Production.as_str()) {
                flash = flash.undo(format!("Deploy #{former} again"), format!("{}/versions/{former}/deploy", at.environment().base()));
            }
            Ok(visitor.go(&at.environment().base(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.environment().base())?;
            page(&visitor, &at, form, &refused).await
        }
    }
}
