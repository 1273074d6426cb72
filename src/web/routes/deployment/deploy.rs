//! `…/deploy`: one version to one or several environments, all or nothing (PRODUCT §5.2).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{Answer, FlowAt};
use super::dialog::{self, Typed};
use crate::app::approval::propose::propose;
use crate::app::deployment::deploy::{Deploy, deploy};
use crate::app::deployment::{Place, hold_all};
use crate::app::error::FieldError;
use crate::app::release::keep::Backup;
use crate::app::rollout::begin::Rolling;
use crate::app::rollout::plan;
use crate::app::{self, Ctx, Error, version, workspace};
use crate::domain::deployment::InFlight;
use crate::domain::rollout::percent;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::idempotency::{self, Kept};
use crate::store::versions::Version;
use crate::web::address;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::numbers::plural;
use crate::web::pages::guard::GuardForm;
use crate::web::pages::roll::{Roll, Wanted};
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Query {
    #[serde(default)]
    version: String,
    #[serde(default)]
    environment: Vec<String>,
    part: Option<String>,
}

/// `GET …/deploy?version=&environment=`. Parts: the dialog, and `checks`.
///
/// # Errors
/// No such flow or version; the person deploys nowhere.
pub async fn show(visitor: Visitor, at: Path<FlowAt>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let environments = query.environment.into_iter().filter(|e| !e.is_empty()).collect();
    let typed = Typed { version: query.version, environments, part: query.part, ..Typed::default() };
    dialog::show(&visitor, &at, typed, &Refused::nothing()).await
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    version: String,
    #[serde(default)]
    idempotency_key: String,
    /// `slug:revision` of each environment, as they were seen.
    #[serde(default)]
    expect: Vec<String>,
    #[serde(default)]
    environment: Vec<String>,
    in_flight: String,
    comment: String,
    #[serde(default)]
    confirm: String,
    #[serde(default)]
    rollout: String,
    #[serde(default)]
    percent: String,
    #[serde(default)]
    then: String,
    #[serde(default)]
    advance: String,
    #[serde(default)]
    minutes: String,
    #[serde(default)]
    runs: String,
    #[serde(default)]
    plan: String,
    /// `slug:replace` or `slug:cancel`.
    #[serde(default)]
    during: Vec<String>,
    #[serde(default)]
    failure: String,
    #[serde(default)]
    failure_against: String,
    #[serde(default)]
    p95: String,
    #[serde(default)]
    p95_against: String,
    #[serde(default)]
    min_runs: String,
    #[serde(default)]
    on_fail: String,
    /// *Backup first* is ticked.
    #[serde(default)]
    backup: String,
}

impl Form {
    fn roll(&self) -> Roll {
        Roll {
            how: self.rollout.clone(),
            percent: self.percent.clone(),
            then: self.then.clone(),
            advance: self.advance.clone(),
            minutes: self.minutes.clone(),
            runs: self.runs.clone(),
            plan: self.plan.clone(),
            guard: GuardForm {
                failure: self.failure.clone(),
                failure_against: self.failure_against.clone(),
                p95: self.p95.clone(),
                p95_against: self.p95_against.clone(),
                min_runs: self.min_runs.clone(),
                on_fail: self.on_fail.clone(),
            },
            during: self.during.clone(),
        }
    }

    fn expected(&self, slug: &str) -> app::Result<Option<i64>> {
        let Some(revision) = self.expect.iter().find_map(|e| e.strip_prefix(slug)?.strip_prefix(':')) else { return Ok(None) };
        revision.parse().map(Some).map_err(|_| Error::invalid("environment", "Reload the page: it does not say what stood there."))
    }
}

struct Done {
    flow: String,
    number: i64,
    places: Vec<String>,
    terminated: Vec<String>,
    /// Where it takes a share instead: environment, share, rollout.
    rolling: Vec<(String, String, String)>,
    /// Where it waits for approvals: environment and proposal.
    proposed: Vec<(String, String)>,
}

/// `POST …/deploy`
///
/// # Errors
/// No such flow or version; the person may not deploy there.
pub async fn create(visitor: Visitor, at: Path<FlowAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let in_flight = form.in_flight.parse::<InFlight>().ok();
    let typed = Typed {
        version: form.version.clone(),
        environments: form.environment.clone(),
        comment: form.comment.clone(),
        in_flight,
        roll: form.roll(),
        backup: !form.backup.is_empty(),
        part: None,
    };
    let (wanted, asked, user) = (at.clone(), form.clone(), visitor.user.clone());
    let done = visitor.write(move |conn, ctx| act(conn, ctx, &wanted, &asked, &user)).await;
    let base = at.base();
    match done {
        Ok(None) => Ok(visitor
            .go(&base, &Flash::done("That form was carried out already.").text("It was sent twice; nothing was done a second time."))),
        Ok(Some(done)) => {
            done.terminated.iter().for_each(|run| visitor.state.engine.control(run));
            if let Some((_, id)) = done.proposed.first().filter(|_| done.places.is_empty() && done.rolling.is_empty()) {
                let places: Vec<&str> = done.proposed.iter().map(|(place, _)| place.as_str()).collect();
                let says = format!("Version {} of {} is proposed for {}.", done.number, done.flow, places.join(" and "));
                let text = "Others have to approve it before it goes out.";
                return Ok(visitor.go(&format!("/w/{}/approvals/{id}", at.ws), &Flash::done(says).text(text)));
            }
            if !done.rolling.is_empty() {
                return Ok(began(&visitor, &at, &done));
            }
            let mut text = match done.terminated.len() as u64 {
                0 => "New runs use it from now on.".to_owned(),
                n => format!("New runs use it from now on. {} cancelled.", plural(n, "run was", "runs were")),
            };
            for (place, _) in &done.proposed {
                text.push_str(&format!(" It is proposed for {place}, where others have to approve it."));
            }
            let flash =
                Flash::done(format!("Version {} of {} is live in {}.", done.number, done.flow, done.places.join(" and "))).text(text);
            let back = (form.environment.len() == 1).then(|| format!("{base}/environments/{}/rollback", form.environment[0]));
            Ok(visitor.go(
                &base,
                &match back {
                    Some(to) => flash.undo("Roll back…", to),
                    None => flash,
                },
            ))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &format!("{base}/versions/{}", form.version))?
                .renamed("slug", "confirm")
                .renamed("guard", "failure")
                .renamed("stages", "then");
            dialog::show(&visitor, &at, typed, &refused).await
        }
    }
}

/// After a rollout began: to its page, or to the flow when it was not the only thing done.
fn began(visitor: &Visitor, at: &FlowAt, done: &Done) -> actix_web::HttpResponse {
    let begun: Vec<String> = done.rolling.iter().map(|(place, share, _)| format!("{share} of new runs in {place}")).collect();
    let flash = Flash::done(format!("Version {} of {} takes {}.", done.number, done.flow, begun.join(" and ")));
    match &done.rolling[..] {
        [(.., id)] if done.places.is_empty() => visitor.go(&format!("/w/{}/rollouts/{id}", at.ws), &flash.text("Watch it here.")),
        _ if done.places.is_empty() => visitor.go(&format!("/w/{}/rollouts", at.ws), &flash),
        _ => visitor.go(&at.base(), &flash.text(format!("It is live in {}.", done.places.join(" and ")))),
    }
}

/// How the version is rolled out in every environment that was ticked.
fn rolling(conn: &mut Conn, workspace: &str, roll: &Roll) -> app::Result<Option<Rolling>> {
    let mut errors = FieldErrors::new();
    match roll.read(&mut errors).filter(|_| errors.is_empty()) {
        None => Err(Error::Invalid(
            errors.all().iter().map(|(field, message)| FieldError { field: field.clone(), message: message.clone() }).collect(),
        )),
        Some(Wanted::Whole) => Ok(None),
        Some(Wanted::Stages(stages, advance, guard)) => Ok(Some(Rolling { stages, advance, plan: None, guard })),
        Some(Wanted::Plan(name, guard)) => {
            let by = plan::rolling(&plan::find(conn, workspace, &name)?)?;
            Ok(Some(Rolling { guard: guard.or(by.guard.clone()), ..by }))
        }
    }
}

/// Asks what happens to another rollout at the field that asks it, rather than above the form.
fn asked_during(conn: &mut Conn, flow: &Flow, environment: &Environment, version: &Version, ask: &Deploy) -> app::Result<()> {
    let routing = Place::load(conn, flow, environment)?.routing;
    let Some(candidate) = &routing.candidate else { return Ok(()) };
    let promotes = candidate.pin == version.pin() && ask.rolling.is_none();
    if promotes || ask.during.is_some() {
        return Ok(());
    }
    let says = format!("Say what happens to the rollout of version {}: replace it, or cancel it.", candidate.pin.number);
    Err(Error::invalid(format!("during-{}", environment.slug), says))
}

/// One transaction for all environments: an error in the last takes the first back too. `None`: done before.
fn act(conn: &mut Conn, ctx: &Ctx, at: &FlowAt, form: &Form, user: &str) -> app::Result<Option<Done>> {
    let (workspace, flow) = at.find(conn, ctx)?;
    if form.environment.is_empty() {
        return Err(Error::invalid("environment", "Tick at least one environment."));
    }
    let in_flight = form.in_flight.parse().map_err(|_| Error::invalid("in_flight", "Say what happens to runs in progress."))?;
    if !form.idempotency_key.is_empty() && idempotency::get(conn, user, &form.idempotency_key)?.is_some() {
        return Ok(None);
    }
    let version = version::find(conn, &flow, &form.version)?;
    let mut done = Done {
        flow: flow.name.clone(),
        number: version.number,
        places: Vec::new(),
        terminated: Vec::new(),
        rolling: Vec::new(),
        proposed: Vec::new(),
    };
    let roll = form.roll();
    let wanted = rolling(conn, &workspace.id, &roll)?;
    let environments: Vec<Environment> =
        form.environment.iter().map(|slug| workspace::environment(conn, &workspace, slug)).collect::<app::Result<_>>()?;
    hold_all(conn, &flow, &environments)?;
    for environment in environments {
        let ask = Deploy {
            comment: form.comment.clone(),
            typed_slug: Some(form.confirm.clone()),
            in_flight,
            expect: form.expected(&environment.slug)?,
            rolling: wanted.clone(),
            during: roll.during(&environment.slug),
            backup: if form.backup.is_empty() { Backup::Rule } else { Backup::Asked },
            release: None,
        };
        asked_during(conn, &flow, &environment, &version, &ask)?;
        if environment.approvals > 0 {
            let made = propose(conn, ctx, &flow, &environment, &version, &ask)?;
            done.proposed.push((environment.name, made.id));
            continue;
        }
        let deployed = deploy(conn, ctx, &flow, &environment, &version, &ask)?;
        match Place::load(conn, &flow, &environment)?.routing.candidate {
            Some(now) => done.rolling.push((environment.name, percent(now.basis_points), now.rollout)),
            None => done.places.push(environment.name),
        }
        done.terminated.extend(deployed.terminated);
    }
    if !form.idempotency_key.is_empty() {
        let kept = Kept {
            actor: user.to_owned(),
            key: form.idempotency_key.clone(),
            request_hash: String::new(),
            status: 303,
            answer: String::new(),
            created_at: ctx.now.0,
        };
        idempotency::insert(conn, &kept)?;
    }
    Ok(Some(done))
}
