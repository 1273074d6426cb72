//! The editor's page, made from a draft. Pure.

use serde_json::Value;

use super::blocks::{self, Step};
use super::open::Opened;
use super::problems::{DOCUMENT, Places, to_step};
use crate::app::version::edit::KINDS;
use crate::definition::graph::Direction;
use crate::web::components::field::{Control, Field};
use crate::web::components::nav::{Choice, Segments};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::form::FieldErrors;
use crate::web::layout::Layout;
use crate::web::pages::editor::forms::{StepForm, StepSource, id_of};
use crate::web::pages::editor::{EditorPage, EditorView, TextView};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views;
use crate::web::views::graph::{self, Marks};
use crate::web::views::step::{icon, kind_words};

/// What is edited, and how it stands in the page.
pub enum Show {
    /// A step, as it is or as it was sent.
    Step(Box<Step>, Option<(Vec<(String, String)>, FieldErrors)>),
    /// The document's own fields, as they are or as they were sent.
    Document(Option<(Vec<(String, String)>, FieldErrors)>),
    /// The text, as it is or as it was sent.
    Text(String),
    /// Nothing but the text can be edited.
    Unreadable,
}

impl Show {
    /// The text as given.
    pub fn text(text: &str) -> Show {
        Show::Text(text.to_owned())
    }

    /// What stands at a pointer: a step, or the document where it is empty. Without one, the first step.
    pub fn at(opened: &Opened, pointer: Option<&str>) -> Show {
        let Some(definition) = &opened.definition else { return Show::Unreadable };
        let first = blocks::first(definition);
        let wanted = pointer.or(first.as_deref()).unwrap_or_default();
        blocks::find(definition, wanted).map_or(Show::Document(None), |step| Show::Step(Box::new(step), None))
    }
}

/// What the page says besides.
#[derive(Default)]
pub struct Said {
    /// Comments that the act would lose; sending it again does it all the same.
    pub comments: Option<String>,
}

/// The page of a draft.
pub fn page(layout: Layout, opened: &Opened, show: Show, now: i64) -> EditorPage {
    page_saying(layout, opened, show, Said::default(), now)
}

/// [`page`], with a warning.
pub fn page_saying(layout: Layout, opened: &Opened, show: Show, said: Said, now: i64) -> EditorPage {
    let base = opened.base();
    let number = opened.version.number;
    let places = Places::new(&opened.problems, opened.definition.as_ref());
    let selected = match &show {
        Show::Step(step, _) => step.pointer.clone(),
        _ => String::new(),
    };
    let text_here = matches!(show, Show::Text(_));
    let problems = places.links(&base);
    let marks = Marks {
        problems: opened.problems.iter().filter(|p| p.blocks()).map(|p| p.pointer.clone()).collect(),
        selected: Some(selected.clone()).filter(|s| !s.is_empty()),
        ..Marks::default()
    };
    let to_steps = if selected.is_empty() { format!("{base}/edit") } else { to_step(&base, &selected) };
    EditorPage {
        crumbs: opened.head.crumbs(&layout, &format!("Edit draft {number}")),
        plate: views::plate(&opened.version, opened.sync).large(),
        status: if opened.version.ready { StatusView::draft() } else { StatusView::not_ready(None) },
        meta: meta(opened),
        saved: saved(opened, now),
        before: opened.version.from_number.map(views::whole),
        publishable: opened.version.ready,
        discardable: opened.saved_before,
        expect: opened.version.lock_version.to_string(),
        comments_warning: said.comments,
        views: Segments {
            label: "View".into(),
            choices: vec![Choice::new(to_steps, "Steps", !text_here), Choice::new(format!("{base}/edit?view=text"), "Text", text_here)],
        },
        blocks: opened.definition.as_ref().map(|d| blocks::rows(d, &selected, &places)).unwrap_or_default(),
        kinds: KINDS.to_vec(),
        graph: graph::view(
            "preview-graph",
            &format!("{} draft {number}", opened.head.name),
            opened.definition.as_ref(),
            &opened.version.content_hash,
            Some(Direction::Down),
            &marks,
        ),
        view: view(opened, show, &places),
        problems,
        selected,
        flow: opened.head.clone(),
        layout: Layout { title: format!("Edit {} v{number}", opened.head.name), ..layout },
        base,
    }
}

fn meta(opened: &Opened) -> Vec<Rich> {
    let made = match opened.version.from_number {
        Some(from) => Rich::new().text("Draft, made from ").link(&format!("{}/versions/{from}", opened.head.base), &format!("v{from}")),
        None => Rich::from("First draft"),
    };
    let mut meta = vec![made];
    if opened.flow.working_draft.as_deref() != Some(&opened.version.id) {
        meta.push(Rich::from("An extra draft, not the working one"));
    }
    meta
}

fn saved(opened: &Opened, now: i64) -> String {
    let by = if opened.version.updated_by == opened.you { "you" } else { &opened.version.updated_by };
    saved_words(opened.version.updated_at, by, now)
}

/// "Saved 14:31 by you".
pub fn saved_words(at: i64, by: &str, now: i64) -> String {
    format!("Saved {} by {by}", TimeView::styled(at, now, TimeStyle::Clock).words())
}

fn view(opened: &Opened, show: Show, places: &Places) -> EditorView {
    match show {
        Show::Text(text) => EditorView::Text(TextView { text, lines: places.lines() }),
        Show::Unreadable => {
            let first = opened.problems.first().map(|p| p.message.clone()).unwrap_or_default();
            EditorView::Nothing(format!(
                "The text cannot be read as a definition, so there are no steps to show. {first} The text view is where to mend it."
            ))
        }
        Show::Document(sent) => EditorView::Document(document_fields(opened, places, sent.as_ref())),
        Show::Step(step, sent) => {
            let from = StepSource {
                pointer: &step.pointer,
                name: &step.name,
                kind: step.kind.key(),
                words: kind_words(step.kind),
                icon: icon(step.kind),
                step: &step.value,
                list: &step.list,
            };
            let form = StepForm::new(from, &places.of_fields(&step.pointer));
            EditorView::Step(Box::new(match sent {
                Some((sent, errors)) => form.filled(&sent, &errors),
                None => form,
            }))
        }
    }
}

/// The value of a field of the document's form.
pub fn document_value(definition: &Value, settings: &Value, at: &str) -> String {
    let value = match at.strip_prefix("/settings") {
        Some(at) => settings.pointer(at),
        None => definition.pointer(at),
    };
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn document_fields(opened: &Opened, places: &Places, sent: Option<&(Vec<(String, String)>, FieldErrors)>) -> Vec<Field> {
    let found = places.of_fields("");
    let null = Value::Null;
    let definition = opened.definition.as_ref().unwrap_or(&null);
    let field = |at: &'static str| {
        let now = document_value(definition, &opened.document.settings, at);
        let typed = sent.and_then(|(sent, _)| sent.iter().find(|(n, _)| n == at).map(|(_, v)| v.clone()));
        let line = |label: &str, hint: &str| Field::line(at, label).hint(hint);
        let field = match at {
            "/document/namespace" => line("Namespace", "Other flows call this one by namespace and name.").control(Control::Code).required(),
            "/document/name" => line("Name", "Small letters, digits and hyphens.").control(Control::Code).required(),
            "/document/version" => line("Version of the document", "Three numbers: 1.0.0. Signalbox counts its own versions besides.").control(Control::Code).required(),
            "/document/title" => line("Title", ""),
            "/document/summary" => line("Summary", "What the flow is for. Markdown.").control(Control::Text),
            "/input/schema" => line("Schema of the input", "A JSON Schema, as {\"format\": \"json\", \"document\": {…}}. The form of a start is made from it, and a start whose input does not fit is refused.").control(Control::CodeText).lines(8),
            "/timeout/after" => line("Time limit of a run", "PT1H is an hour. Left empty: none.").control(Control::Code),
            _ => line("Key of a run", "An expression over the input, such as .order.id. Left empty: none.").control(Control::Code),
        };
        let errors = sent.map_or(&found, |(_, errors)| errors);
        field.id(id_of(at)).value(typed.unwrap_or(now)).check_in(errors)
    };
    DOCUMENT.into_iter().map(field).collect()
}
