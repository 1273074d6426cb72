//! Backups as pages show them.

use crate::app::backup::look;
use crate::app::backup::preview::Preview;
use crate::app::backup::remove::Stands;
use crate::app::history::verb;
use crate::domain::backup::{Reason, Stage, State, Verification};
use crate::store::backups::Backup;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, Field};
use crate::web::components::status::StatusView;
use crate::web::layout::Csrf;
use crate::web::numbers::{bytes, count};
use crate::web::pages::backup::BackupRow;
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, TimeView};

/// Tables that a preview names at the most.
const MOST_TABLES: usize = 6;

/// A line of the list.
pub fn row(backup: &Backup, now: i64) -> BackupRow {
    let kept = backup.state == State::Kept.as_str();
    let there = look::is_there(backup);
    BackupRow {
        id: backup.id.clone(),
        file: backup.file.clone(),
        made: TimeView::near(backup.made_at.unwrap_or(backup.asked_at), now),
        by: backup.asked_by.clone(),
        why: backup.reason().map_or("Unknown", why),
        size: backup.bytes.map_or_else(String::new, |n| bytes(n.unsigned_abs())),
        status: status(backup, there),
        verified: backup
            .verified_at
            .filter(|_| kept && backup.verification == Verification::Passed.as_str())
            .map(|at| TimeView::near(at, now)),
        problem: backup.problem.clone(),
        usable: kept && there && !backup.is_busy(),
    }
}

const fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Asked => "Asked for",
        Reason::Scheduled => "By schedule",
        Reason::BeforeMigration => "Before a schema change",
        Reason::BeforeRestore => "Before a restore",
        Reason::Found => "Found in the folder",
    }
}

fn status(backup: &Backup, there: bool) -> StatusView {
    let said = (backup.state().unwrap_or(State::Failed), backup.verification().unwrap_or(Verification::Never));
    let doing = |stage: Stage| {
        let words = match stage {
            Stage::None | Stage::Dump => "Copying",
            Stage::Pack => "Packing",
            Stage::Restore => "Restoring into a scratch database",
            Stage::Compare => "Comparing",
        };
        let words = backup.percent.map_or_else(|| words.to_owned(), |percent| format!("{words}, {percent}%"));
        StatusView::run("running").saying(words)
    };
    match said {
        (State::Waiting, _) | (State::Kept, Verification::Waiting) => StatusView::run("pending").saying("Waits"),
        (State::Running, _) | (State::Kept, Verification::Running) => doing(backup.stage().unwrap_or(Stage::None)),
        (State::Failed, _) => StatusView::run("faulted").saying("Failed"),
        (State::Interrupted, _) => StatusView::run("cancelled").saying("Interrupted"),
        (State::Removed, _) => StatusView::archived().saying("Removed"),
        (State::Kept, _) if !there => StatusView::run("faulted").saying("File is not there"),
        (State::Kept, Verification::Passed) => StatusView::ready().saying("Verified"),
        (State::Kept, Verification::Failed) => StatusView::run("faulted").saying("Cannot be restored"),
        (State::Kept, Verification::Interrupted) => StatusView::run("cancelled").saying("Verification interrupted"),
        (State::Kept, Verification::Never) => StatusView::run("pending").saying("Not verified yet"),
    }
}

/// What a backup says of itself, as names and values.
pub fn facts(backup: &Backup) -> Vec<(&'static str, String)> {
    let full = |at: i64| TimeView::styled(at, at, TimeStyle::Full).words();
    let mut all = Vec::new();
    if let Some(header) = look::header(backup) {
        all.push(("Shows", full(header.made_at)));
        all.push(("Made by", format!("Signalbox {}", header.version)));
        all.push(("Schema step", header.facts.step().to_owned()));
        all.push(("Rows", format!("{} in {} tables", number(header.facts.rows()), header.facts.counts.len())));
        all.push(("Events", number(header.facts.events)));
        all.push(("Uncompressed", bytes(header.contents.bytes)));
        all.push(("SHA-256 of the contents", header.contents.sha256));
    }
    if let Some(size) = backup.bytes {
        all.push(("Size", bytes(size.unsigned_abs())));
    }
    all.push(("Folder", backup.folder.clone()));
    all
}

fn number(n: i64) -> String {
    count(n.unsigned_abs())
}

/// The dialog that goes back to a backup: what it brings, what it takes, the word and the password.
pub fn asked(backup: &Backup, preview: &Preview, csrf: &Csrf, refused: &Refused, now: i64) -> Dialog {
    let header = &preview.header;
    let shows = TimeView::styled(header.made_at, now, TimeStyle::Full).words();
    let mut dialog = Dialog::new(
        "restore",
        csrf,
        format!("Restore the state of {shows}?"),
        format!("/backups/{}/restore", backup.id),
        ("/backups".to_owned(), "Keep the present state"),
        "Restore the instance",
    );
    dialog.danger = true;
    dialog.summary = refused.summary("Nothing was restored", "restore-t");
    dialog.checks = checks(backup, preview, now);
    dialog.fields = vec![Field::confirm("restore").check_in(&refused.errors), password(refused)];
    dialog
}

fn password(refused: &Refused) -> Field {
    let field = Field::line("password", "Your password").control(Control::Line("password")).required();
    field.autocomplete("current-password").check_in(&refused.errors)
}

/// The dialog that deletes a backup: what is left to go back to, the reason and the password.
pub fn removed(backup: &Backup, stands: &Stands, csrf: &Csrf, (reason, refused): (&str, &Refused), now: i64) -> Dialog {
    let mut dialog = Dialog::new(
        "deletion",
        csrf,
        format!("Delete the backup {}?", if backup.file.is_empty() { &backup.id } else { &backup.file }),
        format!("/backups/{}/deletion", backup.id),
        (format!("/backups/{}", backup.id), "Keep the backup"),
        "Delete the backup",
    );
    dialog.danger = true;
    dialog.summary = refused.summary("Nothing was deleted", "deletion-t");
    if let Some(why) = stands.stays {
        dialog.checks.push(CheckView::bad(why));
        dialog.act = None;
        return dialog;
    }
    dialog.checks.push(CheckView::bad("Its file is removed from the server. There is no bin for backups."));
    dialog.checks.push(match stands.newest_other {
        Some(at) => CheckView::ok(format!("The newest other verified backup shows {}.", TimeView::near(at, now).words())),
        None => CheckView::warn("There is no other verified backup. This one was never shown to be good either."),
    });
    dialog.checks.push(CheckView::ok("The list goes on to say that it was there, who deleted it and why."));
    dialog.fields = vec![Field::text("reason", "Why").value(reason).lines(2).required().check_in(&refused.errors), password(refused)];
    dialog
}

fn checks(backup: &Backup, preview: &Preview, now: i64) -> Vec<CheckView> {
    let header = &preview.header;
    let full = TimeView::styled(header.made_at, header.made_at, TimeStyle::Full).words();
    let holds =
        format!("{} rows in {} tables and {} events", number(header.facts.rows()), header.facts.counts.len(), number(header.facts.events));
    let mut all = vec![CheckView::ok(format!("It shows {full}, was made by Signalbox {} and holds {holds}.", header.version))];
    all.push(match backup.verified_at.filter(|_| backup.verification == Verification::Passed.as_str()) {
        Some(at) => CheckView::ok(format!("It was verified {}.", TimeView::near(at, now).words())),
        None => CheckView::warn("It was never verified here. It is, before anything is changed."),
    });
    if preview.older {
        all.push(CheckView::ok(format!("Its schema step {} is brought up to this program's.", header.facts.step())));
    }
    all.push(match preview.events_lost {
        Some(0) => CheckView::ok("Nothing happened since, so no event is lost."),
        Some(1) => CheckView::bad("One event since then is lost:"),
        Some(lost) => CheckView::bad(format!("{} events since then are lost. The last of them:", number(lost))),
        None => CheckView::bad("The present history is another one and is lost. The last of it:"),
    });
    all.extend(preview.last_events.iter().map(|event| {
        let when = TimeView::near(event.at, now).words();
        CheckView::warn(format!("{} {} {}", event.actor_name, verb(&event.action), event.object_name)).note(when)
    }));
    let lost: Vec<String> = preview.fewer.iter().take(MOST_TABLES).map(|(table, rows)| format!("{} of {table}", number(*rows))).collect();
    if !lost.is_empty() {
        let more = preview.fewer.len().saturating_sub(MOST_TABLES);
        let more = if more > 0 { format!(" and of {more} more tables") } else { String::new() };
        all.push(CheckView::bad(format!("Rows that are there now and not then: {}{more}.", lost.join(", "))));
    }
    all.push(CheckView::ok("The present state is backed up and verified first. If anything fails, it stays as it is."));
    all.push(CheckView::warn("Every browser session ends, yours too. API tokens go on."));
    all.push(CheckView::warn("Runs, rollouts and planned changes wait afterwards until an admin lets them go on, and starts are refused."));
    all
}
