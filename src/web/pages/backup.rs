//! `/backups`: backups of the whole instance (PRODUCT §10).

use askama::Template;

use crate::web::components::banner::Banner;
use crate::web::components::change::CheckView;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// The list, the button that makes one, and the schedule.
#[derive(Template)]
#[template(path = "pages/backup/list.html", blocks = ["kept"])]
pub struct BackupsPage {
    /// Around the page.
    pub layout: Layout,
    /// What is wrong: a restore failed, the last backup is old.
    pub banners: Vec<Banner>,
    /// When the next one is made by itself.
    pub next: Option<TimeView>,
    /// The folder on the server.
    pub folder: String,
    /// Backups and tries, newest first.
    pub backups: Vec<BackupRow>,
    /// Something is being done: the list looks again by itself.
    pub live: bool,
    /// Foot of the list.
    pub pager: Pager,
    /// What was wrong with the schedule.
    pub summary: Option<ErrorSummary>,
    /// Fields of the schedule.
    pub schedule: Vec<Field>,
    /// What the fields were filled with.
    pub seen: String,
}

/// A backup in the list.
#[derive(Debug, Clone)]
pub struct BackupRow {
    /// `bak_…`
    pub id: String,
    /// Name of its file; may be empty.
    pub file: String,
    /// The instant it shows, or when it was asked for.
    pub made: TimeView,
    /// Who.
    pub by: String,
    /// "Every 24 hours".
    pub why: &'static str,
    /// "4.8 MB"; may be empty.
    pub size: String,
    /// Verified, failed, how far it is.
    pub status: StatusView,
    /// When it was verified.
    pub verified: Option<TimeView>,
    /// Why it failed; may be empty.
    pub problem: String,
    /// Its file is there and nobody works on it.
    pub usable: bool,
}

/// One backup: what it holds and what was compared.
#[derive(Template)]
#[template(path = "pages/backup/show.html")]
pub struct BackupPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// The backup.
    pub backup: BackupRow,
    /// Names and values: instant, version, schema, hash, rows, events.
    pub facts: Vec<(&'static str, String)>,
    /// What was compared when it was last verified.
    pub compared: Vec<CheckView>,
    /// Tables and their rows.
    pub counts: Vec<(String, u64)>,
}
