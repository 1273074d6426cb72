//! Two texts compared line by line.

use std::time::Duration;

use similar::{Change, ChangeTag, DiffOp, TextDiff};

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

/// Lines of a comparison that a page shows at once.
const SHOWN: usize = 400;
/// Words are marked in stretches up to this many lines; longer ones have too little in common.
const MARKED: usize = 200;
/// After this the lines that differ are found more coarsely.
const SLOWEST: Duration = Duration::from_millis(300);

/// A part of a long comparison.
#[derive(Debug, Default)]
pub struct Part {
    /// Its lines.
    pub lines: Vec<DiffLine>,
    /// Lines that stand only in the newer text, in all parts.
    pub added: usize,
    /// Lines that stand only in the older text, in all parts.
    pub removed: usize,
    /// Parts there are.
    pub parts: usize,
}

/// The lines that differ with a few around them, from the `part`th on, counted from 1. Stretches that are the same are
/// folded; those whose first line in the older text is in `opened` are shown, and `open` is the address that shows one.
pub fn part(before: &str, after: &str, part: usize, opened: &[u32], open: &dyn Fn(u32) -> String) -> Part {
    let diff = TextDiff::configure().timeout(SLOWEST).diff_lines(before, after);
    let mut found = Part::default();
    let mut writer = Writer { from: part.saturating_sub(1) * SHOWN, at: 0, lines: Vec::new() };
    let (mut old, mut new) = (0usize, 0usize);
    let (olds, news): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let fold = |writer: &mut Writer, old: usize, new: usize, count: usize| {
        let line = number(Some(old));
        if count > 0 && opened.contains(&line) {
            (0..count).for_each(|i| {
                writer.push(|| {
                    DiffLine::Same(number(Some(old + i)), number(Some(new + i)), olds.get(old + i).copied().unwrap_or_default().to_owned())
                })
            });
        } else if count > 0 {
            let says = format!("Show {}", plural(count as u64, "unchanged line", "unchanged lines"));
            writer.push(|| DiffLine::Fold(says, open(line)));
        }
    };
    for group in diff.grouped_ops(AROUND) {
        let begins = group.first().map_or(old, |op| op.old_range().start);
        fold(&mut writer, old, new, begins.saturating_sub(old));
        for op in &group {
            if op.tag() != similar::DiffTag::Equal {
                found.removed += op.old_range().len();
                found.added += op.new_range().len();
            }
            write(&diff, op, &mut writer);
        }
        if let Some(last) = group.last() {
            (old, new) = (last.old_range().end, last.new_range().end);
        }
    }
    if writer.at > 0 {
        fold(&mut writer, old, new, olds.len().saturating_sub(old).min(news.len().saturating_sub(new)));
    }
    found.parts = writer.at.div_ceil(SHOWN);
    found.lines = writer.lines;
    found
}

/// Keeps the lines of one part, counts all.
struct Writer {
    from: usize,
    at: usize,
    lines: Vec<DiffLine>,
}

impl Writer {
    fn push(&mut self, line: impl FnOnce() -> DiffLine) {
        if self.is_shown(1) {
            self.lines.push(line());
        }
        self.at += 1;
    }

    /// Whether any of the next lines is in this part.
    fn is_shown(&self, count: usize) -> bool {
        self.at < self.from + SHOWN && self.at + count > self.from
    }
}

fn write(diff: &TextDiff<'_, '_, str>, op: &DiffOp, writer: &mut Writer) {
    let lines = if op.tag() == similar::DiffTag::Equal { op.old_range().len() } else { op.old_range().len() + op.new_range().len() };
    if !writer.is_shown(lines) {
        writer.at += lines;
    } else if lines > MARKED {
        diff.iter_changes(op).for_each(|change| writer.push(|| plain(&change)));
    } else {
        for change in diff.iter_inline_changes(op) {
            let parts = || change.iter_strings_lossy().map(|(marked, part)| (marked, without_end(&part))).collect::<Vec<_>>();
            writer.push(|| match change.tag() {
                ChangeTag::Equal => {
                    let text: String = parts().into_iter().map(|(_, part)| part).collect();
                    DiffLine::Same(number(change.old_index()), number(change.new_index()), text)
                }
                ChangeTag::Delete => DiffLine::Removed(number(change.old_index()), parts()),
                ChangeTag::Insert => DiffLine::Added(number(change.new_index()), parts()),
            });
        }
    }
}

fn plain(change: &Change<&str>) -> DiffLine {
    let text = without_end(change.value());
    match change.tag() {
        ChangeTag::Equal => DiffLine::Same(number(change.old_index()), number(change.new_index()), text),
        ChangeTag::Delete => DiffLine::Removed(number(change.old_index()), vec![(false, text)]),
        ChangeTag::Insert => DiffLine::Added(number(change.new_index()), vec![(false, text)]),
    }
}

fn without_end(line: &str) -> String {
    line.trim_end_matches(['\n', '\r']).to_owned()
}

/// The number of a line for people.
fn number(index: Option<usize>) -> u32 {
    index.and_then(|i| u32::try_from(i + 1).ok()).unwrap_or(0)
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
                DiffLine::Gap(says) | DiffLine::Fold(says, _) => says.clone(),
                DiffLine::Same(a, b, _) => format!("{a} {b}"),
                DiffLine::Removed(a, _) => format!("-{a}"),
                DiffLine::Added(b, _) => format!("+{b}"),
            })
            .collect();
        assert_eq!(said, ["6 lines are the same", "7 7", "8 8", "9 9", "-10", "+10", "11 11", "12 12", "13 13", "7 lines are the same"]);
        assert!(compare(&before, &before).is_empty());
    }

    #[test]
    fn folded_stretches_open_by_their_first_line_and_long_texts_come_in_parts() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10\n", "line ten\n");
        let says = |opened: &[u32]| -> Vec<String> {
            let found = part(&before, &after, 1, opened, &|line| format!("?open={line}"));
            assert_eq!((found.added, found.removed, found.parts), (1, 1, 1));
            let line = |line: &DiffLine| match line {
                DiffLine::Gap(says) => says.clone(),
                DiffLine::Fold(says, to) => format!("{says} {to}"),
                DiffLine::Same(a, b, _) => format!("{a} {b}"),
                DiffLine::Removed(a, _) => format!("-{a}"),
                DiffLine::Added(b, parts) => {
                    format!("+{b} {}", parts.iter().filter(|(m, _)| *m).map(|(_, t)| t.as_str()).collect::<String>())
                }
            };
            found.lines.iter().map(line).collect()
        };
        let folded = says(&[]);
        assert_eq!((folded[0].as_str(), folded[5].as_str()), ("Show 6 unchanged lines ?open=1", "+10 ten"));
        assert_eq!(folded.last().map(String::as_str), Some("Show 7 unchanged lines ?open=14"));
        assert_eq!(says(&[1])[..2], ["1 1", "2 2"]);
        assert_eq!(says(&[14]).last().map(String::as_str), Some("20 20"));

        let long: String = (0..5_000).map(|n| format!("other {n}\n")).collect();
        let first = part(&before, &long, 1, &[], &|_| String::new());
        assert_eq!((first.lines.len(), first.added), (400, 5_000));
        let last = part(&before, &long, first.parts, &[], &|_| String::new());
        assert!(!last.lines.is_empty() && last.lines.len() <= 400);
        assert!(part(&before, &before, 1, &[], &|_| String::new()).lines.is_empty());
    }
}
