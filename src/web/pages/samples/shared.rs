//! What several samples have in common.

use askama::Template;

use crate::domain::vocabulary::Vocabulary;
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::dialog::Dialog;
use crate::web::components::graph::{EdgeView, FrameView, GraphView, NodeKind, NodeView, StepLine};
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::layout::{Bare, Csrf, Layout, Person, Place, Theme};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::flow::FlowHead;
use crate::web::time::{TimeStyle, TimeView};

/// 2026-11-19T14:32:08Z.
pub const NOW: i64 = 1_795_098_728_000_000;
const MINUTE: i64 = 60_000_000;

pub fn csrf() -> Csrf {
    Csrf("c2FtcGxlLXRva2VuLW5vdC1hLXJlYWwtb25l".into())
}

pub fn ago(minutes: i64) -> TimeView {
    TimeView::near(NOW - minutes * MINUTE, NOW)
}

pub fn day(minutes: i64) -> TimeView {
    TimeView::styled(NOW - minutes * MINUTE, NOW, TimeStyle::Day)
}

pub fn clock(minutes: i64) -> TimeView {
    TimeView::styled(NOW - minutes * MINUTE, NOW, TimeStyle::Clock)
}

pub const DAY: i64 = 24 * 60;

pub fn layout(title: &str, place: Place) -> Layout {
    Layout {
        title: title.into(),
        theme: Theme::System,
        csrf: csrf(),
        workspace: "main".into(),
        workspace_name: "Main".into(),
        words: Vocabulary::Signalbox,
        other_workspaces: vec![("trial".into(), "Trial".into())],
        person: Person { name: "Aiko Tanaka".into(), role: "Administrator".into(), admin: true },
        place,
        failed_runs: 3,
        open_rollouts: 1,
        open_proposals: 2,
        query: String::new(),
        flash: None,
        notices: Vec::new(),
    }
}

pub fn bare(title: &str) -> Bare {
    Bare { csrf: csrf(), ..Bare::new(title, Theme::System) }
}

pub fn flow() -> FlowHead {
    FlowHead {
        base: "/w/main/flows/order-intake".into(),
        slug: "order-intake".into(),
        name: "Order intake".into(),
        description: "Takes a web order, checks it for fraud, reserves stock, captures payment and books a carrier.".into(),
    }
}

/// A dialog on its page.
pub fn dialog(dialog: Dialog) -> String {
    let layout = layout("Order intake", Place::Dashboard);
    let crumbs = flow().crumbs(&layout, "Act");
    DialogPage { crumbs, heading: "Order intake".into(), dialog, layout }.render().unwrap()
}

pub fn crumbs(here: &str) -> Crumbs {
    flow().crumbs(&layout("", Place::Dashboard), here)
}

pub fn changes() -> Vec<ChangeView> {
    vec![
        ChangeView::new(Diff::Added, Rich::new().strong("Wait for 3-D Secure").text(", up to 10 minutes, before Capture"))
            .impact("Breaks waiting runs", "alert"),
        ChangeView::new(Diff::Changed, Rich::new().strong("Capture").text(" timeout")).values("10 s", "30 s"),
        ChangeView::new(Diff::Changed, Rich::new().strong("Output").text(" field renamed"))
            .values("capture.id", "capture.reference")
            .impact("Changes outcome", "bolt"),
        ChangeView::new(Diff::Removed, Rich::new().strong("E-mail risk team")),
    ]
}

pub fn checks() -> Vec<CheckView> {
    vec![
        CheckView::ok("Ready: validation found no problems").note("14:29"),
        CheckView::ok("Ran in Development for 3 days").note("1,204 runs, 99.6%"),
        CheckView::ok("No other change of this flow is in progress"),
        CheckView::warn(Rich::new().text("Invoice reminders v5 reads ").code("capture.id").text(", which is renamed"))
            .note(Rich::new().link("/w/main/flows/order-intake/compare/31...32", "See field")),
    ]
}

type Spot = (f64, f64, NodeKind, &'static str, &'static str);

fn graph(id: &str, title: &str, size: (f64, f64), width: f64, spots: &[Spot], lines: &[(&[(f64, f64)], &str)]) -> GraphView {
    GraphView {
        id: id.into(),
        title: title.into(),
        description:
            "Order in, then Score fraud. Below 70 the order goes to Reserve stock, Capture payment, Book carrier and Confirm order.".into(),
        origin: (0.0, 0.0),
        size,
        frames: Vec::new(),
        nodes: spots
            .iter()
            .map(|(x, y, kind, small, label)| NodeView {
                x: *x,
                y: *y,
                w: width,
                h: 56.0,
                kind: *kind,
                label: (*label).into(),
                small: (*small).into(),
                diff: Diff::Same,
                error: false,
                selected: false,
            })
            .collect(),
        edges: lines
            .iter()
            .map(|(points, label)| EdgeView {
                points: points.to_vec(),
                label: (*label).into(),
                label_place: None,
                dashed: false,
                diff: Diff::Same,
            })
            .collect(),
        steps: vec![
            StepLine { depth: 0, name: "scoreFraud".into(), says: "calls POST http://fraud.example/score".into() },
            StepLine { depth: 0, name: "isRisky".into(), says: "70 and above goes to mailRiskTeam, the rest to reserveStock".into() },
            StepLine { depth: 0, name: "perItem".into(), says: "for each item of .order.items".into() },
            StepLine { depth: 1, name: "reserveStock".into(), says: "calls POST http://erp.example/reserve".into() },
        ],
        instead: None,
    }
}

/// A graph that runs to the right.
pub fn wide(id: &str) -> GraphView {
    let mut g = graph(
        id,
        "Order intake version 16",
        (1106.0, 180.0),
        128.0,
        &[
            (6.0, 22.0, NodeKind::Start, "Manual, API", "Start"),
            (166.0, 22.0, NodeKind::Call, "fraud.example", "scoreFraud"),
            (326.0, 104.0, NodeKind::Call, "mail.example", "mailRiskTeam"),
            (486.0, 22.0, NodeKind::Set, "3 values", "reserveStock"),
            (646.0, 22.0, NodeKind::Try, "3 attempts", "capturePayment"),
            (806.0, 22.0, NodeKind::Switch, "2 cases", "bookCarrierOrNot"),
            (966.0, 22.0, NodeKind::End, "Done", "End"),
        ],
        &[
            (&[(134.0, 50.0), (165.0, 50.0)], ""),
            (&[(294.0, 50.0), (485.0, 50.0)], "below 70"),
            (&[(294.0, 50.0), (308.0, 50.0), (308.0, 132.0), (325.0, 132.0)], "70 and above"),
            (&[(454.0, 132.0), (470.0, 132.0), (470.0, 50.0), (485.0, 50.0)], ""),
            (&[(614.0, 50.0), (645.0, 50.0)], ""),
            (&[(774.0, 50.0), (805.0, 50.0)], ""),
            (&[(934.0, 50.0), (965.0, 50.0)], ""),
        ],
    );
    g.frames.push(FrameView { x: 476.0, y: 2.0, w: 308.0, h: 88.0, title: "for each item".into() });
    g
}

/// A graph that runs down, with a problem and a selected step.
pub fn tall(id: &str) -> GraphView {
    let mut g = graph(
        id,
        "Draft version 19",
        (318.0, 440.0),
        140.0,
        &[
            (6.0, 8.0, NodeKind::Start, "Manual, API", "Start"),
            (6.0, 96.0, NodeKind::Call, "fraud.example", "scoreFraud"),
            (166.0, 184.0, NodeKind::Wait, "4 hours", "manualReview"),
            (6.0, 272.0, NodeKind::Call, "erp.example", "reserveStock"),
            (6.0, 360.0, NodeKind::End, "Done", "End"),
        ],
        &[
            (&[(76.0, 64.0), (76.0, 95.0)], ""),
            (&[(76.0, 152.0), (76.0, 271.0)], ""),
            (&[(76.0, 152.0), (76.0, 168.0), (236.0, 168.0), (236.0, 183.0)], "80 and above"),
            (&[(236.0, 240.0), (236.0, 256.0), (76.0, 256.0), (76.0, 271.0)], ""),
            (&[(76.0, 328.0), (76.0, 359.0)], ""),
        ],
    );
    g.nodes[2].error = true;
    g.nodes[3].selected = true;
    g.steps.clear();
    g
}
