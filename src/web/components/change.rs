//! What differs, and what was checked: the same lists in compare, publish, deploy and conflict (DESIGN §4).

use askama::Template;

use super::html_part;
use super::rich::Rich;
use crate::web::filters;

/// How a thing differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diff {
    /// Stands only in the newer.
    Added,
    /// Stands only in the older.
    Removed,
    /// Stands in both, otherwise.
    Changed,
    /// No difference.
    Same,
}

impl Diff {
    /// Value of `data-diff`.
    pub fn code(self) -> &'static str {
        match self {
            Diff::Added => "added",
            Diff::Removed => "removed",
            Diff::Changed => "changed",
            Diff::Same => "same",
        }
    }
    /// The word for readers who do not see the mark.
    pub fn words(self) -> &'static str {
        match self {
            Diff::Added => "Added",
            Diff::Removed => "Removed",
            Diff::Changed => "Changed",
            Diff::Same => "Same",
        }
    }
    /// Name of the icon.
    pub fn icon(self) -> &'static str {
        match self {
            Diff::Added => "plus",
            Diff::Removed => "minus",
            Diff::Changed => "tilde",
            Diff::Same => "check",
        }
    }
}

/// One difference as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/change.html")]
pub struct ChangeView {
    /// Its mark.
    pub diff: Diff,
    /// "**Capture** timeout".
    pub says: Rich,
    /// What it was, and is: short values only.
    pub from_to: Option<(String, String)>,
    /// What it may do, in words, with the name of an icon: "Breaks waiting runs".
    pub impact: Option<(&'static str, &'static str)>,
}

impl ChangeView {
    /// A difference without values.
    pub fn new(diff: Diff, says: Rich) -> ChangeView {
        ChangeView { diff, says, from_to: None, impact: None }
    }
    /// With both values.
    #[must_use]
    pub fn values(mut self, from: impl Into<String>, to: impl Into<String>) -> ChangeView {
        self.from_to = Some((from.into(), to.into()));
        self
    }
    /// With what it does to runs.
    #[must_use]
    pub fn impact(mut self, words: &'static str, icon: &'static str) -> ChangeView {
        self.impact = Some((words, icon));
        self
    }
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// Passed.
    Ok,
    /// To look at.
    Warn,
    /// Forbids the act.
    Bad,
}

/// One line of the checks of a dialog, or one of its consequences.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/check.html")]
pub struct CheckView {
    /// How it came out.
    pub state: CheckState,
    /// What was found, or what will happen.
    pub says: Rich,
    /// A figure or a link at the end of the line.
    pub note: Rich,
}

impl CheckView {
    /// Passed, or harmless.
    pub fn ok(says: impl Into<Rich>) -> CheckView {
        CheckView { state: CheckState::Ok, says: says.into(), note: Rich::new() }
    }
    /// To look at.
    pub fn warn(says: impl Into<Rich>) -> CheckView {
        CheckView { state: CheckState::Warn, says: says.into(), note: Rich::new() }
    }
    /// Forbids the act, or harms.
    pub fn bad(says: impl Into<Rich>) -> CheckView {
        CheckView { state: CheckState::Bad, says: says.into(), note: Rich::new() }
    }
    /// With a figure or a link.
    #[must_use]
    pub fn note(mut self, note: impl Into<Rich>) -> CheckView {
        self.note = note.into();
        self
    }
}

html_part!(ChangeView, CheckView);
