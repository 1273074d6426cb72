//! The rows of signed-in sessions, in the database.

use crate::domain::clock::Micros;
use crate::store::Store;
use crate::store::error::Error as StoreError;
use crate::store::sessions;

use super::session::{ABSOLUTE_SECONDS, RowsError, SessionRow, SessionRows};

/// Keeps session rows in the store.
#[derive(Clone)]
pub struct Rows(pub Store);

impl SessionRows for Rows {
    async fn load(&self, id_hash: &str) -> Result<Option<SessionRow>, RowsError> {
        let id = id_hash.to_owned();
        // The limits are judged by the caller, who knows the time; what is too old is swept.
        let row = self.0.read(move |conn| sessions::get(conn, &id, 0)).await?;
        Ok(row.and_then(|r| {
            Some(SessionRow {
                id_hash: r.id_hash,
                user_id: r.user_id?,
                state: r.state,
                created_at: r.created_at,
                last_seen_at: r.last_seen_at,
                address: r.address,
                agent: r.agent,
            })
        }))
    }

    async fn save(&self, row: SessionRow) -> Result<(), RowsError> {
        let row = sessions::Session {
            id_hash: row.id_hash,
            user_id: Some(row.user_id),
            state: row.state,
            address: row.address,
            agent: row.agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.created_at + ABSOLUTE_SECONDS * Micros::SECOND,
        };
        Ok(self.0.write(move |conn| sessions::insert(conn, &row)).await?)
    }

    async fn update(&self, id_hash: &str, state: &str) -> Result<bool, RowsError> {
        let (id, state) = (id_hash.to_owned(), state.to_owned());
        Ok(self.0.write(move |conn| sessions::update(conn, &id, &state)).await?)
    }

    async fn touch(&self, id_hash: &str, at: i64) -> Result<(), RowsError> {
        let id = id_hash.to_owned();
        Ok(self.0.write(move |conn| sessions::touch(conn, &id, at)).await?)
    }

    async fn delete(&self, id_hash: &str) -> Result<(), RowsError> {
        let id = id_hash.to_owned();
        self.0.write(move |conn| sessions::delete(conn, &id).map(|_| ()).map_err(|e: StoreError| e)).await?;
        Ok(())
    }
}
