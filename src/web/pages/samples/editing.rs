//! The editor and its conflict.

use askama::Template;
use serde_json::json;

use super::shared::*;
use super::versions::DEFINITION;
use crate::web::components::field::Field;
use crate::web::components::graph::GraphView;
use crate::web::components::nav::{Choice, Segments};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::status::StatusView;
use crate::web::form::FieldErrors;
use crate::web::highlight::Listing;
use crate::web::layout::Place;
use crate::web::pages::editor::forms::{StepForm, StepSource};
use crate::web::pages::editor::{Block, BlockRow, ConflictPage, EditorPage, EditorView, TextView};

pub fn all() -> Vec<(&'static str, String)> {
    let call = json!({"call": "http", "with": {"method": "POST", "endpoint": "http://erp.example/{sku}/reserve", "headers": {"accept": "application/json"}, "body": {"order": "${ .id }"}}, "timeout": {"after": "PT30S"}});
    let switch = json!({"switch": [{"risky": {"when": ".score >= 80", "then": "manualReview"}}, {"otherwise": {"then": "nowhere"}}]});
    let steps = ["scoreFraud".to_owned(), "manualReview".to_owned()];
    let wrong = FieldErrors::one("/switch", "“otherwise” leads to “nowhere”, which does not exist. Choose a step of this list.");
    let form = |name, kind, words, icon, step, errors: &FieldErrors| {
        EditorView::Step(Box::new(StepForm::new(StepSource { pointer: "/do/2/x", name, kind, words, icon, step, list: &steps }, errors)))
    };
    vec![
        ("editor", editor(form("reserveStock", "call", "HTTP call", "plug", &call, &FieldErrors::new()), "/do/2/reserveStock", "form")),
        ("editor-switch", editor(form("isRisky", "switch", "Switch", "split", &switch, &wrong), "/do/1/isRisky", "form")),
        (
            "editor-document",
            editor(
                EditorView::Document(vec![Field::line("title", "Title").value("Order intake"), Field::line("summary", "Summary")]),
                "",
                "form",
            ),
        ),
        ("editor-text", editor(EditorView::Text(TextView { text: DEFINITION.into(), lines: vec![9] }), "", "text")),
        ("editor-unreadable", editor(EditorView::Nothing("Line 3 is not YAML: a quote is not closed.".into()), "", "form")),
        ("conflict", conflict()),
    ]
}

fn block(pointer: &str, depth: u8, icon: &'static str, name: &str, says: &str, error: &str, here: bool) -> BlockRow {
    BlockRow::Step(Block {
        pointer: pointer.into(),
        id: format!("b{}", pointer.replace('/', "-")),
        depth,
        icon,
        name: name.into(),
        says: says.into(),
        error: error.into(),
        here,
        up: true,
        down: true,
    })
}

fn editor(view: EditorView, selected: &str, at: &str) -> String {
    let base = format!("{}/versions/19", flow().base);
    let graph = if matches!(view, EditorView::Nothing(_)) {
        GraphView { instead: Some("The graph appears when the text can be read.".into()), ..tall("gedit") }
    } else {
        tall("gedit")
    };
    EditorPage {
        layout: layout("Edit Order intake v19", Place::Dashboard),
        flow: flow(),
        crumbs: crumbs("Edit draft 19"),
        plate: Plate::new(19, Sync::Never).large(),
        status: StatusView::not_ready(None),
        meta: vec!["Draft, made from v18".into(), "Only you edit this draft now".into()],
        saved: "Saved 14:31 by you".into(),
        before: Some(18),
        publishable: false,
        discardable: true,
        expect: "9f2c81d0".into(),
        comments_warning: Some("This step has comments in the text. Saving it as a form loses them; edit the text to keep them.".into()),
        problems: vec![
            (format!("{base}/edit?step=%2Fdo%2F2%2FmanualReview#f-wait"), "manualReview: say how long to wait".into()),
            (format!("{base}/edit?view=text#line-9"), "isRisky: choose where “otherwise” leads".into()),
        ],
        views: Segments {
            label: "View".into(),
            choices: vec![
                Choice::new(format!("{base}/edit"), "Steps", at == "form"),
                Choice::new(format!("{base}/edit?view=text"), "Text", at == "text"),
            ],
        },
        blocks: vec![
            block("/do/0/scoreFraud", 0, "plug", "scoreFraud", "POST fraud.example", "", selected.contains("score")),
            block(
                "/do/1/isRisky",
                0,
                "split",
                "isRisky",
                "2 cases",
                if at == "form" { "“otherwise” leads nowhere" } else { "" },
                selected.contains("isRisky"),
            ),
            block("/do/2/reserveStock", 0, "plug", "reserveStock", "POST erp.example", "", selected.contains("reserve")),
            block("/do/3/guard", 0, "shield", "guard", "3 attempts", "", false),
            BlockRow::Branch { depth: 1, words: "Try".into() },
            block("/do/3/guard/try/0/capture", 1, "card", "capture", "POST pay.example", "", false),
            BlockRow::Branch { depth: 1, words: "If it fails".into() },
            block("/do/3/guard/catch/do/0/tell", 1, "mail", "tell", "POST mail.example", "", false),
        ],
        kinds: vec![
            ("call-http", "HTTP call"),
            ("set", "Set data"),
            ("switch", "Switch"),
            ("for", "For each"),
            ("wait", "Wait"),
            ("try", "Try and catch"),
            ("raise", "Raise an error"),
            ("run", "Run another flow"),
            ("do", "Group of steps"),
        ],
        selected: selected.into(),
        view,
        graph,
        base,
    }
    .render()
    .unwrap()
}

fn conflict() -> String {
    ConflictPage {
        layout: layout("Conflict", Place::Dashboard),
        flow: flow(),
        base: format!("{}/versions/19", flow().base),
        crumbs: crumbs("Edit draft 19"),
        number: 19,
        who: "Tomás Ribeiro".into(),
        when: "at 14:33, two minutes after you opened it".into(),
        theirs: changes(),
        mine: changes().into_iter().take(1).collect(),
        merged: DEFINITION.into(),
        clashes: 1,
        their_text: Listing::new("Text of Tomás Ribeiro", DEFINITION, &[]).with_id("theirs"),
        my_text: Listing::new("Your text", DEFINITION, &[]).with_id("mine"),
        my_raw: DEFINITION.into(),
        expect: "77aa".into(),
    }
    .render()
    .unwrap()
}
