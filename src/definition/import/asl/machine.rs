//! A machine's states as a list of tasks: their order, and where each leads.

use std::collections::{HashSet, VecDeque};

use serde_json::{Map, Value, json};

use super::report::Report;
use super::template::Language;
use super::{MOST, join, language_of, state};

/// Where a list of tasks stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The flow itself.
    Whole,
    /// A branch or an iteration.
    Inner,
}

impl Scope {
    /// What ends it.
    pub fn end(self) -> &'static str {
        match self {
            Self::Whole => "end",
            Self::Inner => "exit",
        }
    }
}

/// What is shared by all states of a machine.
pub(super) struct Work<'r> {
    pub report: &'r mut Report,
    pub states: usize,
}

/// The names of one list: state names that mean something else as a directive get another.
pub(super) struct Names<'m> {
    states: &'m Map<String, Value>,
    taken: HashSet<String>,
}

impl<'m> Names<'m> {
    fn new(states: &'m Map<String, Value>) -> Self {
        let taken = states.keys().cloned().collect();
        Self { states, taken }
    }

    /// The task's name of a state.
    pub fn of(&self, state: &str) -> String {
        let mut name = state.to_owned();
        while matches!(name.as_str(), "continue" | "exit" | "end") || name != state && self.states.contains_key(&name) {
            name.push_str(" state");
        }
        name
    }

    /// A name for a task beside a state.
    pub fn beside(&mut self, state: &str, what: &str) -> String {
        let mut name = format!("{state}: {what}");
        while !self.taken.insert(name.clone()) {
            name.push('*');
        }
        name
    }
}

impl Work<'_> {
    /// The tasks of a machine, beginning with `StartAt`.
    pub fn list(&mut self, machine: &Value, language: Language, place: &str, scope: Scope) -> Result<Value, String> {
        let Some(Value::Object(states)) = machine.get("States") else {
            return Err(format!("{}: there are no states", at(place)));
        };
        let start = machine.get("StartAt").and_then(Value::as_str).unwrap_or_default();
        if !states.contains_key(start) {
            return Err(format!("{}: StartAt names “{start}”, which is no state of it", at(place)));
        }
        self.states += states.len();
        if self.states > MOST {
            return Err(format!("The state machine has more than {MOST} states."));
        }
        let order = order(states, start);
        let mut names = Names::new(states);
        let mut tasks = Vec::new();
        for (n, name) in order.iter().enumerate() {
            let value = &states[*name];
            let here = join(&join(place, "States"), name);
            let next = order.get(n + 1).copied();
            let made = state::convert(
                self,
                &mut names,
                value,
                &state::Here { name, place: &here, scope, language: language_of(value, language), next },
            )?;
            for (name, task) in made {
                tasks.push(json!({ name: task }));
            }
        }
        self.targets(states, place);
        Ok(Value::Array(tasks))
    }

    /// Says which transitions lead nowhere; validation says it again at the place.
    fn targets(&mut self, states: &Map<String, Value>, place: &str) {
        for (name, state) in states {
            for target in successors(state) {
                if !states.contains_key(target) {
                    let here = join(&join(&join(place, "States"), name), "Next");
                    self.report.dropped(&here, format!("leads to “{target}”, which is no state here"));
                }
            }
        }
    }
}

fn at(place: &str) -> &str {
    if place.is_empty() { "The state machine" } else { place }
}

/// States in the order in which they are reached; those that nothing leads to come last.
fn order<'m>(states: &'m Map<String, Value>, start: &'m str) -> Vec<&'m str> {
    let mut found: Vec<&str> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(name) = waiting.pop_front() {
        let mut at = Some(name);
        // A straight line stays together; what branches off comes after it.
        while let Some(name) = at {
            let Some((name, state)) = states.get_key_value(name) else { break };
            if !seen.insert(name) {
                break;
            }
            found.push(name);
            let mut next = successors(state);
            at = if next.is_empty() { None } else { Some(next.remove(0)) };
            waiting.extend(next);
        }
    }
    found.extend(states.keys().map(String::as_str).filter(|name| !seen.contains(name)));
    found
}

/// Where a state may lead, its usual way first.
fn successors(state: &Value) -> Vec<&str> {
    let own = state.get("Next").and_then(Value::as_str);
    let choices = state.get("Choices").and_then(Value::as_array).into_iter().flatten().filter_map(|c| c.get("Next")?.as_str());
    let default = state.get("Default").and_then(Value::as_str);
    let caught = state.get("Catch").and_then(Value::as_array).into_iter().flatten().filter_map(|c| c.get("Next")?.as_str());
    own.into_iter().chain(choices).chain(default).chain(caught).collect()
}
