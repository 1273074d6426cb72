//! Comments of the author's, and whether all are still there.

use std::collections::HashMap;
use std::ops::Range;

use crate::definition::parse::{Node, Style};

/// Whether a comment of the old text is missing in the new one.
pub(super) fn lost(old: &str, old_root: &Node, new: &str, new_root: &Node) -> bool {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for range in comments(new, new_root) {
        *count.entry(new[range].trim_end()).or_default() += 1;
    }
    comments(old, old_root).into_iter().any(|range| match count.get_mut(old[range].trim_end()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    })
}

/// Where comments stand: from a `#` outside keys and scalars to the end of its line.
pub(super) fn comments(text: &str, root: &Node) -> Vec<Range<usize>> {
    let mut solid = Vec::new();
    collect(root, &mut solid);
    solid.sort_unstable_by_key(|range: &Range<usize>| range.start);
    let mut found = Vec::new();
    let mut at = 0;
    let mut solid = solid.into_iter().peekable();
    while let Some(hash) = text[at..].find('#').map(|n| at + n) {
        while solid.next_if(|range| range.end <= hash).is_some() {}
        if let Some(range) = solid.peek().filter(|range| range.contains(&hash)) {
            at = range.end;
            continue;
        }
        let end = text[hash..].find('\n').map_or(text.len(), |n| hash + n);
        found.push(hash..end);
        at = end;
    }
    found
}

fn collect(node: &Node, solid: &mut Vec<Range<usize>>) {
    solid.extend(node.key.clone());
    if matches!(node.style, Style::Scalar | Style::BlockScalar | Style::Alias) {
        solid.push(node.span.clone());
    }
    for child in &node.children {
        collect(child, solid);
    }
}
