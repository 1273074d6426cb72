//! Backups of the instance.

use askama::Template;

use super::shared::*;
use crate::web::components::banner::{Banner, BannerAction, Kind};
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::status::StatusView;
use crate::web::form::FieldErrors;
use crate::web::layout::{Layout, Place};
use crate::web::pages::backup::{BackupPage, BackupRow, BackupsPage};
use crate::web::restoring::RestoringPage;

pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("backups", list(true, FieldErrors::new())),
        ("backups-empty", list(false, FieldErrors::new())),
        ("backups-schedule-refused", list(true, FieldErrors::one("keep", "Keep from 1 to 1,000 backups."))),
        ("backup", show()),
        ("backup-restore", dialog(restore())),
        ("backup-restoring", restoring()),
    ]
}

fn row(id: &str, why: &'static str, status: StatusView, minutes: i64) -> BackupRow {
    let usable = status.words == "Verified";
    BackupRow {
        id: id.into(),
        file: if status.words == "Failed" { String::new() } else { "signalbox-20261121T031800Z-4hn2b8.backup".into() },
        made: ago(minutes),
        by: "Signalbox".into(),
        why,
        size: if usable { "4.8 MB".into() } else { String::new() },
        verified: usable.then(|| ago(minutes)),
        problem: if status.words == "Failed" { "A backup needs up to 12 MiB beside itself.".into() } else { String::new() },
        status,
        usable,
    }
}

fn list(filled: bool, errors: FieldErrors) -> String {
    let rows = vec![
        row("bak_4", "Asked for", StatusView::run("running").saying("Packing, 62%"), 0),
        row("bak_3", "By schedule", StatusView::ready().saying("Verified"), 40),
        row("bak_2", "Before a restore", StatusView::ready().saying("Verified"), DAY),
        row("bak_1", "By schedule", StatusView::run("faulted").saying("Failed"), 2 * DAY),
    ];
    let field = |name: &str, value: &str| Field::line(name, name).control(Control::Line("number")).value(value).check_in(&errors);
    let held =
        Banner::new(Kind::Warn, "This instance was restored to its state of yesterday 03:18.", "Runs, rollouts and planned changes wait.");
    let held = held.action(BannerAction::post("Let everything go on", "/backups/release"));
    let around = layout("Backups", Place::Backups);
    BackupsPage {
        banners: Vec::new(),
        next: filled.then(|| ago(-DAY)),
        folder: "/srv/signalbox/data/backups".into(),
        live: filled,
        backups: if filled { rows } else { Vec::new() },
        pager: Pager::default(),
        summary: ErrorSummary::of("The schedule was not changed", &errors),
        schedule: vec![field("every_hours", "24"), field("keep", "14"), field("max_days", "90")],
        seen: "24-14-90".into(),
        layout: Layout { notices: if filled { vec![held] } else { Vec::new() }, ..around },
    }
    .render()
    .unwrap()
}

fn show() -> String {
    BackupPage {
        layout: layout("Backup", Place::Backups),
        crumbs: Crumbs::here("signalbox-20261121T031800Z-4hn2b8.backup").below("/backups", "Backups"),
        backup: row("bak_3", "By schedule", StatusView::ready().saying("Verified"), 40),
        facts: vec![("Shows", "21 Nov 2026, 03:18".into()), ("SHA-256 of the contents", "9f86d081884c7d659a2feaa0c55ad015".repeat(2))],
        compared: vec![
            CheckView::ok("Rows: 12,345 rows in 46 tables, each counted"),
            CheckView::warn("Secrets: not tried: this process has no key"),
        ],
        counts: vec![("flows".into(), 12), ("runs".into(), 18_412)],
    }
    .render()
    .unwrap()
}

fn restore() -> Dialog {
    let keep = ("/backups".to_owned(), "Keep the present state");
    let mut d =
        Dialog::new("restore", &csrf(), "Restore the state of yesterday 03:18?", "/backups/bak_3/restore", keep, "Restore the instance");
    d.danger = true;
    d.checks = checks();
    d.fields = vec![Field::confirm("restore"), Field::line("password", "Your password").control(Control::Line("password")).required()];
    d
}

fn restoring() -> String {
    RestoringPage { layout: bare("Restoring"), made_at: ago(DAY), step: "The backup is being unpacked: 62 %.".into() }.render().unwrap()
}
