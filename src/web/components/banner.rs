//! Banners stay until the page changes (DESIGN §4).

use askama::Template;

use super::html_part;
use crate::web::filters;

/// What a banner is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something was done.
    Ok,
    /// Something to look at.
    Warn,
    /// Something is wrong.
    Bad,
}

impl Kind {
    /// Value of `data-kind`.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Ok => "ok",
            Kind::Warn => "warn",
            Kind::Bad => "bad",
        }
    }
    /// Name of the icon.
    pub fn icon(self) -> &'static str {
        match self {
            Kind::Ok => "check-circle",
            Kind::Warn => "alert",
            Kind::Bad => "x-circle",
        }
    }
}

/// A button in a banner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BannerAction {
    /// The words.
    pub words: String,
    /// Where it leads.
    pub to: String,
    /// It changes something: a button of the page's action form instead of a link.
    pub post: bool,
}

impl BannerAction {
    /// A link.
    pub fn link(words: impl Into<String>, to: impl Into<String>) -> BannerAction {
        BannerAction { words: words.into(), to: to.into(), post: false }
    }
    /// A button that posts.
    pub fn post(words: impl Into<String>, to: impl Into<String>) -> BannerAction {
        BannerAction { words: words.into(), to: to.into(), post: true }
    }
}

/// A banner.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/banner.html")]
pub struct Banner {
    /// What it is about.
    pub kind: Kind,
    /// The fact.
    pub title: String,
    /// What follows; may be empty.
    pub text: String,
    /// Buttons.
    pub actions: Vec<BannerAction>,
}

impl Banner {
    /// A banner without buttons.
    pub fn new(kind: Kind, title: impl Into<String>, text: impl Into<String>) -> Banner {
        Banner { kind, title: title.into(), text: text.into(), actions: Vec::new() }
    }
    /// With one more button.
    #[must_use]
    pub fn action(mut self, action: BannerAction) -> Banner {
        self.actions.push(action);
        self
    }
}

html_part!(Banner);
