//! `input.schema`, `output.schema`, `export.schema`.
use std::sync::Arc;

use serde_json::Value;

use super::data::Frame;
use super::{Run, Stop};
use crate::runner::durable::DurableCtx;
use crate::runner::fault::{Kind, TaskError};

/// How many of the differences a message names.
const NAMED: usize = 3;

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Holds `data` against the schema under `holder`, if there is one; `pointer` is the holder's.
    pub(super) fn check_schema(&mut self, frame: &Frame<'_>, holder: Option<&Value>, pointer: &str, data: &Value) -> Result<(), Stop> {
        let Some(schema) = holder.and_then(|holder| holder.get("schema")) else { return Ok(()) };
        let at = format!("{pointer}/schema");
        let fault = |kind, text: String| TaskError::standard(kind, text, &frame.place.pointer);
        let validator = match self.schemas.get(&at) {
            Some(known) => known.clone(),
            None => {
                let made = Arc::new(compile(schema).map_err(|text| fault(Kind::Configuration, format!("{at}: {text}")))?);
                self.schemas.insert(at.clone(), made.clone());
                made
            }
        };
        let mut found: Vec<String> = Vec::new();
        let mut more = 0;
        for error in validator.iter_errors(data) {
            if found.len() < NAMED {
                let place = error.instance_path().to_string();
                found.push(if place.is_empty() { error.to_string() } else { format!("{place}: {error}") });
            } else {
                more += 1;
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        let mut text = format!("does not fit the schema at {at}: {}", found.join("; "));
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        Err(fault(Kind::Validation, text).into())
    }
}

fn compile(schema: &Value) -> Result<jsonschema::Validator, String> {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or("json");
    if format != "json" && !format.starts_with("json:") {
        return Err(format!("schemas in the format \"{format}\" cannot be used by this build; use json"));
    }
    let document = schema.get("document").ok_or("only schemas written here (`document`) can be used by this build, not `resource`")?;
    jsonschema::options().should_validate_formats(true).build(document).map_err(|error| format!("not a usable JSON schema: {error}"))
}
