//! Tables as CSV (RFC 4180): what spreadsheets read and write.

use super::lookup::{Lookup, MOST_ROWS};

/// Reads a table; the first line names the columns. The delimiter is a comma, or a semicolon when the first line has
/// semicolons and no comma.
///
/// # Errors
/// Which line cannot be read.
pub fn read(text: &str) -> Result<Lookup, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') { ';' } else { ',' };
    let mut rows = Vec::new();
    let mut reader = Reader { chars: text.chars().peekable(), line: 1, delimiter };
    while let Some(row) = reader.row()? {
        if rows.len() > MOST_ROWS {
            return Err(format!("A table may have at most {MOST_ROWS} rows."));
        }
        rows.push(row);
    }
    // Empty lines are no rows.
    rows.retain(|row| row.len() > 1 || row.first().is_some_and(|cell| !cell.is_empty()));
    if rows.is_empty() {
        return Err("The table is empty. Write the names of the columns in the first line.".into());
    }
    let columns = rows.remove(0).into_iter().map(|name| name.trim().to_owned()).collect();
    Ok(Lookup { columns, rows })
}

struct Reader<'t> {
    chars: std::iter::Peekable<std::str::Chars<'t>>,
    line: usize,
    delimiter: char,
}

impl Reader<'_> {
    fn row(&mut self) -> Result<Option<Vec<String>>, String> {
        if self.chars.peek().is_none() {
            return Ok(None);
        }
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell()?);
            match self.chars.next() {
                Some(c) if c == self.delimiter => {}
                Some('\r') => {
                    self.chars.next_if_eq(&'\n');
                    break;
                }
                Some('\n') | None => break,
                Some(other) => {
                    return Err(format!("Line {}: “{other}” follows a closing quote. Double quotes inside a cell: \"\".", self.line));
                }
            }
        }
        self.line += 1;
        Ok(Some(cells))
    }

    fn cell(&mut self) -> Result<String, String> {
        let mut cell = String::new();
        if self.chars.next_if_eq(&'"').is_none() {
            let delimiter = self.delimiter;
            while let Some(c) = self.chars.next_if(|c| *c != delimiter && !matches!(c, '\r' | '\n')) {
                cell.push(c);
            }
            return Ok(cell);
        }
        let begun = self.line;
        loop {
            match self.chars.next() {
                Some('"') if self.chars.next_if_eq(&'"').is_some() => cell.push('"'),
                Some('"') => return Ok(cell),
                Some(c) => {
                    self.line += usize::from(c == '\n');
                    cell.push(c);
                }
                None => return Err(format!("Line {begun}: a quote is opened and never closed.")),
            }
        }
    }
}

/// Writes a table: a comma between cells, quotes where they are needed, CRLF at line ends.
pub fn write(table: &Lookup) -> String {
    let mut out = String::new();
    for row in std::iter::once(&table.columns).chain(&table.rows) {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            // A single empty cell would otherwise be an empty line.
            if cell.contains([',', ';', '"', '\r', '\n']) || (cell.is_empty() && row.len() == 1) {
                out.push('"');
                out.push_str(&cell.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(cell);
            }
        }
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_line_breaks_and_semicolons() {
        let table = read("\u{feff}k,v\r\na,\"1, \"\"2\"\"\nmore\"\r\n\r\nb,\n").expect("readable");
        assert_eq!(table.columns, ["k", "v"]);
        assert_eq!(table.rows, [["a", "1, \"2\"\nmore"], ["b", ""]]);
        assert_eq!(read("k;v\na;1,5\n").expect("readable").rows, [["a", "1,5"]]);
        for bad in ["", "\n\n", "k\n\"a", "k\n\"a\"b\n"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(rows in proptest::collection::vec(proptest::collection::vec("[a-z,;\"\n\r é]{0,8}", 2..3), 0..8)) {
            let table = Lookup { columns: vec!["k".into(), "v".into()], rows };
            prop_assert_eq!(read(&write(&table)), Ok(table));
        }
    }
}
