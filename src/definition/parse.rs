//! Reading YAML and JSON.
use std::collections::HashMap;
use serde_json::Value;
use super::document::Format;
use super::problem::Problem;
/// Where a node stands in the text.
#[derive(Debug, Clone)]
pub struct Node { /// line
    pub line: u32 }
/// Pointer to node.
pub type NodeMap = HashMap<String, Node>;
/// What was read.
pub struct Parsed { /// value
    pub value: Value, /// format
    pub format: Format, /// nodes
    pub nodes: NodeMap }
/// Reads.
pub fn parse(_text: &str) -> Result<Parsed, Vec<Problem>> { unimplemented!() }
/// Reads any YAML or JSON text into a value (not necessarily a definition).
pub fn value(_text: &str) -> Result<Value, Vec<Problem>> { unimplemented!() }
/// Pretty JSON with a newline at the end.
pub fn pretty_json(_value: &Value) -> String { unimplemented!() }
