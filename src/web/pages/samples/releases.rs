//! Releases: the Versions list, one of them, push, sync, restore, compare.

use askama::Template;

use super::shared::*;
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::differences::{Differences, Differing};
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Choice, Crumbs, Pager, Segments};
use crate::web::components::plate::{Plate, Sync, Tag};
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::layout::Place;
use crate::web::pages::release::{
    ComesBack, CompareSidesPage, HeldEnvironment, HeldFlow, Item, PushPage, ReleaseListPage, ReleasePage, ReleaseRow, RestorePage,
    SyncPage, WentTo,
};

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("versions", list(true)),
        ("versions-empty", list(false)),
        ("release", show(true)),
        ("release-first", show(false)),
        ("push", push(true)),
        ("push-nothing", push(false)),
        ("sync", sync(false)),
        ("sync-proposed", sync(true)),
        ("restore", restore(true)),
        ("restore-nothing", restore(false)),
        ("compare-workspace", compare(true)),
        ("compare-workspace-same", compare(false)),
    ]
}

fn crumbs(here: &str) -> Crumbs {
    Crumbs::here(here).below("/w/main/versions", "Versions")
}

fn release(number: i64, sync: Sync) -> ReleaseRow {
    ReleaseRow {
        plate: Plate::new(number.unsigned_abs(), sync).link(format!("/w/main/versions/{number}")),
        number,
        comment: "Split payment capture for pre-orders & others".into(),
        origin: "Pushed",
        author: "Aiko Tanaka".into(),
        at: ago(90),
        synced: (sync != Sync::Never).then(|| ago(60)),
        current: sync == Sync::Current,
        restorable: true,
        changes: format!("/w/main/versions/{number}#changes"),
    }
}

fn list(filled: bool) -> String {
    let plain = ReleaseRow { comment: String::new(), restorable: false, ..release(43, Sync::Never) };
    ReleaseListPage {
        layout: layout("Versions", Place::Versions),
        base: "/w/main/versions".into(),
        filter: Segments {
            label: "Filter versions".into(),
            choices: vec![
                Choice::new("/w/main/versions", "All", filled),
                Choice::new("/w/main/versions?show=never", "Never synced", !filled),
            ],
        },
        show: if filled { String::new() } else { "never".into() },
        query: String::new(),
        filtered: !filled,
        drafts: 2,
        releases: if filled { vec![plain, release(42, Sync::Current), release(41, Sync::Earlier)] } else { Vec::new() },
        pager: Pager { summary: "3 versions on this page.".into(), ..Pager::default() },
        may_push: true,
        may_restore: true,
    }
    .render()
    .unwrap()
}

fn changes() -> Vec<ChangeView> {
    vec![
        ChangeView::new(Diff::Added, Rich::new().text("Step ").strong("Is pre-order").text(" was added")),
        ChangeView::new(Diff::Changed, Rich::new().text("Step ").strong("Book carrier").text(" changed"))
            .values("carrier-v4", "carrier-v3"),
    ]
}

fn differences(id: &'static str) -> Differences {
    let flow = Differing {
        change: ChangeView::new(Diff::Changed, "Order intake goes from version 16 to 17".into()),
        inside: changes(),
        link: Some(("/w/main/flows/order-intake/compare/16...17".into(), "Compare in full".into())),
    };
    let component = Differing { change: ChangeView::new(Diff::Added, "The lookup rates is new".into()), inside: Vec::new(), link: None };
    Differences { id, groups: vec![("Flows", vec![flow]), ("Components", vec![component])] }
}

fn show(filled: bool) -> String {
    let flow = HeldFlow {
        href: Some("/w/main/flows/order-intake".into()),
        name: "Order intake".into(),
        plate: Plate::new(17, Sync::Current).link("/w/main/flows/order-intake/versions/17"),
        revision: "17.1".into(),
        live: "Development, Production".into(),
        hash: "3f9a07c1b2e4".into(),
    };
    let gone = HeldFlow { href: None, plate: Plate::new(4, Sync::Never), revision: String::new(), live: String::new(), ..flow.clone() };
    let went = WentTo {
        environment: "Production".into(),
        at: ago(60),
        by: "Dele Okafor".into(),
        comment: "SHOP-1204".into(),
        lines: vec!["order-intake: v16 to v17".into(), "Kept: variables.region".into()],
    };
    ReleasePage {
        layout: layout("Version 42", Place::Versions),
        crumbs: crumbs("Version 42"),
        base: "/w/main/versions/42".into(),
        number: 42,
        plate: Plate::new(42, Sync::Current).large(),
        comment: if filled { "Split payment capture".into() } else { String::new() },
        made: Rich::new().text("Pushed out of Development by Aiko Tanaka, ").time(ago(90)).text("."),
        restore: filled,
        sync: if filled { vec![("staging".into(), "Staging".into()), ("production".into(), "Production".into())] } else { Vec::new() },
        sides: vec![("now".into(), "Now: drafts and draft configurations".into()), ("env:production".into(), "Live in Production".into())],
        previous: filled.then_some(41),
        differences: if filled { differences("ch") } else { Differences { id: "ch", groups: Vec::new() } },
        flows: if filled { vec![flow, gone] } else { Vec::new() },
        environments: vec![
            HeldEnvironment {
                name: "Production".into(),
                tag: Some(Tag { number: 9, state: "deployed" }),
                says: "4 replacements, 1 managed here".into(),
            },
            HeldEnvironment { name: "Trial".into(), tag: None, says: "no deployed configuration".into() },
        ],
        also: "Also 12 components, 1 package, 0 plans.".into(),
        syncs: if filled { vec![went] } else { Vec::new() },
        hash: "3f9a07c1b2e4".into(),
    }
    .render()
    .unwrap()
}

fn item(open: bool) -> Item {
    let slug = if open { "order-intake" } else { "stock-sync" };
    Item {
        slug: slug.into(),
        flow: (format!("/w/main/flows/{slug}"), "Order intake".into()),
        plate: Plate::new(19, Sync::Never).link(format!("/w/main/flows/{slug}/versions/19")),
        says: "made from version 18".into(),
        changes: changes(),
        compare: format!("/w/main/flows/{slug}/compare/18...19"),
        ticked: open,
        open,
        problems: if open { Vec::new() } else { vec![CheckView::bad("There is no lookup “rates” in this workspace.")] },
        offers: if open { Vec::new() } else { vec![("component:cmp_1".into(), "Bring back the lookup rates".into())] },
    }
}

fn push(filled: bool) -> String {
    let errors = FieldErrors::one("comment", "Use at most 2,000 characters.");
    PushPage {
        layout: layout("Push changes", Place::Versions),
        crumbs: crumbs("Push changes"),
        action: "/w/main/versions/push".into(),
        keep: "/w/main/versions".into(),
        number: 43,
        targets: if filled { "Development".into() } else { String::new() },
        summary: if filled { ErrorSummary::of("Nothing was pushed", &errors) } else { None },
        seen: "a1".into(),
        items: if filled { vec![item(true), item(false)] } else { Vec::new() },
        left: if filled { vec![CheckView::warn("stock-sync v19: It is not ready: 1 problem to solve.")] } else { Vec::new() },
        fields: vec![
            Field::text("comment", "Comment").check_in(&errors),
            Field::check("backup", "Backup version", true).hint("Without it the version cannot be restored."),
        ],
    }
    .render()
    .unwrap()
}

fn sync(propose: bool) -> String {
    SyncPage {
        layout: layout("Sync version 42", Place::Versions),
        crumbs: crumbs("Sync").below("/w/main/versions/42", "Version 42"),
        base: "/w/main/versions/42".into(),
        plate: Plate::new(42, Sync::Never).large(),
        environments: Segments {
            label: "Sync to".into(),
            choices: vec![Choice::new("/w/main/versions/42/sync?environment=production", "Production", true)],
        },
        environment: ("production".into(), "Production".into()),
        summary: None,
        seen: "a1".into(),
        checks: vec![if propose { CheckView::warn("Production is protected.") } else { CheckView::ok("Every flow may go there") }],
        items: if propose { Vec::new() } else { vec![item(true)] },
        same: "Invoices v5".into(),
        source: if propose { String::new() } else { "development".into() },
        configuration: if propose { Vec::new() } else { changes() },
        kept: vec![CheckView::ok("Variable region: us").note("managed here")],
        left: vec![CheckView::warn("order-intake v20: This draft is not pushed, so it does not travel.")],
        fields: vec![Field::text("comment", "Comment"), Field::confirm("production")],
        act: Some("Sync to Production".into()),
        propose,
    }
    .render()
    .unwrap()
}

fn restore(filled: bool) -> String {
    let back = ComesBack {
        flow: ("/w/main/flows/order-intake".into(), "Order intake".into()),
        plate: Plate::new(15, Sync::Earlier),
        says: "as a new draft; draft 19 stays as an extra one".into(),
        against: "Against version 19".into(),
        changes: changes(),
    };
    let some = |check: CheckView| if filled { vec![check] } else { Vec::new() };
    RestorePage {
        layout: layout("Restore version 41", Place::Versions),
        crumbs: crumbs("Restore").below("/w/main/versions/41", "Version 41"),
        base: "/w/main/versions/41".into(),
        plate: Plate::new(41, Sync::Earlier).large(),
        summary: None,
        seen: "a1".into(),
        flows: if filled { vec![back] } else { Vec::new() },
        configurations: if filled { vec![("Production".into(), true, changes())] } else { Vec::new() },
        automatic: some(CheckView::ok("The lookup rates comes back from the bin.")),
        warnings: some(CheckView::warn("Order intake will not be ready: there is no connection “carrier-v3”.")),
        left: some(CheckView::warn("young: The flow is younger than the release and stays as it is.")),
        comment: Field::line("comment", "Comment").value("Restored from version 41"),
        act: filled.then(|| "Restore as 1 draft".into()),
    }
    .render()
    .unwrap()
}

fn compare(differs: bool) -> String {
    CompareSidesPage {
        layout: layout("Compare the workspace", Place::Versions),
        crumbs: crumbs("Compare"),
        base: "/w/main/compare".into(),
        choices: vec![("now".into(), "Now".into()), ("env:production".into(), "Live in Production".into())],
        from: ("env:production".into(), "Live in Production".into()),
        to: ("now".into(), "Now".into()),
        says: "2 differences".into(),
        differences: if differs { differences("df") } else { Differences::default() },
    }
    .render()
    .unwrap()
}
