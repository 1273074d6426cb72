//! A release as one file: its manifest with the contents of its versions (PRODUCT §3.11). The same release gives the same
//! bytes whenever it is asked for.

use serde_json::{Map, Value, json};

use super::super::component::redact::Redactor;
use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::export::{carries, known_secrets};
use super::super::vault::Vault;
use super::compare::frozen;
use crate::definition::canonical;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::release::Manifest;
use crate::store::conn::Conn;
use crate::store::releases::{self, Release};
use crate::store::workspaces::Workspace;

/// What the file says it is.
pub const FORMAT: &str = "signalbox-release/1";

/// The file: canonical JSON with a line end. No secrets and no runs are in it.
///
/// # Errors
/// `secret_in_export`; `key_missing`; the database.
pub fn export(conn: &mut Conn, ctx: &Ctx, vault: &Vault, workspace: &Workspace, release: &Release) -> Result<String> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let manifest = releases::manifest(conn, release)?;
    let mut contents = Map::new();
    for flow in &manifest.flows {
        if !contents.contains_key(&flow.hash) {
            let (definition, settings) = frozen(conn, &flow.hash)?;
            contents.insert(flow.hash.clone(), json!({"definition": definition, "settings": settings}));
        }
    }
    let file = json!({
        "format": FORMAT,
        "workspace": workspace.slug,
        "number": release.number,
        "comment": release.comment,
        "author": release.author_name,
        "at": Micros(release.at).rfc3339(),
        "hash": release.hash,
        "manifest": manifest,
        "contents": contents,
    });
    let text = format!("{}\n", canonical(&file));
    let secrets = known_secrets(conn, vault, workspace)?;
    if secrets.finds(&text) {
        return Err(carries(places(&manifest, &contents, &secrets)));
    }
    Ok(text)
}

/// Where the value of a secret stands, without saying it.
fn places(manifest: &Manifest, contents: &Map<String, Value>, secrets: &Redactor) -> Vec<String> {
    let mut places = Vec::new();
    for flow in &manifest.flows {
        if contents.get(&flow.hash).is_some_and(|content| secrets.finds(&content.to_string())) {
            places.push(format!("version {} of {}", flow.number, secrets.text(&flow.name)));
        } else if secrets.finds(&flow.name) {
            places.push(format!("the flow {}", secrets.text(&flow.name)));
        }
    }
    let mut named = |what: &str, name: &str, part: Value| {
        if secrets.finds(&part.to_string()) {
            places.push(format!("the {what} {}", secrets.text(name)));
        }
    };
    manifest.environments.iter().for_each(|e| named("environment", &e.name, json!(e)));
    manifest.components.iter().for_each(|c| named(&c.kind, &c.name, json!(c)));
    manifest.packages.iter().for_each(|p| named("package", &p.name, json!(p)));
    manifest.plans.iter().for_each(|p| named("plan", &p.name, json!(p)));
    places
}
