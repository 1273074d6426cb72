//! A flow: its versions, its settings, a new one.

use askama::Template;

use super::shared::*;
use crate::web::components::banner::{Banner, BannerAction, Kind};
use crate::web::components::field::Field;
use crate::web::components::meter::{Share, Spark};
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::components::status::{StatusView, Tip};
use crate::web::form::FieldErrors;
use crate::web::layout::Place;
use crate::web::pages::flow::*;

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("flow", flow_page(versions(), None)),
        ("flow-none", flow_page(Vec::new(), Some("Select two versions to compare."))),
        ("flow-settings", settings()),
        ("flow-new", new_flow()),
    ]
}

pub fn stat(label: &str, value: &str, sub: &str) -> Stat {
    Stat { label: label.into(), value: value.into(), sub: sub.into(), spark: None }
}

fn versions() -> Vec<VersionRow> {
    let tip = Tip {
        id: "nr-19".into(),
        title: "2 problems stop version 19 from going live".into(),
        lines: vec![
            Rich::new().strong("captureDeposit:").text(" the endpoint is missing."),
            Rich::new().strong("isPreOrder:").text(" “otherwise” leads nowhere."),
        ],
        link: Some(("/w/main/flows/order-intake/versions/19/edit".into(), "Fix in the editor".into())),
    };
    let share = |sync, percent, label: &str| Share { sync, percent, label: label.into() };
    let one = |number, sync, status, note: &str, production| VersionRow {
        number,
        sync,
        status,
        production,
        note: note.into(),
        sub: if number % 2 == 0 { "Runs in Development · From v13".into() } else { String::new() },
        author: "Tomás Ribeiro".into(),
        created: ago((20 - number as i64) * DAY),
        synced: (sync != Sync::Never).then(|| ago((20 - number as i64) * DAY - 30)),
        runs: "18,412".into(),
        success: Some(if number == 11 { ("94.1%".into(), true) } else { ("99.4%".into(), false) }),
        p95: (number != 19).then(|| ("2.6 s".into(), false)),
        before: (number > 1).then(|| number - 1),
        acts: VersionActs {
            edit: number == 19,
            publish: number == 19,
            deploy: number < 19,
            copy: true,
            archive: number < 16,
            delete: number == 14,
            kept: (number == 16).then(|| "Cannot be deleted while it is live".into()),
            ..VersionActs::default()
        },
    };
    vec![
        one(19, Sync::Never, StatusView::not_ready(Some(tip)), "", InProduction::Never),
        one(18, Sync::Never, StatusView::ready(), "Retry carrier booking up to 5 times with longer back-off", InProduction::Never),
        one(
            17,
            Sync::Earlier,
            StatusView::rolling(25),
            "Fraud score v3, manual review at 80 and above",
            InProduction::Rolling(share(Sync::Earlier, 25, "25% of new production runs")),
        ),
        one(
            16,
            Sync::Current,
            StatusView::live(),
            "Reserve stock before payment is captured",
            InProduction::CurrentShare(share(Sync::Current, 75, "75% of new production runs")),
        ),
        one(15, Sync::Earlier, StatusView::inactive(), "Gift message in the confirmation e-mail", InProduction::Earlier),
        one(14, Sync::Never, StatusView::inactive(), "Trial: skip the address check for click and collect", InProduction::Never),
        one(12, Sync::Earlier, StatusView::inactive(), "Switch to carrier API v4", InProduction::Quarantined),
        one(11, Sync::Earlier, StatusView::archived(), "Validate orders against schema 4", InProduction::Earlier),
    ]
}

fn flow_page(rows: Vec<VersionRow>, refused: Option<&str>) -> String {
    let layout = layout("Order intake", Place::Dashboard);
    let flow = flow();
    let base = flow.base.clone();
    let spark =
        Spark::new(vec![0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], "3 failed runs in the last 24 hours");
    let all_on = Levers { pause: true, disable: true, stop: true, ..Levers::default() };
    let empty = rows.is_empty();
    let pager = Pager {
        summary: "8 versions. Runs, success and p95 count every run pinned to that version.".into(),
        newer: None,
        older: Some(("Older versions".into(), format!("{base}?before=11"))),
    };
    FlowPage {
        crumbs: flow.own_crumbs(&layout),
        tabs: flow.tabs(&layout, "versions"),
        may: May { edit: true, operate: true, start: true },
        draft: Some(19),
        production: Production {
            name: "Production".into(),
            slug: "production".into(),
            a_day: "1,240".into(),
            tracks: if empty {
                Vec::new()
            } else {
                vec![Track { plate: Plate::new(16, Sync::Current).link(format!("{base}/versions/16")), percent: 100 }]
            },
            switch: None,
            switch_says: Rich::new(),
            stats: if empty {
                Vec::new()
            } else {
                vec![
                    stat("Succeeded, 24 hours", "99.4%", "Goal 99%"),
                    Stat { spark, ..stat("Failed, 24 hours", "3 of 1,238", "") },
                    stat("p95, 24 hours", "2.6 s", "v15: 2.5 s"),
                ]
            },
            back_to: (!empty).then_some(15),
            rollout: (!empty).then(|| "/w/main/rollouts/rol_1".to_owned()),
            levers: if empty { Levers::default() } else { all_on },
        },
        offers: vec![
            OfferRow {
                environment: "Development".into(),
                versions: vec![(Plate::new(19, Sync::Never), String::new())],
                why: "Because it is the newest ready draft.".into(),
            },
            OfferRow { environment: "Staging".into(), versions: Vec::new(), why: "No version of this flow can run here.".into() },
            OfferRow {
                environment: "Production".into(),
                versions: vec![(Plate::new(16, Sync::Current), "75%".into()), (Plate::new(17, Sync::Earlier), "25%".into())],
                why: Rich::new()
                    .text("A rollout is under way here; runs with the same key, ")
                    .code(".order")
                    .text(", always get the same version."),
            },
        ],
        places: vec![
            PlaceRow {
                name: "Development".into(),
                slug: "development".into(),
                plate: Some(Plate::new(19, Sync::Never).link(format!("{base}/versions/19"))),
                status: Some(StatusView::live()),
                since: Some(ago(44)),
                back_to: Some(18),
                rolling: Some((
                    Plate::new(20, Sync::Never),
                    Share { sync: Sync::Never, percent: 10, label: "10% of new runs in Development".into() },
                    "/w/main/rollouts/rol_2".into(),
                )),
                levers: all_on,
            },
            PlaceRow {
                name: "Staging".into(),
                slug: "staging".into(),
                plate: None,
                status: None,
                since: None,
                back_to: None,
                rolling: None,
                levers: Levers::default(),
            },
        ],
        filters: Segments {
            label: "Filter versions".into(),
            choices: vec![
                Choice::new(base.clone(), "All", true),
                Choice::new(format!("{base}?status=draft"), "Draft", false),
                Choice::new(format!("{base}?status=ready"), "Ready", false),
                Choice::new(format!("{base}?status=live"), "Live", false),
                Choice::new(format!("{base}?status=inactive"), "Inactive", false),
                Choice::new(format!("{base}?status=archived"), "Archived", false),
            ],
        },
        versions: rows,
        selected: vec![17, 16],
        compare_refused: refused.map(Into::into),
        none: "No version is ready. Version 19 becomes ready when its 2 problems are fixed.".into(),
        pager,
        flow,
        layout,
    }
    .render()
    .unwrap()
}

fn settings() -> String {
    let layout = layout("Order intake settings", Place::Dashboard);
    FlowSettingsPage {
        flow: flow(),
        crumbs: crumbs("Settings"),
        tabs: flow().tabs(&layout, "settings"),
        archived: false,
        may_edit: true,
        fields: vec![
            Field::line("name", "Name").value("Order intake").required(),
            Field::check("single_draft", "Keep a single draft", false).hint("Making another asks what to do with the first."),
        ],
        summary: None,
        facts: vec![("Id".into(), Rich::new().code("wfl_01k9")), ("Made".into(), Rich::new().time(ago(40 * DAY)))],
        used_by: Vec::new(),
        layout,
    }
    .render()
    .unwrap()
}

fn new_flow() -> String {
    let errors = FieldErrors::one("slug", "The flow Order intake has this address. Choose another.");
    NewFlowPage {
        layout: layout("New flow", Place::Dashboard),
        crumbs: crumbs("New flow"),
        summary: crate::web::components::field::ErrorSummary::of("The flow was not made", &errors),
        fields: NewFlow { name: "Order intake".into(), slug: "order-intake".into(), ..NewFlow::default() }
            .fields(vec![("blank".into(), "An empty definition".into()), ("http".into(), "A call and a switch".into())], &errors),
        clash: Some(
            Banner::new(Kind::Warn, "This flow exists:", "Order intake")
                .action(BannerAction::link("Open it", "/w/main/flows/order-intake")),
        ),
    }
    .render()
    .unwrap()
}
