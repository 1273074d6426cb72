//! Deploying, going back, stopping, and the dialogs of a version's life.

use askama::Template;

use super::shared::*;
use crate::web::components::change::CheckView;
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::layout::Place;
use crate::web::pages::deployment::{self, DeployPage, Target};
use crate::web::pages::lifecycle;
use crate::web::pages::roll::{Other, PlanChoice, Roll, RollView};

pub fn all() -> Vec<(&'static str, String)> {
    let errors = FieldErrors::new();
    let plate = Plate::new(14, Sync::Never);
    let blocking = vec![
        CheckView::bad("It is live in Production.").note(Rich::new().link("/w/main/flows/order-intake", "Show")),
        CheckView::bad("18,412 real runs are pinned to it."),
    ];
    let gone = vec![
        CheckView::warn("4 test runs go with it."),
        CheckView::ok("No environment runs it and no real run was made."),
        CheckView::ok("Number 14 is never used again."),
    ];
    let about: Rich = "“Trial: skip the address check for click and collect” by Aiko Tanaka, 15 October.".into();
    vec![
        ("deploy", deploy(FieldErrors::new())),
        ("deploy-refused", deploy(FieldErrors::one("confirm", "Type order-intake to confirm."))),
        (
            "rollback",
            dialog(deployment::rollback(
                &flow(),
                "production",
                &deployment::Rollback {
                    environment: "Production".into(),
                    from: Plate::new(17, Sync::Current),
                    beside: None,
                    touched: (6, 1_021, "/w/main/runs?flow=order-intake&version=17".into()),
                    to: 16,
                    in_progress: 3,
                    expect: 12,
                    reason: String::new(),
                    targets: vec![
                        (Plate::new(16, Sync::Earlier), "until today 13:02, 99.4% succeeded".into()),
                        (Plate::new(15, Sync::Earlier), "until 4 Nov, 99.2% succeeded".into()),
                    ],
                },
                &csrf(),
                &errors,
            )),
        ),
        (
            "stop",
            dialog(deployment::stop(
                &flow(),
                "production",
                &deployment::Stop {
                    environment: "Production".into(),
                    in_progress: vec![(16, 9), (17, 3)],
                    runs_href: "/w/main/runs?flow=order-intake&state=running".into(),
                    paused: false,
                    reason: String::new(),
                },
                &csrf(),
                &FieldErrors::one("reason", "Say why, for those who find it stopped."),
            )),
        ),
        ("delete", dialog(lifecycle::delete(&flow(), &plate, about.clone(), gone, Vec::new(), &csrf(), &errors))),
        ("delete-blocked", dialog(lifecycle::delete(&flow(), &plate, about, Vec::new(), blocking, &csrf(), &errors))),
        (
            "delete-flow",
            dialog(lifecycle::delete_flow(&flow(), vec![CheckView::warn("19 versions go with it.")], Vec::new(), &csrf(), &errors)),
        ),
        ("publish", dialog(lifecycle::publish(&flow(), 19, lifecycle::Publish::default(), changes(), checks(), &csrf(), &errors))),
        ("archive", dialog(lifecycle::archive(&flow(), 14, &csrf()))),
        ("into-draft", dialog(lifecycle::into_draft(&flow(), 16, 19, "abc".into(), changes(), &csrf()))),
        (
            "duplicate",
            dialog(lifecycle::duplicate(
                &flow(),
                16,
                "Order intake copy",
                "order-intake-copy",
                &csrf(),
                &FieldErrors::one("slug", "Another flow has this address. Choose one that is free."),
            )),
        ),
        ("discard", dialog(lifecycle::discard(&flow(), 19, Some(18), changes(), &csrf()))),
    ]
}

fn roll(errors: &FieldErrors) -> RollView {
    RollView {
        typed: Roll { how: "percent".into(), ..Roll::default() },
        number: 32,
        plans: vec![PlanChoice {
            name: "Careful".into(),
            says: "Careful: 5%, 25%, 50%, then all".into(),
            first: "5%".into(),
            guard: "Rolls back if more than 2% of its runs fail; judged from 50 ended runs".into(),
        }],
        plans_href: "/w/main/plans".into(),
        a_day: 1_180,
        others: vec![Other {
            slug: "production".into(),
            environment: "Production".into(),
            candidate: 31,
            primary: 30,
            share: "25%".into(),
            href: "/w/main/rollouts/rol_1".into(),
        }],
        errors: errors.clone(),
    }
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
            Target {
                slug: "development".into(),
                name: "Development".into(),
                production: false,
                ticked: false,
                expect: 4,
                says: "runs v32 since 15 Nov".into(),
                refused: None,
            },
            Target {
                slug: "staging".into(),
                name: "Staging".into(),
                production: false,
                ticked: false,
                expect: 0,
                says: String::new(),
                refused: Some("Version 32 is quarantined here since 16 Nov.".into()),
            },
            Target {
                slug: "production".into(),
                name: "Production".into(),
                production: true,
                ticked: true,
                expect: 31,
                says: "runs v31 since 27 Oct".into(),
                refused: None,
            },
        ],
        comment: "3-D Secure wait, agreed with Finance in CHG-2291".into(),
        in_flight: "drain".into(),
        backup: true,
        runs_in_flight: 12,
        roll: roll(&errors),
        summary: crate::web::components::field::ErrorSummary::of("Version 32 was not deployed", &errors),
        errors,
        idempotency_key: "k1".into(),
    }
    .render()
    .unwrap()
}
