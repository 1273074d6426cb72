//! `…/later/stage` and `…/later/rollback`: a rollout is led on, or the way back is taken, at a time (PRODUCT §5.9).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::later::{instant, when};
use super::names::{self, Answer, FlowAt};
use crate::app::deployment::rollback::targets;
use crate::app::planned::{Wish, plan};
use crate::app::rollout::advance::next_share;
use crate::app::rollout::under_way;
use crate::app::{self, Ctx, Error, deployment, flow, version, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind as EnvironmentKind;
use crate::domain::planned::Kind;
use crate::domain::rollout::{basis_points, percent};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::web::address;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::Field;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, words};
use crate::web::views::{head, may_operate};
use crate::web::visitor::Visitor;

/// `/w/{ws}/flows/{flow}/later/{what}`.
#[derive(Debug, Clone, Deserialize)]
pub struct At {
    ws: String,
    flow: String,
    what: String,
}

impl At {
    fn flow(&self) -> FlowAt {
        FlowAt { ws: self.ws.clone(), flow: self.flow.clone() }
    }

    /// A stage or a roll back; deployments have an address of their own.
    fn kind(&self) -> app::Result<Kind> {
        match self.what.as_str() {
            "stage" => Ok(Kind::Stage),
            "rollback" => Ok(Kind::Rollback),
            other => Err(Error::not_found("planned change", other)),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Picked {
    #[serde(default)]
    environment: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    environment: String,
    date: String,
    time: String,
    /// The share of a stage, in percent; the plan's next when empty.
    #[serde(default)]
    percent: String,
    /// The version to go back to; the one before when empty.
    #[serde(default)]
    to: String,
    reason: String,
}

/// `GET …/later/{what}?environment=`
///
/// # Errors
/// No such flow; the person changes nothing anywhere.
pub async fn show(visitor: Visitor, at: Path<At>) -> Answer {
    let picked: Picked = address::query(&visitor)?;
    dialog(&visitor, &at, Form { environment: picked.environment, ..Form::default() }, &Refused::nothing()).await
}

/// An environment where it could be done as things stand, and what it would do there.
struct Possible {
    slug: String,
    says: String,
    /// Versions that can be gone back to.
    back_to: Vec<i64>,
}

fn possible(conn: &mut Conn, kind: Kind, flow: &Flow, environment: &Environment) -> app::Result<Option<Possible>> {
    let place = deployment::Place::load(conn, flow, environment)?;
    let name = &environment.name;
    let of = |says: String, back_to| Some(Possible { slug: environment.slug.clone(), says, back_to });
    if kind == Kind::Stage {
        let Some(candidate) = &place.routing.candidate else { return Ok(None) };
        let next = next_share(&under_way(conn, &place)?)?;
        let (number, now) = (candidate.pin.number, percent(candidate.basis_points));
        return Ok(of(format!("{name}: v{number} takes {now} now, {} next", percent(next)), Vec::new()));
    }
    let back_to: Vec<i64> = targets(conn, flow, environment)?.iter().map(|way| way.version.number).collect();
    let left = place.routing.candidate.as_ref().map(|c| &c.pin).or(place.routing.primary.as_ref());
    let (Some(left), Some(to)) = (left, back_to.first()) else { return Ok(None) };
    Ok(of(format!("{name}: from v{} to v{to}, as it stands", left.number), back_to))
}

async fn dialog(visitor: &Visitor, at: &At, form: Form, refused: &Refused) -> Answer {
    let (wanted, now) = (at.clone(), visitor.state.now());
    let (layout, (head, kind, places)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let kind = wanted.kind()?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let all: Vec<Environment> = environments::list(conn, &workspace.id)?.into_iter().filter(|e| may_operate(ctx, e)).collect();
            if all.is_empty() {
                return Err(Error::Forbidden(Permission::Operate(EnvironmentKind::Development)));
            }
            let places: app::Result<Vec<_>> = all.iter().map(|e| possible(conn, kind, &flow, e)).collect();
            Ok((head(workspace, &flow), kind, places?.into_iter().flatten().collect::<Vec<Possible>>()))
        })
        .await?;
    let errors = &refused.errors;
    let stage = kind == Kind::Stage;
    let (title, act) = if stage { ("Lead the rollout on later", "Plan stage") } else { ("Roll back later", "Plan roll back") };
    let base = format!("{}/later/{}", head.base, at.what);
    let mut dialog = Dialog::new("later", &layout.csrf, format!("{title}: {}", head.name), base, (head.base.clone(), "Plan nothing"), act);
    dialog.summary = refused.summary("Nothing was planned", "later");
    let other = if stage { ("rollback", "a roll back") } else { ("stage", "the next stage of a rollout") };
    dialog.intro = Rich::new()
        .text(&format!("All times are UTC; it is {} UTC now. Plan instead: ", words(now.0, now.0, TimeStyle::Full)))
        .link(&format!("{}/later", head.base), "a deployment")
        .text(" or ")
        .link(&format!("{}/later/{}", head.base, other.0), other.1)
        .text(".");
    dialog.checks = checks(stage);
    let [date, time] = when((&form.date, &form.time), now, errors);
    dialog.fields = vec![
        Field::choice("environment", "Environment", places.iter().map(|p| (p.slug.clone(), p.says.clone())).collect())
            .value(form.environment.as_str())
            .check_in(errors),
        date,
        time,
    ];
    if stage {
        let field = Field::line("percent", "Percent of new runs").value(form.percent.as_str());
        dialog.fields.push(field.hint("Empty: the next stage of its plan. 100 makes it current.").check_in(errors));
    } else {
        let mut numbers: Vec<i64> = places.iter().flat_map(|p| p.back_to.iter().copied()).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.dedup();
        let mut choices = vec![(String::new(), "The version that was live before".to_owned())];
        choices.extend(numbers.into_iter().map(|n| (n.to_string(), format!("v{n}"))));
        dialog.fields.push(Field::choice("to", "To", choices).value(form.to.as_str()).check_in(errors));
    }
    let reason = Field::text("reason", "Reason").value(form.reason.as_str()).hint("Kept in the history.").check_in(errors);
    dialog.fields.push(if stage { reason } else { reason.required() });
    if places.is_empty() {
        let says = if stage { "No rollout of it is under way." } else { "Nothing was live before that it could go back to." };
        dialog.checks = vec![CheckView::bad(says)];
        (dialog.act, dialog.fields) = (None, Vec::new());
    }
    names::dialog(visitor, refused.status, layout, &head, title, dialog)
}

/// What is looked at when it is planned, and what again when it is due.
fn checks(stage: bool) -> Vec<CheckView> {
    let (again, moved) = if stage {
        (
            "It is checked now, and again when it is due: the rollout must be under way and its share must grow. A freeze puts it off.",
            "If the rollout moves, halts or ends first, it waits for you instead of being carried out.",
        )
    } else {
        (
            "It is checked now, and again when it is due: the version must be there and not quarantined. No freeze holds it up.",
            "If something else is deployed there first, it waits for you instead of being carried out.",
        )
    };
    vec![CheckView::ok(again), CheckView::ok(moved), CheckView::ok("It is carried out in your name, with the roles you have then.")]
}

/// `POST …/later/{what}`
///
/// # Errors
/// No such flow; the person may not change what runs there.
pub async fn create(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor.write(move |conn, ctx| act(conn, ctx, &wanted, &typed)).await;
    let now = visitor.state.now().0;
    match done {
        Ok((what, due)) => {
            let flash = Flash::done(format!("{what}, {} UTC.", words(due, now, TimeStyle::Full))).text("It is checked again then.");
            Ok(visitor.go(&format!("/w/{}/planned", at.ws), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.flow().base())?.renamed("at", "date").renamed("share", "percent");
            dialog(&visitor, &at, form, &refused).await
        }
    }
}

fn act(conn: &mut Conn, ctx: &Ctx, at: &At, form: &Form) -> app::Result<(String, i64)> {
    let (workspace, flow) = at.flow().find(conn, ctx)?;
    let environment = workspace::environment(conn, &workspace, &form.environment)?;
    let due = instant(&form.date, &form.time)?;
    let (wish, says) = if at.kind()? == Kind::Stage {
        let says = format!("The rollout of {} in {} is to be led on", flow.name, environment.name);
        (Wish::Stage { share: share(&form.percent)?, reason: form.reason.clone() }, says)
    } else {
        let to = if form.to.is_empty() { None } else { Some(version::find(conn, &flow, &form.to)?) };
        let says = format!("{} is to be rolled back in {}", flow.name, environment.name);
        (Wish::Rollback { number: to.as_ref().map(|v| v.number), to: to.map(|v| v.id), reason: form.reason.clone() }, says)
    };
    plan::plan(conn, ctx, &flow, &environment, &wish, due, None)?;
    Ok((says, due.0))
}

/// The share that was typed, in basis points.
fn share(typed: &str) -> app::Result<Option<i64>> {
    let number = typed.trim().trim_end_matches('%').trim();
    if number.is_empty() {
        return Ok(None);
    }
    let bad = |says: String| Error::invalid("percent", says);
    let number: f64 = number.parse().map_err(|_| bad("Give a percentage such as 25; empty means the next stage.".into()))?;
    Ok(Some(basis_points(number).map_err(|e| bad(e.to_string()))?))
}
