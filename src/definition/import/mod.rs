//! Bringing definitions in from elsewhere: several in one file, and other notations carried over with a report.

pub mod asl;

use serde::Serialize;

crate::text_enum! {
    /// What became of a part of a foreign definition.
    pub enum Fate ("fate of a part") {
        /// It does here what it did there.
        Carried = "carried",
        /// It is here, and differs in what the report says.
        Approximated = "approximated",
        /// There is nothing for it here.
        Dropped = "dropped",
    }
}

/// One line of the report about what was carried over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// JSON pointer into the foreign definition.
    pub place: String,
    /// See [`Fate`].
    pub fate: &'static str,
    /// How, or why not; may be empty for what is carried over as it is.
    pub says: String,
}

/// The documents of a YAML stream: what stands between lines of `---`. JSON is one document.
pub fn documents(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == "---" || bare.starts_with("--- #") {
            found.push(String::new());
        } else if bare == "..." {
            continue;
        } else if let Some(last) = found.last_mut() {
            last.push_str(line);
        }
    }
    let empty = |text: &String| text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    found.retain(|text| !empty(text));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_between_its_documents() {
        assert_eq!(documents("a: 1\n---\nb: 2\n...\n--- # c\nc: |\n  ---\n"), ["a: 1\n", "b: 2\n", "c: |\n  ---\n"]);
        assert_eq!(documents("{\"a\": 1}"), ["{\"a\": 1}"]);
        assert!(documents("# only words\n---\n").is_empty());
    }
}
