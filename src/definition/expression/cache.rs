//! Compiled expressions by text, bounded, least recently used out first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Compiled, ExpressionError};

/// How many compiled expressions are kept.
pub(super) const CAPACITY: usize = 512;

#[derive(Default)]
struct Cache {
    entries: HashMap<String, (Compiled, u64)>,
    uses: u64,
}

fn cache() -> MutexGuard<'static, Cache> {
    static CACHE: OnceLock<Mutex<Cache>> = OnceLock::new();
    // Entries are complete whenever the lock is free, so a poisoned lock holds nothing broken.
    CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// The compiled expression; compiled outside the lock when it is not there.
pub(super) fn get_or(text: &str, compile: impl FnOnce(&str) -> Result<Compiled, ExpressionError>) -> Result<Compiled, ExpressionError> {
    if let Some(found) = look_up(text) {
        return Ok(found);
    }
    let compiled = compile(text)?;
    let mut cache = cache();
    cache.uses += 1;
    let stamp = cache.uses;
    if cache.entries.len() >= CAPACITY {
        let oldest = cache.entries.iter().min_by_key(|(_, (_, used))| *used).map(|(text, _)| text.clone());
        if let Some(oldest) = oldest {
            cache.entries.remove(&oldest);
        }
    }
    cache.entries.insert(text.to_owned(), (compiled.clone(), stamp));
    Ok(compiled)
}

fn look_up(text: &str) -> Option<Compiled> {
    let mut cache = cache();
    cache.uses += 1;
    let stamp = cache.uses;
    let (compiled, used) = cache.entries.get_mut(text)?;
    *used = stamp;
    Some(compiled.clone())
}

#[cfg(test)]
pub(super) fn len() -> usize {
    cache().entries.len()
}
