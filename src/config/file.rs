//! `signalbox.toml`: the same settings as on the command line, with `_` for `-`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::LogFormat;

/// What a settings file may hold; every key may be left out, and no other is known.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub listen: Option<String>,
    pub database: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub audit_copy: Option<PathBuf>,
    pub backup_dir: Option<PathBuf>,
    pub allow_insecure_http: Option<bool>,
    #[serde(default)]
    pub allow_egress: Vec<String>,
    #[serde(default)]
    pub origins: Vec<String>,
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    pub public_origin: Option<String>,
    pub log: Option<LogFormat>,
    pub log_level: Option<String>,
    pub workers: Option<usize>,
}

impl File {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("the settings file {} cannot be read: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}{error}", path.display()))
    }

    /// Reads a file's text; an error begins with the line it is about.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
            let place = line.map(|line| format!(" line {line}")).unwrap_or_default();
            format!("{place}: {}", error.message().replace('\n', ", "))
        })
    }
}
