//! Before the schema of a database that holds something changes, a verified backup of it is made (TRUST P11).

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::make::{Made, make};
use super::work::kept;
use super::{Depot, ask};
use crate::domain::backup::Reason;
use crate::store::backups;
use crate::store::conn::Conn;
use crate::store::migrate::{self, Standing};

/// Makes the backup when the schema is behind; there may be no table to note it in yet, see [`note`].
///
/// # Errors
/// It could not be made or verified: then the schema must not be touched.
pub fn before(depot: &Depot, conn: &mut Conn, ctx: &Ctx) -> Result<Option<Made>> {
    if !matches!(migrate::standing(conn)?, Standing::Behind(_)) {
        return Ok(None);
    }
    let _turn = depot.turn()?;
    let row = ask::row(ctx, &depot.folder, Reason::BeforeMigration);
    make(depot, &row.id, Reason::BeforeMigration, ctx.now, &|_, _| ()).map(Some)
}

/// Notes it, once the schema can hold the note.
///
/// # Errors
/// The database.
pub fn note(conn: &mut Conn, ctx: &Ctx, depot: &Depot, made: &Made) -> Result<()> {
    let asked = ask::row(ctx, &depot.folder, Reason::BeforeMigration);
    let row = backups::Backup { id: made.header.id.clone(), ..kept(asked, made, ctx.now) };
    backups::put(conn, &row)?;
    ask::note(conn, ctx, "backup.made", &row)
}
