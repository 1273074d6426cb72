//! Joining two edits of one draft, so that nothing that anybody typed is lost (PRODUCT §3.2).

/// Two sides and what both were made from, joined line by line where they do not touch the same lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The joined text; with conflict marks where both changed the same lines.
    pub text: String,
    /// How many places need a person.
    pub conflicts: usize,
}

/// Merges mine and theirs over the text both began with. Without a known beginning, every difference is a conflict.
pub fn merge(base: Option<&str>, mine: &str, theirs: &str) -> Merge {
    let base = base.unwrap_or_default();
    let (base_lines, mine_lines, their_lines) = (lines(base), lines(mine), lines(theirs));
    let (to_mine, to_theirs) = (anchors(base, mine, base_lines.len()), anchors(base, theirs, base_lines.len()));
    let mut out = String::new();
    let mut conflicts = 0;
    let (mut b, mut m, mut t) = (0, 0, 0);
    // Walk from one line that all three share to the next; what lies between belongs to one side or is a conflict.
    loop {
        let next = (b..base_lines.len()).find_map(|i| Some((i, to_mine[i].filter(|x| *x >= m)?, to_theirs[i].filter(|x| *x >= t)?)));
        let (bn, mn, tn) = next.unwrap_or((base_lines.len(), mine_lines.len(), their_lines.len()));
        let (base_part, mine_part, their_part) = (&base_lines[b..bn], &mine_lines[m..mn], &their_lines[t..tn]);
        if mine_part == their_part || their_part == base_part {
            mine_part.iter().for_each(|l| out.push_str(l));
        } else if mine_part == base_part {
            their_part.iter().for_each(|l| out.push_str(l));
        } else {
            conflicts += 1;
            out.push_str("<<<<<<< yours\n");
            mine_part.iter().for_each(|l| push_line(&mut out, l));
            out.push_str("=======\n");
            their_part.iter().for_each(|l| push_line(&mut out, l));
            out.push_str(">>>>>>> saved in the meantime\n");
        }
        if next.is_none() {
            return Merge { text: out, conflicts };
        }
        out.push_str(base_lines[bn]);
        (b, m, t) = (bn + 1, mn + 1, tn + 1);
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push('\n');
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// For each line of `base`, where the same line stands in `other`, if it was kept.
fn anchors(base: &str, other: &str, count: usize) -> Vec<Option<usize>> {
    let mut out = vec![None; count];
    let diff = similar::TextDiff::from_lines(base, other);
    for change in diff.iter_all_changes() {
        if let (Some(old), Some(new)) = (change.old_index(), change.new_index())
            && let Some(slot) = out.get_mut(old)
        {
            *slot = Some(new);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_different_places_join_by_themselves() {
        let base = "a\nb\nc\nd\ne\n";
        let merged = merge(Some(base), "a\nB\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n");
        assert_eq!(merged, Merge { text: "a\nB\nc\nd\nE\nf\n".into(), conflicts: 0 });
    }

    #[test]
    fn changes_in_the_same_place_are_shown_side_by_side_and_nothing_is_lost() {
        let merged = merge(Some("a\nb\nc\n"), "a\nmine\nc\n", "a\ntheirs\nc\n");
        assert_eq!(merged.conflicts, 1);
        assert_eq!(merged.text, "a\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> saved in the meantime\nc\n");
        let unknown = merge(None, "a\nmine\n", "a\ntheirs\n");
        assert!(unknown.text.contains("mine") && unknown.text.contains("theirs"));
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_conflict() {
        assert_eq!(merge(Some("a\nb\n"), "a\nx\n", "a\nx\n"), Merge { text: "a\nx\n".into(), conflicts: 0 });
        assert_eq!(merge(Some("a\nb\n"), "a\nb\n", "b\n"), Merge { text: "b\n".into(), conflicts: 0 });
    }
}
