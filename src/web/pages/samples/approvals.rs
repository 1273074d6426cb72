//! The inbox of approvals, and proposals in their states.

use askama::Template;

use super::shared::*;
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::field::Field;
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::{Plate, Sync, Tag};
use crate::web::components::rich::Rich;
use crate::web::layout::Place;
use crate::web::pages::approval::{ApprovalListPage, ApprovalPage, ProposalItem};

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("approvals", list(true, vec![item("waiting"), item("ready")])),
        ("approval-configuration", show(configuration(), false, None)),
        ("approvals-empty", list(true, Vec::new())),
        ("approvals-none", list(false, Vec::new())),
        ("approval", show(item("waiting"), false, None)),
        ("approval-ready", show(item("ready"), true, None)),
        ("approval-void", show(item("failed"), false, Some("Version, configuration or plan are not what was approved any more."))),
    ]
}

fn item(status: &'static str) -> ProposalItem {
    ProposalItem {
        href: "/w/main/approvals/prp_1".into(),
        name: "Order intake".into(),
        mark: Rich::new().plate(&Plate::new(17, Sync::Never)),
        short: "v17".into(),
        environment: "Production".into(),
        share: "5%, 25%, 50%".into(),
        comment: "Fraud score v3, CHG-2288".into(),
        state: "Waits for approvals",
        status,
        icon: "clock",
        approvals: 1,
        needed: 2,
        proposer: "Aiko Tanaka".into(),
        at: ago(12),
    }
}

fn configuration() -> ProposalItem {
    ProposalItem {
        name: "Configuration".into(),
        mark: Rich::new().tag(&Tag { number: 9, state: "draft" }),
        short: "#9".into(),
        share: String::new(),
        ..item("waiting")
    }
}

fn list(open: bool, items: Vec<ProposalItem>) -> String {
    ApprovalListPage { layout: layout("Approvals", Place::Approvals), open, items, pager: Pager::default() }.render().unwrap()
}

fn show(item: ProposalItem, ready: bool, fallen: Option<&str>) -> String {
    ApprovalPage {
        layout: layout("Approve", Place::Approvals),
        crumbs: Crumbs::here("Order intake v17").below("/w/main/approvals", "Approvals"),
        until: Rich::new().text("Expires ").time(ago(-600)),
        base: "/w/main/approvals/prp_1".into(),
        hash: "5f2a".into(),
        compared: true,
        compare_href: "/w/main/flows/order-intake/compare/16...17".into(),
        changes: vec![ChangeView::new(Diff::Changed, Rich::from("Capture timeout"))],
        facts: vec![("Stages".into(), "5%, 25%, 50%, then 100%".into())],
        votes: vec![CheckView::ok("Dele Okafor approved").note(Rich::new().time(ago(3)))],
        may_vote: !ready && fallen.is_none(),
        may_not: "You said what you think already.".into(),
        may_execute: ready,
        may_withdraw: fallen.is_none(),
        fallen: fallen.map(str::to_owned),
        comment: Field::text("comment", "Comment").hint("Needed to reject."),
        confirm: ready.then(|| Field::confirm("order-intake")),
        summary: None,
        item,
    }
    .render()
    .unwrap()
}
