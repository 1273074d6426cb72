//! The dialogs of an environment: deploy a configuration, make a draft of one, delete one, change a replacement, archive.

use super::EnvironmentHead;
use crate::web::components::change::{ChangeView, CheckState, CheckView};
use crate::web::components::dialog::Dialog;
use crate::web::components::field::Field;
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::layout::Csrf;
use crate::web::numbers::plural;

/// What the dialog of a deployment is made of.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// The version to deploy.
    pub number: u64,
    /// What runs use now.
    pub deployed: Option<u64>,
    /// What changes against that.
    pub changes: Vec<ChangeView>,
    /// What follows from it.
    pub checks: Vec<CheckView>,
    /// How many others have to approve it first; 0 when it can be deployed at once.
    pub approvals: u64,
    /// A comment is needed.
    pub production: bool,
    /// The comment as typed.
    pub comment: String,
    /// The environment's revision and the version's lock version that were seen.
    pub seen: (u64, u64),
}

/// Deploys a configuration.
pub fn deploy(environment: &EnvironmentHead, d: Deploy, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let (base, name) = (&environment.base, &environment.name);
    let keep = d.deployed.map_or_else(|| "Deploy nothing".to_owned(), |n| format!("Keep #{n}"));
    let proposes = d.approvals > 0;
    let (title, act) = if proposes {
        (format!("Propose configuration #{} for {name}?", d.number), format!("Propose #{}", d.number))
    } else {
        (format!("Deploy configuration #{} to {name}?", d.number), format!("Deploy #{}", d.number))
    };
    let mut dialog =
        Dialog::new("deploy-configuration", csrf, title, format!("{base}/versions/{}/deploy", d.number), (base.clone(), &keep), act);
    dialog.intro = match (d.deployed, d.changes.is_empty()) {
        (None, _) => "Nothing is deployed here yet: flows can be deployed once this is.".into(),
        (Some(n), true) => format!("It holds the same replacements as #{n}.").into(),
        (Some(n), false) => {
            let total = plural(d.changes.len() as u64, "difference", "differences");
            Rich::new().text(&format!("{total} from #{n}. Runs in progress keep the configuration they started with."))
        }
    };
    if d.checks.iter().any(|c| c.state == CheckState::Bad) {
        dialog.act = None;
    }
    dialog.checks = d.checks;
    dialog.changes = d.changes;
    let hint = if proposes { "Why. Whoever approves it reads this." } else { "Why. Kept in the history." };
    let comment = Field::text("comment", "Comment").value(d.comment).hint(hint).check_in(errors);
    dialog.fields = vec![if d.production || proposes { comment.required() } else { comment }];
    dialog.hidden = vec![("expect", d.seen.0.to_string()), ("seen", d.seen.1.to_string())];
    dialog
}

/// Makes the draft out of a version: what is lost is shown.
pub fn draft(environment: &EnvironmentHead, number: u64, draft: Option<u64>, lost: Vec<ChangeView>, expect: u64, csrf: &Csrf) -> Dialog {
    let base = &environment.base;
    let keep = draft.map_or_else(|| "Make no draft".to_owned(), |n| format!("Keep draft #{n} as it is"));
    let act = draft.map_or_else(|| format!("Make a draft from #{number}"), |n| format!("Overwrite draft #{n}"));
    let title = match draft {
        Some(n) => format!("Overwrite draft #{n} with #{number}?"),
        None => format!("Make a draft from #{number}?"),
    };
    let mut dialog = Dialog::new("draft-from", csrf, title, format!("{base}/versions/{number}/draft"), (base.clone(), &keep), act);
    dialog.intro = match (draft, lost.len() as u64) {
        (None, _) => "There is no draft now. It gets the next number, which was never used before.".into(),
        (Some(n), 0) => format!("Draft #{n} holds the same replacements already; nothing is lost.").into(),
        (Some(_), total) => format!("The draft changes in {}. They stay in the history.", plural(total, "place", "places")).into(),
    };
    dialog.danger = !lost.is_empty();
    dialog.changes = lost;
    dialog.hidden = vec![("expect", expect.to_string())];
    dialog
}

/// Deletes the draft or an inactive version. With a blocking check the act is left out.
pub fn delete(
    environment: &EnvironmentHead,
    number: u64,
    checks: Vec<CheckView>,
    reason: &str,
    seen: u64,
    csrf: &Csrf,
    errors: &FieldErrors,
) -> Dialog {
    let base = &environment.base;
    let mut dialog = Dialog::new(
        "delete-configuration",
        csrf,
        format!("Delete configuration #{number}?"),
        format!("{base}/versions/{number}/delete"),
        (base.clone(), &format!("Keep #{number}")),
        format!("Delete #{number}"),
    );
    if checks.iter().any(|c| c.state == CheckState::Bad) {
        dialog.act = None;
    } else {
        dialog.fields = vec![Field::text("reason", "Reason").value(reason).hint("Optional. Kept in the history.").check_in(errors)];
    }
    dialog.checks = checks;
    dialog.danger = true;
    dialog.hidden = vec![("seen", seen.to_string())];
    dialog
}

/// Changes one replacement of the draft.
pub fn replacement(
    environment: &EnvironmentHead,
    title: String,
    hidden: Vec<(&'static str, String)>,
    fields: Vec<Field>,
    csrf: &Csrf,
) -> Dialog {
    let base = &environment.base;
    let mut dialog =
        Dialog::new("replacement", csrf, title, format!("{base}/replacements/change"), (base.clone(), "Leave it"), "Save replacement");
    dialog.fields = fields;
    dialog.hidden = hidden;
    dialog.why = "Runs see it once the draft is deployed.".to_owned();
    dialog
}

/// Puts an environment away. With a blocking check the act is left out.
pub fn archive(environment: &EnvironmentHead, checks: Vec<CheckView>, expect: u64, csrf: &Csrf) -> Dialog {
    let (base, name) = (&environment.base, &environment.name);
    let mut dialog = Dialog::new(
        "archive-environment",
        csrf,
        format!("Archive {name}?"),
        format!("{base}/archive"),
        (format!("{base}/settings"), &format!("Keep {name}")),
        format!("Archive {name}"),
    );
    if checks.iter().any(|c| c.state == CheckState::Bad) {
        dialog.act = None;
    }
    dialog.checks = checks;
    dialog.hidden = vec![("expect", expect.to_string())];
    dialog
}
