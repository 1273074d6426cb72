//! What the frozen content of a version comes to: read, with its input's schema and its key ready to be used.
//!
//! Content is named by its hash and never changes, so what it comes to is kept (bounded, oldest use out first). Nothing
//! else is: which content a run executes is asked of the database each time (DECISIONS 16).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::super::error::{Error, Refusal, Result};
use super::super::settings;
use crate::definition::components::refers;
use crate::definition::{Definition, expression};
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::contents::{self, Content};
use crate::store::error::Error as StoreError;

/// Bytes of definitions that are kept.
const MOST: usize = 8 * 1024 * 1024;

/// Frozen content, read.
pub struct Frozen {
    /// SHA-256 of the canonical form.
    pub hash: String,
    /// What runs execute.
    pub definition: Definition,
    /// Whether a run of it needs anything of its environment.
    pub refers: bool,
    input: Option<jsonschema::Validator>,
    key: Option<String>,
    size: usize,
}

impl Frozen {
    /// Reads a stored row.
    ///
    /// # Errors
    /// It is not what was stored.
    pub fn of(content: &Content) -> std::result::Result<Self, StoreError> {
        let definition: Value = serde_json::from_str(&content.definition).map_err(StoreError::corrupt)?;
        let settings: Value = serde_json::from_str(&content.settings).map_err(StoreError::corrupt)?;
        let definition = Definition::from_value(definition);
        // A schema that cannot be used was reported when the version was checked.
        let schema = definition.value().pointer("/input/schema/document");
        let input = schema.and_then(|schema| jsonschema::options().should_validate_formats(true).build(schema).ok());
        Ok(Self {
            hash: content.hash.clone(),
            input,
            key: settings::key(&settings).map(str::to_owned),
            size: content.definition.len() * 4,
            refers: refers(&definition),
            definition,
        })
    }

    /// The content of that hash, if it was read before. Only for hashes that stored rows point to.
    pub fn known(hash: &str) -> Option<Arc<Self>> {
        let mut kept = kept();
        kept.uses += 1;
        let now = kept.uses;
        let (frozen, used) = kept.entries.get_mut(hash)?;
        *used = now;
        Some(Arc::clone(frozen))
    }

    /// The content of that hash, of which a stored row says that it is there; `None` when it is not.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, hash: &str) -> std::result::Result<Option<Arc<Self>>, StoreError> {
        if let Some(known) = Self::known(hash) {
            return Ok(Some(known));
        }
        let Some(content) = contents::content(conn, hash)? else { return Ok(None) };
        let frozen = Arc::new(Self::of(&content)?);
        kept().keep(Arc::clone(&frozen));
        Ok(Some(frozen))
    }

    /// Refuses an input that the definition's own schema refuses, before a run exists.
    ///
    /// # Errors
    /// Up to five of the reasons.
    pub fn check_input(&self, input: &Value) -> Result<()> {
        let Some(validator) = &self.input else { return Ok(()) };
        let found: Vec<String> = validator
            .iter_errors(input)
            .take(5)
            .map(|e| {
                let at = e.instance_path().to_string();
                if at.is_empty() { e.to_string() } else { format!("{at}: {e}") }
            })
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        Err(Error::Refused(Refusal {
            code: "input_invalid",
            message: format!("The input does not fit this flow's schema. {}", found.join(" ")),
            detail: json!({"errors": found}),
        }))
    }

    /// The key of a run with this input, when the flow's settings pick one.
    ///
    /// # Errors
    /// The expression fails on this input.
    pub fn run_key(&self, input: &Value, now: Micros) -> Result<Option<String>> {
        match &self.key {
            Some(text) => read_key(text, input, now),
            None => Ok(None),
        }
    }
}

/// Reads a run's key from its input.
///
/// # Errors
/// The expression fails on this input.
pub fn read_key(text: &str, input: &Value, now: Micros) -> Result<Option<String>> {
    let fail =
        |e: expression::ExpressionError| Error::invalid("input", format!("This flow's key ({text}) cannot be read from the input: {e}"));
    let compiled = expression::compile(text, &["input"]).map_err(fail)?;
    let value = expression::evaluate_plain(&compiled, input, &[("input", input)], now.0).map_err(fail)?;
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

#[derive(Default)]
struct Kept {
    entries: HashMap<String, (Arc<Frozen>, u64)>,
    uses: u64,
    size: usize,
}

impl Kept {
    fn keep(&mut self, frozen: Arc<Frozen>) {
        self.uses += 1;
        self.size += frozen.size;
        if let Some((before, _)) = self.entries.insert(frozen.hash.clone(), (frozen, self.uses)) {
            self.size -= before.size;
        }
        while self.size > MOST {
            let oldest = self.entries.iter().min_by_key(|(_, (_, used))| *used).map(|(hash, _)| hash.clone());
            let Some((gone, _)) = oldest.and_then(|hash| self.entries.remove(&hash)) else { return };
            self.size -= gone.size;
        }
    }
}

fn kept() -> MutexGuard<'static, Kept> {
    static KEPT: OnceLock<Mutex<Kept>> = OnceLock::new();
    // Entries are whole whenever the lock is free, so a poisoned lock holds nothing broken.
    KEPT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen(hash: &str, size: usize) -> Arc<Frozen> {
        Arc::new(Frozen { hash: hash.into(), definition: Definition::from_value(Value::Null), refers: false, input: None, key: None, size })
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut kept = Kept::default();
        for n in 0..10 {
            kept.keep(frozen(&n.to_string(), MOST / 4));
        }
        assert_eq!((kept.entries.len(), kept.size), (4, MOST));
        assert!(kept.entries.contains_key("9") && !kept.entries.contains_key("5"));
        kept.keep(frozen("9", MOST / 4));
        assert_eq!(kept.size, MOST);
        kept.keep(frozen("large", MOST + 1));
        assert_eq!((kept.entries.len(), kept.size), (0, 0));
    }
}
