//! Approvals: the inbox of what waits, and one proposal with exactly what is approved (PRODUCT §9.3).

use askama::Template;

use crate::web::components::change::{ChangeView, CheckView};
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// `GET /w/{ws}/approvals`
#[derive(Template)]
#[template(path = "pages/approval/list.html")]
pub struct ApprovalListPage {
    /// Around the page.
    pub layout: Layout,
    /// Only what waits is shown.
    pub open: bool,
    /// Newest first.
    pub items: Vec<ProposalItem>,
    /// Foot.
    pub pager: Pager,
}

/// A proposal in a line.
#[derive(Debug, Clone)]
pub struct ProposalItem {
    /// Its page.
    pub href: String,
    /// The flow's name, or "Configuration".
    pub name: String,
    /// The version's plate, or the configuration's tag.
    pub mark: Rich,
    /// "v3", "#3".
    pub short: String,
    /// The environment's name.
    pub environment: String,
    /// "first 5%, 3 stages"; empty for all new runs at once.
    pub share: String,
    /// Why.
    pub comment: String,
    /// "Waits for approvals".
    pub state: &'static str,
    /// Value of `data-status`.
    pub status: &'static str,
    /// Icon of the state.
    pub icon: &'static str,
    /// Approvals it has.
    pub approvals: usize,
    /// Approvals it needs.
    pub needed: i64,
    /// Who proposed it.
    pub proposer: String,
    /// When.
    pub at: TimeView,
}

/// `GET /w/{ws}/approvals/{id}`
#[derive(Template)]
#[template(path = "pages/approval/show.html")]
pub struct ApprovalPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// The proposal.
    pub item: ProposalItem,
    /// "Expires tomorrow 14:20".
    pub until: Rich,
    /// Its own address.
    pub base: String,
    /// SHA-256 of exactly what is shown.
    pub hash: String,
    /// There is something that `changes` are the differences from.
    pub compared: bool,
    /// Where both are compared in full; empty when there is no such page.
    pub compare_href: String,
    /// What changes.
    pub changes: Vec<ChangeView>,
    /// Stages, guard, runs in flight, the hash.
    pub facts: Vec<(String, Rich)>,
    /// What was said.
    pub votes: Vec<CheckView>,
    /// The person may approve and reject.
    pub may_vote: bool,
    /// Else why not.
    pub may_not: String,
    /// It can be carried out now, by this person.
    pub may_execute: bool,
    /// The person may take it back.
    pub may_withdraw: bool,
    /// Why it fell.
    pub fallen: Option<String>,
    /// The field beside the buttons.
    pub comment: Field,
    /// The slug to type, for production.
    pub confirm: Option<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
}
