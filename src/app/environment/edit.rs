//! Editing the draft of a configuration: all of it, or one replacement (PRODUCT §4.3).

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Result};
use super::{Stand, describe_all, invalid, rack};
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, Difference, Part, differences, read};
use crate::domain::event::ObjectKind;
use crate::domain::names::parse_note;
use crate::store::configurations::{self, EnvironmentVersion, Next};
use crate::store::conn::Conn;
use crate::store::environments::Environment;

/// A replacement as a form gives it.
#[derive(Debug, Clone, Default)]
pub struct Replacement {
    /// See [`Part`].
    pub part: String,
    /// The component, or the slug of the flow.
    pub name: String,
    /// What stands in for it.
    pub value: String,
    /// The version of a script; may be empty.
    pub version: String,
    /// Whether a sync keeps it.
    pub managed: bool,
    /// It must not be there yet.
    pub fresh: bool,
}

/// Saves the draft whole. What is absent from `content` is not replaced any more.
///
/// # Errors
/// Not allowed; no draft; what cannot be used; stale.
pub fn save(conn: &mut Conn, ctx: &Ctx, environment: &Environment, content: &Value, based_on: Option<i64>) -> Result<EnvironmentVersion> {
    let open = Open::of(conn, ctx, environment, based_on)?;
    let (content, note) = with_note(content)?;
    let next = read::read(&content, &open.content).map_err(invalid)?;
    let draft = open.put(conn, ctx, &next)?;
    match note {
        Some(note) => set_note(conn, ctx, environment, &note, None),
        None => Ok(draft),
    }
}

/// Puts a configuration that was checked when it was first kept over the draft: what a release held, or a sync carries.
///
/// # Errors
/// As [`save`].
pub(in crate::app) fn put_whole(conn: &mut Conn, ctx: &Ctx, environment: &Environment, next: &Configuration) -> Result<EnvironmentVersion> {
    Open::of(conn, ctx, environment, None)?.put(conn, ctx, next)
}

/// The replacements without the note that may stand beside them.
fn with_note(content: &Value) -> Result<(Value, Option<String>)> {
    let mut content = content.clone();
    let note = content.as_object_mut().and_then(|members| members.remove("note"));
    match note {
        None | Some(Value::Null) => Ok((content, None)),
        Some(Value::String(note)) => Ok((content, Some(note))),
        Some(_) => Err(Error::invalid("note", "Give the note as a text.")),
    }
}

/// Puts one replacement into the draft.
///
/// # Errors
/// As [`save`]; with `fresh`, that it is there already.
pub fn put(conn: &mut Conn, ctx: &Ctx, environment: &Environment, new: &Replacement, based_on: Option<i64>) -> Result<EnvironmentVersion> {
    let open = Open::of(conn, ctx, environment, based_on)?;
    let part: Part = new.part.parse().map_err(|_| Error::invalid("part", "Choose what is replaced."))?;
    let name = new.name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "Name the component as the flows do."));
    }
    let mut next = open.content.clone();
    if new.fresh && next.replacement(part, name).is_some() {
        return Err(Error::invalid("name", format!("{name} has a replacement already. Change that one.")));
    }
    let value = match part {
        Part::Priority => new.value.trim().parse::<i64>().map_or(Value::Null, Value::from),
        Part::Scripts if !new.version.trim().is_empty() => {
            let version = new.version.trim();
            let version = version.parse::<i64>().map_or_else(|_| Value::from(version), Value::from);
            json!({"name": new.value, "version": version})
        }
        _ => Value::from(new.value.as_str()),
    };
    read::set(&mut next, part, name, &value).map_err(|says| {
        let of_name = says.starts_with("Name the component") || says.starts_with("Name the flow");
        Error::invalid(if of_name { "name" } else { "value" }, says)
    })?;
    let flag = crate::domain::environment::configuration::address(part, name);
    if new.managed {
        next.managed_here.insert(flag);
    } else {
        next.managed_here.remove(&flag);
    }
    open.put(conn, ctx, &next)
}

/// Takes one replacement out of the draft.
///
/// # Errors
/// As [`save`]; there is no such replacement.
pub fn remove(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    part: &str,
    name: &str,
    based_on: Option<i64>,
) -> Result<EnvironmentVersion> {
    let open = Open::of(conn, ctx, environment, based_on)?;
    let mut next = open.content.clone();
    let known = part.parse::<Part>().is_ok_and(|part| next.remove(part, name));
    if known { open.put(conn, ctx, &next) } else { Err(Error::not_found("replacement", name)) }
}

/// Says what the draft is about; the note stays with the version for life.
///
/// # Errors
/// Not allowed; no draft; too long; stale.
pub fn set_note(conn: &mut Conn, ctx: &Ctx, environment: &Environment, note: &str, based_on: Option<i64>) -> Result<EnvironmentVersion> {
    let open = Open::of(conn, ctx, environment, based_on)?;
    let note = parse_note(note).map_err(|e| Error::invalid("note", e.to_string()))?.unwrap_or_default();
    if note == open.draft.note {
        return Ok(open.draft);
    }
    let next = Next { note: note.clone(), ..Next::from(&open.draft) };
    let before = open.draft.note.clone();
    let draft = open.write(conn, &next)?;
    ctx.record(
        conn,
        Event {
            action: "configuration.described",
            workspace: Some(&environment.workspace_id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Configuration, &draft.id, &rack::object_name(environment, draft.number))),
            before: Some(json!({"note": before})),
            after: Some(json!({"note": note})),
            ..Event::default()
        },
    )?;
    Ok(draft)
}

/// The draft, open for the one who may edit it.
struct Open<'a> {
    environment: &'a Environment,
    stand: Stand,
    draft: EnvironmentVersion,
    content: Configuration,
}

impl<'a> Open<'a> {
    fn of(conn: &mut Conn, ctx: &Ctx, environment: &'a Environment, based_on: Option<i64>) -> Result<Self> {
        ctx.allow(Permission::Operate(environment.kind()?), Some(&environment.workspace()))?;
        let stand = Stand::load(conn, environment)?;
        let Some(draft) = stand.draft().cloned() else {
            return Err(Error::refused(
                "no_draft",
                format!("{} has no draft configuration. Make one from a version first.", environment.name),
            ));
        };
        let content = draft.content()?;
        let open = Self { environment, stand, draft, content };
        if based_on.is_some_and(|seen| seen != open.draft.lock_version) { Err(open.stale()) } else { Ok(open) }
    }

    fn put(&self, conn: &mut Conn, ctx: &Ctx, next: &Configuration) -> Result<EnvironmentVersion> {
        let changes: Vec<Difference> = differences(&self.content, next);
        if changes.is_empty() {
            return Ok(self.draft.clone());
        }
        let row = Next {
            configuration: next.to_text(),
            updated_at: ctx.now.0,
            updated_by: ctx.name().to_owned(),
            updated_by_id: ctx.user_id(),
            ..Next::from(&self.draft)
        };
        let draft = self.write(conn, &row)?;
        ctx.record(
            conn,
            Event {
                action: "configuration.saved",
                workspace: Some(&self.environment.workspace_id),
                environment: Some(&self.environment.id),
                object: Some((ObjectKind::Configuration, &draft.id, &rack::object_name(self.environment, draft.number))),
                after: Some(json!({"number": draft.number, "changes": describe_all(&changes)})),
                ..Event::default()
            },
        )?;
        Ok(draft)
    }

    fn write(&self, conn: &mut Conn, next: &Next) -> Result<EnvironmentVersion> {
        if !configurations::change(conn, &self.draft, next)? {
            return Err(self.stale());
        }
        let gone = || Error::not_found("configuration version", &self.draft.number.to_string());
        configurations::by_number(conn, &self.environment.id, self.draft.number)?.ok_or_else(gone)
    }

    fn stale(&self) -> Error {
        Error::Stale {
            message: format!(
                "{} changed draft #{} of {} in the meantime. Look at what stands there now, then edit it again.",
                self.draft.updated_by, self.draft.number, self.environment.name
            ),
            current: json!({
                "number": self.draft.number, "lock_version": self.draft.lock_version, "replacements": self.content,
                "revision": self.stand.environment.lock_version,
            }),
        }
    }
}
