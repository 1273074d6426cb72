//! `GET /w/{ws}/search?q=`.

use askama::Template;

use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;

/// What was found.
#[derive(Template)]
#[template(path = "pages/search/list.html")]
pub struct SearchPage {
    /// Around the page; its query is what was looked for.
    pub layout: Layout,
    /// Flows, Versions, Runs: heading and hits (link and what it is).
    pub groups: Vec<(&'static str, Vec<Rich>)>,
}

impl SearchPage {
    fn nothing(&self) -> bool {
        self.groups.iter().all(|(_, hits)| hits.is_empty())
    }
}
