//! Starting a run by hand: which version would be used where and why, its input as a form or as JSON.

mod inputs;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, Query, ServiceConfig, get, post};
use serde::Deserialize;
use serde_json::Value;

use crate::app::run::offer::{self, Offer};
use crate::app::run::once::{Started, start_once};
use crate::app::run::start::{Source, Start};
use crate::app::{self, flow, version, workspace};
use crate::domain::run::{Configured, Trigger};
use crate::domain::text_enum::UnknownWord;
use crate::store::flows::Flow;
use crate::store::page::Direction;
use crate::store::versions::{self, Shown};
use crate::web::components::change::CheckView;
use crate::web::components::rich::Rich;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::run as pages;
use crate::web::views::head_at as head;
use crate::web::visitor::Visitor;

/// Versions that the dialog offers by number.
const OFFERED: i64 = 20;

/// Addresses of starts.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/flows/{flow}/runs/new", get().to(show))
        .route("/flows/{flow}/runs", post().to(create))
        .route("/flows/{flow}/runs", get().to(list));
}

/// What stands in the address, or was typed into the dialog.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    environment: String,
    version: String,
    test: String,
    configuration: String,
}

/// What was sent.
#[derive(Debug, Clone, Default)]
struct Sent {
    asked: Asked,
    raw: String,
    key: String,
    inputs: Vec<(String, String)>,
}

/// `GET …/flows/{flow}/runs`: the run list, filtered.
///
/// # Errors
/// None of its own.
pub async fn list(visitor: Visitor, path: Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (workspace, flow) = path.into_inner();
    Ok(htmx::see_other(visitor.hx, &format!("/w/{workspace}/runs?flow={flow}")))
}

/// `GET …/flows/{flow}/runs/new`
///
/// # Errors
/// Not found.
pub async fn show(visitor: Visitor, path: Path<(String, String)>, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let (workspace, flow) = path.into_inner();
    let sent = Sent { asked: asked.into_inner(), ..Sent::default() };
    dialog(&visitor, &workspace, &flow, StatusCode::OK, sent, &FieldErrors::new()).await
}

/// What the dialog is made of.
struct Shape {
    flow: Flow,
    offers: Vec<Offer>,
    /// Versions to choose by number: number and whether it is a draft.
    versions: Vec<(i64, bool)>,
    picked: String,
    schema: Option<Value>,
}

async fn shape(visitor: &Visitor, workspace: &str, flow: &str, asked: Asked) -> Result<(Layout, Shape), PageError> {
    let name = flow.to_owned();
    visitor
        .page(workspace, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &name)?;
            let wanted = if asked.version.is_empty() { None } else { Some(version::find(conn, &flow, &asked.version)?) };
            let offers = offer::offers(conn, ctx, &flow, wanted.as_ref(), asked.test == "on" || asked.test == "1")?;
            let picked = pick(&offers, &asked.environment);
            let found = offers.iter().find(|o| o.environment.slug == picked).and_then(|o| o.answer.as_ref().ok());
            let schema = match found {
                Some(resolution) => offer::schema_of(conn, resolution.pin.version.as_str())?,
                None => None,
            };
            let listed = versions::list(conn, &flow.id, Shown::All, &Direction::Newest, OFFERED)?;
            let versions = listed.items.iter().map(|v| (v.number, v.is_draft())).collect();
            Ok(Shape { flow, offers, versions, picked, schema })
        })
        .await
}

/// The environment that was asked for, else the last one (production stands last) where a start would work.
fn pick(offers: &[Offer], asked: &str) -> String {
    let works = |o: &&Offer| o.may && o.answer.is_ok();
    let found = offers.iter().find(|o| o.environment.slug == asked);
    let found = found.or_else(|| offers.iter().rev().find(works)).or_else(|| offers.iter().rev().find(|o| o.may)).or_else(|| offers.last());
    found.map(|o| o.environment.slug.clone()).unwrap_or_default()
}

async fn dialog(
    visitor: &Visitor,
    workspace: &str,
    flow: &str,
    status: StatusCode,
    sent: Sent,
    errors: &FieldErrors,
) -> Result<HttpResponse, PageError> {
    let (layout, shape) = shape(visitor, workspace, flow, sent.asked.clone()).await?;
    let head = head(&layout.workspace, &shape.flow);
    let test = sent.asked.test == "on" || sent.asked.test == "1";
    let key = if sent.key.is_empty() { csrf::token().map_err(|e| PageError::Fault(e.to_string()))? } else { sent.key };
    let fields = shape.schema.as_ref().map(|schema| inputs::fields(schema, &sent.inputs, errors)).unwrap_or_default();
    let raw = if sent.raw.is_empty() && fields.is_empty() { inputs::example(shape.schema.as_ref()) } else { sent.raw };
    let mut versions = vec![(String::new(), "As the environment decides".to_owned())];
    versions.extend(shape.versions.iter().map(|(n, draft)| (n.to_string(), if *draft { format!("v{n}, draft") } else { format!("v{n}") })));
    if !versions.iter().any(|(v, _)| *v == sent.asked.version) {
        versions.push((sent.asked.version.clone(), sent.asked.version.clone()));
    }
    let mut dialog = pages::start(
        pages::Start {
            base: head.base.clone(),
            name: head.name.clone(),
            environments: shape.offers.iter().filter(|o| o.may).map(|o| (o.environment.slug.clone(), o.environment.name.clone())).collect(),
            environment: shape.picked.clone(),
            versions,
            version: sent.asked.version,
            resolution: shape.offers.iter().map(said).collect(),
            inputs: fields,
            raw,
            test,
            on_draft: sent.asked.configuration == Configured::Draft.as_str(),
            idempotency_key: key,
        },
        &layout.csrf,
        errors,
    );
    if !shape.offers.iter().any(|o| o.may) {
        dialog.act = None;
        dialog.fields.clear();
        dialog.why = "Your role may not start runs here. Ask an admin for the role operator.".to_owned();
    }
    let page = DialogPage {
        crumbs: head.crumbs(&layout, "Start a run"),
        heading: Rich::new().text("Start a run of ").text(&head.name),
        layout: Layout { title: format!("Start a run of {}", head.name), ..layout },
        dialog,
    };
    htmx::reply(visitor.hx, status, &page, &page.as_dialog())
}

/// What a start would do in an environment.
fn said(offer: &Offer) -> CheckView {
    let place = Rich::new().strong(&offer.environment.name);
    match &offer.answer {
        Ok(found) => CheckView::ok(place.text(&format!(": version {} is used, because {}.", found.pin.number, found.reason.sentence()))),
        Err(why) => CheckView::warn(place.text(": ").text(why)),
    }
}

/// Reads the form by hand: the names of its input fields come from the flow's schema.
fn read(body: &[u8]) -> Result<Sent, PageError> {
    let mut sent = Sent::default();
    for (name, value) in form::parse::<Vec<(String, String)>>(body)? {
        match name.as_str() {
            csrf::FIELD => {}
            "environment" => sent.asked.environment = value,
            "version" => sent.asked.version = value,
            "test" => sent.asked.test = value,
            "configuration" => sent.asked.configuration = value,
            "idempotency_key" => sent.key = value,
            "input" => sent.raw = value.replace("\r\n", "\n"),
            _ if name.starts_with(inputs::PREFIX) => sent.inputs.push((name, value)),
            other => return Err(PageError::Unreadable(form::Unreadable::field(other))),
        }
    }
    Ok(sent)
}

/// `POST …/flows/{flow}/runs`
///
/// # Errors
/// Not found, not allowed.
pub async fn create(visitor: Visitor, path: Path<(String, String)>, body: Bytes) -> Result<HttpResponse, PageError> {
    let (workspace, flow) = path.into_inner();
    let sent = read(&body)?;
    let (_, shape) = shape(&visitor, &workspace, &flow, sent.asked.clone()).await?;
    let input = match inputs::read(shape.schema.as_ref(), &sent.inputs, &sent.raw) {
        Ok(input) => input,
        Err(errors) => return dialog(&visitor, &workspace, &flow, StatusCode::UNPROCESSABLE_ENTITY, sent, &errors).await,
    };
    let worker = visitor.state.engine.reserve();
    let source = Source { worker: worker.clone(), ..Source::new(Trigger::Manual) };
    let (ws, name, wish) = (workspace.clone(), flow.clone(), sent.clone());
    let started = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &ws)?;
            let flow = flow::find(conn, &workspace, &name)?;
            let environment = workspace::environment(conn, &workspace, &wish.asked.environment)?;
            let version = if wish.asked.version.is_empty() { None } else { Some(version::find(conn, &flow, &wish.asked.version)?) };
            let configuration = match wish.asked.configuration.as_str() {
                "" => Configured::default(),
                word => word.parse().map_err(|e: UnknownWord| app::Error::invalid("configuration", e.to_string()))?,
            };
            let ask = Start { input, version, key: None, test: !wish.asked.test.is_empty(), configuration };
            start_once(conn, ctx, &flow, &environment, &ask, &source, &wish.key)
        })
        .await;
    let release = || {
        if worker.is_some() {
            visitor.state.engine.release();
        }
    };
    match started {
        Ok(Started::New(run)) => {
            let to = format!("/w/{workspace}/runs/{}", run.id);
            visitor.state.engine.start(*run);
            Ok(visitor.go(&to, &Flash::done("The run has started.")))
        }
        Ok(Started::Before(id)) => {
            release();
            Ok(htmx::see_other(visitor.hx, &format!("/w/{workspace}/runs/{id}")))
        }
        Err(error) => {
            release();
            let field = match &error {
                app::Error::Refused(refusal) if refusal.code == "input_invalid" => "input",
                app::Error::Refused(refusal) if refusal.code.starts_with("version") => "version",
                app::Error::Refused(_) => "environment",
                app::Error::Invalid(fields) if fields.iter().any(|f| f.field == "configuration") => "configuration",
                app::Error::Invalid(_) => "input",
                _ => return Err(visitor.refused(error)),
            };
            let words = match error {
                app::Error::Invalid(fields) => fields.into_iter().map(|f| f.message).collect::<Vec<_>>().join(" "),
                other => other.to_string(),
            };
            dialog(&visitor, &workspace, &flow, StatusCode::UNPROCESSABLE_ENTITY, sent, &FieldErrors::one(field, words)).await
        }
    }
}
