//! Components: the list, one of each kind, the forms, a comparison.

use askama::Template;

use super::shared::*;
use crate::domain::component::Kind;
use crate::web::components::banner::{Banner, Kind as BannerKind};
use crate::web::components::field::ErrorSummary;
use crate::web::components::nav::{Choice, Pager, Tabs};
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::layout::{Layout, Place};
use crate::web::pages::component::form::Form;
use crate::web::pages::component::{
    ComponentComparePage, ComponentFormPage, ComponentHead, ComponentPage, ComponentRow, ComponentsPage, KindView, RevisionRow, TableView,
    kind_crumbs, kind_says, kinds_words,
};
use crate::web::views::text;

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("components", list(None, true)),
        ("components-none", list(Some(Kind::Cache), false)),
        ("component-connection", show(Kind::Connection, false)),
        ("component-lookup", show(Kind::Lookup, true)),
        ("component-script", show(Kind::Script, false)),
        ("component-secret", show(Kind::Secret, false)),
        ("component-new", form(Kind::Connection, &FieldErrors::new())),
        (
            "component-new-secret",
            form(Kind::Secret, &FieldErrors::one("name", "Give it a name that flows refer to, such as order-service.")),
        ),
        ("component-edit-lookup", form(Kind::Lookup, &FieldErrors::one("table", "Line 3 has the key “NL” again. Every key stands once."))),
        ("component-compare", compare("{\n  \"value\": 21\n}\n")),
        ("component-compare-same", compare("{\n  \"value\": 9\n}\n")),
    ]
}

fn page_layout() -> Layout {
    layout("Components", Place::Components)
}

fn head(kind: Kind, name: &str) -> ComponentHead {
    ComponentHead {
        base: format!("/w/main/components/{kind}/{name}"),
        kind,
        name: name.into(),
        description: "What the shop and the warehouse agree on".into(),
    }
}

fn list(kind: Option<Kind>, some: bool) -> String {
    let mut tabs = vec![Choice::new("/w/main/components", "All", kind.is_none()).count("5")];
    tabs.extend(
        Kind::ALL.iter().map(|k| Choice::new(format!("/w/main/components?kind={k}"), kinds_words(*k), kind == Some(*k)).count("1")),
    );
    let row = |kind, name: &str, short: Rich, used: usize| ComponentRow {
        head: head(kind, name),
        short,
        used,
        used_words: format!("{used} places"),
        revision: 3,
        changed: ago(90),
        by: "Tomás Ribeiro".into(),
    };
    let rows = vec![
        row(Kind::Connection, "order-service", Rich::new().code("https://orders.example/v2"), 4),
        row(Kind::Secret, "order-token", Rich::new().text("A value set ").time(ago(3 * DAY)), 1),
        row(Kind::Lookup, "vat-rates", "27 rows, 3 columns".into(), 0),
    ];
    ComponentsPage {
        layout: page_layout(),
        tabs: Tabs { label: "Kinds of components".into(), tabs },
        kind: kind.map(KindView::from),
        new: Kind::ALL.iter().copied().filter(|k| kind.is_none_or(|only| only == *k)).map(KindView::from).collect(),
        rows: if some { rows } else { Vec::new() },
        pager: Pager { summary: "3 components, by name.".into(), ..Pager::default() },
    }
    .render()
    .unwrap()
}

fn show(kind: Kind, old: bool) -> String {
    let head = head(kind, "order-service");
    let revision = |number, latest, here, note: &str| RevisionRow {
        number,
        latest,
        here,
        note: note.into(),
        by: "Aiko Tanaka".into(),
        at: ago(number * 60),
    };
    let layout = page_layout();
    let texts = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
    ComponentPage {
        crumbs: head.own_crumbs(&layout),
        may: true,
        notice: old
            .then(|| Banner::new(BannerKind::Warn, "This is revision 1, not the latest", "Revision 2 is what new configurations use.")),
        holds: vec![
            ("Base address".into(), Rich::new().code("https://orders.example/v2")),
            ("Time limit".into(), Rich::new().dim("The server’s own")),
        ],
        code: (kind == Kind::Script).then(|| ("Source of order-service".into(), "do:\n- a: { set: { x: 1 } }".into())),
        table: (kind == Kind::Lookup).then(|| TableView {
            columns: texts(&["country", "rate"]),
            rows: vec![texts(&["NL", "21"]), texts(&["DE", "19"])],
            says: "2 rows.".into(),
        }),
        how: "- get:\n    call: http\n    with: { method: get, endpoint: 'connection://order-service/items/{id}' }".into(),
        facts: vec![
            ("Id".into(), Rich::new().code("cmp_06c3k2j8v1fqz7r0m5x9t4hn2b")),
            ("Made".into(), Rich::new().time(ago(DAY)).text(" by Aiko Tanaka")),
        ],
        used_by: if old {
            Vec::new()
        } else {
            vec![Rich::new().link("/w/main/flows/order-intake/versions/18", "Order intake v18").text(", live")]
        },
        revisions: if kind == Kind::Secret {
            Vec::new()
        } else {
            vec![revision(2, true, !old, "New address of the warehouse"), revision(1, false, old, "")]
        },
        pager: Pager { summary: "Every change is kept.".into(), ..Pager::default() },
        cached: None,
        layout,
        head,
    }
    .render()
    .unwrap()
}

fn form(kind: Kind, errors: &FieldErrors) -> String {
    let layout = page_layout();
    ComponentFormPage {
        crumbs: kind_crumbs(&layout, kind, &format!("New {kind}")),
        title: format!("New {kind}"),
        says: kind_says(kind).into(),
        action: format!("/w/main/components?kind={kind}"),
        back: "/w/main/components".into(),
        act: format!("Make the {kind}"),
        expect: String::new(),
        fields: Form::new(kind).fields(kind, &["order-token".into()], errors, kind != Kind::Lookup),
        summary: ErrorSummary::of(format!("The {kind} was not made"), errors),
        layout,
    }
    .render()
    .unwrap()
}

fn compare(before: &str) -> String {
    let (layout, head) = (page_layout(), head(Kind::Variable, "TAX"));
    ComponentComparePage {
        crumbs: head.crumbs(&layout, "Compare revisions 1 and 2"),
        from: 1,
        to: 2,
        text: text::compare(before, "{\n  \"value\": 9\n}\n"),
        layout,
        head,
    }
    .render()
    .unwrap()
}
