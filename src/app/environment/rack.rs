//! The verbs of the rack: deploy a configuration, make a draft from a version, delete a version (PRODUCT §3.9, §4.2).

use serde_json::{Value, json};

use super::super::approval;
use super::super::bin;
use super::super::component;
use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Fields, Refusal, Result};
use super::{Stand, configuration_hash, create, describe_all, gate, keep_record};
use crate::domain::access::Permission;
use crate::domain::approval::Approved;
use crate::domain::bin::Kind as BinKind;
use crate::domain::environment::rack::{self, Deployment};
use crate::domain::environment::{ConfigurationState, Kind, differences};
use crate::domain::event::ObjectKind;
use crate::domain::names::parse_note;
use crate::store::configurations::{self, EnvironmentVersion, Next};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;

/// How a configuration is to be deployed.
#[derive(Debug, Clone, Default)]
pub struct Deploy {
    /// Why; required for production.
    pub comment: String,
    /// The environment's revision that the caller looked at, if it matters to them.
    pub expect: Option<i64>,
    /// The version's own lock version that the caller looked at.
    pub seen: Option<i64>,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// The environment afterwards.
    pub environment: Environment,
    /// What runs use from now on.
    pub version: EnvironmentVersion,
    /// What was deployed before, inactive now.
    pub former: Option<i64>,
    /// The draft that was made as a copy.
    pub draft: Option<i64>,
    /// What went off the rack into the bin.
    pub removed: Vec<i64>,
}

/// A configuration version by name in the history.
pub(super) fn object_name(environment: &Environment, number: i64) -> String {
    format!("{} #{number}", environment.name)
}

/// A rule of the rack as a refusal.
pub(crate) fn refused(why: &rack::Refused) -> Error {
    Error::Refused(Refusal { code: why.code(), message: why.to_string(), detail: json!({}) })
}

/// What others agreed to: who they are, and the replacements with the revisions of components that they saw.
pub struct Agreed<'a> {
    /// Proposer and approvers.
    pub approved: &'a Approved,
    /// The configuration as it is to stand once it is deployed.
    pub configuration: &'a str,
}

/// Deploys the draft or an inactive version: runs that start from now on are pinned to it.
///
/// # Errors
/// Not allowed; a missing comment; not on the rack; deployed already; protected; frozen; stale.
pub fn deploy(conn: &mut Conn, ctx: &Ctx, environment: &Environment, version: &EnvironmentVersion, ask: &Deploy) -> Result<Deployed> {
    put(conn, ctx, environment, version, ask, None)
}

/// [`deploy`] once a protected environment's approvals are there.
///
/// # Errors
/// As [`deploy`].
pub fn deploy_approved(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    version: &EnvironmentVersion,
    ask: &Deploy,
    agreed: &Agreed<'_>,
) -> Result<Deployed> {
    put(conn, ctx, environment, version, ask, Some(agreed))
}

fn put(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    version: &EnvironmentVersion,
    ask: &Deploy,
    agreed: Option<&Agreed<'_>>,
) -> Result<Deployed> {
    let kind = environment.kind()?;
    ctx.allow(Permission::Operate(kind), Some(&environment.workspace()))?;
    let mut fields = Fields::default();
    let comment = fields.take("comment", parse_note(&ask.comment)).flatten();
    if kind == Kind::Production && comment.is_none() {
        fields.add("comment", "Say why: production deployments keep their reason.");
    }
    fields.done()?;
    let stand = Stand::load(conn, environment)?;
    let decided = stand.rack.deploy(version.number, ctx.now.0).map_err(|why| refused(&why))?;
    let row = stand.row(version.number).ok_or_else(|| stand.stale())?;
    if agreed.is_none() {
        approval::unprotected_configuration(environment, row, ctx.now)?;
    }
    let forward = row.is_draft();
    if forward {
        // Deploying what was deployed before is a way back, which no freeze holds up.
        gate::thawed(ctx.now, environment)?;
    }
    if ask.seen.is_some_and(|seen| seen != row.lock_version) {
        return Err(stand.stale());
    }
    stand.take(conn, ask.expect)?;
    let configuration = match agreed {
        Some(agreed) => agreed.configuration.to_owned(),
        None => as_deployed(conn, row)?,
    };
    let hash = configuration_hash(&configuration);
    carry_out(conn, ctx, &stand, row, &decided, (comment.as_deref(), configuration))?;
    let before = match stand.deployed() {
        Some(row) => row.content()?,
        None => Default::default(),
    };
    let seq = ctx.record(
        conn,
        Event {
            action: if forward { "configuration.deployed" } else { "configuration.redeployed" },
            workspace: Some(&environment.workspace_id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Configuration, &row.id, &object_name(environment, row.number))),
            before: Some(json!({"deployed": decided.former})),
            after: Some(json!({
                "deployed": row.number, "draft": decided.rack.draft(), "removed": decided.removed,
                "changes": describe_all(&differences(&before, &row.content()?)), "proposal": agreed.map(|a| a.approved),
                "hash": hash,
            })),
            reason: comment.as_deref(),
            ..Event::default()
        },
    )?;
    keep_record(conn, ctx, environment, seq, ("deployed", Some(row.number), comment.as_deref()))?;
    let gone = || Error::not_found("configuration version", &version.number.to_string());
    Ok(Deployed {
        environment: environments::get(conn, &environment.id)?.ok_or_else(gone)?,
        version: configurations::by_number(conn, &environment.id, row.number)?.ok_or_else(gone)?,
        former: decided.former,
        draft: decided.new_draft,
        removed: decided.removed,
    })
}

/// Writes the rows in an order that never holds two drafts or two deployed ones.
fn carry_out(
    conn: &mut Conn,
    ctx: &Ctx,
    stand: &Stand,
    row: &EnvironmentVersion,
    decided: &Deployment,
    (comment, configuration): (Option<&str>, String),
) -> Result<()> {
    for former in stand.rows.iter().filter(|r| Some(r.number) == decided.former) {
        let next = Next { state: ConfigurationState::Inactive.as_str().to_owned(), retired_at: Some(ctx.now.0), ..Next::from(former) };
        change(conn, stand, former, &next)?;
    }
    let note = if row.note.is_empty() { comment.unwrap_or_default().to_owned() } else { row.note.clone() };
    let next = Next {
        state: ConfigurationState::Deployed.as_str().to_owned(),
        deployed_at: Some(ctx.now.0),
        deployed_by: Some(ctx.name().to_owned()),
        retired_at: None,
        note,
        configuration,
        ..Next::from(row)
    };
    change(conn, stand, row, &next)?;
    for victim in stand.rows.iter().filter(|r| decided.removed.contains(&r.number)) {
        change(conn, stand, victim, &Next { binned_at: Some(ctx.now.0), ..Next::from(victim) })?;
        to_bin(conn, ctx, stand, victim, &format!("#{} was deployed, and the rack keeps {}", row.number, stand.environment.keeps))?;
    }
    if let Some(number) = decided.new_draft {
        let draft = create::draft(ctx, &stand.environment, number, &row.content()?, ConfigurationState::Draft);
        environments::insert_version(conn, &draft)?;
    }
    Ok(())
}

/// The configuration as it stands once it is deployed: what was deployed before keeps the revisions it had then.
pub(crate) fn as_deployed(conn: &mut Conn, row: &EnvironmentVersion) -> Result<String> {
    if row.is_draft() { with_frozen(conn, row) } else { Ok(row.configuration.clone()) }
}

/// A configuration says which revision of which component it uses from the moment it is deployed (DECISIONS 6).
pub(crate) fn with_frozen(conn: &mut Conn, row: &EnvironmentVersion) -> Result<String> {
    let mut text: Value = serde_json::from_str(&row.content()?.to_text()).map_err(StoreError::corrupt)?;
    text["frozen"] = component::freeze(conn, &row.workspace_id)?;
    Ok(text.to_string())
}

fn change(conn: &mut Conn, stand: &Stand, row: &EnvironmentVersion, next: &Next) -> Result<()> {
    if configurations::change(conn, row, next)? { Ok(()) } else { Err(stand.stale()) }
}

/// Makes the draft's content that of a version, also of one in the bin; a new draft when there is none. What is lost is
/// kept in the history.
///
/// # Errors
/// Not allowed; it is the draft itself; stale.
pub fn draft_from(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    version: &EnvironmentVersion,
    expect: Option<i64>,
) -> Result<EnvironmentVersion> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&environment.workspace()))?;
    let stand = Stand::load(conn, environment)?;
    let decided = stand.rack.draft_from(version.number).map_err(|why| refused(&why))?;
    stand.take(conn, expect)?;
    let content = version.content()?;
    let lost = match stand.draft() {
        Some(draft) => {
            let lost = differences(&draft.content()?, &content);
            let next = Next {
                configuration: content.to_text(),
                updated_at: ctx.now.0,
                updated_by: ctx.name().to_owned(),
                updated_by_id: ctx.user_id(),
                note: String::new(),
                ..Next::from(draft)
            };
            change(conn, &stand, draft, &next)?;
            lost
        }
        None => {
            let row = create::draft(ctx, environment, decided.draft, &content, ConfigurationState::Draft);
            environments::insert_version(conn, &row)?;
            Vec::new()
        }
    };
    let gone = || Error::not_found("configuration version", &decided.draft.to_string());
    let draft = configurations::by_number(conn, &environment.id, decided.draft)?.ok_or_else(gone)?;
    let seq = ctx.record(
        conn,
        Event {
            action: "configuration.drafted",
            workspace: Some(&environment.workspace_id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Configuration, &draft.id, &object_name(environment, draft.number))),
            after: Some(json!({"draft": draft.number, "from": version.number, "changes": describe_all(&lost)})),
            ..Event::default()
        },
    )?;
    keep_record(conn, ctx, environment, seq, ("drafted", Some(draft.number), None))?;
    Ok(draft)
}

/// Takes the draft or an inactive version off the rack for good. Its number is never used again, and runs that are pinned
/// to it go on showing it.
///
/// # Errors
/// Not allowed; it is deployed; stale.
pub fn delete(conn: &mut Conn, ctx: &Ctx, environment: &Environment, version: &EnvironmentVersion, ask: &Deploy) -> Result<()> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&environment.workspace()))?;
    let reason = parse_note(&ask.comment).map_err(|e| Error::invalid("comment", e.to_string()))?;
    let stand = Stand::load(conn, environment)?;
    stand.rack.delete(version.number).map_err(|why| refused(&why))?;
    let row = stand.row(version.number).ok_or_else(|| stand.stale())?;
    if ask.seen.is_some_and(|seen| seen != row.lock_version) {
        return Err(stand.stale());
    }
    stand.take(conn, ask.expect)?;
    let next = Next {
        state: ConfigurationState::Inactive.as_str().to_owned(),
        binned_at: Some(ctx.now.0),
        deleted_by: Some(ctx.name().to_owned()),
        ..Next::from(row)
    };
    change(conn, &stand, row, &next)?;
    to_bin(conn, ctx, &stand, row, reason.as_deref().unwrap_or_default())?;
    let seq = ctx.record(
        conn,
        Event {
            action: "configuration.deleted",
            workspace: Some(&environment.workspace_id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Configuration, &row.id, &object_name(environment, row.number))),
            before: Some(json!({"number": row.number, "state": row.state, "replacements": row.content()?})),
            reason: reason.as_deref(),
            ..Event::default()
        },
    )?;
    keep_record(conn, ctx, environment, seq, ("deleted", Some(row.number), reason.as_deref()))
}

/// Names a version that leaves the rack in the bin.
pub(super) fn to_bin(conn: &mut Conn, ctx: &Ctx, stand: &Stand, row: &EnvironmentVersion, reason: &str) -> Result<()> {
    let put = bin::Put {
        workspace: &row.workspace_id,
        kind: BinKind::Configuration,
        id: &row.id,
        name: object_name(&stand.environment, row.number),
        detail: &row.note,
        held: None,
        reason,
    };
    bin::put(conn, ctx, put)
}

/// Puts a version from the bin back on the rack, inactive, where it has room.
///
/// # Errors
/// Not allowed; `rack_full`; stale.
pub(in super::super) fn bring_back(conn: &mut Conn, ctx: &Ctx, environment: &Environment, row: &EnvironmentVersion) -> Result<()> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&environment.workspace()))?;
    let stand = Stand::load(conn, environment)?;
    if stand.rows.len() as i64 >= environment.keeps {
        let message = format!(
            "The rack of {} keeps {} and is full. Delete a version from it first, or make a draft from this one.",
            environment.name, environment.keeps
        );
        return Err(Error::Refused(Refusal { code: "rack_full", message, detail: json!({"keeps": environment.keeps}) }));
    }
    stand.take(conn, None)?;
    let next = Next {
        state: ConfigurationState::Inactive.as_str().to_owned(),
        retired_at: row.retired_at.or(Some(ctx.now.0)),
        binned_at: None,
        deleted_by: None,
        ..Next::from(row)
    };
    change(conn, &stand, row, &next)?;
    let seq = ctx.record(
        conn,
        Event {
            action: "configuration.restored",
            workspace: Some(&environment.workspace_id),
            environment: Some(&environment.id),
            object: Some((ObjectKind::Configuration, &row.id, &object_name(environment, row.number))),
            after: Some(json!({"number": row.number})),
            ..Event::default()
        },
    )?;
    keep_record(conn, ctx, environment, seq, ("restored", Some(row.number), None))
}
