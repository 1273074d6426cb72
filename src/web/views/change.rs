//! Differences and checks as lists.

use serde_json::Value;

use crate::app::deployment::preview::{Check, Grade};
use crate::definition::diff::{Area, Change, ChangeKind, Impact};
use crate::web::components::change::{ChangeView, CheckState, CheckView, Diff};
use crate::web::components::rich::Rich;

/// The headings of a comparison, in their order.
pub const AREAS: [(Area, &str); 4] =
    [(Area::Steps, "Steps"), (Area::Triggers, "Triggers"), (Area::Settings, "Settings"), (Area::Environment, "Environment")];

/// What a change may do, worst first: words and icon.
pub const IMPACTS: [(Impact, &str, &str); 4] = [
    (Impact::BreaksWaitingRuns, "Breaks waiting runs", "alert"),
    (Impact::ChangesOutcome, "Changes outcome", "bolt"),
    (Impact::Settings, "Settings", "filter"),
    (Impact::Cosmetic, "Cosmetic", "pencil"),
];

/// A difference as a sentence.
pub fn change(change: &Change) -> ChangeView {
    let diff = match change.kind {
        ChangeKind::Added => Diff::Added,
        ChangeKind::Removed => Diff::Removed,
        ChangeKind::Changed | ChangeKind::Moved | ChangeKind::Renamed => Diff::Changed,
    };
    let view = match values(change) {
        Some((what, from, to)) => ChangeView::new(diff, sentence(what)).values(from, to),
        None => ChangeView::new(diff, sentence(&change.what)),
    };
    match IMPACTS.iter().find(|(impact, ..)| *impact == change.impact) {
        Some((_, words, icon)) => view.impact(words, icon),
        None => view,
    }
}

/// `… changed from A to B.` without its end, and both values: beside each other they are compared at a glance. Texts
/// lose their quotation marks, unless one of the two is no text.
fn values(change: &Change) -> Option<(&str, String, String)> {
    let (from, to) = (change.from.as_ref()?, change.to.as_ref()?);
    let end = |from: &str, to: &str| change.what.strip_suffix(&format!(" from {from} to {to}.")).filter(|what| what.ends_with(" changed"));
    if let (Some(from), Some(to)) = (from.as_str(), to.as_str()) {
        return end(&format!("\"{from}\""), &format!("\"{to}\"")).map(|what| (what, from.to_owned(), to.to_owned()));
    }
    let told = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""));
    let (from, to) = (told(from), told(to));
    end(&from, &to).map(|what| (what, from, to))
}

/// Differences as sentences.
pub fn changes(all: &[Change]) -> Vec<ChangeView> {
    all.iter().map(change).collect()
}

/// The sentence with the name of its step made strong: `Step "total": …`.
fn sentence(what: &str) -> Rich {
    let named = what.strip_prefix("Step \"").and_then(|rest| rest.split_once('"'));
    match named {
        Some((name, rest)) => Rich::new().text("Step ").strong(name).text(rest.trim_end_matches('.')),
        None => Rich::new().text(what.trim_end_matches('.')),
    }
}

/// A check of a deployment.
pub fn check(check: &Check) -> CheckView {
    let state = match check.grade {
        Grade::Pass => CheckState::Ok,
        Grade::Look => CheckState::Warn,
        Grade::Fail => CheckState::Bad,
    };
    CheckView { state, says: check.text.as_str().into(), note: check.note.as_str().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;
    use crate::definition::diff::{Content, diff};

    #[test]
    fn values_that_changed_stand_beside_each_other() {
        let parsed = |steps: &str| {
            Definition::parse(&format!("document: {{dsl: '1.0.1', namespace: t, name: n, version: '1.0.0'}}\ndo:\n{steps}")).unwrap()
        };
        let old = parsed("  - a: {wait: PT1S}\n  - b: {set: {x: 1}}\n  - c: {set: {y: '2'}}\n");
        let new = parsed("  - a: {wait: PT9S}\n  - b: {set: {x: 2}}\n  - c: {set: {y: 2}}\n");
        let none = serde_json::json!({});
        let of = |definition: &Definition| definition.value().clone();
        let (old, new) = (of(&old), of(&new));
        let found = diff(Content { definition: &old, settings: &none }, Content { definition: &new, settings: &none });
        let said: Vec<_> = changes(&found).into_iter().map(|c| (c.says.to_string(), c.from_to)).collect();
        let pair = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(said[0], ("Step <b>a</b>: waiting time changed".to_owned(), pair("PT1S", "PT9S")));
        assert_eq!(said[1].1, pair("1", "2"));
        assert_eq!(said[2].1, pair("\"2\"", "2"), "a text that became a number looks the same without its marks");
    }

    #[test]
    fn a_steps_name_is_strong_and_escaped() {
        assert_eq!(sentence("Step \"a<b\" added.").to_string(), "Step <b>a&lt;b</b> added");
        assert_eq!(sentence("Title changed.").to_string(), "Title changed");
        assert_eq!(sentence("Step \"half").to_string(), "Step &quot;half");
    }
}
