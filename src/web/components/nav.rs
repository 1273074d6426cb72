//! Ways through pages: breadcrumbs, tabs, filters, pager.

use askama::Template;

use super::html_part;

/// The way down to this page; the last one is the page itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Template)]
#[template(path = "components/crumbs.html")]
pub struct Crumbs {
    /// Address and words of the pages above.
    pub above: Vec<(String, String)>,
    /// This page.
    pub here: String,
}

impl Crumbs {
    /// The page itself.
    pub fn here(here: impl Into<String>) -> Crumbs {
        Crumbs { above: Vec::new(), here: here.into() }
    }
    /// With a page above, outermost first.
    #[must_use]
    pub fn below(mut self, href: impl Into<String>, words: impl Into<String>) -> Crumbs {
        self.above.push((href.into(), words.into()));
        self
    }
}

/// One link of a row of links of which one is here: tabs and filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it leads.
    pub href: String,
    /// The words.
    pub words: String,
    /// A count beside the words, ready to print.
    pub count: Option<String>,
    /// This is where we are.
    pub here: bool,
}

impl Choice {
    /// A link.
    pub fn new(href: impl Into<String>, words: impl Into<String>, here: bool) -> Choice {
        Choice { href: href.into(), words: words.into(), count: None, here }
    }
    /// With a count.
    #[must_use]
    pub fn count(mut self, count: impl Into<String>) -> Choice {
        self.count = Some(count.into());
        self
    }
}

/// The tabs of a page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/tabs.html")]
pub struct Tabs {
    /// What they are the tabs of.
    pub label: String,
    /// The tabs.
    pub tabs: Vec<Choice>,
}

/// The filters above a table, as links.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/seg.html")]
pub struct Segments {
    /// "Filter versions".
    pub label: String,
    /// The filters.
    pub choices: Vec<Choice>,
}

/// The foot of a list that is read page by page from a key on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Template)]
#[template(path = "components/pager.html")]
pub struct Pager {
    /// "50 versions. Runs, success and p95 count every run pinned to that version."
    pub summary: String,
    /// Words and address of what comes before, if any: "Newer versions".
    pub newer: Option<(String, String)>,
    /// Words and address of what comes after, if any: "Older versions".
    pub older: Option<(String, String)>,
}

html_part!(Crumbs, Tabs, Segments, Pager);
