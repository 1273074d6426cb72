//! How commands reach the database: beside a running server, on a connection of their own, one transaction a use case.

use super::instance::stored_key;
use crate::app::{self, Ctx};
use crate::clock::{Generate, SystemClock};
use crate::config::{CommonArgs, Config};
use crate::domain::access::Actor;
use crate::domain::audit::Keys;
use crate::domain::clock::Clock;
use crate::domain::ids::EventId;
use crate::store::conn::{Conn, Manager, Purpose, Target};
use crate::store::migrate::{self, Standing};
use crate::store::{self, error::Error as StoreError, sealing};

/// Reads the settings and opens the database, whose schema must be this program's.
///
/// # Errors
/// One line: what is wrong with the settings or the database, and what to do.
pub fn database(args: &CommonArgs) -> Result<Conn, String> {
    let config = Config::for_command(args)?;
    let mut conn = connect(&config.database, Purpose::Write)?;
    let standing = migrate::standing(&mut conn).map_err(|error| unusable(&config.database, &error))?;
    ready(&config.database, &standing)?;
    // Where the key is not, commands can look; a sealed history takes no event from them.
    if let Some(key) = stored_key(&config.data_dir)? {
        sealing::install(Keys::new(&key)?);
    }
    Ok(conn)
}

/// Opens a connection to a database that must be there.
///
/// # Errors
/// There is none, or it cannot be opened.
pub fn connect(target: &Target, purpose: Purpose) -> Result<Conn, String> {
    if let Target::Sqlite(path) = target
        && !path.exists()
    {
        return Err(format!(
            "there is no database at {}; name another with --database, or make it with \"signalbox migrate\" or by starting the server",
            target.redacted()
        ));
    }
    open(target, purpose)
}

/// Opens a connection; SQLite makes the file when there is none.
///
/// # Errors
/// It cannot be opened.
pub fn open(target: &Target, purpose: Purpose) -> Result<Conn, String> {
    Manager { target: target.clone(), purpose, unsynchronised: false }.open().map_err(|error| unusable(target, &error))
}

/// Says that and why a database cannot be used.
pub fn unusable(target: &Target, error: &StoreError) -> String {
    format!("the database {} cannot be used: {}", target.redacted(), one_line(&error.to_string()))
}

/// Goes on only when the schema is the one this program knows.
///
/// # Errors
/// What to do about another one.
pub fn ready(target: &Target, standing: &Standing) -> Result<(), String> {
    let database = target.redacted();
    match standing {
        Standing::Current => Ok(()),
        Standing::Empty => Err(format!("the database {database} is empty; run \"signalbox migrate\", or start the server once")),
        Standing::Behind(_) => {
            Err(format!("the database {database} is older than this program; run \"signalbox migrate\", or start the server once"))
        }
        Standing::Ahead(unknown) => Err(format!(
            "the database {database} was made by a newer Signalbox (this one is {}, and does not know its schema step {}); use the newer one, or restore a backup made by this one",
            env!("CARGO_PKG_VERSION"),
            unknown.join(", ")
        )),
    }
}

/// Runs a use case in one transaction, as whoever runs commands on the server's machine.
///
/// # Errors
/// Why it was refused, in one line.
pub fn within<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T>) -> Result<T, String> {
    let ctx = Ctx { actor: Actor::command_line(), now: SystemClock.now(), request_id: EventId::generate().into() };
    store::transaction(conn, |conn| work(conn, &ctx)).map_err(|error: app::Error| one_line(&error.to_string()))
}

/// A message without line ends, as errors of commands are.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
