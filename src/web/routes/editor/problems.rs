//! Where problems are put right: at a field of a step's form, in the text, or at the document's fields. Pure.

use serde_json::Value;

use super::blocks::{self, Step};
use crate::definition::pointer::is_within;
use crate::web::form::FieldErrors;
use crate::web::pages::editor::forms::id_of;
use crate::web::pages::editor::slots;
use crate::web::views::version::Found;

/// A problem with the step and the field it belongs to.
#[derive(Debug, Clone)]
struct Place {
    step: Option<String>,
    /// Pointer inside of the step of the field that shows it.
    slot: Option<&'static str>,
    line: Option<u32>,
    says: String,
    blocks: bool,
}

/// All problems of a draft, placed.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<Place>);

/// Fields of the document's own form, by pointer.
pub const DOCUMENT: [&str; 8] = [
    "/document/namespace",
    "/document/name",
    "/document/version",
    "/document/title",
    "/document/summary",
    "/input/schema",
    "/timeout/after",
    "/settings/key",
];

impl Places {
    /// Places problems; without a readable definition all of them are in the text.
    pub fn new(problems: &[Found], definition: Option<&Value>) -> Places {
        let place = |problem: &Found| {
            let step = definition.and_then(|d| blocks::find(d, &problem.pointer)).filter(|s| is_within(&problem.pointer, &s.pointer));
            let slot = match &step {
                Some(step) => slot(step, &problem.pointer[step.pointer.len()..]),
                None => DOCUMENT.into_iter().find(|at| is_within(&problem.pointer, at)),
            };
            let name = step.as_ref().map(|s| format!("{}: ", s.name)).unwrap_or_default();
            Place {
                step: step.map(|s| s.pointer),
                slot,
                line: problem.line,
                says: format!("{name}{}", problem.message),
                blocks: problem.blocks(),
            }
        };
        Places(problems.iter().map(place).collect())
    }

    /// The first problem of a step, or nothing.
    pub fn of_step(&self, pointer: &str) -> String {
        let found = self.0.iter().find(|p| p.blocks && p.step.as_deref() == Some(pointer));
        found.map(|p| p.says.split_once(": ").map_or(p.says.clone(), |(_, says)| says.to_owned())).unwrap_or_default()
    }

    /// What is wrong with the fields of a step, or (empty pointer) of the document.
    pub fn of_fields(&self, pointer: &str) -> FieldErrors {
        let wanted = (!pointer.is_empty()).then_some(pointer);
        let mut errors = FieldErrors::new();
        for place in self.0.iter().filter(|p| p.step.as_deref() == wanted) {
            if let Some(slot) = place.slot
                && errors.of(slot).is_none()
            {
                errors.add(slot, place.says.split_once(": ").filter(|_| wanted.is_some()).map_or(place.says.as_str(), |(_, says)| says));
            }
        }
        errors
    }

    /// Lines with problems.
    pub fn lines(&self) -> Vec<u32> {
        self.0.iter().filter(|p| p.blocks).filter_map(|p| p.line).collect()
    }

    /// Links to where they are put right, and words; only what stops the version.
    pub fn links(&self, base: &str) -> Vec<(String, String)> {
        let text = |p: &Place| match p.line {
            Some(line) => format!("{base}/edit?view=text#line-{line}"),
            None => format!("{base}/edit?view=text#text"),
        };
        let link = |p: &Place| match (&p.step, p.slot) {
            (Some(step), Some(slot)) => format!("{}#{}", to_step(base, step), id_of(slot)),
            (Some(step), None) if p.line.is_none() => to_step(base, step),
            (None, Some(slot)) => format!("{base}/edit?step=#{}", id_of(slot)),
            _ => text(p),
        };
        self.0.iter().filter(|p| p.blocks).map(|p| (link(p), p.says.clone())).collect()
    }
}

/// The address of a step's form.
pub fn to_step(base: &str, pointer: &str) -> String {
    let query = serde_html_form::to_string([("step", pointer)]).unwrap_or_default();
    format!("{base}/edit?{query}")
}

/// The field of a step's form that shows what lies at this pointer inside of it.
fn slot(step: &Step, at: &str) -> Option<&'static str> {
    let all = slots::of(step.kind.key(), &step.value).iter().chain(slots::COMMON);
    let around = all.clone().find(|s| is_within(at, s.at));
    // A missing value is reported at the object that lacks it.
    around.or_else(|| all.clone().find(|s| !at.is_empty() && is_within(s.at, at))).map(|s| s.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(pointer: &str, line: Option<u32>) -> Found {
        Found { pointer: pointer.into(), line, message: "Say how long.".into(), severity: "error".into() }
    }

    #[test]
    fn a_problem_leads_to_the_field_that_shows_it() {
        let definition = json!({"do": [{"call it": {"call": "http", "with": {"endpoint": 5}}}, {"odd": {"listen": {}}}]});
        let all = [
            found("/do/0/call it/with/endpoint", Some(4)),
            found("/do/1/odd/listen/to", Some(9)),
            found("/document/name", None),
            found("", Some(1)),
        ];
        let places = Places::new(&all, Some(&definition));
        let links: Vec<String> = places.links("/v").into_iter().map(|(to, _)| to).collect();
        assert_eq!(
            links,
            [
                "/v/edit?step=%2Fdo%2F0%2Fcall+it#f-with-endpoint",
                "/v/edit?view=text#line-9",
                "/v/edit?step=#f-document-name",
                "/v/edit?view=text#line-1"
            ]
        );
        assert_eq!(places.of_fields("/do/0/call it").of("/with/endpoint").as_deref(), Some("Say how long."));
        assert_eq!(places.of_step("/do/1/odd"), "Say how long.");
        assert_eq!(places.lines(), [4, 9, 1]);
        assert!(Places::new(&all, None).links("/v")[0].0.contains("view=text#line-4"));
    }
}
