//! The dashboard.

use askama::Template;

use super::shared::*;
use crate::web::components::banner::{Banner, BannerAction, Kind};
use crate::web::components::meter::Spark;
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::status::StatusView;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dashboard::{Attention, Cell, DashboardPage, FlowRow};

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        (
            "dashboard",
            dashboard(
                vec![
                    row("order-intake", "Order intake", 0),
                    row("payment-capture", "Payment capture", 1),
                    row("price-import", "Supplier price import", 2),
                ],
                "",
            ),
        ),
        ("dashboard-empty", dashboard(Vec::new(), "")),
        ("dashboard-none", dashboard(Vec::new(), "zebra")),
    ]
}

fn row(slug: &str, name: &str, kind: u64) -> FlowRow {
    let at = |v: u64| format!("/w/main/flows/{slug}/versions/{v}");
    let failed = match kind {
        0 => vec![0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 1],
        _ => vec![0; 24],
    };
    let spark = Spark::new(failed, "8 failed runs in Production in the last 24 hours");
    FlowRow {
        slug: slug.into(),
        name: name.into(),
        cells: vec![
            if kind == 1 {
                Cell::default()
            } else {
                Cell {
                    plate: Some(Plate::new(19, Sync::Never).link(at(19)).id(format!("p-{slug}-development"))),
                    since: Some(day(44)),
                    status: (kind == 0).then(|| StatusView::not_ready(None)),
                    ..Cell::default()
                }
            },
            Cell {
                plate: Some(Plate::new(16, Sync::Current).link(at(16)).id(format!("p-{slug}-production"))),
                since: Some(day(15 * DAY)),
                status: (kind == 2).then(StatusView::paused),
                health: Some(StatusView::succeeded("99.4%".into(), kind != 1)),
                note: if kind == 1 { "Rolled back from v9".into() } else { String::new() },
                failed: if spark.is_some() { "8 failed".into() } else { String::new() },
                failed_bad: true,
                spark,
                ..Cell::default()
            },
        ],
    }
}

fn dashboard(flows: Vec<FlowRow>, find: &str) -> String {
    let flash = Some(
        Banner::new(Kind::Ok, "Version 16 is live in Production.", "All new runs use it.")
            .action(BannerAction::post("Roll back", "/w/main/flows/order-intake/environments/production/rollback")),
    );
    DashboardPage {
        layout: Layout { flash, ..layout("Dashboard", Place::Dashboard) },
        summary: "10 flows in 2 environments".into(),
        may_edit: true,
        attention: vec![
            Attention {
                kind: "bad",
                icon: "x-circle",
                title: "Carrier booking fails more than usual in Production.".into(),
                text: "76 of 1,950 runs failed today, 96.1% succeeded.".into(),
                link: ("/w/main/runs?state=faulted".into(), "See failed runs".into()),
            },
            Attention {
                kind: "warn",
                icon: "clock",
                title: "v17 of Order intake waits for approval in Production.".into(),
                text: "1 of 2 approvals. Aiko Tanaka proposed it 12 min ago: “Fraud score v3”".into(),
                link: ("/w/main/approvals/prp_1".into(), "Look at it".into()),
            },
            Attention {
                kind: "",
                icon: "pause",
                title: "Supplier price import is paused in Production.".into(),
                text: "Dele Okafor paused it, 18 Nov 18:40: “Supplier feed sends zero prices.”".into(),
                link: ("/w/main/flows/price-import".into(), "Open flow".into()),
            },
        ],
        environments: vec![("Development".into(), "development".into()), ("Production".into(), "production".into())],
        flows,
        find: find.into(),
        drift: false,
        count: "3 of 3 flows.".into(),
        next: None,
        updated: "14:32:08".into(),
    }
    .render()
    .unwrap()
}
