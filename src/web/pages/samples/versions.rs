//! A version, and two compared.

use askama::Template;

use super::flows::stat;
use super::shared::*;
use crate::web::components::change::CheckView;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::highlight::Listing;
use crate::web::layout::Place;
use crate::web::pages::compare::{ComparePage, SideView};
use crate::web::pages::editor::TextView;
use crate::web::pages::flow::*;
use crate::web::pages::version::{DiffLine, HotfixPage, Overview, RevisionLine, VersionPage, VersionView};
use crate::web::refused::Refused;

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        (
            "version",
            version(
                VersionView::Overview(Box::new(Overview {
                    graph: wide("g16"),
                    figures_of: "Only runs pinned to version 16".into(),
                    figures: vec![
                        stat("Runs", "17,284", "1,235 a day"),
                        stat("Succeeded", "99.4%", "101 failed"),
                        stat("p50 duration", "1.1 s", "v15: 1.0 s"),
                        stat("p95 duration", "2.6 s", "v15: 2.5 s"),
                    ],
                    revisions: vec![revision(2, "Longer time limit for the warehouse"), revision(1, ""), revision(0, "Autumn prices")],
                    facts: vec![
                        ("Production".into(), "Live, all new runs".into()),
                        ("Author".into(), "Mara Lindqvist".into()),
                        ("Content".into(), Rich::new().code("9f2c81d07ab3")),
                        ("Label".into(), Rich::new().code("autumn")),
                    ],
                    uses: vec![
                        Rich::new().code("fraud.example"),
                        Rich::new().text("Flow ").link("/w/main/flows/payment-capture", "Payment capture"),
                    ],
                    used_by: vec![Rich::new().link("/w/main/flows/returns", "Returns and refunds").text(" calls it")],
                })),
                Vec::new(),
            ),
        ),
        (
            "version-definition",
            version(
                VersionView::Definition(
                    Listing::new("Definition of version 16", DEFINITION, &[(9, "the step “nowhere” does not exist".into())]),
                    "YAML",
                ),
                vec![Rich::new().strong("isRisky").text(": ").link("#line-9", "choose where “otherwise” leads")],
            ),
        ),
        ("hotfix", hotfix(&[], None, &Refused::nothing())),
        ("hotfix-frozen", hotfix(&[], Some("Production is frozen until 2026-11-30 08:00 UTC: stocktaking."), &Refused::nothing())),
        (
            "hotfix-refused",
            hotfix(
                &[9],
                None,
                &Refused {
                    lines: vec![("#text".into(), "Line 9, scoreFraud: the step “nowhere” does not exist".into())],
                    ..Refused::field("note", "Say why: a live version changes.")
                },
            ),
        ),
        ("compare", compare()),
    ]
}

pub const DEFINITION: &str = "# Takes an order\ndocument:\n  dsl: '1.0.3'\n  namespace: shop\n  name: order-intake\n  version: '1.4.0'\ndo:\n  - scoreFraud:\n      then: nowhere\n      call: http\n      with:\n        method: post\n        endpoint: http://fraud.example/score\n        body: ${ .order }\n  - reserveStock:\n      set:\n        total: ${ .order.total * 0.2 }\n        retries: 3\n";

fn version(view: VersionView, problems: Vec<Rich>) -> String {
    let layout = layout("Order intake v16", Place::Dashboard);
    let base = format!("{}/versions/16", flow().base);
    VersionPage {
        tabs: crate::web::components::nav::Tabs {
            label: "Version 16".into(),
            tabs: vec![
                Choice::new(base.clone(), "Overview", true),
                Choice::new("/w/main/runs?version=16", "Runs", false).count("18,412"),
                Choice::new(format!("{base}/definition"), "Definition", false),
            ],
        },
        crumbs: crumbs("Version 16"),
        plate: Plate::new(16, Sync::Current).large(),
        status: StatusView::live(),
        note: "Reserve stock before payment is captured".into(),
        held: vec![
            Rich::new()
                .text("In Development since 4 Nov, by Dele Okafor: totals were wrong. ")
                .link("/w/main", "Its runs, and releasing it"),
        ],
        before: Some(15),
        may: May { edit: true, operate: true, start: true },
        hotfix: true,
        into_draft: true,
        acts: VersionActs {
            deploy: true,
            copy: true,
            archive: true,
            kept: Some("Cannot be deleted while it is live".into()),
            ..VersionActs::default()
        },
        flow: flow(),
        layout,
        base,
        problems,
        view,
    }
    .render()
    .unwrap()
}

fn revision(number: u32, note: &str) -> RevisionLine {
    RevisionLine { name: format!("v16.{number}"), latest: number == 2, note: note.into(), by: "Dele Okafor".into(), at: ago(30) }
}

fn hotfix(lines: &[u32], barred: Option<&str>, refused: &Refused) -> String {
    HotfixPage {
        layout: layout("Hot-fix v16", Place::Dashboard),
        flow: flow(),
        base: format!("{}/versions/16", flow().base),
        crumbs: crumbs("Hot-fix"),
        plate: Plate::new(16, Sync::Current).large(),
        next: "v16.3".into(),
        places: "Development and Production".into(),
        rolling: if barred.is_some() { "Production".into() } else { String::new() },
        barred: barred.map(str::to_owned),
        text: TextView { text: DEFINITION.into(), lines: lines.to_vec() },
        settings: Field::line("settings", "Settings as JSON").control(Control::CodeText).value("{}").check_in(&refused.errors),
        note: Field::text("note", "Why it changes").required().check_in(&refused.errors),
        expect: "4".into(),
        summary: refused.summary("Nothing was put in place", "text"),
    }
    .render()
    .unwrap()
}

fn compare() -> String {
    use crate::web::components::change::Diff;
    let mut graph = wide("gdiff");
    for (i, diff) in [(1, Diff::Changed), (2, Diff::Removed), (4, Diff::Added)] {
        graph.nodes[i].diff = diff;
    }
    graph.edges[3].diff = Diff::Removed;
    let side = |number: u64, sync: Sync| SideView {
        name: number.to_string(),
        plate: Plate::new(number, sync),
        title: format!("v{number}"),
        words: if number == 17 { ", live in Production,".into() } else { String::new() },
    };
    ComparePage {
        layout: layout("Compare", Place::Dashboard),
        flow: flow(),
        crumbs: crumbs("Compare"),
        choices: vec![("17".into(), "v17, Synced earlier, 17 Nov".into()), ("16".into(), "v16, Current production, 3 Nov".into())],
        from: side(16, Sync::Current),
        to: side(17, Sync::Earlier),
        says: "four steps differ. Three are the same.".into(),
        counts: vec![(Diff::Added, 2), (Diff::Removed, 1), (Diff::Changed, 4)],
        graph,
        filters: vec![Segments {
            label: "Changes by area".into(),
            choices: vec![Choice::new("?", "All", true), Choice::new("?area=steps", "Steps", false).count("3")],
        }],
        all: None,
        groups: vec![("Steps", changes()), ("Triggers", Vec::new()), ("Settings", changes())],
        pager: Pager {
            summary: "Part 1 of 2: 130 changes in all.".into(),
            newer: None,
            older: Some(("More changes".into(), "?page=2".into())),
        },
        facts: vec![
            CheckView::ok("Input and output schemas are the same. Callers need no change."),
            CheckView::warn("New connection “orders”: Staging has no replacement for it and uses it as it is."),
        ],
        deploy: Some(("/w/main/flows/order-intake/deploy?version=17".into(), "Deploy v17…".into())),
        text_says: "7 lines added, 5 removed".into(),
        text_pager: Pager::default(),
        text: vec![
            DiffLine::Gap("12 lines are the same".into()),
            DiffLine::Fold("Show 38 unchanged lines".into(), "?open=29#td-t".into()),
            DiffLine::Same(13, 13, "      with:".into()),
            DiffLine::Removed(14, vec![(false, "        timeout: ".into()), (true, "PT10S".into())]),
            DiffLine::Added(14, vec![(false, "        timeout: ".into()), (true, "PT30S".into())]),
            DiffLine::Same(15, 15, "        <body>: ${ .order }".into()),
        ],
    }
    .render()
    .unwrap()
}
