//! Dashboard, flow, version, compare, deploy and the dialogs of a version's life.

use askama::Template;

use super::shared::*;
use crate::web::components::banner::{Banner, BannerAction, Kind};
use crate::web::components::change::CheckView;
use crate::web::components::field::Field;
use crate::web::components::meter::{Share, Spark};
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::components::status::{StatusView, Tip};
use crate::web::form::FieldErrors;
use crate::web::highlight::Listing;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dashboard::{Attention, Cell, DashboardPage, FlowRow};
use crate::web::pages::deployment::{self, DeployPage, Target};
use crate::web::pages::flow::*;
use crate::web::pages::lifecycle;
use crate::web::pages::version::{ComparePage, DiffLine, Overview, VersionPage, VersionView};

pub fn all() -> Vec<(&'static str, String)> {
    let errors = FieldErrors::new();
    let plate = Plate::new(14, Sync::Never);
    let blocking = vec![CheckView::bad("It is live in Production.").note(Rich::new().link("/w/main/flows/order-intake", "Show")), CheckView::bad("18,412 real runs are pinned to it.")];
    let gone = vec![CheckView::warn("4 test runs go with it."), CheckView::ok("No environment runs it and no real run was made."), CheckView::ok("Number 14 is never used again.")];
    let about: Rich = "“Trial: skip the address check for click and collect” by Aiko Tanaka, 15 October.".into();
    vec![
        ("dashboard", dashboard(vec![row("order-intake", "Order intake", 0), row("payment-capture", "Payment capture", 1), row("price-import", "Supplier price import", 2)], "")),
        ("dashboard-empty", dashboard(Vec::new(), "")),
        ("dashboard-none", dashboard(Vec::new(), "zebra")),
        ("flow", flow_page(versions(), None)),
        ("flow-none", flow_page(Vec::new(), Some("Select two versions to compare."))),
        ("flow-settings", settings()),
        ("flow-new", new_flow()),
        ("version", version(VersionView::Overview(Box::new(Overview {
            graph: wide("g16"),
            figures_of: "Only runs pinned to version 16".into(),
            figures: vec![stat("Runs", "17,284", "1,235 a day"), stat("Succeeded", "99.4%", "101 failed"), stat("p50 duration", "1.1 s", "v15: 1.0 s"), stat("p95 duration", "2.6 s", "v15: 2.5 s")],
            facts: vec![("Production".into(), "Live, all new runs".into()), ("Author".into(), "Mara Lindqvist".into()), ("Content".into(), Rich::new().code("9f2c81d07ab3")), ("Label".into(), Rich::new().code("autumn"))],
            uses: vec![Rich::new().code("fraud.example"), Rich::new().text("Flow ").link("/w/main/flows/payment-capture", "Payment capture")],
            used_by: vec![Rich::new().link("/w/main/flows/returns", "Returns and refunds").text(" calls it")],
        })), Vec::new())),
        ("version-definition", version(VersionView::Definition(Listing::new("Definition of version 16", DEFINITION, &[(9, "the step “nowhere” does not exist".into())]), "YAML"), vec![Rich::new().strong("isRisky").text(": ").link("#line-9", "choose where “otherwise” leads")])),
        ("compare", compare()),
        ("deploy", deploy(FieldErrors::new())),
        ("deploy-refused", deploy(FieldErrors::one("confirm", "Type order-intake to confirm."))),
        ("rollback", dialog(deployment::rollback(&flow(), "production", &deployment::Rollback {
            environment: "Production".into(), from: Plate::new(17, Sync::Current), to: 16, in_progress: 3, expect: 12, reason: String::new(),
            targets: vec![(Plate::new(16, Sync::Earlier), "until today 13:02, 99.4% succeeded".into()), (Plate::new(15, Sync::Earlier), "until 4 Nov, 99.2% succeeded".into())],
        }, &csrf(), &errors))),
        ("stop", dialog(deployment::stop(&flow(), "production", &deployment::Stop { environment: "Production".into(), in_progress: vec![(16, 9), (17, 3)], runs_href: "/w/main/runs?flow=order-intake&state=running".into(), paused: false, reason: String::new() }, &csrf(), &FieldErrors::one("reason", "Say why, for those who find it stopped.")))),
        ("delete", dialog(lifecycle::delete(&flow(), &plate, about.clone(), gone, Vec::new(), &csrf(), &errors))),
        ("delete-blocked", dialog(lifecycle::delete(&flow(), &plate, about, Vec::new(), blocking, &csrf(), &errors))),
        ("delete-flow", dialog(lifecycle::delete_flow(&flow(), vec![CheckView::warn("19 versions go with it.")], Vec::new(), &csrf(), &errors))),
        ("publish", dialog(lifecycle::publish(&flow(), 19, lifecycle::Publish::default(), changes(), checks(), &csrf(), &errors))),
        ("archive", dialog(lifecycle::archive(&flow(), 14, &csrf()))),
        ("into-draft", dialog(lifecycle::into_draft(&flow(), 16, 19, "abc".into(), changes(), &csrf()))),
        ("duplicate", dialog(lifecycle::duplicate(&flow(), 16, "Order intake copy", "order-intake-copy", &csrf(), &FieldErrors::one("slug", "Another flow has this address. Choose one that is free.")))),
        ("discard", dialog(lifecycle::discard(&flow(), 19, Some(18), changes(), &csrf()))),
    ]
}

fn row(slug: &str, name: &str, kind: u64) -> FlowRow {
    let at = |v: u64| format!("/w/main/flows/{slug}/versions/{v}");
    let failed = match kind { 0 => vec![0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 1], _ => vec![0; 24] };
    let spark = Spark::new(failed, "8 failed runs in Production in the last 24 hours");
    FlowRow {
        slug: slug.into(),
        name: name.into(),
        cells: vec![
            if kind == 1 { Cell::default() } else { Cell { plate: Some(Plate::new(19, Sync::Never).link(at(19)).id(format!("p-{slug}-development"))), since: Some(day(44)), status: (kind == 0).then(|| StatusView::not_ready(None)), ..Cell::default() } },
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
    let flash = Some(Banner::new(Kind::Ok, "Version 16 is live in Production.", "All new runs use it.").action(BannerAction::post("Roll back", "/w/main/flows/order-intake/environments/production/rollback")));
    DashboardPage {
        layout: Layout { flash, ..layout("Dashboard", Place::Dashboard) },
        summary: "10 flows in 2 environments".into(),
        may_edit: true,
        attention: vec![
            Attention { kind: "bad", icon: "x-circle", title: "Carrier booking fails more than usual in Production.".into(), text: "76 of 1,950 runs failed today, 96.1% succeeded.".into(), link: ("/w/main/runs?state=faulted".into(), "See failed runs".into()) },
            Attention { kind: "", icon: "pause", title: "Supplier price import is paused in Production.".into(), text: "Dele Okafor paused it, 18 Nov 18:40: “Supplier feed sends zero prices.”".into(), link: ("/w/main/flows/price-import".into(), "Open flow".into()) },
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

fn stat(label: &str, value: &str, sub: &str) -> Stat {
    Stat { label: label.into(), value: value.into(), sub: sub.into(), spark: None }
}

fn versions() -> Vec<VersionRow> {
    let tip = Tip {
        id: "nr-19".into(),
        title: "2 problems stop version 19 from going live".into(),
        lines: vec![Rich::new().strong("captureDeposit:").text(" the endpoint is missing."), Rich::new().strong("isPreOrder:").text(" “otherwise” leads nowhere.")],
        link: Some(("/w/main/flows/order-intake/versions/19/edit".into(), "Fix in the editor".into())),
    };
    let share = |sync, percent, label: &str| Share { sync, percent, label: label.into() };
    let one = |number, sync, status, note: &str, production| VersionRow {
        number, sync, status, production,
        note: note.into(),
        sub: if number % 2 == 0 { "Runs in Development · From v13".into() } else { String::new() },
        author: "Tomás Ribeiro".into(),
        created: ago((20 - number as i64) * DAY),
        synced: (sync != Sync::Never).then(|| ago((20 - number as i64) * DAY - 30)),
        runs: "18,412".into(),
        success: Some(if number == 11 { ("94.1%".into(), true) } else { ("99.4%".into(), false) }),
        p95: (number != 19).then(|| ("2.6 s".into(), false)),
        before: (number > 1).then(|| number - 1),
        acts: VersionActs { edit: number == 19, publish: number == 19, deploy: number < 19, copy: true, archive: number < 16, delete: number == 14, kept: (number == 16).then(|| "Cannot be deleted while it is live".into()) },
    };
    vec![
        one(19, Sync::Never, StatusView::not_ready(Some(tip)), "", InProduction::Never),
        one(18, Sync::Never, StatusView::ready(), "Retry carrier booking up to 5 times with longer back-off", InProduction::Never),
        one(17, Sync::Earlier, StatusView::rolling(25), "Fraud score v3, manual review at 80 and above", InProduction::Rolling(share(Sync::Earlier, 25, "25% of new production runs"))),
        one(16, Sync::Current, StatusView::live(), "Reserve stock before payment is captured", InProduction::CurrentShare(share(Sync::Current, 75, "75% of new production runs"))),
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
    let spark = Spark::new(vec![0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], "3 failed runs in the last 24 hours");
    let all_on = Levers { pause: true, disable: true, stop: true, ..Levers::default() };
    let empty = rows.is_empty();
    let pager = Pager { summary: "8 versions. Runs, success and p95 count every run pinned to that version.".into(), newer: None, older: Some(("Older versions".into(), format!("{base}?before=11"))) };
    FlowPage {
        crumbs: flow.own_crumbs(&layout),
        tabs: flow.tabs(&layout, "versions"),
        may: May { edit: true, operate: true, start: true },
        draft: Some(19),
        production: Production {
            name: "Production".into(),
            slug: "production".into(),
            a_day: "1,240".into(),
            tracks: if empty { Vec::new() } else { vec![Track { plate: Plate::new(16, Sync::Current).link(format!("{base}/versions/16")), percent: 100 }] },
            switch: None,
            switch_says: Rich::new(),
            stats: if empty { Vec::new() } else { vec![stat("Succeeded, 24 hours", "99.4%", "Goal 99%"), Stat { spark, ..stat("Failed, 24 hours", "3 of 1,238", "") }, stat("p95, 24 hours", "2.6 s", "v15: 2.5 s")] },
            back_to: (!empty).then_some(15),
            levers: if empty { Levers::default() } else { all_on },
        },
        places: vec![
            PlaceRow { name: "Development".into(), slug: "development".into(), plate: Some(Plate::new(19, Sync::Never).link(format!("{base}/versions/19"))), status: Some(StatusView::live()), since: Some(ago(44)), back_to: Some(18), levers: all_on },
            PlaceRow { name: "Staging".into(), slug: "staging".into(), plate: None, status: None, since: None, back_to: None, levers: Levers::default() },
        ],
        filters: Segments { label: "Filter versions".into(), choices: vec![Choice::new(base.clone(), "All", true), Choice::new(format!("{base}?status=draft"), "Draft", false), Choice::new(format!("{base}?status=ready"), "Ready", false), Choice::new(format!("{base}?status=live"), "Live", false), Choice::new(format!("{base}?status=inactive"), "Inactive", false), Choice::new(format!("{base}?status=archived"), "Archived", false)] },
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
        may_edit: true,
        fields: vec![Field::line("name", "Name").value("Order intake").required(), Field::check("single_draft", "Keep a single draft", false).hint("Making another asks what to do with the first.")],
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
        fields: NewFlow { name: "Order intake".into(), slug: "order-intake".into(), ..NewFlow::default() }.fields(vec![("blank".into(), "An empty definition".into()), ("http".into(), "A call and a switch".into())], &errors),
        clash: Some(Banner::new(Kind::Warn, "This flow exists:", "Order intake").action(BannerAction::link("Open it", "/w/main/flows/order-intake"))),
    }
    .render()
    .unwrap()
}

pub const DEFINITION: &str = "# Takes an order\ndocument:\n  dsl: '1.0.3'\n  namespace: shop\n  name: order-intake\n  version: '1.4.0'\ndo:\n  - scoreFraud:\n      then: nowhere\n      call: http\n      with:\n        method: post\n        endpoint: http://fraud.example/score\n        body: ${ .order }\n  - reserveStock:\n      set:\n        total: ${ .order.total * 0.2 }\n        retries: 3\n";

fn version(view: VersionView, problems: Vec<Rich>) -> String {
    let layout = layout("Order intake v16", Place::Dashboard);
    let base = format!("{}/versions/16", flow().base);
    VersionPage {
        tabs: crate::web::components::nav::Tabs { label: "Version 16".into(), tabs: vec![Choice::new(base.clone(), "Overview", true), Choice::new("/w/main/runs?version=16", "Runs", false).count("18,412"), Choice::new(format!("{base}/definition"), "Definition", false)] },
        crumbs: crumbs("Version 16"),
        plate: Plate::new(16, Sync::Current).large(),
        status: StatusView::live(),
        note: "Reserve stock before payment is captured".into(),
        before: Some(15),
        may: May { edit: true, operate: true, start: true },
        acts: VersionActs { deploy: true, copy: true, archive: true, kept: Some("Cannot be deleted while it is live".into()), ..VersionActs::default() },
        flow: flow(),
        layout,
        base,
        problems,
        view,
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
    ComparePage {
        layout: layout("Compare", Place::Dashboard),
        flow: flow(),
        crumbs: crumbs("Compare"),
        choices: vec![(17, "v17, Synced earlier, 17 Nov".into()), (16, "v16, Current production, 3 Nov".into())],
        from: Plate::new(16, Sync::Current),
        to: Plate::new(17, Sync::Earlier),
        says: "four steps differ. Three are the same.".into(),
        graph,
        groups: vec![("Steps", changes()), ("Triggers", Vec::new()), ("Settings", changes())],
        text: vec![
            DiffLine::Gap("12 lines are the same".into()),
            DiffLine::Same(13, 13, "      with:".into()),
            DiffLine::Removed(14, vec![(false, "        timeout: ".into()), (true, "PT10S".into())]),
            DiffLine::Added(14, vec![(false, "        timeout: ".into()), (true, "PT30S".into())]),
            DiffLine::Same(15, 15, "        <body>: ${ .order }".into()),
        ],
    }
    .render()
    .unwrap()
}

fn deploy(errors: FieldErrors) -> String {
    DeployPage {
        layout: layout("Deploy Order intake", Place::Dashboard),
        flow: flow(),
        crumbs: crumbs("Deploy"),
        plate: Plate::new(32, Sync::Never).large(),
        plate_says: "Priya Nair, 15 Nov".into(),
        running: Some(Plate::new(31, Sync::Current).large()),
        running_says: "since 27 Oct, 99.9% succeed".into(),
        running_in: "Production".into(),
        compared_with: Some(31),
        changes: changes(),
        checks: checks(),
        targets: vec![
            Target { slug: "development".into(), name: "Development".into(), production: false, ticked: false, expect: 4, says: "runs v32 since 15 Nov".into(), refused: None },
            Target { slug: "staging".into(), name: "Staging".into(), production: false, ticked: false, expect: 0, says: String::new(), refused: Some("Version 32 is quarantined here since 16 Nov.".into()) },
            Target { slug: "production".into(), name: "Production".into(), production: true, ticked: true, expect: 31, says: "runs v31 since 27 Oct".into(), refused: None },
        ],
        production: true,
        comment: "3-D Secure wait, agreed with Finance in CHG-2291".into(),
        in_flight: "drain".into(),
        runs_in_flight: 12,
        summary: crate::web::components::field::ErrorSummary::of("Version 32 was not deployed", &errors),
        errors,
        idempotency_key: "k1".into(),
    }
    .render()
    .unwrap()
}
