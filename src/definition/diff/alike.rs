//! How much two steps have in common, and which of many are most alike.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::definition::tasks::TaskRef;

/// A value that more steps than this share says nothing about which is which, unless there are few steps.
const COMMON: usize = 24;

/// What a step says, as hashes of paths with their values, in order.
pub(super) struct Leaves(Vec<u64>);

impl Leaves {
    /// Reads a step.
    pub fn of(value: &Value) -> Self {
        let mut found = Vec::new();
        leaves(value, 0, &mut found);
        found.sort_unstable();
        found.dedup();
        Self(found)
    }

    /// The share of what both say, from 0 to 1.
    pub fn likeness(&self, other: &Self) -> f64 {
        let (mut a, mut b, mut common) = (0, 0, 0u32);
        while let (Some(x), Some(y)) = (self.0.get(a), other.0.get(b)) {
            common += u32::from(x == y);
            a += usize::from(x <= y);
            b += usize::from(y <= x);
        }
        let both = u32::try_from(self.0.len() + other.0.len()).unwrap_or(u32::MAX).max(1);
        2.0 * f64::from(common) / f64::from(both)
    }
}

fn leaves(value: &Value, path: u64, out: &mut Vec<u64>) {
    let below = |key: &str| {
        let mut hasher = DefaultHasher::new();
        (path, key).hash(&mut hasher);
        hasher.finish()
    };
    match value {
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(key, value)| leaves(value, below(key), out)),
        // A named item is known by its name wherever it stands.
        Value::Array(items) if !items.is_empty() => items.iter().enumerate().for_each(|(index, item)| {
            let named = item.as_object().is_some_and(|map| map.len() == 1);
            let at = if named { below("-") } else { below(&index.to_string()) };
            leaves(item, at, out);
        }),
        leaf => out.push(below(&leaf.to_string())),
    }
}

/// For old and new steps the pairs that are most alike, each step in one pair at most; at least `least` alike.
///
/// Only steps that share something not everybody has are held against each other, so unrelated lists of any length
/// take no longer than they are long.
pub(super) fn best(old: &[TaskRef<'_>], new: &[TaskRef<'_>], least: f64) -> Vec<(usize, usize)> {
    let (before, after): (Vec<_>, Vec<_>) =
        (old.iter().map(|t| Leaves::of(t.value)).collect(), new.iter().map(|t| Leaves::of(t.value)).collect());
    let mut who: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, all) in before.iter().enumerate() {
        for leaf in &all.0 {
            who.entry(*leaf).or_default().push(index);
        }
    }
    let mut taken = vec![false; old.len()];
    let mut pairs = Vec::new();
    let mut seen: Vec<usize> = vec![usize::MAX; old.len()];
    for (index, all) in after.iter().enumerate() {
        let mut top: Option<(f64, usize)> = None;
        let known = all.0.iter().filter_map(|leaf| who.get(leaf)).filter(|among| among.len() <= COMMON);
        for candidate in known.flatten().copied() {
            if taken[candidate] || seen[candidate] == index || old[candidate].kind != new[index].kind {
                continue;
            }
            seen[candidate] = index;
            let score = before[candidate].likeness(all);
            let better = top.is_none_or(|(best, at)| score > best || (score >= best && candidate < at));
            if score >= least && better {
                top = Some((score, candidate));
            }
        }
        if let Some((_, partner)) = top {
            taken[partner] = true;
            pairs.push((partner, index));
        }
    }
    pairs
}
