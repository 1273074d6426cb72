//! Who asks, when, and in which request: goes with every use case, and writes its event.

use serde_json::Value;

use super::as_of;
use super::error::{Error, Result};
use crate::clock::Generate;
use crate::domain::access::{Actor, Channel, Permission};
use crate::domain::clock::Micros;
use crate::domain::event::ObjectKind;
use crate::domain::ids::{EventId, WorkspaceId};
use crate::store::conn::Conn;
use crate::store::events;

/// The circumstances of a request.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who asks.
    pub actor: Actor,
    /// The instant of the request.
    pub now: Micros,
    /// As in the logs and in the history.
    pub request_id: String,
}

/// One line of the history in the making.
#[derive(Debug, Clone, Default)]
pub struct Event<'a> {
    /// e.g. `version.published`.
    pub action: &'a str,
    /// The workspace, if it belongs to one.
    pub workspace: Option<&'a str>,
    /// The flow it is about.
    pub flow: Option<&'a str>,
    /// The environment it is about.
    pub environment: Option<&'a str>,
    /// What it was done to: kind, id, name.
    pub object: Option<(ObjectKind, &'a str, &'a str)>,
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
    /// Why, in the person's words.
    pub reason: Option<&'a str>,
    /// Ticket or commit.
    pub reference: Option<&'a str>,
}

impl Ctx {
    /// Signalbox itself, at an instant.
    pub fn system(now: Micros, request_id: impl Into<String>) -> Self {
        Self { actor: Actor::system(), now, request_id: request_id.into() }
    }

    /// Goes on only when the actor may do this in the workspace (`None`: in the whole instance).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; an unseen workspace is [`Error::NotFound`] before this is asked.
    pub fn allow(&self, permission: Permission, workspace: Option<&WorkspaceId>) -> Result<()> {
        if self.actor.may(permission, workspace) { Ok(()) } else { Err(Error::Forbidden(permission)) }
    }

    /// The name the history quotes.
    pub fn name(&self) -> &str {
        &self.actor.name
    }

    /// The person's id as stored.
    pub fn user_id(&self) -> Option<String> {
        self.actor.user.as_ref().map(ToString::to_string)
    }

    /// Writes an event as the last thing of a transaction; returns its place in the chain.
    ///
    /// # Errors
    /// The database refused: then nothing of the change stays either.
    pub fn record(&self, conn: &mut Conn, event: Event<'_>) -> Result<i64> {
        let (kind, id, name) = event.object.unwrap_or((ObjectKind::Instance, "instance", "Signalbox"));
        let row = events::Event {
            seq: 0,
            id: EventId::generate().into(),
            at: self.now.0,
            actor_id: self.user_id(),
            actor_name: self.actor.name.clone(),
            channel: match &self.actor.channel {
                Channel::Session => "session".to_owned(),
                Channel::Token(id) => id.to_string(),
                Channel::CommandLine => "command line".to_owned(),
                Channel::System => "system".to_owned(),
            },
            workspace_id: event.workspace.map(str::to_owned),
            flow_id: event.flow.map(str::to_owned),
            environment_id: event.environment.map(str::to_owned),
            action: event.action.to_owned(),
            object_kind: kind.as_str().to_owned(),
            object_id: id.to_owned(),
            object_name: name.to_owned(),
            before: event.before.as_ref().map(Value::to_string),
            after: event.after.as_ref().map(Value::to_string),
            reason: event.reason.map(str::to_owned),
            reference: event.reference.map(str::to_owned),
            request_id: self.request_id.clone(),
            hash: String::new(),
            form: None,
            mac: None,
        };
        let seq = events::append(conn, row)?;
        as_of::keep::keep(conn, seq, self.now, &event)?;
        Ok(seq)
    }
}
