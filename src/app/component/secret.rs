//! The values of secrets: written, used by runs, never read back (TRUST §4.9).

use serde_json::{Value, json};

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::vault::{Encrypted, Purpose, Vault};
use super::{record, stale};
use crate::domain::access::Permission;
use crate::domain::component::Kind;
use crate::store::components::{self, Changed, Component, SecretValue};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;

/// Bytes a secret may have.
pub const LARGEST: usize = 16 * 1024;

/// When a secret's value was set, and by whom; never what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Microseconds UTC.
    pub at: i64,
    /// Who.
    pub by: String,
}

/// When the value was set; `None` while there is none.
///
/// # Errors
/// The database.
pub fn set_when(conn: &mut Conn, component: &Component) -> Result<Option<Set>> {
    Ok(components::secret(conn, &component.id)?.map(|row| Set { at: row.set_at, by: row.set_by }))
}

/// Stores a value over the one before.
///
/// # Errors
/// Not a secret; an empty or huge value; no key in this process.
pub fn set(conn: &mut Conn, ctx: &Ctx, vault: &Vault, component: &Component, value: &Value) -> Result<Component> {
    ctx.allow(Permission::KeepSecrets, Some(&component.workspace()))?;
    if component.kind()? != Kind::Secret {
        return Err(Error::refused("not_a_secret", format!("{} is a {}, which holds no secret value.", component.name, component.kind)));
    }
    let text = value.to_string();
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if empty {
        return Err(Error::invalid("value", "Give the value. To take a secret away, delete it."));
    }
    if text.len() > LARGEST {
        return Err(Error::invalid("value", "A secret may have at most 16 KiB."));
    }
    put(conn, ctx, vault, component, &component.name, text.as_bytes())?;
    let changed = Changed {
        name: component.name.clone(),
        description: component.description.clone(),
        revision: component.revision,
        updated_at: ctx.now.0,
        updated_by: ctx.name().to_owned(),
    };
    if !components::change(conn, &component.id, component.lock_version, &changed)? {
        return Err(stale(conn, component));
    }
    super::check::judge_drafts(conn, &component.workspace_id, &component.name)?;
    record(conn, ctx, component, "secret.set", None, Some(json!({"kind": "secret"})), "")?;
    components::get(conn, &component.id)?.ok_or_else(|| StoreError::corrupt("a secret vanished").into())
}

pub(in crate::app) fn about(component: &str, name: &str) -> String {
    format!("secret_values|{component}|{name}")
}

fn put(conn: &mut Conn, ctx: &Ctx, vault: &Vault, component: &Component, name: &str, plain: &[u8]) -> Result<()> {
    let sealed = vault.encrypt(Purpose::Secrets, &about(&component.id, name), plain)?;
    let row = SecretValue {
        component_id: component.id.clone(),
        ciphertext: sealed.ciphertext,
        nonce: sealed.nonce,
        key_id: sealed.key_id,
        set_at: ctx.now.0,
        set_by: ctx.name().to_owned(),
    };
    Ok(components::put_secret(conn, &row)?)
}

/// The value, for a run.
pub(in crate::app) fn open(vault: &Vault, component: &Component, row: &SecretValue) -> Result<Value> {
    let value = Encrypted { ciphertext: row.ciphertext.clone(), nonce: row.nonce.clone(), key_id: row.key_id.clone() };
    let plain = vault.decrypt(Purpose::Secrets, &about(&component.id, &component.name), &value)?;
    Ok(serde_json::from_slice(&plain).map_err(StoreError::corrupt)?)
}

/// Encrypts the value of a secret anew under its new name, which it is bound to.
pub(super) fn rebind(conn: &mut Conn, ctx: &Ctx, vault: &Vault, component: &Component, name: &str) -> Result<()> {
    if component.kind()? != Kind::Secret {
        return Ok(());
    }
    let Some(row) = components::secret(conn, &component.id)? else { return Ok(()) };
    let plain = open(vault, component, &row)?.to_string();
    let (at, by) = (row.set_at, row.set_by);
    put(conn, ctx, vault, component, name, plain.as_bytes())?;
    let Some(row) = components::secret(conn, &component.id)? else { return Ok(()) };
    Ok(components::put_secret(conn, &SecretValue { set_at: at, set_by: by, ..row })?)
}
