//! What can go wrong between a use case and the database.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// A failure of the database, sorted by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another write holds what this one needs, or the queue is full: trying again may help.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// The database cannot be reached or refuses to write (disk full, server gone).
    #[error("the database cannot be used right now: {0}")]
    Unavailable(String),
    /// A unique rule of the schema was met; the caller knows which one from what it was inserting.
    #[error("it exists already")]
    NotUnique,
    /// A stored value that this program cannot read.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// A text holds a character that the database keeps nowhere (U+0000 on PostgreSQL).
    #[error("a text holds the character U+0000, which cannot be stored")]
    Unstorable,
    /// Any other refusal of the database: a fault of ours.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match &error {
            Diesel::DatabaseError(kind, info) => {
                let message = info.message().to_owned();
                match kind {
                    DatabaseErrorKind::UniqueViolation => Self::NotUnique,
                    // 22021; the driver passes on the words, not the code.
                    _ if message.contains("invalid byte sequence for encoding") => Self::Unstorable,
                    DatabaseErrorKind::SerializationFailure => Self::Busy,
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => Self::Unavailable(message),
                    _ if ["database is locked", "deadlock detected", "lock timeout", "statement timeout"]
                        .iter()
                        .any(|sign| message.contains(sign)) =>
                    {
                        Self::Busy
                    }
                    _ if ["disk is full", "readonly database", "disk I/O error", "unable to open", "connection", "terminating"]
                        .iter()
                        .any(|sign| message.contains(sign)) =>
                    {
                        Self::Unavailable(message)
                    }
                    _ => Self::Refused(message),
                }
            }
            Diesel::BrokenTransactionManager => Self::Unavailable("the connection broke".into()),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Error {
    /// A stored word this program does not know.
    pub fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }
}

/// What storage functions return.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_cannot_be_stored_is_no_fault_of_ours() {
        let says = "invalid byte sequence for encoding \"UTF8\": 0x00".to_owned();
        let error = Error::from(Diesel::DatabaseError(DatabaseErrorKind::Unknown, Box::new(says)));
        assert!(matches!(error, Error::Unstorable), "{error}");
    }
}
