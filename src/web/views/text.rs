//! Two texts compared line by line.

use similar::{ChangeTag, TextDiff};

use crate::web::numbers::plural;
use crate::web::pages::version::DiffLine;

/// Equal lines shown around those that differ.
const AROUND: usize = 3;

/// The lines that differ, with a few around them; empty when nothing differs.
pub fn compare(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    let (mut seen, total) = (0usize, before.lines().count());
    for group in diff.grouped_ops(AROUND) {
        let begins = group.first().map_or(seen, |op| op.old_range().start);
        gap(&mut lines, begins.saturating_sub(seen));
        for op in &group {
            for change in diff.iter_inline_changes(op) {
                let number = |i: Option<usize>| i.and_then(|i| u32::try_from(i + 1).ok()).unwrap_or(0);
                let parts =
                    || change.iter_strings_lossy().map(|(marked, part)| (marked, part.trim_end_matches(['\n', '\r']).to_owned())).collect();
                lines.push(match change.tag() {
                    ChangeTag::Equal => {
                        let text: String = change.iter_strings_lossy().map(|(_, part)| part).collect();
                        DiffLine::Same(
                            number(change.old_index()),
                            number(change.new_index()),
                            text.trim_end_matches(['\n', '\r']).to_owned(),
                        )
                    }
                    ChangeTag::Delete => DiffLine::Removed(number(change.old_index()), parts()),
                    ChangeTag::Insert => DiffLine::Added(number(change.new_index()), parts()),
                });
            }
        }
        seen = group.last().map_or(seen, |op| op.old_range().end);
    }
    if !lines.is_empty() {
        gap(&mut lines, total.saturating_sub(seen));
    }
    lines
}

fn gap(lines: &mut Vec<DiffLine>, count: usize) {
    if count > 0 {
        lines.push(DiffLine::Gap(format!("{} the same", plural(count as u64, "line is", "lines are"))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_stand_with_a_few_around_them() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10\n", "line ten\n");
        let lines = compare(&before, &after);
        let said: Vec<String> = lines
            .iter()
            .map(|line| match line {
                DiffLine::Gap(says) => says.clone(),
                DiffLine::Same(a, b, _) => format!("{a} {b}"),
                DiffLine::Removed(a, _) => format!("-{a}"),
                DiffLine::Added(b, _) => format!("+{b}"),
            })
            .collect();
        assert_eq!(said, ["6 lines are the same", "7 7", "8 8", "9 9", "-10", "+10", "11 11", "12 12", "13 13", "7 lines are the same"]);
        assert!(compare(&before, &before).is_empty());
    }
}
