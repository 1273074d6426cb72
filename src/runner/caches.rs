//! Caches as flows use them: what the interpreter asks, and how the database answers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use crate::app::component::resolve::CachePlace;
use crate::domain::clock::{Clock, Micros};
use crate::store::Store;
use crate::store::cache_entries::{self, Entry};
use crate::store::error::Error as StoreError;

/// An answer that takes its time; the error is a sentence.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What keeps cached values.
pub trait Caches: Send + Sync {
    /// The value under a key, if there is one that has not expired.
    fn get<'a>(&'a self, place: &'a CachePlace, key: &'a str) -> Answer<'a, Option<Value>>;
    /// Stores a value for so many seconds.
    fn put<'a>(&'a self, place: &'a CachePlace, key: &'a str, value: &'a Value, seconds: i64) -> Answer<'a, ()>;
    /// Forgets a key; whether it was there.
    fn delete<'a>(&'a self, place: &'a CachePlace, key: &'a str) -> Answer<'a, bool>;
}

/// Caches in the console's own database, shared by every machine.
pub struct Stored {
    /// The database.
    pub store: Store,
    /// What says whether a value has expired.
    pub clock: Arc<dyn Clock>,
}

fn told(error: StoreError) -> String {
    format!("the cache cannot be used right now: {error}")
}

impl Caches for Stored {
    fn get<'a>(&'a self, place: &'a CachePlace, key: &'a str) -> Answer<'a, Option<Value>> {
        let (place, key, now) = (place.clone(), key.to_owned(), self.clock.now().0);
        Box::pin(async move {
            let read = move |conn: &mut _| cache_entries::get(conn, &place.environment, &place.component, &key, now);
            let text = self.store.read(read).await.map_err(told)?;
            text.map(|text| serde_json::from_str(&text).map_err(|e| format!("a cached value cannot be read: {e}"))).transpose()
        })
    }

    fn put<'a>(&'a self, place: &'a CachePlace, key: &'a str, value: &'a Value, seconds: i64) -> Answer<'a, ()> {
        let now = self.clock.now();
        let entry = Entry {
            environment_id: place.environment.clone(),
            component_id: place.component.clone(),
            key: key.to_owned(),
            workspace_id: place.workspace.clone(),
            value: value.to_string(),
            stored_at: now.0,
            expires_at: now.plus(seconds.saturating_mul(Micros::SECOND)).0,
        };
        Box::pin(async move { self.store.append(move |conn| cache_entries::put(conn, &entry)).await.map_err(told) })
    }

    fn delete<'a>(&'a self, place: &'a CachePlace, key: &'a str) -> Answer<'a, bool> {
        let (place, key) = (place.clone(), key.to_owned());
        Box::pin(async move {
            let gone = self.store.append(move |conn| cache_entries::delete(conn, &place.environment, &place.component, &key));
            gone.await.map_err(told)
        })
    }
}
