//! The form of a step: made from the step's JSON, and read back into edits of it. Pure.

use askama::Template;
use serde_json::Value;

use super::slots::{self, Input, Slot};
use crate::web::components::field::{Control, Field};
use crate::web::components::html_part;
use crate::web::filters;
use crate::web::form::FieldErrors;

/// The form of one step.
#[derive(Debug, Clone)]
pub struct StepForm {
    /// Pointer of the step.
    pub pointer: String,
    /// Name of the icon of its kind.
    pub icon: &'static str,
    /// "HTTP call", "Switch".
    pub kind: String,
    /// Its name, as heading.
    pub heading: String,
    /// Its name, to be changed.
    pub name: Field,
    /// What is particular to the kind.
    pub parts: Vec<Part>,
    /// What every step has.
    pub common: Vec<Part>,
    /// One of those is set, or wrong.
    pub common_open: bool,
    /// Said when the kind has no fields of its own.
    pub only_text: bool,
}

/// The step that a form is made of.
#[derive(Debug, Clone, Copy)]
pub struct StepSource<'a> {
    /// Pointer of the step.
    pub pointer: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Word of its kind in the definition: `call`, `switch`.
    pub kind: &'a str,
    /// The kind in words: "HTTP call".
    pub words: &'a str,
    /// Name of the icon of its kind.
    pub icon: &'static str,
    /// The step itself.
    pub step: &'a Value,
    /// Names of the steps of the list it stands in, for "Then".
    pub list: &'a [String],
}

/// A part of a form.
#[derive(Debug, Clone)]
pub enum Part {
    /// A field.
    Field(Field),
    /// Rows of names and values.
    Rows(Rows),
}

/// Rows of a part: names and values, or cases.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/editor/rows.html")]
pub struct Rows {
    /// Pointer inside of the step.
    pub at: String,
    /// Label.
    pub label: String,
    /// Headings of the columns: two or three.
    pub columns: Vec<&'static str>,
    /// The rows; the last ones are empty, for more.
    pub rows: Vec<Vec<String>>,
    /// Hint; may be empty.
    pub hint: String,
    /// What is wrong.
    pub error: Option<String>,
}

html_part!(Rows);

impl Rows {
    fn id(&self) -> String {
        id_of(&self.at)
    }
}

/// Id in the page of the field at a pointer inside of the step: links of problems lead to it.
pub fn id_of(at: &str) -> String {
    format!("f{}", at.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

/// Rows that stand empty at the end, to be filled in.
const SPARE: usize = 2;

impl StepForm {
    /// The form of a step; `errors` are by pointer inside of it.
    pub fn new(from: StepSource<'_>, errors: &FieldErrors) -> StepForm {
        let StepSource { pointer, name, kind, words, icon, step, list } = from;
        let own = slots::of(kind, step);
        let make = |all: &'static [Slot]| all.iter().map(|s| part(s, step, list, errors)).collect::<Vec<_>>();
        StepForm {
            pointer: pointer.to_owned(),
            icon,
            kind: words.to_owned(),
            heading: name.to_owned(),
            name: Field::line("name", "Name").value(name).required().check_in(errors),
            parts: make(own),
            common: make(slots::COMMON),
            common_open: slots::COMMON.iter().any(|s| step.pointer(s.at).is_some() || errors.of(s.at).is_some()),
            only_text: own.is_empty(),
        }
    }
}

impl StepForm {
    /// The form as it was sent, with what is wrong: nothing that was typed is lost.
    #[must_use]
    pub fn filled(mut self, sent: &[(String, String)], errors: &FieldErrors) -> StepForm {
        let value = |name: &str| sent.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        for part in self.parts.iter_mut().chain(&mut self.common) {
            match part {
                Part::Field(field) => {
                    field.value = value(&field.name).unwrap_or_else(|| field.value.clone());
                    field.error = errors.of(&field.name);
                }
                Part::Rows(rows) => rows.fill(sent, errors),
            }
        }
        self.name.value = value("name").unwrap_or(self.name.value);
        self.name.error = errors.of("name");
        self.common_open |= !errors.is_empty();
        self
    }
}

impl Rows {
    fn fill(&mut self, sent: &[(String, String)], errors: &FieldErrors) {
        let column = |n: usize| {
            let name = format!("{}|{n}", self.at);
            sent.iter().filter(|(f, _)| *f == name).map(|(_, v)| v.clone()).collect::<Vec<_>>()
        };
        let columns: Vec<_> = (0..self.columns.len()).map(column).collect();
        let count = columns.first().map_or(0, Vec::len);
        if count > 0 {
            let cell = |column: &Vec<String>, i: usize| column.get(i).cloned().unwrap_or_default();
            self.rows = (0..count).map(|i| columns.iter().map(|c| cell(c, i)).collect()).collect();
        }
        self.error = errors.of(&self.at);
    }
}

fn part(slot: &Slot, step: &Value, steps: &[String], errors: &FieldErrors) -> Part {
    let value = step.pointer(slot.at);
    let (columns, mut rows) = match slot.input {
        Input::Pairs => (vec!["Name", "Value"], value.and_then(pairs)),
        Input::Cases => (vec!["Case", "When", "Then"], Some(value.map(cases).unwrap_or_default())),
        _ => return Part::Field(field(slot, value, steps).check_in(errors)),
    };
    if rows.is_none() && value.is_some() {
        // An expression in place of an object: written as it is.
        return Part::Field(field(&Slot { input: Input::AnyLines, ..*slot }, value, steps).check_in(errors));
    }
    let rows_now = rows.get_or_insert_default();
    rows_now.extend(std::iter::repeat_n(vec![String::new(); columns.len()], SPARE));
    Part::Rows(Rows {
        at: slot.at.to_owned(),
        label: slot.label.to_owned(),
        columns,
        rows: rows.unwrap_or_default(),
        hint: slot.hint.to_owned(),
        error: errors.of(slot.at),
    })
}

fn field(slot: &Slot, value: Option<&Value>, steps: &[String]) -> Field {
    let text = value.map(written).unwrap_or_default();
    let base = Field::line(slot.at, slot.label).id(id_of(slot.at)).hint(slot.hint);
    match slot.input {
        Input::Choice(choices) => {
            let mut all: Vec<_> = choices.iter().map(|(v, w)| ((*v).to_owned(), (*w).to_owned())).collect();
            if !all.iter().any(|(v, _)| *v == text) {
                all.push((text.clone(), text.clone()));
            }
            base.control(Control::Choice(all)).value(text)
        }
        Input::Next => {
            let fixed = [
                ("", "The next step"),
                ("continue", "The next step (continue)"),
                ("exit", "Leave this list (exit)"),
                ("end", "End the run (end)"),
            ];
            let mut all: Vec<_> = fixed.map(|(v, w)| (v.to_owned(), w.to_owned())).into();
            all.extend(steps.iter().map(|s| (s.clone(), s.clone())));
            if !all.iter().any(|(v, _)| *v == text) {
                all.push((text.clone(), format!("{text} (does not exist)")));
            }
            base.control(Control::Choice(all)).value(text)
        }
        Input::Text => base.value(text),
        Input::AnyLines => {
            let lines = u8::try_from(text.lines().count()).unwrap_or(20).clamp(2, 20);
            base.control(Control::CodeText).lines(lines).value(text)
        }
        // A single line would swallow the ends of lines.
        _ if text.contains('\n') => {
            let lines = u8::try_from(text.lines().count()).unwrap_or(20).clamp(2, 20);
            base.control(Control::CodeText).lines(lines).value(text)
        }
        _ => base.control(Control::Code).value(text),
    }
}

/// A value as it stands in a field: texts plain, everything else as JSON.
fn written(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Object(_) | Value::Array(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
        other => other.to_string(),
    }
}

fn pairs(value: &Value) -> Option<Vec<Vec<String>>> {
    Some(value.as_object()?.iter().map(|(k, v)| vec![k.clone(), quoted(v)]).collect())
}

/// As `written`, for a field of one line.
fn one_line(value: &Value) -> String {
    written(value).trim_end().replace('\n', " ")
}

/// As `written`; a text that would read back as something else, or has several lines, is quoted.
fn quoted(value: &Value) -> String {
    match value {
        Value::String(s) if s.contains('\n') || serde_json::from_str::<Value>(s).is_ok() => Value::String(s.clone()).to_string(),
        Value::Object(_) | Value::Array(_) => value.to_string(),
        other => written(other),
    }
}

fn cases(value: &Value) -> Vec<Vec<String>> {
    let empty = Vec::new();
    let text = |v: &Value, key: &str| v.get(key).map(one_line).unwrap_or_default();
    value
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(name, case)| vec![name.clone(), text(case, "when"), text(case, "then")])
        .collect()
}

mod read;

pub use read::{Edit, edits};

#[cfg(test)]
mod tests;
