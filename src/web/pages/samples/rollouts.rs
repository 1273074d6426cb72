//! Rollouts, plans, quarantine.

use askama::Template;

use super::shared::*;
use crate::web::components::event::{EventDay, EventView};
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::meter::Share;
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::form::FieldErrors;
use crate::web::layout::Place;
use crate::web::pages::guard::GuardForm;
use crate::web::pages::quarantine::{Again, QuarantinePage};
use crate::web::pages::rollout::*;

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("rollouts", list(vec![row("rol_1")], vec![row("rol_0")], false)),
        ("rollouts-empty", list(Vec::new(), Vec::new(), false)),
        ("rollouts-older", list(Vec::new(), Vec::new(), true)),
        ("rollout", rollout(true)),
        ("rollout-ended", rollout(false)),
        ("plans", plans(true)),
        ("plans-none", plans(false)),
        ("plan", plan()),
        ("quarantine", quarantine(true)),
        ("quarantine-released", quarantine(false)),
    ]
}

fn row(id: &str) -> RolloutRow {
    RolloutRow {
        id: id.into(),
        flow: (Some("/w/main/flows/order-intake".into()), "Order intake".into()),
        environment: "Production".into(),
        from: Plate::new(16, Sync::Current),
        to: Plate::new(17, Sync::Earlier),
        share: Share { sync: Sync::Earlier, percent: 25, label: "25% of new runs in Production".into() },
        status: StatusView::rolling(25).saying("Rolling out to Production"),
        stage: "Stage 3 of 5".into(),
        says: "Now, 12 minutes left".into(),
        at: ago(90),
        by: "Aiko Tanaka".into(),
    }
}

fn list(open: Vec<RolloutRow>, ended: Vec<RolloutRow>, further: bool) -> String {
    let pager = Pager { summary: "1 rollout on this page.".into(), ..Pager::default() };
    RolloutListPage {
        layout: layout("Rollouts", Place::Rollouts),
        tabs: crate::web::routes::planned::tabs("/w/main", "rollouts"),
        open,
        ended,
        pager,
        further,
    }
    .render()
    .unwrap()
}

fn stage(state: &'static str, icon: &'static str, share: &str, says: &str, when: &str) -> StageView {
    StageView { state, icon, share: share.into(), says: says.into(), when: when.into(), part: 6 }
}

fn versus() -> Versus {
    let figure = |value: &str| Figure { value: value.into(), ..Figure::default() };
    let row = |name, old: &str, new: &str| VersusRow { name, old: figure(old), new: figure(new), limit: None };
    let linked = Figure { href: Some("/w/main/runs?state=faulted".into()), ..figure("2") };
    let worse = Figure { sub: "0.8 points lower".into(), worse: true, ..figure("98.6%") };
    Versus {
        old: Some(Plate::new(16, Sync::Current)),
        new: Some(Plate::new(17, Sync::Earlier)),
        limits: "Halts if v17".into(),
        rows: vec![
            row("Share of new runs", "75%", "25%"),
            row("Started", "1,021", "148"),
            VersusRow { new: linked, ..row("Failed", "6", "") },
            VersusRow {
                new: worse,
                limit: Some((StatusView::limit("close", "over 1.5% fail".into()), "0.1 points left".into())),
                ..row("Succeeded", "99.4%", "")
            },
            VersusRow {
                limit: Some((StatusView::limit("holds", "over 4 s".into()), "2.9 s at this share".into())),
                ..row("p95 duration", "2.6 s", "2.9 s")
            },
        ],
    }
}

fn chart() -> Chart {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    Chart {
        heading: "Runs that succeed, last 90 minutes".into(),
        title: "Runs that succeed, version 16 and 17".into(),
        says: "Version 16 stays near 99.4%.".into(),
        grid: vec![pair("188.0", "98%"), pair("26.0", "100%")],
        times: vec![pair("38.0", "13:02"), pair("690.0", "14:32")],
        marks: vec![pair("38.0", "5%"), pair("255.3", "10%")],
        goal: Some(pair("147.5", "limit 98.5%")),
        old: Some(("M38 66.6L690 74.7".into(), "78.7".into(), "v16 99.4%".into())),
        new: Some(("M38 26.2L690 139.5".into(), "135.5".into(), "v17 98.6%".into())),
        rows: vec![("14:30".into(), "99.4% of 31".into(), "98.6% of 12".into())],
        each: "3 minutes".into(),
    }
}

fn rollout(open: bool) -> String {
    let layout = layout("Order intake v17 to Production", Place::Rollouts);
    let base = "/w/main/rollouts/rol_1".to_owned();
    let event = EventView {
        at: NOW,
        icon: "octagon",
        kind: "",
        says: Rich::new().strong("Dele Okafor").text(" halted the rollout at 10%"),
        quote: Some("Two slow runs".into()),
        links: Vec::new(),
    };
    RolloutPage {
        crumbs: Crumbs::here("Order intake v17 to Production").below("/w/main/rollouts", "Rollouts"),
        flow: ("/w/main/flows/order-intake".into(), "Order intake".into()),
        from: Plate::new(16, Sync::Current).large(),
        to: Plate::new(17, Sync::Earlier).large(),
        status: StatusView::rolling(25).saying("Rolling out to Production"),
        started: Rich::new().text("Begun by Aiko Tanaka, ").time(ago(90)),
        comment: "Fraud score v3, CHG-2288".into(),
        summary: ErrorSummary::of("Nothing was changed", &FieldErrors::new()),
        outcome: (!open).then(|| OutcomeView {
            kind: "bad",
            icon: "x-circle",
            title: "Rolled back by its guard today 14:20.".into(),
            text: "3 of 20 runs failed, 15%; the limit is 5%.".into(),
            links: vec![("/w/main/runs/wfr_1".into(), "The run that crossed the line".into())],
        }),
        stages: vec![
            stage("done", "check-circle", "5%", "Done", "13:02 to 13:32"),
            stage("now", "clock", "25%", "Now, 12 minutes left", "14:14 to 14:44"),
            stage("next", "ring", "50%", "Next", "14:44 if limits hold"),
            stage("next", "ring", "100%", "v17 becomes current", "about 15:14"),
        ],
        poll: open.then(|| format!("{base}?part=live&seen=4&told=4&poll=1")),
        moved: false,
        announce: String::new(),
        beside: false,
        since: "13:02".into(),
        updated: "14:32:05".into(),
        versus: versus(),
        chart: Some(chart()),
        levers: open.then(|| Levers {
            expect: 4,
            next: ("Go to 50% now".into(), "Skips the 12 minutes left.".into()),
            halted: false,
            hold: "Stays at 25%. No further stage starts until somebody continues.".into(),
            stop: "All new runs go back to version 16.".into(),
            back: (
                "/w/main/flows/order-intake/environments/production/rollback".into(),
                "Roll back to v16…".into(),
                "All new runs use version 16.".into(),
            ),
            share: Some(Field::line("percent", "Another share, percent")),
            share_says: "More than 25%, up to 100.".into(),
            reason: Field::text("reason", "Reason, if there is one to keep").lines(2),
        }),
        no_levers: String::new(),
        happened: vec![EventDay { heading: "Today".into(), events: vec![event] }],
        history: "/w/main/flows/order-intake/history".into(),
        base,
        layout,
    }
    .render()
    .unwrap()
}

fn plans(some: bool) -> String {
    let one = PlanRow {
        id: "pln_1".into(),
        name: "Careful".into(),
        stages: "5%, 25%, 50%, then all".into(),
        advance: "Continues by itself, 30 minutes each".into(),
        guard: "Rolls back if more than 2% of its runs fail; judged from 50 ended runs".into(),
        changed: (ago(90), "Aiko Tanaka".into()),
    };
    let crumbs = Crumbs::here("Plans").below("/w/main/rollouts", "Rollouts");
    let plans = if some { vec![one] } else { Vec::new() };
    PlanListPage { layout: layout("Plans", Place::Rollouts), crumbs, plans, may: true }.render().unwrap()
}

fn plan() -> String {
    let errors = FieldErrors::one("stages", "Stage 2: the share has to grow: it is 5% after 25%.");
    let cells = |a: &str, b: &str| [a.to_owned(), b.to_owned(), String::new()];
    PlanPage {
        layout: layout("Careful", Place::Rollouts),
        crumbs: Crumbs::here("Careful").below("/w/main/plans", "Plans"),
        heading: "Careful".into(),
        action: "/w/main/plans/pln_1".into(),
        based_on: "2".into(),
        summary: ErrorSummary::of("The plan was not kept", &errors),
        name: Field::line("name", "Name").value("Careful").required(),
        rows: vec![cells("25", "30"), cells("5", "30"), cells("", "")],
        stages_error: errors.of("stages"),
        advance: "auto".into(),
        guard: GuardForm { failure: "2".into(), ..GuardForm::default() }.fields(&errors),
        delete: Some("/w/main/plans/pln_1/delete".into()),
    }
    .render()
    .unwrap()
}

fn quarantine(held: bool) -> String {
    QuarantinePage {
        layout: layout("Version 17 in Production", Place::Dashboard),
        flow: flow(),
        crumbs: crumbs("Version 17 in Production"),
        base: "/w/main/flows/order-intake/environments/production/quarantine/17".into(),
        plate: Plate::new(17, Sync::Earlier).large().link("/w/main/flows/order-intake/versions/17"),
        environment: "Production".into(),
        summary: None,
        held,
        says: Rich::new().text("Since ").time(ago(44)).text(", by Aiko Tanaka."),
        reason: "Totals are wrong".into(),
        links: vec![("/w/main/runs/wfr_1".into(), "The run that crossed the line".into())],
        others: vec![(15, "/w/main/flows/order-intake/environments/production/quarantine/15".into())],
        release: held.then(|| Field::text("reason", "Reason").required()),
        runs: vec![("Failed, not started again".into(), "6".into(), Some("/w/main/runs?state=faulted".into()))],
        again: held.then(|| Again {
            which: vec![("failed", "6 failed runs".into(), true), ("all", "1,021 ended runs".into(), false)],
            version: Field::choice(
                "version",
                "On",
                vec![(String::new(), "Whatever a start would use now".into()), ("16".into(), "v16, live here".into())],
            ),
            says: "Each is started again once, 200 at a time.".into(),
            words: "Start them again".into(),
        }),
        no_again: "No run of it waits to be started again.".into(),
    }
    .render()
    .unwrap()
}
