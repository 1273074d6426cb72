//! What became of each state and field.

use super::super::{Fate, Line};

/// Lines in the order in which they come up.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub lines: Vec<Line>,
}

impl Report {
    pub fn carried(&mut self, place: &str, says: impl Into<String>) {
        self.add(Fate::Carried, place, says.into());
    }

    pub fn approximated(&mut self, place: &str, says: impl Into<String>) {
        self.add(Fate::Approximated, place, says.into());
    }

    pub fn dropped(&mut self, place: &str, says: impl Into<String>) {
        self.add(Fate::Dropped, place, says.into());
    }

    /// Whether anything was said of a place or of something inside of it.
    pub fn knows(&self, place: &str) -> bool {
        self.lines.iter().any(|line| line.place == place || line.place.strip_prefix(place).is_some_and(|rest| rest.starts_with('/')))
    }

    fn add(&mut self, fate: Fate, place: &str, says: String) {
        let mut rest = says.chars();
        // Lines are sentences, however they are put together.
        let says = rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default();
        let line = Line { place: place.to_owned(), fate: fate.as_str(), says };
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }
}
