//! Backups of the whole instance in answers.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::at_opt;
use crate::app::backup::look;
use crate::store::backups;
use crate::web::api::words;

/// A backup, or a try of one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Backup {
    /// `bak_…`
    pub id: String,
    /// Why it was made.
    #[schema(value_type = words::BackupReason)]
    pub reason: String,
    /// What became of it.
    #[schema(value_type = words::BackupState)]
    pub state: String,
    /// Whether it was restored into a scratch database and found equal; empty when it never was.
    #[schema(value_type = words::BackupVerification)]
    pub verification: String,
    /// How far the work on it is; empty when nobody works on it.
    #[schema(value_type = words::BackupStage)]
    pub stage: String,
    /// How much of the stage is done, where that can be known.
    pub percent: Option<i64>,
    /// Its file on the server.
    pub file: Option<String>,
    /// Whether the file lies there, as seen from the server that answers.
    pub present: bool,
    /// Bytes of the file.
    pub bytes: Option<i64>,
    /// The instant it shows, RFC 3339.
    pub made_at: Option<String>,
    /// The program that made it.
    pub version: Option<String>,
    /// Its last schema step.
    pub schema: Option<String>,
    /// Rows per table.
    pub counts: BTreeMap<String, i64>,
    /// Events in its history.
    pub events: Option<i64>,
    /// When it was last verified, RFC 3339.
    pub verified_at: Option<String>,
    /// What was compared then.
    pub compared: Vec<Compared>,
    /// Who asked for it.
    pub asked_by: String,
    /// RFC 3339.
    pub asked_at: Option<String>,
    /// Why it failed; empty otherwise.
    pub problem: String,
}

/// One thing that was compared.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Compared {
    /// What.
    pub name: String,
    /// What was found.
    pub text: String,
}

impl From<backups::Backup> for Backup {
    fn from(row: backups::Backup) -> Self {
        let header = look::header(&row);
        let compared = look::compared(&row).into_iter().map(|check| Compared { name: check.name, text: check.text });
        Self {
            compared: compared.collect(),
            present: look::is_there(&row),
            file: (!row.file.is_empty()).then(|| row.path().display().to_string()),
            made_at: at_opt(row.made_at),
            verified_at: at_opt(row.verified_at),
            asked_at: at_opt(Some(row.asked_at)),
            version: header.as_ref().map(|h| h.version.clone()),
            schema: header.as_ref().map(|h| h.facts.step().to_owned()),
            events: header.as_ref().map(|h| h.facts.events),
            counts: header.map(|h| h.facts.counts).unwrap_or_default(),
            id: row.id,
            reason: row.reason,
            state: row.state,
            verification: row.verification,
            stage: row.stage,
            percent: row.percent,
            bytes: row.bytes,
            asked_by: row.asked_by,
            problem: row.problem,
        }
    }
}
