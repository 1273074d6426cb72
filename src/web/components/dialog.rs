//! The dialog of an act: a heading that asks or names it, its consequences, its fields, the safe choice first (DESIGN §4).

use askama::Template;

use super::change::{ChangeView, CheckView};
use super::field::{ErrorSummary, Field};
use super::html_part;
use super::rich::Rich;
use crate::web::filters;
use crate::web::layout::Csrf;

/// Something else that can be done instead, in the dialog's foot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instead {
    /// Where the same form goes.
    pub to: String,
    /// Name of the icon.
    pub icon: &'static str,
    /// "Pause instead".
    pub words: String,
}

/// A dialog.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/dialog.html")]
pub struct Dialog {
    /// Id in the page: the act's name.
    pub id: &'static str,
    /// "Delete version 14?"
    pub title: Rich,
    /// Where the form goes.
    pub action: String,
    /// Token of the form.
    pub csrf: Csrf,
    /// Hidden fields: what was seen when the dialog was made.
    pub hidden: Vec<(&'static str, String)>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// A sentence on top; may be empty.
    pub intro: Rich,
    /// Consequences and checks.
    pub checks: Vec<CheckView>,
    /// What changes.
    pub changes: Vec<ChangeView>,
    /// What is asked.
    pub fields: Vec<Field>,
    /// A line beside the buttons; may be empty.
    pub why: String,
    /// Where the safe choice leads, and its words: "Keep version 14".
    pub keep: (String, String),
    /// Words of the act. None when it cannot be done: then only the reasons are shown.
    pub act: Option<String>,
    /// The act harms.
    pub danger: bool,
    /// Something milder.
    pub instead: Option<Instead>,
}

impl Dialog {
    /// A dialog with heading, address and the two choices; the rest is set by name.
    pub fn new(
        id: &'static str,
        csrf: &Csrf,
        title: impl Into<Rich>,
        action: impl Into<String>,
        keep: (String, &str),
        act: impl Into<String>,
    ) -> Dialog {
        Dialog {
            id,
            title: title.into(),
            action: action.into(),
            csrf: csrf.clone(),
            hidden: Vec::new(),
            summary: None,
            intro: Rich::new(),
            checks: Vec::new(),
            changes: Vec::new(),
            fields: Vec::new(),
            why: String::new(),
            keep: (keep.0, keep.1.to_owned()),
            act: Some(act.into()),
            danger: false,
            instead: None,
        }
    }
}

html_part!(Dialog);
