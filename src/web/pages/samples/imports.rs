//! Imports.

use askama::Template;

use super::shared::*;
use crate::web::components::change::CheckView;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::plate::{Plate, Sync};
use crate::web::layout::Place;
use crate::web::pages::import::{ConversionRow, DoneRow, ImportDonePage, ImportReportPage, ImportRow, NewImportPage};

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("import", choose(None)),
        ("import-refused", choose(Some("The file was changed or cut after it was made. Export it again."))),
        ("import-report", report(false)),
        ("import-report-machine", report(true)),
        ("import-done", done(true)),
        ("import-nothing-new", done(false)),
    ]
}

fn choose(error: Option<&str>) -> String {
    let lines = |says: &str| ErrorSummary { title: "The file cannot be imported".into(), lines: vec![("#file".into(), says.to_owned())] };
    NewImportPage {
        layout: layout("Import", Place::Dashboard),
        crumbs: Crumbs::here("Import").below("/w/main", "Dashboard"),
        summary: error.map(lines),
        error: error.map(str::to_owned),
        text: Field::text("text", "Text of the file")
            .control(Control::CodeText)
            .value(error.map_or("", |_| "{\"a\": </textarea>"))
            .lines(12),
    }
    .render()
    .unwrap()
}

fn row(n: usize, name: &str, look: (&'static str, &'static str), says: &str) -> ImportRow {
    ImportRow {
        key: format!("flow:{n}"),
        n,
        part: "Flow",
        name: name.into(),
        holds: "13 versions, 1 to 13".into(),
        here: "Carrier booking, newest is v12".into(),
        look,
        says: says.into(),
        plates: vec![Plate::new(13, Sync::Never)],
        more: 2,
        open: true,
        taken: true,
        ways: vec![("as_file", "As the file has it"), ("as_draft", "Newest version, as a draft")],
        way: "as_file",
        slug: Some("carrier-booking".into()),
        wrong: false,
    }
}

fn report(machine: bool) -> String {
    let fixed = |n: usize, name: &str, look: (&'static str, &'static str), says: &str| ImportRow {
        open: false,
        taken: false,
        ways: Vec::new(),
        slug: None,
        plates: Vec::new(),
        here: String::new(),
        part: "Component",
        holds: "secret, 1 revision".into(),
        ..row(n, name, look, says)
    };
    let rows = vec![
        row(1, "Carrier & booking", ("done", "plus"), "New draft v13"),
        ImportRow {
            wrong: true,
            plates: Vec::new(),
            ..row(2, "Parcel tracking", ("notready", "alert"), "The address belongs to another flow")
        },
        fixed(3, "pin", ("inactive", "check"), "Identical, nothing to do"),
    ];
    let line = |place: &str, look: (&'static str, &'static str), fate: &'static str| ConversionRow {
        place: place.into(),
        look,
        fate,
        says: "A longest delay has no counterpart".into(),
    };
    ImportReportPage {
        layout: layout("Import", Place::Dashboard),
        crumbs: Crumbs::here("logistics.sbx.json").below("/w/main/import", "Import"),
        base: "/w/main/import/imp_1".into(),
        file: "logistics.sbx.json".into(),
        kind: "A workspace, made with Export",
        until: ago(-60),
        whole: machine,
        digest: "5f1e".into(),
        summary: (!machine)
            .then(|| ErrorSummary { title: "A name is taken".into(), lines: vec![("#slug-2".into(), "Parcel tracking: taken".into())] }),
        rows,
        checks: vec![
            CheckView::warn("Parcel tracking: Needs the connection track-api, which is not here."),
            CheckView::bad("Version 3 stays out"),
        ],
        conversion: if machine {
            vec![
                line("/States/Book/Retry/0/MaxDelaySeconds", ("notready", "x-circle"), "Not carried over"),
                line("The whole", ("risk", "tilde"), "Approximated"),
            ]
        } else {
            Vec::new()
        },
        carried: 1,
        button: Some("Import 2 items".into()),
    }
    .render()
    .unwrap()
}

fn done(filled: bool) -> String {
    let made = DoneRow {
        part: "Flow",
        link: "/w/main/flows/carrier-booking".into(),
        name: "Carrier & booking".into(),
        says: "2 new versions, v13 to v14".into(),
        plates: vec![Plate::new(14, Sync::Never).link("/w/main/flows/carrier-booking/versions/14")],
    };
    ImportDonePage {
        layout: layout("Imported", Place::Dashboard),
        crumbs: Crumbs::here("logistics.sbx.json").below("/w/main/import", "Import"),
        file: "logistics.sbx.json".into(),
        by: "Aiko Tanaka".into(),
        at: ago(2),
        rows: if filled {
            vec![made.clone(), DoneRow { link: String::new(), plates: Vec::new(), part: "Package", ..made }]
        } else {
            Vec::new()
        },
        rest: "1 item was here already".into(),
    }
    .render()
    .unwrap()
}
