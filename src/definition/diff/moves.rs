//! Which of the things in both lists have moved: those outside the longest run in the old order.

/// For old positions in the new order: true where the thing has moved.
pub(super) fn moved(old_positions: &[usize]) -> Vec<bool> {
    // Patience sorting: `tails[k]` ends the best run of length k + 1.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; old_positions.len()];
    for (at, position) in old_positions.iter().enumerate() {
        let length = tails.partition_point(|tail| old_positions[*tail] < *position);
        before[at] = length.checked_sub(1).map(|k| tails[k]);
        if length == tails.len() {
            tails.push(at);
        } else {
            tails[length] = at;
        }
    }
    let mut moved = vec![true; old_positions.len()];
    let mut at = tails.last().copied();
    while let Some(index) = at {
        moved[index] = false;
        at = before[index];
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn the_fewest_things_have_moved() {
        assert_eq!(moved(&[0, 1, 2]), [false, false, false]);
        assert_eq!(moved(&[2, 0, 1]), [true, false, false]);
        assert_eq!(moved(&[0, 3, 1, 2]), [false, true, false, false]);
        assert_eq!(moved(&[]), [] as [bool; 0]);
    }
}
