//! What a restore would bring and what it would take, said beforehand.

use std::path::{Path, PathBuf};

use super::super::error::Result;
use super::compare::{fewer, fits};
use super::envelope::{self, Header};
use super::{Depot, LOST_EVENTS};
use crate::domain::backup::Facts;
use crate::store::conn::Conn;
use crate::store::copy::measure;
use crate::store::events::{self, Event, Filter};
use crate::store::migrate::{self, Standing};
use crate::store::page::Direction;

/// What stands in the present database beside a backup.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub header: Header,
    /// Its schema is older and would be brought up.
    pub older: bool,
    /// What the present database holds, if it can be read.
    pub present: Option<Facts>,
    /// Tables of which the present has more rows, and how many more.
    pub fewer: Vec<(String, i64)>,
    /// Events that are not in the backup; `None` when the present history is not the backup's, continued.
    pub events_lost: Option<i64>,
    /// The latest of them, newest first.
    pub last_events: Vec<Event>,
}

/// Looks at a file and at the present database.
///
/// # Errors
/// `backup_damaged`, `backup_newer`, `other_database`. Only the header is judged here; a restore judges every byte.
pub fn preview(depot: &Depot, conn: Option<&mut Conn>, path: &Path) -> Result<Preview> {
    let header = envelope::header(path)?;
    fits(depot, &header)?;
    let older = header.facts.step() != migrate::newest();
    let mut preview =
        Preview { path: path.to_owned(), header, older, present: None, fewer: Vec::new(), events_lost: None, last_events: Vec::new() };
    let Some(conn) = conn else { return Ok(preview) };
    if matches!(migrate::standing(conn)?, Standing::Empty | Standing::Ahead(_)) {
        return Ok(preview);
    }
    let present = measure::facts(conn, &[])?;
    let facts = &preview.header.facts;
    preview.fewer = fewer(&present, facts);
    let continued = facts.events == 0 || events::hash_of(conn, facts.events)?.as_deref() == Some(facts.head.as_str());
    preview.events_lost = continued.then(|| present.events - facts.events);
    preview.last_events = events::list(conn, &Filter::default(), &Direction::Newest, LOST_EVENTS)?.items;
    if continued {
        preview.last_events.retain(|event| event.seq > preview.header.facts.events);
    }
    preview.present = Some(present);
    Ok(preview)
}
