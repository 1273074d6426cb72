//! The levers of a rollout: to the next stage, to a share, halt, continue, stop.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::RolloutAt;
use super::show::{self, Typed};
use crate::app::rollout::look::{self, Looked};
use crate::app::rollout::{advance, hold, stop};
use crate::app::{self, Error, workspace};
use crate::domain::deployment::Verb;
use crate::domain::rollout::{WHOLE, basis_points, percent};
use crate::store::deployments::Record;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::pages::guard::number;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

/// A lever of the page; a button outside of it sends no more than the token.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Routing revision that was seen.
    expect: Option<i64>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    percent: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lever {
    Next,
    Share,
    Halt,
    Continue,
    Stop,
}

/// `POST …/advance`: the plan's next stage.
///
/// # Errors
/// No such rollout; the person may not.
pub async fn next(visitor: Visitor, at: Path<RolloutAt>, body: Bytes) -> Answer {
    act(visitor, &at, &body, Lever::Next).await
}

/// `POST …/share`: a share of one's choice.
///
/// # Errors
/// As [`next`].
pub async fn share(visitor: Visitor, at: Path<RolloutAt>, body: Bytes) -> Answer {
    act(visitor, &at, &body, Lever::Share).await
}

/// `POST …/halt`
///
/// # Errors
/// As [`next`].
pub async fn halt(visitor: Visitor, at: Path<RolloutAt>, body: Bytes) -> Answer {
    act(visitor, &at, &body, Lever::Halt).await
}

/// `POST …/continue`
///
/// # Errors
/// As [`next`].
pub async fn resume(visitor: Visitor, at: Path<RolloutAt>, body: Bytes) -> Answer {
    act(visitor, &at, &body, Lever::Continue).await
}

/// `POST …/stop`
///
/// # Errors
/// As [`next`].
pub async fn stop(visitor: Visitor, at: Path<RolloutAt>, body: Bytes) -> Answer {
    act(visitor, &at, &body, Lever::Stop).await
}

async fn act(visitor: Visitor, at: &RolloutAt, body: &[u8], lever: Lever) -> Answer {
    let form: Form = form::parse(body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &wanted.ws)?;
            let before = look::look(conn, ctx, &workspace, &wanted.rollout)?;
            if !before.state.is_open() {
                return Err(Error::refused("ended", "This rollout has ended already, so nothing of it can be changed."));
            }
            let (flow, environment, why) = (&before.flow, &before.environment, typed.reason.as_str());
            let record = match lever {
                Lever::Next | Lever::Share => {
                    let share = share_of(&typed, lever, &before)?;
                    advance::advance(conn, ctx, flow, environment, Some(share), why, typed.expect)?
                }
                Lever::Halt => hold::halt(conn, ctx, flow, environment, why, typed.expect)?,
                Lever::Continue => hold::resume(conn, ctx, flow, environment, why, typed.expect)?,
                Lever::Stop => stop::stop(conn, ctx, flow, environment, why, typed.expect)?,
            };
            let after = look::look(conn, ctx, &workspace, &wanted.rollout)?;
            Ok((after, record))
        })
        .await;
    match done {
        Ok((after, record)) => Ok(visitor.go(&at.base(), &flash(&after, &record, &at.base()))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            show::page(&visitor, at, Typed { percent: form.percent, reason: form.reason }, &refused).await
        }
    }
}

/// The share to go to.
fn share_of(form: &Form, lever: Lever, before: &Looked) -> app::Result<i64> {
    if lever == Lever::Next {
        // After a share of one's choice the plan's next stage may lie below it.
        return Ok(before.next.filter(|next| *next > before.basis_points).unwrap_or(WHOLE));
    }
    let wanted = number(&form.percent).ok_or_else(|| Error::invalid("percent", "Give a percentage, such as 40 or 12.5."))?;
    let share = basis_points(wanted).map_err(|e| Error::invalid("percent", e.to_string()))?;
    if share <= before.basis_points {
        let says = format!("It takes {} already, and a rollout only grows. Stop it or roll back instead.", percent(before.basis_points));
        return Err(Error::invalid("percent", says));
    }
    Ok(share)
}

fn flash(after: &Looked, record: &Record, base: &str) -> Flash {
    let (number, primary, place) = (after.rollout.version_number, after.rollout.primary_number, &after.environment.name);
    match record.verb.parse::<Verb>() {
        Ok(Verb::Promote) => Flash::done(format!("Version {number} of {} is live in {place}.", after.flow.name))
            .text("The rollout is complete; new runs use it from now on."),
        Ok(Verb::Halt) => Flash::done(format!("The rollout is halted at {}.", percent(after.basis_points)))
            .text("No further stage starts until somebody continues.")
            .undo("Continue", format!("{base}/continue")),
        Ok(Verb::Continue) => Flash::done("The rollout goes on.").undo("Halt", format!("{base}/halt")),
        Ok(Verb::StopRollout) => Flash::done(format!("The rollout of version {number} is stopped."))
            .text(format!("All new runs use version {primary}. Version {number} may be rolled out again.")),
        _ => Flash::done(format!("Version {number} takes {} of new runs in {place}.", percent(after.basis_points))),
    }
}
