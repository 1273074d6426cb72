//! Starting a run: resolve, pin, store; the row itself is the outbox a worker takes it from.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::backup::hold;
use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::super::token;
use super::super::version::freeze_content;
use super::configured;
use super::frozen::Frozen;
use super::resolution::{Key, Resolved, Wish, resolution};
use crate::clock::Generate;
use crate::domain::access::{Channel, Permission};
use crate::domain::event::ObjectKind;
use crate::domain::ids::RunId;
use crate::domain::resolver::{Reason, Resolution};
use crate::domain::run::{Configured, State, Trigger};
use crate::store::conn::Conn;
use crate::store::contents::{self, Content};
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::runs::{self, Run};
use crate::store::versions::{self, Version};

/// Bytes a run's input may have.
pub const LARGEST_INPUT: usize = 4 * 1024 * 1024;
/// How deep flows may call flows.
pub const DEEPEST: i64 = 16;

/// What is to be started.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The input; `{}` when nothing was given.
    pub input: Value,
    /// A version by name.
    pub version: Option<Version>,
    /// A key given by the caller, over the flow's own expression.
    pub key: Option<String>,
    /// Whether it is a marked test run.
    pub test: bool,
    /// The configuration it takes.
    pub configuration: Configured,
}

/// Where a start comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// What starts it.
    pub trigger: Trigger,
    /// The run that called it, and how deep it is.
    pub parent: Option<(String, i64)>,
    /// The run it retries.
    pub retry_of: Option<String>,
    /// The input as it is stored when it carries a secret: sealed.
    pub kept_input: Option<String>,
    /// The draft configuration of the run that called it: its number and what it held.
    pub kept_configuration: Option<(i64, String)>,
    /// The worker that takes it up in the same transaction, if one is free.
    pub worker: Option<String>,
}

impl Source {
    /// A start from outside.
    pub const fn new(trigger: Trigger) -> Self {
        Self { trigger, parent: None, retry_of: None, kept_input: None, kept_configuration: None, worker: None }
    }
}

/// Stores a new run.
///
/// # Errors
/// Not allowed; the instance is held after a restore; no version would start; the input does not fit the flow's schema; the draft configuration without a test.
pub fn start(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, ask: &Start, source: &Source) -> Result<Run> {
    hold::refuse(conn)?;
    if source.parent.is_none() {
        ctx.allow(Permission::Start(environment.kind()?), Some(&flow.workspace()))?;
    }
    let depth = source.parent.as_ref().map_or(0, |(_, depth)| depth + 1);
    if depth > DEEPEST {
        return Err(Error::refused("too_deep", format!("Flows call flows more than {DEEPEST} deep here; look for a circle.")));
    }
    configured::check(ask)?;
    if ask.key.as_deref().is_some_and(|key| key.contains('\0')) {
        return Err(Error::invalid("key", "Take out the character U+0000: it cannot be stored."));
    }
    let input = if ask.input.is_null() { json!({}) } else { ask.input.clone() };
    let key = ask.key.as_deref().map_or(Key::Of(&input), |key| Key::Given(Some(key)));
    let wish = Wish { version: ask.version.as_ref(), trigger: source.trigger, test: ask.test, key, starts: true };
    let Resolved { answer, routing_revision, rollout, key } = resolution(conn, ctx, flow, environment, &wish)?;
    let content = pinned_content(conn, ctx, &answer)?;
    let text = input.to_string();
    if text.len() > LARGEST_INPUT {
        return Err(Error::invalid("input", "The input may have at most 4 MiB. Pass a reference instead."));
    }
    content.check_input(&input)?;
    let key = match key.or_else(|| ask.key.clone()) {
        Some(key) => Some(key),
        None => content.run_key(&input, ctx.now)?,
    };
    // A key made of a secret still tells runs apart by its hash.
    let (text, key) = match &source.kept_input {
        Some(kept) => (kept.clone(), key.map(|key| token::hash(&key))),
        None => (text, key),
    };
    let configuration = configured::pin(conn, flow, environment, ask, source)?;
    let run = row(
        ctx,
        flow,
        environment,
        &Pinned { answer, content_hash: content.hash.clone(), routing_revision, environment_version: configuration.number, rollout },
        text,
        key,
        ask.test,
        source,
        depth,
    );
    runs::insert(conn, &run)?;
    configuration.keep(conn, &run.id)?;
    if matches!(ctx.actor.channel, Channel::Session | Channel::CommandLine) && source.trigger != Trigger::Retry && source.parent.is_none() {
        ctx.record(
            conn,
            Event {
                action: "run.started",
                workspace: Some(&flow.workspace_id),
                flow: Some(&flow.id),
                environment: Some(&environment.id),
                object: Some((ObjectKind::Run, &run.id, &flow.name)),
                after: Some(json!({"version": run.version_number, "reason": run.reason, "test": run.test})),
                ..Event::default()
            },
        )?;
    }
    Ok(run)
}

struct Pinned {
    answer: Resolution,
    content_hash: String,
    routing_revision: i64,
    environment_version: i64,
    rollout: Option<String>,
}

#[allow(clippy::too_many_arguments)]
fn row(
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    pinned: &Pinned,
    input: String,
    key: Option<String>,
    test: bool,
    source: &Source,
    depth: i64,
) -> Run {
    let reason =
        if source.retry_of.is_some() && pinned.answer.reason == Reason::Explicit { Reason::Explicit } else { pinned.answer.reason };
    Run {
        id: RunId::generate().into(),
        workspace_id: flow.workspace_id.clone(),
        flow_id: flow.id.clone(),
        environment_id: environment.id.clone(),
        version_id: pinned.answer.pin.version.to_string(),
        version_number: pinned.answer.pin.number,
        revision: pinned.answer.pin.revision,
        content_hash: pinned.content_hash.clone(),
        environment_version: pinned.environment_version,
        state: if source.worker.is_some() { State::Running } else { State::Pending }.as_str().to_owned(),
        trigger_: source.trigger.as_str().to_owned(),
        reason: reason.as_str().to_owned(),
        routing_revision: pinned.routing_revision,
        key,
        test,
        input,
        output: None,
        error: None,
        parent_run_id: source.parent.as_ref().map(|(id, _)| id.clone()),
        retry_of: source.retry_of.clone(),
        depth,
        actor_id: ctx.user_id(),
        actor_name: ctx.name().to_owned(),
        created_at: ctx.now.0,
        started_at: source.worker.as_ref().map(|_| ctx.now.0),
        finished_at: None,
        worker: source.worker.clone(),
        fence: i64::from(source.worker.is_some()),
        wake_at: None,
        control: None,
        takeovers: 0,
        rollout: pinned.rollout.clone(),
    }
}

/// The frozen content a run executes. A draft's is frozen by its first run, so that later saves do not touch it.
fn pinned_content(conn: &mut Conn, ctx: &Ctx, answer: &Resolution) -> Result<Arc<Frozen>> {
    let missing = || StoreError::corrupt(format!("version {} has no content", answer.pin.number));
    if let Some(hash) = contents::revision_content(conn, answer.pin.version.as_str(), answer.pin.revision)? {
        return Ok(Frozen::load(conn, &hash)?.ok_or_else(missing)?);
    }
    let version = versions::get(conn, answer.pin.version.as_str())?.ok_or_else(missing)?;
    // No row points to it yet, so only the database knows whether it is there.
    let content = match contents::content(conn, &version.content_hash)? {
        Some(content) => content,
        None => freeze_content(conn, &version, ctx.now)?,
    };
    Ok(Arc::new(Frozen::of(&content)?))
}

/// The JSON Schema a definition gives for its input, if it does so inline.
pub fn input_schema(content: &Content) -> Option<Value> {
    let definition: Value = serde_json::from_str(&content.definition).ok()?;
    definition.pointer("/input/schema/document").cloned()
}
