//! `GET …/compare/{a}...{b}`: any two contents of flows side by side (PRODUCT §3.10).

use askama::Template;

use super::flow::FlowHead;
use super::version::DiffLine;
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::graph::{FOLDED, GraphView};
use crate::web::components::nav::{Crumbs, Pager, Segments};
use crate::web::components::plate::Plate;
use crate::web::filters;
use crate::web::layout::Layout;

/// Two contents compared.
#[derive(Template)]
#[template(path = "pages/version/compare.html", blocks = ["diff"])]
pub struct ComparePage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// What can be picked: name and words.
    pub choices: Vec<(String, String)>,
    /// The older side.
    pub from: SideView,
    /// The newer side.
    pub to: SideView,
    /// "there are 4 differences. 1 may change how runs end."
    pub says: String,
    /// How many of each, in all parts and whatever is filtered.
    pub counts: Vec<(Diff, usize)>,
    /// Both in one graph.
    pub graph: GraphView,
    /// By area and by impact; empty where there is nothing to choose.
    pub filters: Vec<Segments>,
    /// Where all changes are shown, while some are not.
    pub all: Option<String>,
    /// Steps, Triggers, Settings: heading and differences.
    pub groups: Vec<(&'static str, Vec<ChangeView>)>,
    /// Foot of the list.
    pub pager: Pager,
    /// What it means.
    pub facts: Vec<CheckView>,
    /// Address and words that deploy the newer side.
    pub deploy: Option<(String, String)>,
    /// Side by side.
    pub text: Vec<DiffLine>,
    /// "7 lines added, 5 removed".
    pub text_says: String,
    /// Foot of the text.
    pub text_pager: Pager,
}

impl ComparePage {
    fn same(&self) -> bool {
        self.counts.iter().all(|(_, n)| *n == 0) && self.text.is_empty()
    }

    /// The picture would show nothing but what both have.
    fn no_step(&self) -> bool {
        let same = |diff: Diff| diff == Diff::Same;
        self.graph.instead.is_none() && self.graph.nodes.iter().all(|n| same(n.diff)) && self.graph.edges.iter().all(|e| same(e.diff))
    }

    fn folded(&self) -> bool {
        self.graph.nodes.iter().any(|n| n.small == FOLDED)
    }
}

/// One side.
#[derive(Debug, Clone)]
pub struct SideView {
    /// As it stands in addresses.
    pub name: String,
    /// Its plate.
    pub plate: Plate,
    /// "v17, live in Production".
    pub title: String,
    /// What its plate does not say: " as saved today 13:50 by Mara"; may be empty.
    pub words: String,
}
