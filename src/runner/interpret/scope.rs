//! Where the interpreter stands: addresses, variables and deadlines of the enclosing tasks.
use std::sync::Arc;

use crate::definition::pointer::join;
use crate::domain::clock::Micros;
use crate::runner::durable::{Data, StepKey};
use crate::runner::fault::{Kind, TaskError};

/// The three addresses of one place in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// JSON pointer in the definition.
    pub pointer: String,
    /// The pointer with marks for rounds, visits and retries: unique in the run.
    pub key: String,
    /// The key without retry marks.
    pub stable: String,
}

impl Place {
    /// One key or index further down.
    pub fn child(&self, segment: impl std::fmt::Display) -> Place {
        let segment = segment.to_string();
        Place { pointer: join(&self.pointer, &segment), key: join(&self.key, &segment), stable: join(&self.stable, &segment) }
    }

    /// The `n`th visit of the same place by `then`, from 1.
    pub fn visit(self, n: u32) -> Place {
        if n == 1 { self } else { self.marked(&format!("@{n}")) }
    }

    /// Round `n` of a loop, from 0.
    pub fn round(&self, n: u64) -> Place {
        self.clone().marked(&format!("#{n}"))
    }

    /// Try `n`, from 1. The stable address stays.
    pub fn attempt(&self, n: u32) -> Place {
        let mut place = self.clone();
        if n > 1 {
            place.key.push_str(&format!("~{n}"));
        }
        place
    }

    /// The key as contexts take it.
    pub fn step_key(&self) -> StepKey {
        StepKey::from(self.key.clone())
    }

    fn marked(mut self, mark: &str) -> Place {
        self.key.push_str(mark);
        self.stable.push_str(mark);
        self
    }
}

/// An instant by which an enclosing scope must have ended.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    pub at: Micros,
    /// The key of the scope whose time it is; empty for the run itself.
    pub owner: StepKey,
    /// The pointer of the task that set it.
    pub pointer: String,
}

impl Deadline {
    /// The error that travels to the owner.
    pub fn passed(&self) -> TaskError {
        let mut error = TaskError::standard(Kind::Timeout, "the time allowed here is over", &self.pointer);
        error.deadline = Some(self.owner.clone());
        error
    }
}

/// What the tasks of a list inherit.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// Loop items, indexes and caught errors, innermost last; names without `$`.
    pub variables: Vec<(Arc<str>, Data)>,
    pub iteration: Option<u64>,
    pub attempt: u32,
    /// How many calls of functions stand around.
    pub functions: u32,
    /// Outermost first.
    deadlines: Vec<Deadline>,
}

impl Scope {
    pub fn new() -> Self {
        Scope { variables: Vec::new(), iteration: None, attempt: 1, functions: 0, deadlines: Vec::new() }
    }

    /// With one more variable.
    pub fn with(&self, name: &str, value: Data) -> Scope {
        let mut scope = self.clone();
        scope.variables.retain(|(known, _)| known.as_ref() != name);
        scope.variables.push((name.into(), value));
        scope
    }

    /// For the task of a function: its deadlines stay, the variables of loops and catches around the call do not.
    pub fn inside_function(&self) -> Scope {
        Scope { variables: Vec::new(), functions: self.functions + 1, ..self.clone() }
    }

    /// With one more deadline.
    pub fn until(&self, deadline: Deadline) -> Scope {
        let mut scope = self.clone();
        scope.deadlines.push(deadline);
        scope
    }

    /// The deadline that comes first; of equal ones the outermost.
    pub fn next_deadline(&self) -> Option<&Deadline> {
        self.deadlines.iter().min_by_key(|deadline| deadline.at)
    }

    /// The deadline that has passed at `now`.
    pub fn passed(&self, now: Micros) -> Option<&Deadline> {
        self.next_deadline().filter(|deadline| deadline.at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_their_marks() {
        let list = Place::default().child("do").child(1).child("a/b").visit(2).child("do").round(3);
        assert_eq!(list.pointer, "/do/1/a~1b/do");
        assert_eq!(list.key, "/do/1/a~1b@2/do#3");
        assert_eq!(list.stable, list.key);
        let again = list.child(0).child("x").child("try").attempt(2);
        assert_eq!(again.key, "/do/1/a~1b@2/do#3/0/x/try~2");
        assert_eq!(again.stable, "/do/1/a~1b@2/do#3/0/x/try");
    }

    #[test]
    fn the_outermost_of_equal_deadlines_wins() {
        let deadline =
            |at, pointer: &str| Deadline { at: Micros(at), owner: StepKey::from(pointer.to_owned()), pointer: pointer.to_owned() };
        let scope = Scope::new().until(deadline(5, "/outer")).until(deadline(5, "/inner")).until(deadline(9, "/last"));
        assert_eq!(scope.passed(Micros(5)).map(|d| d.pointer.as_str()), Some("/outer"));
        assert!(scope.passed(Micros(4)).is_none());
    }
}
