//! Differences of definitions as sentences of a page.

use serde_json::Value;

use crate::definition::diff::{Change, ChangeKind, Impact};
use crate::web::components::change::{ChangeView, Diff};
use crate::web::components::rich::Rich;

/// Characters of a value that stand beside a sentence; longer ones are told by the sentence alone.
const SHORT: usize = 60;

/// One difference.
pub fn change(change: &Change) -> ChangeView {
    let diff = match change.kind {
        ChangeKind::Added => Diff::Added,
        ChangeKind::Removed => Diff::Removed,
        ChangeKind::Changed | ChangeKind::Moved | ChangeKind::Renamed => Diff::Changed,
    };
    let mut view = ChangeView::new(diff, Rich::from(change.what.as_str()));
    if change.kind == ChangeKind::Changed
        && let (Some(from), Some(to)) = (short(change.from.as_ref()), short(change.to.as_ref()))
    {
        view = view.values(from, to);
    }
    match change.impact {
        Impact::BreaksWaitingRuns => view.impact("Breaks waiting runs"),
        Impact::ChangesOutcome => view.impact("Changes outcome"),
        Impact::Settings | Impact::Cosmetic => view,
    }
}

/// All of them, in their order.
pub fn changes(all: &[Change]) -> Vec<ChangeView> {
    all.iter().map(change).collect()
}

fn short(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => return None,
        other => other.to_string(),
    };
    (text.chars().count() <= SHORT && !text.contains('\n')).then_some(text)
}
