//! The run list, a run, and the dialogs of runs.

use askama::Template;

use super::shared::*;
use crate::web::components::banner::{Banner, Kind};
use crate::web::components::change::CheckView;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::{Plate, Sync, Tag};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::form::FieldErrors;
use crate::web::layout::Place;
use crate::web::pages::run::*;

pub fn all() -> Vec<(&'static str, String)> {
    let pick = |v: &str, w: &str| (v.to_owned(), w.to_owned());
    let start_with = |inputs| Start {
        base: flow().base,
        name: "Order intake".into(),
        environments: vec![pick("production", "Production"), pick("development", "Development")],
        environment: "production".into(),
        versions: vec![pick("", "As the environment decides (v16)"), pick("19", "v19, draft, as a test")],
        version: String::new(),
        resolution: vec![CheckView::ok("Version 16 is used: it is live in Production.")],
        inputs,
        raw: "{\n  \"order\": \"HF-2026-118402\"\n}".into(),
        test: false,
        on_draft: false,
        idempotency_key: "k".into(),
    };
    let inputs = vec![
        Field::line("in:/order", "Order").required().hint("Number of the order."),
        Field::line("in:/total", "Total").control(Control::Line("number")),
        Field::check("in:/gift", "Gift", true),
    ];
    let no = FieldErrors::new();
    vec![
        ("runs", list(true, false)),
        ("runs-empty", list(false, false)),
        ("runs-none", list(false, true)),
        ("run", run(false)),
        ("run-live", run(true)),
        ("start", dialog(start(start_with(inputs), &csrf(), &FieldErrors::one("in:/order", "Type the number of the order.")))),
        ("start-raw", dialog(start(start_with(Vec::new()), &csrf(), &no))),
        ("cancel", dialog(cancel("/w/main/runs/wfr_01k9", "7hm2", &csrf()))),
        (
            "retry",
            dialog(retry(
                "/w/main/runs/wfr_01k9",
                "7hm2",
                vec![pick("17", "v17, as before"), pick("16", "v16, live")],
                vec![CheckView::warn("It captures a payment again unless the other side knows the key.")],
                &csrf(),
                &no,
            )),
        ),
    ]
}

fn list(some: bool, filtered: bool) -> String {
    let pick = |name: &str, label: &str, all: &[&str]| {
        Field::choice(name, label, all.iter().map(|w| ((*w).to_owned(), (*w).to_owned())).collect())
    };
    let row = |i: i64, state: &str, says: &str, sync| RunRow {
        id: format!("wfr_01k97h{i}"),
        short: format!("7hm{i}"),
        status: StatusView::run(state),
        bad: state == "faulted",
        says: says.into(),
        flow: ("order-intake".into(), "Order intake".into()),
        version: 17,
        sync,
        environment: "Production".into(),
        started: clock(i * 3),
        took: "1 min 35 s".into(),
        trigger: "API".into(),
        test: i == 4,
    };
    RunListPage {
        layout: layout("Runs", Place::Runs),
        filters: vec![
            pick("flow", "Flow", &["All flows", "Order intake"]),
            Field::line("version", "Version"),
            pick("state", "Status", &["All", "Failed", "Running"]),
            pick("environment", "Environment", &["All", "Production"]),
        ],
        filtered,
        query: if filtered { "state=faulted".into() } else { String::new() },
        newest: "wfr_01k9".into(),
        newer: some.then(|| "7 newer runs".into()),
        one_environment: false,
        runs: if some {
            vec![
                row(1, "running", "", Sync::Earlier),
                row(2, "waiting", "manualReview, until 18:32", Sync::Current),
                row(3, "faulted", "bookCarrier: no answer after 3 attempts", Sync::Earlier),
                row(4, "completed", "", Sync::Never),
                row(500, "cancelled", "", Sync::Current),
                row(6, "needs_attention", "capturePayment may have run", Sync::Current),
            ]
        } else {
            Vec::new()
        },
        pager: Pager { summary: "6 runs.".into(), newer: None, older: Some(("Older runs".into(), "/w/main/runs?before=wfr_01k9".into())) },
    }
    .render()
    .unwrap()
}

fn run(live: bool) -> String {
    let step = |i: u32, icon, name: &str, state: &str, x: f64, took: &str| StepRow {
        id: format!("s-{i}"),
        depth: u8::from(i == 4),
        icon,
        name: name.into(),
        status: StatusView::run(state),
        bars: if x < 0.0 { vec![] } else { vec![(x, 1.5, "ok")] },
        says: format!("Starts at {x} s, takes {took}"),
        took: took.into(),
        open: false,
        error: None,
        attempts: vec![],
        child: (i == 2).then(|| ("/w/main/runs/wfr_02".into(), "02".into())),
        input: Some("{}".into()),
        output: None,
    };
    let failed = StepRow {
        bars: vec![(3.5, 10.5, "failed"), (14.0, 10.5, "wait"), (24.5, 10.5, "failed"), (35.0, 54.5, "wait"), (89.5, 10.5, "failed")],
        says: "Three attempts of 10 seconds at 3, 23 and 85 seconds, all failed".into(),
        open: true,
        error: Some("Timeout: carrier-v4.example answered nothing within 10 s".into()),
        attempts: [["1", "14:27:15", "10.0 s", "Timeout"], ["2", "14:27:35", "10.0 s", "Timeout, after 10 s wait"], ["3", "14:28:37", "10.0 s", "Timeout, after 52 s wait"]].map(|a| a.map(str::to_owned)).to_vec(),
        input: Some("{\n  \"order\": \"HF-2026-118402\",\n  \"parcel\": { \"kg\": 3.2, \"cm\": [40, 30, 12] },\n  \"service\": \"<home> & \\\"evening\\\"\"\n}".into()),
        output: Some("null".into()),
        ..step(4, "plug", "bookCarrier", "faulted", 3.5, "1 min 32 s")
    };
    RunPage {
        layout: layout("Run 7hm2", Place::Runs),
        crumbs: Crumbs::here("7hm2").below("/w/main/runs", "Runs"),
        base: "/w/main/runs/wfr_01k97hm2".into(),
        short: "7hm2".into(),
        status: StatusView::run(if live { "running" } else { "faulted" }),
        live,
        flow: ("/w/main/flows/order-intake".into(), "Order intake".into()),
        plate: Plate::new(17, Sync::Earlier).link("/w/main/flows/order-intake/versions/17").id("to-version"),
        environment: ("Production".into(), Tag { number: 8, state: "deployed" }),
        on_draft: live,
        environment_href: "/w/main/environments/production/versions/8".into(),
        started: Some(clock(5)),
        took: "1 min 35 s".into(),
        banner: (!live).then(|| {
            Banner::new(
                Kind::Bad,
                "bookCarrier got no answer in 10 s, three times.",
                "Steps before it are done; running it again repeats them.",
            )
        }),
        acts: RunActs { cancel: live, suspend: live, resume: !live, retry: !live },
        axis: ["0 s", "24 s", "48 s", "72 s", "95 s"].map(str::to_owned).to_vec(),
        steps: vec![
            step(1, "plug", "scoreFraud", "completed", 0.5, "0.8 s"),
            step(2, "wait", "manualReview", "skipped", -1.0, ""),
            step(3, "card", "capturePayment", "completed", 2.3, "1.1 s"),
            failed,
            step(5, "mail", "confirmOrder", "pending", -1.0, ""),
        ],
        more: live.then(|| "/w/main/runs/wfr_01k97hm2?after=500".into()),
        data: if live {
            vec![("Input", "{}".into())]
        } else {
            vec![
                ("Error", "{\n  \"type\": \"timeout\",\n  \"status\": 408\n}".into()),
                ("Input", "{\n  \"order\": \"HF-2026-118402\"\n}".into()),
            ]
        },
        facts: vec![
            ("Chosen because".into(), "it was live in Production".into()),
            ("Trigger".into(), Rich::new().text("API ").dim("token webshop")),
            ("Key".into(), Rich::new().code("HF-2026-118402")),
            ("Started".into(), "14:27:12.408 UTC".into()),
        ],
    }
    .render()
    .unwrap()
}
