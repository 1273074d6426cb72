//! The dialogs of a version's life: publish, delete, archive, copy, duplicate (PRODUCT §3).

use crate::web::components::change::{ChangeView, CheckView};
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;
use crate::web::layout::Csrf;
use crate::web::pages::flow::FlowHead;

fn of(flow: &FlowHead, number: u64) -> String {
    format!("{}/versions/{number}", flow.base)
}

/// What was typed into the dialog of a publication.
#[derive(Debug, Clone, Default)]
pub struct Publish {
    /// What changes, for people.
    pub note: String,
    /// A ticket or a commit elsewhere.
    pub reference: String,
    /// A name that is unique in the flow.
    pub label: String,
    /// Content that was seen; another one by now answers 409.
    pub expect: String,
}

/// Publishes a draft: its content is frozen under its hash. With blocking `checks` the act is left out.
pub fn publish(
    flow: &FlowHead,
    number: u64,
    p: Publish,
    changes: Vec<ChangeView>,
    checks: Vec<CheckView>,
    csrf: &Csrf,
    errors: &FieldErrors,
) -> Dialog {
    let base = of(flow, number);
    let mut d = Dialog::new(
        "publish",
        csrf,
        format!("Publish version {number}"),
        format!("{base}/publish"),
        (base, "Keep as draft"),
        format!("Publish v{number}"),
    );
    if checks.iter().any(|c| c.state == crate::web::components::change::CheckState::Bad) {
        d.act = None;
    }
    d.hidden = vec![("expect", p.expect)];
    d.summary = ErrorSummary::of(format!("Version {number} was not published"), errors);
    d.checks = checks;
    d.changes = changes;
    d.fields = vec![
        Field::text("note", "Comment")
            .value(p.note)
            .required()
            .autofocus()
            .hint("What changes and why. Shown in the version table.")
            .check_in(errors),
        Field::line("reference", "Reference").value(p.reference).hint("Optional: a ticket or a commit.").check_in(errors),
        Field::line("label", "Label")
            .control(Control::Code)
            .value(p.label)
            .hint("Optional: a name for it, unique in this flow, usable wherever a version is named.")
            .check_in(errors),
    ];
    d.why = "Its definition and settings can no longer change. It runs nowhere before you deploy it.".to_owned();
    d
}

/// Deletes a version. `blocking` are the reasons against it, each with a link; then the act is left out.
pub fn delete(
    flow: &FlowHead,
    plate: &Plate,
    about: Rich,
    checks: Vec<CheckView>,
    blocking: Vec<CheckView>,
    csrf: &Csrf,
    errors: &FieldErrors,
) -> Dialog {
    let n = plate.number;
    let base = of(flow, n);
    let mut d = Dialog::new(
        "delete",
        csrf,
        format!("Delete version {n}?"),
        format!("{base}/delete"),
        (flow.base.clone(), &format!("Keep version {n}")),
        format!("Delete version {n}"),
    );
    d.intro = Rich::new().plate(plate).text(" ").dim(plate.sync.words()).text(" · ");
    d.intro = Rich::join(d.intro, &about);
    d.danger = true;
    d.summary = ErrorSummary::of(format!("Version {n} was not deleted"), errors);
    if blocking.is_empty() {
        d.checks = checks;
        d.fields = vec![
            Field::line("reason", Rich::new().text("Reason ").dim("(optional, shown in History)")).check_in(errors),
            Field::confirm(&format!("v{n}")).check_in(errors),
        ];
        d.why = "It can be brought back from the Bin for 30 days.".to_owned();
    } else {
        d.checks = blocking;
        d.act = None;
        d.why = "Archive it instead: it leaves the table and keeps its history.".to_owned();
    }
    d
}

/// Deletes a flow with all its versions.
pub fn delete_flow(flow: &FlowHead, checks: Vec<CheckView>, blocking: Vec<CheckView>, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let mut d = Dialog::new(
        "delete-flow",
        csrf,
        format!("Delete {}?", flow.name),
        format!("{}/delete", flow.base),
        (flow.base.clone(), "Keep the flow"),
        "Delete the flow",
    );
    d.danger = true;
    d.summary = ErrorSummary::of("The flow was not deleted", errors);
    if blocking.is_empty() {
        d.checks = checks;
        d.fields = vec![Field::confirm(&flow.slug).check_in(errors)];
        d.why = "It can be brought back from the Bin for 30 days.".to_owned();
    } else {
        d.checks = blocking;
        d.act = None;
    }
    d
}

/// Archives a version, or brings it back.
pub fn archive(flow: &FlowHead, number: u64, csrf: &Csrf) -> Dialog {
    let base = of(flow, number);
    let mut d = Dialog::new(
        "archive",
        csrf,
        format!("Archive version {number}?"),
        format!("{base}/archive"),
        (flow.base.clone(), &format!("Keep version {number}")),
        format!("Archive version {number}"),
    );
    d.checks = vec![
        CheckView::ok("It leaves the version table; the filter “Archived” shows it."),
        CheckView::ok("Its runs, figures and history stay, and it can be brought back at any time."),
        CheckView::warn("It cannot be deployed while it is archived."),
    ];
    d
}

/// Copies a version over the working draft. `lost` is what the draft has and would lose.
pub fn into_draft(flow: &FlowHead, number: u64, draft: u64, expect: String, lost: Vec<ChangeView>, csrf: &Csrf) -> Dialog {
    let base = of(flow, number);
    let mut d = Dialog::new(
        "into-draft",
        csrf,
        format!("Overwrite draft {draft} with version {number}?"),
        format!("{base}/into-draft"),
        (base.clone(), &format!("Keep draft {draft}")),
        format!("Overwrite draft {draft}"),
    );
    d.hidden = vec![("expect", expect)];
    if lost.is_empty() {
        d.intro = format!("Draft {draft} has nothing that would be lost.").into();
    } else {
        d.intro = format!("This is lost from draft {draft}:").into();
        d.danger = true;
    }
    d.changes = lost;
    d.instead = Some(crate::web::components::dialog::Instead {
        to: format!("{base}/copy?other=keep"),
        icon: "copy",
        words: "Make another draft instead".to_owned(),
    });
    d
}

/// Makes a flow out of a version (duplicate), or out of a draft with what is not saved (save as).
pub fn duplicate(flow: &FlowHead, number: u64, name: &str, slug: &str, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let base = of(flow, number);
    let mut d = Dialog::new(
        "duplicate",
        csrf,
        format!("Duplicate version {number} as a new flow"),
        format!("{base}/duplicate"),
        (base, "Cancel"),
        "Make the flow",
    );
    d.summary = ErrorSummary::of("The flow was not made", errors);
    d.intro = "The new flow has no link to this one. Its definition gets the new name; schedules and settings come along.".into();
    d.fields = vec![
        Field::line("name", "Name").value(name).required().autofocus().check_in(errors),
        Field::line("slug", "Address").control(Control::Code).value(slug).required().check_in(errors),
    ];
    d
}

/// Takes a draft back to what it was made from.
pub fn discard(flow: &FlowHead, number: u64, from: Option<u64>, lost: Vec<ChangeView>, csrf: &Csrf) -> Dialog {
    let base = of(flow, number);
    let back = from.map_or_else(|| "the empty definition it began with".to_owned(), |n| format!("version {n}"));
    let mut d = Dialog::new(
        "discard",
        csrf,
        format!("Discard the changes of draft {number}?"),
        format!("{base}/discard"),
        (format!("{base}/edit"), "Keep the changes"),
        "Discard the changes",
    );
    d.intro = format!("The draft goes back to {back}. This is lost:").into();
    d.changes = lost;
    d.danger = true;
    d
}
