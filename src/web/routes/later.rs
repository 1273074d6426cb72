//! `…/later`: a deployment is set for a time (PRODUCT §5.9); stages and roll backs are in [`super::later_moves`]. Times are UTC, and the form says so.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::names::{self, Answer, FlowAt};
use super::rolling::Share;
use crate::app::planned::{Wish, plan};
use crate::app::{self, Ctx, Error, flow, version, workspace};
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::environment::Kind;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::page::Direction;
use crate::store::{environments, plans as stored, versions};
use crate::web::address;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, Field};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::layout::Place;
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, words};
use crate::web::views::{head, may_operate};
use crate::web::visitor::Visitor;

/// Versions that can be picked.
const CHOICES: i64 = 30;

#[derive(Debug, Clone, Default, Deserialize)]
struct Picked {
    #[serde(default)]
    version: String,
    #[serde(default)]
    environment: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    version: String,
    environment: String,
    date: String,
    time: String,
    #[serde(default)]
    percent: String,
    #[serde(default)]
    plan: String,
    comment: String,
    #[serde(default)]
    confirm: String,
}

impl Form {
    fn share(&self) -> Share {
        Share { percent: self.percent.clone(), plan: self.plan.clone() }
    }
}

/// The instant that was typed, in UTC.
///
/// # Errors
/// It is none.
pub fn instant(date: &str, time: &str) -> app::Result<Micros> {
    let time = time.trim();
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    let read = Micros::parse_rfc3339(&format!("{}T{time}Z", date.trim()));
    read.ok_or_else(|| Error::invalid("date", "Give a date such as 2026-11-22 and a time such as 03:00, in UTC."))
}

/// The fields of date and time.
pub fn when(typed: (&str, &str), now: Micros, errors: &FieldErrors) -> [Field; 2] {
    let (date, time) = proposed(typed, now);
    [
        Field::line("date", "Date (UTC)").control(Control::Line("date")).value(date).required().check_in(errors),
        Field::line("time", "Time (UTC)").control(Control::Line("time")).value(time).required().check_in(errors),
    ]
}

/// `GET …/later?version=&environment=`
///
/// # Errors
/// No such flow or version; the person deploys nowhere.
pub async fn show(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    let picked: Picked = address::query(&visitor)?;
    let form = Form { version: picked.version, environment: picked.environment, ..Form::default() };
    dialog(&visitor, &at, form, &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &FlowAt, form: Form, refused: &Refused) -> Answer {
    let (wanted, typed, now) = (at.clone(), form.clone(), visitor.state.now());
    let (layout, (head, numbers, places, plans)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let mut numbers: Vec<i64> = Vec::new();
            let published = versions::Shown::All;
            for found in versions::list(conn, &flow.id, published, &Direction::Newest, CHOICES)?.items {
                if !found.is_draft() && found.archived_at.is_none() {
                    numbers.push(found.number);
                }
            }
            if !typed.version.is_empty() {
                let named = version::find(conn, &flow, &typed.version)?;
                if !numbers.contains(&named.number) {
                    numbers.insert(0, named.number);
                }
            }
            let all = environments::list(conn, &workspace.id)?;
            let places: Vec<Environment> = all.into_iter().filter(|e| may_operate(ctx, e)).collect();
            if places.is_empty() {
                return Err(Error::Forbidden(Permission::Operate(Kind::Development)));
            }
            let plans: Vec<String> = stored::list(conn, &workspace.id)?.into_iter().map(|p| p.name).collect();
            Ok((head(workspace, &flow), numbers, places, plans))
        })
        .await?;
    let errors = &refused.errors;
    let keep = (head.base.clone(), "Plan nothing");
    let title = format!("Deploy {} later", head.name);
    let mut dialog = Dialog::new("later", &layout.csrf, title, format!("{}/later", head.base), keep, "Plan deployment");
    dialog.summary = refused.summary("Nothing was planned", "later");
    dialog.intro = Rich::new()
        .text(&format!("All times are UTC; it is {} UTC now. Plan instead: ", words(now.0, now.0, TimeStyle::Full)))
        .link(&format!("{}/later/stage", head.base), "the next stage of a rollout")
        .text(" or ")
        .link(&format!("{}/later/rollback", head.base), "a roll back")
        .text(".");
    dialog.checks = vec![
        CheckView::ok("It is checked now, and again when it is due; a freeze only puts it off."),
        CheckView::ok("If something else is deployed there first, it waits for you instead of being carried out."),
        CheckView::ok("It is carried out in your name, with the roles you have then."),
    ];
    let production = places.iter().find(|e| e.is_production).or_else(|| places.first());
    let place = if form.environment.is_empty() { production.map_or("", |e| e.slug.as_str()) } else { form.environment.as_str() };
    let [date, time] = when((&form.date, &form.time), now, errors);
    let [percent, plan] = form.share().fields(plans, errors);
    dialog.fields = vec![
        Field::choice("version", "Version", numbers.iter().map(|n| (n.to_string(), format!("v{n}"))).collect())
            .value(form.version.as_str())
            .check_in(errors),
        Field::choice("environment", "Environment", places.iter().map(|e| (e.slug.clone(), e.name.clone())).collect())
            .value(place)
            .check_in(errors),
        date,
        time,
        percent,
        plan,
        Field::text("comment", "Comment").value(form.comment.as_str()).hint("Needed for production; shown in History.").check_in(errors),
        Field { required: false, ..Field::confirm(&head.slug) }
            .value(form.confirm.as_str())
            .hint("Asked when the environment is a production.")
            .check_in(errors),
    ];
    if numbers.is_empty() {
        dialog.checks = vec![CheckView::bad("It has no published version yet. Publish its draft first.")];
        (dialog.act, dialog.fields) = (None, Vec::new());
    }
    names::dialog(visitor, refused.status, layout, &head, "Deploy later", dialog)
}

/// What stands in date and time: what was typed, or tomorrow at three.
fn proposed((date, time): (&str, &str), now: Micros) -> (String, String) {
    if !(date.is_empty() && time.is_empty()) {
        return (date.to_owned(), time.to_owned());
    }
    let tomorrow = now.plus(Micros::DAY).rfc3339();
    (tomorrow.get(..10).unwrap_or_default().to_owned(), "03:00".to_owned())
}

/// `POST …/later`
///
/// # Errors
/// No such flow or version; the person may not deploy there.
pub async fn create(visitor: Visitor, at: Path<FlowAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor.write(move |conn, ctx| act(conn, ctx, &wanted, &typed)).await;
    let now = visitor.state.now().0;
    match done {
        Ok((number, name, place, due)) => {
            let flash =
                Flash::done(format!("Version {number} of {name} is to be deployed to {place}, {} UTC.", words(due, now, TimeStyle::Full)))
                    .text("It is checked again then.");
            Ok(visitor.go(&format!("/w/{}/planned", at.ws), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &format!("{}/versions/{}", at.base(), form.version))?
                .renamed("slug", "confirm")
                .renamed("at", "date");
            dialog(&visitor, &at, form, &refused).await
        }
    }
}

fn act(conn: &mut Conn, ctx: &Ctx, at: &FlowAt, form: &Form) -> app::Result<(i64, String, String, i64)> {
    let (workspace, flow) = at.find(conn, ctx)?;
    let environment = workspace::environment(conn, &workspace, &form.environment)?;
    let version = version::find(conn, &flow, &form.version)?;
    let due = instant(&form.date, &form.time)?;
    let rolling = form.share().read(conn, &workspace.id)?;
    plan::typed(&flow, &environment, &form.confirm)?;
    let wish = Wish::Deploy {
        version: version.id.clone(),
        number: version.number,
        revision: None,
        rolling,
        during: None,
        comment: form.comment.clone(),
    };
    plan::plan(conn, ctx, &flow, &environment, &wish, due, None)?;
    Ok((version.number, flow.name, environment.name, due.0))
}
