//! `signalbox backup list`.

use serde_json::{Value, json};

use super::super::instance::depot;
use super::super::open::{connect, database, one_line, within};
use super::super::{print_json, say};
use super::as_json;
use crate::app::Error;
use crate::app::backup::{envelope, look};
use crate::config::{CommonArgs, Config};
use crate::domain::clock::Micros;
use crate::store::conn::Purpose;
use crate::store::page::{Direction, MAX_LIMIT};

/// The arguments of `signalbox backup list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print {"items": […]} as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

pub(super) fn list(args: &Args) -> Result<(), String> {
    let config = Config::for_command(&args.common)?;
    let depot = depot(&config)?;
    let files = depot.files().map_err(|error: Error| one_line(&error.to_string()))?;
    let known = match connect(&config.database, Purpose::Read).and_then(|_| database(&args.common)) {
        Ok(mut conn) => within(&mut conn, |conn, ctx| look::list(conn, ctx, &Direction::Newest, MAX_LIMIT))?.items,
        // Without a database the folder alone says what can be restored.
        Err(message) if files.is_empty() => return Err(message),
        Err(_) => Vec::new(),
    };
    let mut items: Vec<Value> = known.iter().map(as_json).collect();
    for path in files {
        if known.iter().any(|backup| backup.path() == path) {
            continue;
        }
        let header = envelope::header(&path).ok();
        items.push(json!({
            "id": header.as_ref().map(|h| h.id.clone()),
            "reason": header.as_ref().map(|h| h.reason.clone()),
            "state": "kept",
            "verification": "",
            "file": path.display().to_string(),
            "bytes": std::fs::metadata(&path).map(|m| m.len()).ok(),
            "made_at": header.as_ref().map(|h| Micros(h.made_at).rfc3339()),
            "verified_at": null,
        }));
    }
    if args.json {
        return print_json(&json!({"items": items}));
    }
    if items.is_empty() {
        say("There are no backups yet. Make one with \"signalbox backup create\".");
    }
    for item in &items {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        let verified = match item.get("verified_at").and_then(Value::as_str) {
            Some(at) => format!("verified {at}"),
            None => "not verified".to_owned(),
        };
        say(format!("{}  {:<12} {:<16} {verified:<36} {}", text("made_at"), text("state"), text("reason"), text("file")));
    }
    Ok(())
}
