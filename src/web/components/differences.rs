//! What differs between two snapshots of a workspace: headings, things, and what differs inside each.

use askama::Template;

use super::change::ChangeView;
use super::html_part;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The thing, in a sentence.
    pub change: ChangeView,
    /// What differs inside it.
    pub inside: Vec<ChangeView>,
    /// Where it is compared in full: address and words.
    pub link: Option<(String, String)>,
}

/// Everything that differs, by heading.
#[derive(Debug, Clone, PartialEq, Eq, Default, Template)]
#[template(path = "components/differences.html")]
pub struct Differences {
    /// Before the ids of the headings, where a page holds several lists.
    pub id: &'static str,
    /// Heading and what differs there; never empty.
    pub groups: Vec<(&'static str, Vec<Differing>)>,
}

html_part!(Differences);
