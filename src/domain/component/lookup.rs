//! Lookups: small tables whose rows are found by their first column.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Wrong, one};

/// Rows a table may have.
pub const MOST_ROWS: usize = 10_000;
/// Columns a table may have.
const MOST_COLUMNS: usize = 50;
/// Bytes of all cells together.
const LARGEST: usize = 1024 * 1024;

/// A table; every cell is text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Names of the columns; the first is the key.
    pub columns: Vec<String>,
    /// Rows, each with a cell per column.
    pub rows: Vec<Vec<String>>,
}

impl Lookup {
    pub(super) fn check(self) -> Result<Self, Vec<Wrong>> {
        let refuse = |message: String| Err(one("rows", &message));
        if self.columns.is_empty() || self.columns.len() > MOST_COLUMNS {
            return Err(one("columns", "Give 1 to 50 columns; the first one is the key."));
        }
        let mut seen = HashSet::new();
        for column in &self.columns {
            if column.trim().is_empty() || column.len() > 100 {
                return Err(one("columns", "Every column needs a name of up to 100 characters in the first line."));
            }
            if !seen.insert(column.as_str()) {
                return Err(one("columns", &format!("Two columns are called “{column}”. Rename one of them.")));
            }
        }
        if self.rows.len() > MOST_ROWS {
            return refuse(format!("A table may have at most {MOST_ROWS} rows; this one has {}.", self.rows.len()));
        }
        if self.rows.iter().flatten().chain(&self.columns).map(String::len).sum::<usize>() > LARGEST {
            return refuse("A table may have at most 1 MiB. Keep larger ones in a service of their own.".into());
        }
        let mut keys = HashSet::new();
        for (index, row) in self.rows.iter().enumerate() {
            let line = index + 2;
            if row.len() != self.columns.len() {
                return refuse(format!("Line {line} has {} cells, but there are {} columns.", row.len(), self.columns.len()));
            }
            let key = row.first().map(String::as_str).unwrap_or_default();
            if key.is_empty() {
                return refuse(format!("Line {line} has no key: its first cell is empty."));
            }
            if !keys.insert(key) {
                return refuse(format!("Line {line} has the key “{key}” again. Every key stands once."));
            }
        }
        Ok(self)
    }

    /// The row with that key, as an object, or one cell of it; null when there is none.
    ///
    /// # Errors
    /// There is no such column.
    pub fn find(&self, key: &str, column: Option<&str>) -> Result<Value, String> {
        let position = match column {
            None => None,
            Some(name) => Some(
                self.columns
                    .iter()
                    .position(|c| c == name)
                    .ok_or_else(|| format!("it has no column “{name}”; there are {}", self.columns.join(", ")))?,
            ),
        };
        let Some(row) = self.rows.iter().find(|row| row.first().is_some_and(|cell| cell == key)) else { return Ok(Value::Null) };
        Ok(match position {
            Some(at) => row.get(at).cloned().map_or(Value::Null, Value::String),
            None => {
                let cells = self.columns.iter().cloned().zip(row.iter().cloned().map(Value::String));
                Value::Object(cells.collect::<Map<String, Value>>())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table(columns: &[&str], rows: &[&[&str]]) -> Lookup {
        let texts = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        Lookup { columns: texts(columns), rows: rows.iter().map(|r| texts(r)).collect() }
    }

    #[test]
    fn rows_are_found_by_their_key() {
        let rates = table(&["country", "rate", "name"], &[&["NL", "21", "Netherlands"], &["DE", "19", "Germany"]]).check().expect("usable");
        assert_eq!(rates.find("DE", None), Ok(json!({"country": "DE", "rate": "19", "name": "Germany"})));
        assert_eq!(rates.find("NL", Some("rate")), Ok(json!("21")));
        assert_eq!(rates.find("FR", Some("rate")), Ok(Value::Null));
        assert!(rates.find("NL", Some("rates")).is_err());
    }

    #[test]
    fn tables_that_cannot_be_looked_up_are_refused() {
        for bad in [
            table(&[], &[]),
            table(&["a", "a"], &[]),
            table(&["a", " "], &[]),
            table(&["a", "b"], &[&["1"]]),
            table(&["a"], &[&[""]]),
            table(&["a"], &[&["1"], &["1"]]),
        ] {
            assert!(bad.clone().check().is_err(), "{bad:?}");
        }
        let many = Lookup { columns: vec!["k".into()], rows: (0..=MOST_ROWS).map(|n| vec![n.to_string()]).collect() };
        assert!(many.check().is_err());
        assert!(table(&["k", "v"], &[&["1", &"x".repeat(LARGEST)]]).check().is_err());
    }
}
