//! Events as a file: CSV for tables, JSON for programs.

use serde_json::{Value, json};

use super::verb;
use crate::domain::clock::Micros;
use crate::store::events::Event;

crate::text_enum! {
    /// How an export is written.
    pub enum Format ("format of an export") {
        /// RFC 4180, with a head line.
        Csv = "csv",
        /// One array.
        Json = "json",
    }
}

const COLUMNS: &str = "seq,at,actor,actor_id,channel,action,did,object_kind,object_id,object_name,flow_id,environment_id,before,after,reason,reference,request_id,hash";

/// What stands before the first event.
pub fn begin(format: Format) -> String {
    match format {
        Format::Csv => format!("{COLUMNS}\r\n"),
        Format::Json => "[".to_owned(),
    }
}

/// An event of the file.
pub fn entry(format: Format, event: &Event, first: bool) -> String {
    match format {
        Format::Csv => line(event),
        Format::Json => format!("{}\n{}", if first { "" } else { "," }, object(event)),
    }
}

/// What stands after the last event.
pub const fn end(format: Format) -> &'static str {
    match format {
        Format::Csv => "",
        Format::Json => "\n]\n",
    }
}

/// An event as a program reads it.
pub fn object(event: &Event) -> Value {
    let read = |text: &Option<String>| text.as_deref().map(|t| serde_json::from_str(t).unwrap_or_else(|_| Value::from(t)));
    json!({
        "seq": event.seq, "id": event.id, "at": Micros(event.at).rfc3339(),
        "actor": {"id": event.actor_id, "name": event.actor_name}, "channel": event.channel,
        "workspace": event.workspace_id, "action": event.action, "verb": verb(&event.action),
        "object": {"kind": event.object_kind, "id": event.object_id, "name": event.object_name},
        "flow": event.flow_id, "environment": event.environment_id,
        "before": read(&event.before), "after": read(&event.after),
        "reason": event.reason, "reference": event.reference, "request_id": event.request_id, "hash": event.hash,
    })
}

/// An event as a line of CSV.
pub fn line(event: &Event) -> String {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        event.seq.to_string(),
        Micros(event.at).rfc3339(),
        event.actor_name.clone(),
        some(&event.actor_id),
        event.channel.clone(),
        event.action.clone(),
        verb(&event.action).to_owned(),
        event.object_kind.clone(),
        event.object_id.clone(),
        event.object_name.clone(),
        some(&event.flow_id),
        some(&event.environment_id),
        some(&event.before),
        some(&event.after),
        some(&event.reason),
        some(&event.reference),
        event.request_id.clone(),
        event.hash.clone(),
    ];
    cells.map(|cell| quoted(&cell)).join(",") + "\r\n"
}

/// A cell. What a table program would take for a formula is kept from being one.
fn quoted(cell: &str) -> String {
    let armed = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if armed { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_disarmed() {
        assert_eq!(quoted("a"), "a");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"no\"\nnow"), "\"say \"\"no\"\"\nnow\"");
        assert_eq!(quoted("=SUM(A1)"), "'=SUM(A1)");
        assert_eq!(COLUMNS.split(',').count(), 18);
    }
}
