//! Planned changes and packages.

use askama::Template;

use super::shared::*;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Choice, Crumbs, Pager, Segments, Tabs};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::layout::Place;
use crate::web::pages::package::{CompareRow, PackageForm, PackageListPage, PackageMay, PackagePage, PackageRow, WentOut};
use crate::web::pages::planned::{PlannedPage, PlannedRow};

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("planned", planned(true)),
        ("planned-empty", planned(false)),
        ("packages", packages(true)),
        ("packages-empty", packages(false)),
        ("package", package(true)),
        ("package-never-deployed", package(false)),
        ("package-edit", form(FieldErrors::new())),
        ("package-edit-refused", form(FieldErrors::one("items", "Row 2: name the flow, or leave the row empty."))),
    ]
}

fn tabs(here: &str) -> Tabs {
    let tab = |path: &str, words: &str| Choice::new(format!("/w/main/{path}"), words, here == path);
    Tabs { label: "What goes out".into(), tabs: vec![tab("rollouts", "Rollouts"), tab("planned", "Planned"), tab("packages", "Packages")] }
}

fn row(id: &str, says: &str, state: &'static str, look: (&'static str, &'static str)) -> PlannedRow {
    PlannedRow {
        id: id.into(),
        what: Rich::new().text("Deploy version 17 of ").link("/w/main/flows/order-intake", "Order intake").text(" to 10% of new runs"),
        words: "Deploy version 17 of Order intake to 10% of new runs".into(),
        environment: "Production".into(),
        due: ago(-DAY),
        why: "SHOP-1204 & friends, at night".into(),
        says: says.into(),
        state,
        look,
        by: "Aiko Tanaka".into(),
        ended: (state != "Planned").then(|| ago(40)),
        may: true,
    }
}

fn planned(filled: bool) -> String {
    let some = |row: PlannedRow| if filled { vec![row] } else { Vec::new() };
    let moved = "Version 16 was live when this was planned, version 18 is now.";
    PlannedPage {
        layout: layout("Planned changes", Place::Dashboard),
        tabs: tabs("planned"),
        suspended: some(row("plc_1", moved, "Suspended", ("paused", "pause"))),
        upcoming: some(row("plc_2", "", "Planned", ("draft", "clock"))),
        ended: if filled {
            vec![
                row("plc_3", "", "Done", ("ready", "check-circle")),
                row("plc_4", "Version 17 is archived. Bring it back first.", "Refused", ("notready", "x-circle")),
            ]
        } else {
            Vec::new()
        },
        pager: Pager { older: Some(("Older".into(), "/w/main/planned?before=plc_3".into())), ..Pager::default() },
    }
    .render()
    .unwrap()
}

fn packages(filled: bool) -> String {
    let row = PackageRow {
        id: "pkg_1".into(),
        name: "Spring prices".into(),
        note: "New price lists & taxes".into(),
        flows: "Order intake v17, Invoice reminders v5 and 3 more".into(),
        stands: "Production, taken back in Staging".into(),
        changed: (ago(90), "Aiko Tanaka".into()),
    };
    let never = PackageRow { id: "pkg_2".into(), name: "Autumn".into(), stands: String::new(), note: String::new(), ..row.clone() };
    PackageListPage {
        layout: layout("Packages", Place::Dashboard),
        tabs: tabs("packages"),
        packages: if filled { vec![row, never] } else { Vec::new() },
        pager: Pager { summary: "2 packages on this page.".into(), ..Pager::default() },
        may: true,
    }
    .render()
    .unwrap()
}

fn package(deployed: bool) -> String {
    let to = |path: &str| format!("/w/main/flows/{path}");
    let went = WentOut {
        environment: "Production".into(),
        at: ago(200),
        by: "Dele Okafor".into(),
        comment: "SHOP-1204".into(),
        share: "20% of new runs".into(),
        flows: vec![
            "Order intake: v16 to v17, back on v16".into(),
            "Invoice reminders: nothing to v5. Left: Nothing stood there before, so version 5 stays.".into(),
        ],
        back: Rich::new().text("Dele Okafor, ").time(ago(100)).text(": “Totals are wrong”"),
    };
    let stands = WentOut {
        environment: "Development".into(),
        back: Rich::new(),
        comment: String::new(),
        share: "All new runs at once".into(),
        ..went.clone()
    };
    PackagePage {
        layout: layout("Spring prices · Packages", Place::Dashboard),
        crumbs: Crumbs::here("Spring prices").below("/w/main/packages", "Packages"),
        base: "/w/main/packages/pkg_1".into(),
        name: "Spring prices".into(),
        note: "New price lists & taxes".into(),
        made: Rich::new().text("Aiko Tanaka made it ").time(ago(3 * DAY)).text(". Times are in UTC."),
        environments: Segments {
            label: "Compare with".into(),
            choices: vec![
                Choice::new("/w/main/packages/pkg_1?environment=development", "Development", false),
                Choice::new("/w/main/packages/pkg_1?environment=production", "Production", true),
            ],
        },
        environment: ("production".into(), "Production".into()),
        items: vec![
            CompareRow {
                flow: (to("order-intake"), "Order intake".into()),
                priority: 10,
                now: Some(Plate::new(16, Sync::Current).link(to("order-intake/versions/16"))),
                puts: Plate::new(17, Sync::Never).link(to("order-intake/versions/17")),
                says: Rich::new().link(&to("order-intake/compare/16...17"), "4 changes"),
                refused: false,
            },
            CompareRow {
                flow: (to("invoice-reminders"), "Invoice reminders".into()),
                priority: -5,
                now: None,
                puts: Plate::new(5, Sync::Earlier).link(to("invoice-reminders/versions/5")),
                says: "Version 5 is quarantined in Production: totals. Release it with a reason first.".into(),
                refused: true,
            },
        ],
        may: PackageMay { edit: true, delete: !deployed, deploy: true, back: deployed },
        deployments: if deployed { vec![stands, went] } else { Vec::new() },
    }
    .render()
    .unwrap()
}

fn form(errors: FieldErrors) -> String {
    PackageForm {
        layout: layout("Spring prices", Place::Dashboard),
        crumbs: Crumbs::here("Change").below("/w/main/packages", "Packages").below("/w/main/packages/pkg_1", "Spring prices"),
        heading: "Spring prices".into(),
        action: "/w/main/packages/pkg_1".into(),
        keep: "/w/main/packages/pkg_1".into(),
        based_on: "3".into(),
        deployed: true,
        summary: ErrorSummary::of("The package was not kept", &errors),
        name: Field::line("name", "Name").value("Spring prices").required().check_in(&errors),
        note: Field::text("note", "Note").hint("What it is for; it may be empty.").check_in(&errors),
        rows: vec![["order-intake".into(), "17".into(), "10".into()], [String::new(), "5".into(), String::new()], Default::default()],
        rows_error: errors.of("items").into_iter().collect(),
        flows: vec![("order-intake".into(), "Order intake".into()), ("invoice-reminders".into(), "Invoice reminders".into())],
    }
    .render()
    .unwrap()
}
