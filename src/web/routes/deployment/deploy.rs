//! `…/deploy`: one version to one or several environments, all or nothing (PRODUCT §5.2).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{Answer, FlowAt};
use super::dialog::{self, Typed};
use crate::app::deployment::deploy::{Deploy, deploy};
use crate::app::{self, Ctx, Error, version, workspace};
use crate::domain::deployment::InFlight;
use crate::store::conn::Conn;
use crate::store::idempotency::{self, Kept};
use crate::web::address;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::numbers::plural;
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
}

impl Form {
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
            let text = match done.terminated.len() as u64 {
                0 => "New runs use it from now on.".to_owned(),
                n => format!("New runs use it from now on. {} cancelled.", plural(n, "run was", "runs were")),
            };
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
            let refused = Refused::of(&visitor, error, &format!("{base}/versions/{}", form.version))?.renamed("slug", "confirm");
            dialog::show(&visitor, &at, typed, &refused).await
        }
    }
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
    let mut done = Done { flow: flow.name.clone(), number: version.number, places: Vec::new(), terminated: Vec::new() };
    for slug in &form.environment {
        let environment = workspace::environment(conn, &workspace, slug)?;
        let ask = Deploy {
            comment: form.comment.clone(),
            typed_slug: Some(form.confirm.clone()),
            in_flight,
            expect: form.expected(&environment.slug)?,
            rolling: None,
            during: None,
        };
        let deployed = deploy(conn, ctx, &flow, &environment, &version, &ask)?;
        done.places.push(environment.name);
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
