//! *Export*: one version, a flow with all its history, or a workspace, as one file (PRODUCT §3.11).
//!
//! Nothing secret leaves: a file in which a value of a secret stands is not made. It could not be taken out either,
//! because then the hashes would lie; whoever reads the flow has read the secret, so it has to be replaced.

mod flows;
mod rest;

use super::component::redact::Redactor;
use super::component::secret;
use super::ctx::Ctx;
use super::error::{Error, Refusal, Result};
use super::vault::Vault;
use crate::domain::access::Permission;
use crate::domain::portable::{Body, ENDING, File, FileKind, LARGEST};
use crate::store::conn::Conn;
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::store::workspaces::Workspace;
use crate::store::{components, portable};

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// How it is called.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// The hash that stands in it.
    pub hash: String,
}

/// One version, with the text and content of its newest revision and those before.
///
/// # Errors
/// Not allowed; `secret_in_export`; `too_large`.
pub fn version(conn: &mut Conn, ctx: &Ctx, vault: &Vault, workspace: &Workspace, flow: &Flow, version: &Version) -> Result<Exported> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let mut part = flows::flow(conn, flow, vec![version.clone()])?;
    part.next_number = File::after(version.number);
    part.working_draft = None;
    let name = format!("{}-v{}{ENDING}", flow.slug, version.number);
    finish(conn, vault, workspace, FileKind::Version, Body { flows: vec![part], ..Body::default() }, name)
}

/// A flow with all its versions.
///
/// # Errors
/// As [`version`].
pub fn flow(conn: &mut Conn, ctx: &Ctx, vault: &Vault, workspace: &Workspace, flow: &Flow) -> Result<Exported> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let versions = portable::versions(conn, &flow.id)?;
    let part = flows::flow(conn, flow, versions)?;
    finish(conn, vault, workspace, FileKind::Flow, Body { flows: vec![part], ..Body::default() }, format!("{}{ENDING}", flow.slug))
}

/// Everything of a workspace that can travel: environments with their configurations, components without the values of
/// secrets, flows with their history, plans, packages.
///
/// # Errors
/// As [`version`].
pub fn workspace(conn: &mut Conn, ctx: &Ctx, vault: &Vault, workspace: &Workspace) -> Result<Exported> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let rows = portable::flows(conn, &workspace.id)?;
    let (mut parts, mut bytes) = (Vec::with_capacity(rows.len()), 0);
    for row in &rows {
        let versions = portable::versions(conn, &row.id)?;
        let part = flows::flow(conn, row, versions)?;
        bytes += part.versions.iter().map(|v| v.text.len()).sum::<usize>();
        if bytes > LARGEST {
            return Err(too_large());
        }
        parts.push(part);
    }
    let body = Body {
        environments: rest::environments(conn, workspace)?,
        components: rest::components(conn, workspace)?,
        flows: parts,
        plans: rest::plans(conn, workspace)?,
        packages: rest::packages(conn, workspace, &rows)?,
    };
    finish(conn, vault, workspace, FileKind::Workspace, body, format!("workspace-{}{ENDING}", workspace.slug))
}

fn too_large() -> Error {
    let most = LARGEST / 1024 / 1024;
    Error::refused("too_large", format!("The file would have more than {most} MiB. Export flows one by one, or single versions."))
}

fn finish(conn: &mut Conn, vault: &Vault, workspace: &Workspace, kind: FileKind, body: Body, name: String) -> Result<Exported> {
    let file = File::new(kind, body);
    let text = file.to_text();
    if text.len() > LARGEST {
        return Err(too_large());
    }
    let secrets = known_secrets(conn, vault, workspace)?;
    if secrets.finds(&text) {
        return Err(carries(places(&file, &secrets)));
    }
    Ok(Exported { name, text, hash: file.hash })
}

/// The workspace's secrets by value.
pub(super) fn known_secrets(conn: &mut Conn, vault: &Vault, workspace: &Workspace) -> Result<Redactor> {
    let mut values = Vec::new();
    for (component, row) in components::secrets(conn, &workspace.id)? {
        let value = secret::open(vault, &component, &row).map_err(|_| {
            Error::refused(
                "key_missing",
                format!(
                    "The secret {} cannot be decrypted here, so nobody can say that the file is free of it. Export where the instance's key is, or set the value again.",
                    component.name
                ),
            )
        })?;
        values.push(value);
    }
    Ok(Redactor::of(&values))
}

/// Where the value of a secret stands, without saying it.
fn places(file: &File, secrets: &Redactor) -> Vec<String> {
    let found = |part: &dyn erased::Json| secrets.finds(&part.text());
    let body = &file.content;
    let mut places = Vec::new();
    for flow in &body.flows {
        let versions: Vec<String> = flow.versions.iter().filter(|v| found(*v)).map(|v| v.number.to_string()).collect();
        if versions.is_empty() {
            if found(flow) {
                places.push(format!("the flow {}", secrets.text(&flow.name)));
            }
        } else {
            places.push(format!("version {} of {}", versions.join(", "), secrets.text(&flow.name)));
        }
    }
    let mut named = |what: &str, name: &str, part: &dyn erased::Json| {
        if found(part) {
            places.push(format!("the {what} {}", secrets.text(name)));
        }
    };
    body.components.iter().for_each(|c| named(&c.kind, &c.name, c));
    body.environments.iter().for_each(|e| named("environment", &e.name, e));
    body.plans.iter().for_each(|p| named("plan", &p.name, p));
    body.packages.iter().for_each(|p| named("package", &p.name, p));
    places
}

/// The refusal of a file in which the value of a secret stands.
pub(super) fn carries(places: Vec<String>) -> Error {
    let place = if places.is_empty() { "the file".to_owned() } else { places.join("; ") };
    Error::Refused(Refusal {
        code: "secret_in_export",
        message: format!(
            "The value of a secret stands in {place}. Whoever can read that has read it: give the secret another value, then export."
        ),
        detail: serde_json::json!({"places": places}),
    })
}

/// Parts of a file as text, of whatever type they are.
mod erased {
    pub trait Json {
        fn text(&self) -> String;
    }
    impl<T: serde::Serialize> Json for T {
        fn text(&self) -> String {
            // Parts of a file always become JSON.
            serde_json::to_string(self).unwrap_or_default()
        }
    }
}
