//! Environments: the list, a rack, a version, settings, and the dialogs of all of them.

use askama::Template;

use super::shared::*;
use crate::web::components::banner::{Banner, Kind};
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::nav::{Choice, Segments, Tabs};
use crate::web::components::plate::{Plate, Sync, Tag};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::form::FieldErrors;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::environment::*;

pub fn all() -> Vec<(&'static str, String)> {
    let head = head();
    vec![
        ("environments", list()),
        ("environment", show(true)),
        ("environment-viewer", show(false)),
        ("environment-version", version()),
        ("environment-compare", compare(true)),
        ("environment-compare-same", compare(false)),
        ("environment-new", new()),
        ("environment-settings", settings()),
        ("environment-deploy", on_page(acts::deploy(&head, deploy(), &csrf(), &FieldErrors::one("comment", "Say why.")))),
        ("environment-draft", on_page(acts::draft(&head, 7, Some(10), differences(), 4, &csrf()))),
        (
            "environment-delete",
            on_page(acts::delete(&head, 8, vec![CheckView::ok("No run was made with it.")], "", 1, &csrf(), &FieldErrors::new())),
        ),
        ("environment-archive", on_page(acts::archive(&head, vec![CheckView::bad("Order intake is live there.")], 4, &csrf()))),
        ("environment-replacement", on_page(acts::replacement(&head, "Connection payments".into(), Vec::new(), fields(), &csrf()))),
    ]
}

fn layout_here() -> Layout {
    layout("Staging", Place::Environments)
}

fn head() -> EnvironmentHead {
    EnvironmentHead {
        base: "/w/main/environments/staging".into(),
        slug: "staging".into(),
        name: "Staging".into(),
        description: "Swaps components so that flows never touch live systems.".into(),
    }
}

fn on_page(dialog: Dialog) -> String {
    let layout = layout_here();
    DialogPage { crumbs: head().crumbs(&layout, "Act"), heading: "Staging".into(), dialog, layout }.render().unwrap()
}

fn tag(number: u64, state: &'static str) -> Tag {
    Tag { number, state }
}

fn status(code: &'static str, icon: &'static str, words: &'static str) -> StatusView {
    StatusView { code, icon, words: words.into(), tip: None }
}

fn differences() -> Vec<ChangeView> {
    vec![
        ChangeView::new(Diff::Added, Rich::new().text("Connection ").strong("orders").text(" is replaced with ").code("orders-v1-staging")),
        ChangeView::new(Diff::Changed, Rich::new().text("Connection ").strong("payments").text(" is replaced with another"))
            .values("adyen-test", "adyen-test-eu"),
    ]
}

fn deploy() -> acts::Deploy {
    acts::Deploy {
        number: 10,
        deployed: Some(9),
        changes: differences(),
        checks: vec![
            CheckView::ok("New runs of 9 flows use it from now on."),
            CheckView::warn("#6 is taken off the rack: Staging keeps 5 versions. Runs pinned to it go on showing it."),
        ],
        approvals: 0,
        production: true,
        comment: String::new(),
        seen: (4, 2),
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::choice("part", "Kind", vec![("connections".into(), "Connection".into()), ("variables".into(), "Variable".into())]),
        Field::line("name", "Component").control(Control::Code).required(),
        Field::line("value", "Replace with").control(Control::Code).check_in(&FieldErrors::one("value", "Name the connection.")),
        Field::check("managed", "A sync keeps it", true),
    ]
}

fn list() -> String {
    let row = |slug: &str, name: &str, kind, up, down| EnvironmentRow {
        href: format!("/w/main/environments/{slug}"),
        slug: slug.into(),
        name: name.into(),
        description: if slug == "staging" { head().description } else { String::new() },
        kind,
        is_production: slug == "production",
        deployed: (slug != "partner").then(|| tag(9, "deployed")),
        draft: (slug != "production").then(|| (tag(10, "draft"), "2 changes since #9".to_owned())),
        flows: "9 flows".into(),
        drift: if slug == "staging" { "3 not as in production".into() } else { String::new() },
        coverage: if slug == "staging" { "2 components not replaced".into() } else { String::new() },
        gates: if slug == "production" {
            vec![
                Rich::new().strong("Frozen until ").time(day(-DAY)).text(": holidays"),
                Rich::new().text("Takes what is live in ").strong("Staging"),
            ]
        } else {
            Vec::new()
        },
        up,
        down,
    };
    EnvironmentsPage {
        layout: layout_here(),
        may_admin: true,
        rows: vec![
            row("development", "Development", "Development", false, true),
            row("staging", "Staging", "Staging", true, true),
            row("partner", "Partner sandbox", "Test", true, true),
            row("production", "Production", "Production", true, false),
        ],
        archived: vec![("old".into(), "Old test".into(), Rich::new().text("since ").time(day(40 * DAY)))],
    }
    .render()
    .unwrap()
}

fn slot(number: u64, state: &'static str, status: StatusView, lines: Vec<Rich>) -> Slot {
    Slot {
        number,
        tag: tag(number, state),
        status,
        who: "Aiko Tanaka".into(),
        lines,
        note: if number == 9 { "The new payment account".into() } else { String::new() },
        next_out: number == 6,
        is_draft: state == "draft",
        deployable: state != "deployed",
        proposes: state == "draft",
        is_deployed: state == "deployed",
    }
}

fn rack() -> Vec<Slot> {
    let inactive = |number| {
        let lines = vec![Rich::new().time(day(40 * DAY)).text(" to ").time(day(20 * DAY))];
        slot(number, "inactive", status("inactive", "archive", "Inactive"), lines)
    };
    vec![
        slot(10, "draft", status("draft", "pencil", "Draft"), vec![Rich::new().text("Changed ").time(ago(9)), "2 changes since #9".into()]),
        slot(
            9,
            "deployed",
            status("deployed", "disc", "Deployed"),
            vec![Rich::new().text("Deployed ").time(ago(7 * DAY)), "Used by runs now".into()],
        ),
        inactive(8),
        inactive(7),
        inactive(6),
    ]
}

fn replacements(editable: bool) -> Vec<ReplacementRow> {
    let one = |index, icon, kind, part, name: &str, value: &str, diff| ReplacementRow {
        index,
        icon,
        kind,
        part,
        name: name.into(),
        value: value.into(),
        was: (diff == Diff::Changed).then(|| "adyen-test".into()),
        diff,
        managed: part == "variables",
        used: "3 flows".into(),
        users: vec![("/w/main/flows/order-intake".into(), "Order intake".into())],
        edit: if editable { format!("/w/main/environments/staging/replacements/change?part={part}&name={name}") } else { String::new() },
    };
    vec![
        one(0, "plug", "Connection", "connections", "payments", "adyen-test-eu", Diff::Changed),
        one(1, "plug", "Connection", "connections", "orders", "orders-v1-staging", Diff::Added),
        one(2, "code", "Script", "scripts", "vat-rules", "vat-rules@15-rc", Diff::Same),
        one(3, "tilde", "Variable", "variables", "region", "", Diff::Same),
    ]
}

fn show(may: bool) -> String {
    let layout = layout_here();
    let tabs = ["Development", "Staging", "Production"]
        .map(|name| Choice::new(format!("/w/main/environments/{}", name.to_lowercase()), name, name == "Staging"));
    EnvironmentPage {
        environment: head(),
        crumbs: head().own_crumbs(&layout),
        tabs: Tabs { label: "Environments".into(), tabs: tabs.to_vec() },
        may_operate: may,
        may_admin: may,
        protected: false,
        deployed: Some(9),
        draft: Some(10),
        flows_say: "9 flows run here".into(),
        frozen: may.then(|| Banner::new(Kind::Warn, "Staging is frozen until 23 Nov 2026, 06:00 UTC: nothing moves forward.", "Weekend.")),
        rack_says: "Five are kept. Deploying #10 removes #6 and opens draft #11.".into(),
        rack: rack(),
        shown: 10,
        shown_draft: true,
        shown_words: "draft #10".into(),
        versions: Segments {
            label: "Show version".into(),
            choices: vec![
                Choice::new("/w/main/environments/staging?v=draft", "Draft #10", true),
                Choice::new("/w/main/environments/staging?v=deployed", "Deployed #9", false),
            ],
        },
        since: "Since #9".into(),
        replacements: replacements(may),
        gone: vec![ChangeView::new(Diff::Removed, Rich::new().text("Cache ").strong("stock").text(" is no longer replaced"))],
        form: may.then(|| ReplacementForm {
            fields: fields(),
            expect: 2,
            summary: ErrorSummary::of("The draft was not changed", &FieldErrors::one("value", "Name the connection.")),
            proposals: vec![("/w/main/environments/staging?part=secrets&name=card#replacements".into(), "card (secret)".into())],
        }),
        note: may.then(|| Field::line("note", "Note, kept with #10 for life").value("For the sale")),
        shown_note: "For the sale".into(),
        coverage: vec![CoverageRow {
            flow: ("/w/main/flows/order-intake".into(), "Order intake".into()),
            replaced: vec![Rich::new().dim("Connection ").code("payments").text(" → ").code("adyen-test-eu")],
            own: vec![Rich::new().dim("Secret ").code("card")],
        }],
        coverage_says: "1 component of these flows is not replaced: each flow's own is used.".into(),
        flows: vec![FlowRow {
            flow: ("/w/main/flows/order-intake".into(), "Order intake".into()),
            plate: Plate::new(18, Sync::Never).link("/w/main/flows/order-intake/versions/18"),
            status: StatusView::live(),
            compared: Rich::new().link("/w/main/flows/order-intake/compare/16...18", "2 versions ahead of v16"),
            since: Rich::new().time(ago(DAY)),
            by: "Aiko Tanaka".into(),
            start: Rich::new().plate(&Plate::new(18, Sync::Never)).dim(" it is live here"),
        }],
        more_flows: 8,
        production: "Production".into(),
        facts: vec![("Kind".into(), "Staging".into()), ("Freezes".into(), "Every Saturday and Sunday".into())],
        layout,
    }
    .render()
    .unwrap()
}

fn version() -> String {
    let layout = layout_here();
    ConfigurationPage {
        environment: head(),
        crumbs: head().crumbs(&layout, "#8"),
        tag: tag(8, "inactive"),
        status: status("inactive", "archive", "Inactive"),
        may_operate: true,
        deployable: true,
        proposes: false,
        draftable: true,
        deletable: true,
        deployed: Some(9),
        note: String::new(),
        replacements: replacements(false),
        facts: vec![("Made".into(), Rich::new().time(day(50 * DAY)).text(" by Priya Nair"))],
        layout,
    }
    .render()
    .unwrap()
}

fn compare(differ: bool) -> String {
    let layout = layout_here();
    CompareConfigurationsPage {
        environment: head(),
        crumbs: head().crumbs(&layout, "Compare #9 and #10"),
        choices: vec![(10, "#10, draft, 9 min ago".into()), (9, "#9, deployed, 12 Nov".into())],
        from: tag(9, "deployed"),
        to: tag(10, "draft"),
        groups: if differ { vec![("Connections".into(), differences())] } else { Vec::new() },
        says: "2 differences".into(),
        layout,
    }
    .render()
    .unwrap()
}

fn new() -> String {
    let errors = FieldErrors::one("name", "Give the environment a name.");
    let layout = layout_here();
    NewEnvironmentPage {
        crumbs: crumbs("New environment"),
        fields: vec![Field::line("name", "Name").required().check_in(&errors), Field::line("slug", "Address")],
        summary: ErrorSummary::of("The environment was not made", &errors),
        layout,
    }
    .render()
    .unwrap()
}

fn settings() -> String {
    let layout = layout_here();
    let freeze = |index, reason: &str, now, past| FreezeRow {
        index,
        when: "Every Friday from 18:00 to 06:00 of the next day, UTC".into(),
        reason: reason.into(),
        now,
        past,
    };
    EnvironmentSettingsPage {
        environment: head(),
        crumbs: head().crumbs(&layout, "Settings"),
        may_admin: true,
        expect: 4,
        fields: vec![Field::line("name", "Name").value("Staging").required()],
        summary: ErrorSummary::of("The settings were not saved", &FieldErrors::one("days", "Name at least one day.")),
        freezes: vec![freeze(0, "night", true, false), freeze(1, "holidays", false, true), freeze(2, "sale", false, false)],
        once: vec![Field::line("from", "From, in UTC").control(Control::Line("datetime-local"))],
        weekly: vec![Field::line("zone", "Time zone").value("UTC")],
        days: vec![("friday", "Friday", true), ("saturday", "Saturday", false)],
        days_error: Some("Name at least one day.".into()),
        archive: vec![CheckView::warn("It is not shown any more.")],
        archivable: true,
        facts: vec![("Address".into(), Rich::new().code("staging"))],
        layout,
    }
    .render()
    .unwrap()
}
