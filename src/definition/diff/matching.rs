//! Which step of the new definition is which of the old one.
//!
//! First by name within lists that stand for each other, then by content there, then the same step in another list, then
//! by likeness. Each round looks only at what the ones before have left over, and each takes about as long as the
//! definitions are large, whatever they hold.

use std::collections::{HashMap, VecDeque};

use super::alike::{Leaves, best};
use super::tree::Tree;
use super::values::same;

/// How alike two steps of one list must be to count as one that was renamed and changed.
const ALIKE: f64 = 0.6;
/// How alike steps of one name in different lists must be to count as one that was moved and changed.
const ALIKE_ELSEWHERE: f64 = 0.4;

/// The partners of the steps, and of the lists that stand for each other.
pub(super) struct Matching {
    /// For each new step its partner.
    pub old_of: Vec<Option<usize>>,
    /// For each old step its partner.
    pub new_of: Vec<Option<usize>>,
    /// For each new list the old one that it goes on from.
    pub old_list_of: Vec<Option<usize>>,
}

/// Matches two definitions.
pub(super) fn matching(old: &Tree<'_>, new: &Tree<'_>) -> Matching {
    let found =
        Matching { old_of: vec![None; new.nodes.len()], new_of: vec![None; old.nodes.len()], old_list_of: vec![None; new.lists.len()] };
    let mut work = Work { old, new, found, open: VecDeque::new(), looked_at: Vec::new() };
    if let (Some(a), Some(b)) = (old.root(), new.root()) {
        work.open.push_back((a, b));
    }
    work.lists();
    work.elsewhere(Likeness::Step);
    work.renamed_and_changed();
    work.elsewhere(Likeness::Name);
    work.renamed_and_changed();
    work.elsewhere(Likeness::Content);
    work.found
}

/// What makes a step of another list the same one.
#[derive(Clone, Copy, PartialEq)]
enum Likeness {
    /// Name and content.
    Step,
    /// Name and kind, and much of the content.
    Name,
    /// Content only.
    Content,
}

struct Work<'a, 'v> {
    old: &'a Tree<'v>,
    new: &'a Tree<'v>,
    found: Matching,
    /// Pairs of lists that nobody has looked at.
    open: VecDeque<(usize, usize)>,
    /// Pairs of lists in which steps may be left over.
    looked_at: Vec<(usize, usize)>,
}

impl Work<'_, '_> {
    /// Names, then contents, in every pair of lists.
    fn lists(&mut self) {
        while let Some((a, b)) = self.open.pop_front() {
            self.found.old_list_of[b] = Some(a);
            self.by_name(a, b);
            self.by_content(a, b);
            self.looked_at.push((a, b));
        }
    }

    fn left_over(&self, a: usize, b: usize) -> (Vec<usize>, Vec<usize>) {
        let gone = self.old.lists[a].items.iter().copied().filter(|i| self.found.new_of[*i].is_none()).collect();
        let fresh = self.new.lists[b].items.iter().copied().filter(|i| self.found.old_of[*i].is_none()).collect();
        (gone, fresh)
    }

    fn by_name(&mut self, a: usize, b: usize) {
        let (gone, fresh) = self.left_over(a, b);
        // A draft may use a name twice: the first goes with the first.
        let mut named: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for index in gone.into_iter().filter(|i| self.old.nodes[*i].is_step) {
            named.entry(self.old.nodes[index].task.name).or_default().push_back(index);
        }
        for index in fresh.into_iter().filter(|i| self.new.nodes[*i].is_step) {
            if let Some(partner) = named.get_mut(self.new.nodes[index].task.name).and_then(VecDeque::pop_front) {
                self.pair(partner, index);
            }
        }
    }

    fn by_content(&mut self, a: usize, b: usize) {
        let (gone, fresh) = self.left_over(a, b);
        let mut contents: HashMap<(bool, u64), VecDeque<usize>> = HashMap::new();
        for index in gone {
            let node = &self.old.nodes[index];
            contents.entry((node.is_step, node.print)).or_default().push_back(index);
        }
        for index in fresh {
            let node = &self.new.nodes[index];
            let among = contents.get_mut(&(node.is_step, node.print));
            if let Some(partner) = among.and_then(VecDeque::pop_front)
                && same(self.old.nodes[partner].task.value, node.task.value)
            {
                self.pair(partner, index);
            }
        }
    }

    /// Makes two steps partners, and everything in them when their contents are the same.
    fn pair(&mut self, a: usize, b: usize) {
        let (old, new) = (&self.old.nodes[a], &self.new.nodes[b]);
        if old.print == new.print && self.is_free(a, b) && same(old.task.value, new.task.value) {
            for (x, y) in (a..old.end).zip(b..new.end) {
                self.found.new_of[x] = Some(y);
                self.found.old_of[y] = Some(x);
                for (p, q) in self.old.nodes[x].lists.iter().zip(&self.new.nodes[y].lists) {
                    self.found.old_list_of[*q] = Some(*p);
                }
            }
            return;
        }
        self.found.new_of[a] = Some(b);
        self.found.old_of[b] = Some(a);
        let role = |list: usize| self.old.lists[list].role;
        let mut before = old.lists.clone();
        let mut alone = Vec::new();
        for list in &new.lists {
            match before.iter().position(|other| role(*other) == self.new.lists[*list].role) {
                Some(at) => self.open.push_back((before.remove(at), *list)),
                None => alone.push(*list),
            }
        }
        // Another kind of scope around the same steps: what was tried is now repeated, say.
        self.open.extend(before.into_iter().zip(alone));
    }

    /// Whether nothing in either has a partner yet.
    fn is_free(&self, a: usize, b: usize) -> bool {
        let (old, new) = (a..self.old.nodes[a].end, b..self.new.nodes[b].end);
        old.len() == new.len() && self.found.new_of[old].iter().all(Option::is_none) && self.found.old_of[new].iter().all(Option::is_none)
    }

    /// Steps left over that stand in another list now.
    fn elsewhere(&mut self, by: Likeness) {
        let key = |name: &str, print: u64, kind: &'static str| match by {
            Likeness::Step => (name.to_owned(), print, ""),
            Likeness::Name => (name.to_owned(), 0, kind),
            Likeness::Content => (String::new(), print, ""),
        };
        let mut gone: HashMap<(String, u64, &str), VecDeque<usize>> = HashMap::new();
        for (index, node) in self.old.nodes.iter().enumerate().filter(|(i, n)| n.is_step && self.found.new_of[*i].is_none()) {
            gone.entry(key(node.task.name, node.print, node.task.kind.label())).or_default().push_back(index);
        }
        for index in 0..self.new.nodes.len() {
            let node = &self.new.nodes[index];
            if self.found.old_of[index].is_some() || !node.is_step {
                continue;
            }
            let Some(among) = gone.get_mut(&key(node.task.name, node.print, node.task.kind.label())) else { continue };
            while among.front().is_some_and(|i| self.found.new_of[*i].is_some()) {
                among.pop_front();
            }
            let Some(partner) = among.front().copied() else { continue };
            let alike = if by == Likeness::Name {
                let leaves = |value| Leaves::of(value);
                leaves(self.old.nodes[partner].task.value).likeness(&leaves(node.task.value)) >= ALIKE_ELSEWHERE
            } else {
                self.is_free(partner, index) && same(self.old.nodes[partner].task.value, node.task.value)
            };
            if alike {
                among.pop_front();
                self.pair(partner, index);
                self.lists();
            }
        }
    }

    /// Steps of one list that have another name and say something else, but not much else.
    fn renamed_and_changed(&mut self) {
        while let Some((a, b)) = self.looked_at.pop() {
            let (gone, fresh) = self.left_over(a, b);
            let (gone, fresh): (Vec<_>, Vec<_>) = (
                gone.into_iter().filter(|i| self.old.nodes[*i].is_step).collect(),
                fresh.into_iter().filter(|i| self.new.nodes[*i].is_step).collect(),
            );
            if gone.is_empty() || fresh.is_empty() {
                continue;
            }
            let old: Vec<_> = gone.iter().map(|i| self.old.nodes[*i].task.clone()).collect();
            let new: Vec<_> = fresh.iter().map(|i| self.new.nodes[*i].task.clone()).collect();
            for (x, y) in best(&old, &new, ALIKE) {
                self.pair(gone[x], fresh[y]);
            }
            self.lists();
        }
    }
}
