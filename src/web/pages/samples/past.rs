//! Pages of the past.

use askama::Template;

use super::shared::*;
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::status::StatusView;
use crate::web::layout::Place;
use crate::web::pages::past::{PastBanner, PastCell, PastPage, PastRow, PastSection};

pub fn all() -> Vec<(&'static str, String)> {
    vec![("past-dashboard", page(true)), ("past-flow", page(false))]
}

fn page(dashboard: bool) -> String {
    let live = |number, sync, was: Option<&str>| PastCell {
        plate: Some(Plate::new(number, sync)),
        since: Some(ago(90)),
        was: was.map(Into::into),
        ..PastCell::default()
    };
    let rolling = PastCell {
        candidate: Some((Plate::new(17, Sync::Never), "at 10%".into())),
        status: Some(StatusView::paused()),
        ..live(16, Sync::Current, Some("now v19"))
    };
    let rows = vec![
        PastRow {
            name: "Order <intake>".into(),
            href: "/w/main/flows/order-intake?at=2026-11-12T09:15Z".into(),
            sub: "order-intake".into(),
            plate: None,
            cells: vec![live(16, Sync::Earlier, None), rolling],
        },
        PastRow {
            plate: Some(Plate::new(3, Sync::Never)),
            cells: vec![PastCell::default(), PastCell { words: "Published".into(), ..PastCell::default() }],
            ..PastRow::default()
        },
    ];
    PastPage {
        layout: layout("Dashboard as of then", Place::Dashboard),
        banner: PastBanner {
            title: "As of Thursday 12 November 2026, 09:15 UTC.".into(),
            earlier: dashboard.then(|| ("/w/main?at=2026-11-11T03:30Z".into(), "11 Nov 2026, 03:30".into())),
            later: dashboard.then(|| ("/w/main?at=2026-11-12T09:40Z".into(), "12 Nov 2026, 09:40".into())),
            now: "/w/main".into(),
        },
        crumbs: (!dashboard).then(|| Crumbs::here("Order intake").below("/w/main", "Dashboard")),
        heading: "Dashboard".into(),
        meta: vec!["2 flows in 2 environments".into(), "1 cell differs from now".into()],
        sections: vec![
            PastSection {
                id: "flows",
                title: "Flows".into(),
                plates: true,
                first: "Flow".into(),
                columns: vec!["Development".into(), "Production".into()],
                rows,
                empty: "There were no flows yet.".into(),
            },
            PastSection { id: "versions", title: "Versions".into(), empty: "There were no versions.".into(), ..PastSection::default() },
        ],
        pager: Pager { summary: "2 flows. Times are in UTC.".into(), newer: None, older: None },
    }
    .render()
    .unwrap()
}
