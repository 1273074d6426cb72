//! Fields of forms, and the summary of what is wrong with them (DESIGN §4).

use askama::Template;

use super::html_part;
use super::rich::Rich;
use crate::web::filters;
use crate::web::form::FieldErrors;

/// What a field is filled in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// One line; the type of the input element.
    Line(&'static str),
    /// One line of code.
    Code,
    /// Several lines.
    Text,
    /// Several lines of code.
    CodeText,
    /// One of several: value and words.
    Choice(Vec<(String, String)>),
    /// Yes or no.
    Check,
}

/// A field with its label, hint and error.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/field.html")]
pub struct Field {
    /// Name in the form, and id in the page unless another is set.
    pub name: String,
    /// Id in the page.
    pub id: String,
    /// The label.
    pub label: Rich,
    /// What stands in it; for a box `on` when ticked.
    pub value: String,
    /// Below the field; may be empty.
    pub hint: Rich,
    /// What is wrong with it and how to fix it.
    pub error: Option<String>,
    /// How it is filled in.
    pub control: Control,
    /// Must be filled in.
    pub required: bool,
    /// Takes the focus when its dialog opens.
    pub autofocus: bool,
    /// Value of `autocomplete`.
    pub autocomplete: &'static str,
    /// Exactly this must be typed.
    pub exactly: Option<String>,
    /// Least and most, of numbers or of characters.
    pub bounds: Option<(u32, u32)>,
    /// Lines of a larger field.
    pub lines: u8,
}

impl Field {
    /// A field of one line of text.
    pub fn line(name: &str, label: impl Into<Rich>) -> Field {
        Field {
            name: name.to_owned(),
            id: name.to_owned(),
            label: label.into(),
            value: String::new(),
            hint: Rich::new(),
            error: None,
            control: Control::Line("text"),
            required: false,
            autofocus: false,
            autocomplete: "off",
            exactly: None,
            bounds: None,
            lines: 3,
        }
    }
    /// With another kind of control.
    #[must_use]
    pub fn control(mut self, control: Control) -> Field {
        self.control = control;
        self
    }
    /// Several lines of text.
    pub fn text(name: &str, label: impl Into<Rich>) -> Field {
        Field::line(name, label).control(Control::Text)
    }
    /// One of several.
    pub fn choice(name: &str, label: impl Into<Rich>, choices: Vec<(String, String)>) -> Field {
        Field::line(name, label).control(Control::Choice(choices))
    }
    /// Yes or no.
    pub fn check(name: &str, label: impl Into<Rich>, on: bool) -> Field {
        Field { value: if on { "on".to_owned() } else { String::new() }, ..Field::line(name, label).control(Control::Check) }
    }
    /// The slug that must be typed before something grave.
    pub fn confirm(slug: &str) -> Field {
        Field {
            exactly: Some(slug.to_owned()),
            required: true,
            ..Field::line("confirm", Rich::new().text("Type ").code(slug).text(" to confirm")).control(Control::Code)
        }
    }
    /// With a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Field {
        self.value = value.into();
        self
    }
    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Rich>) -> Field {
        self.hint = hint.into();
        self
    }
    /// Must be filled in.
    #[must_use]
    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }
    /// Takes the focus in a short dialog.
    #[must_use]
    pub fn autofocus(mut self) -> Field {
        self.autofocus = true;
        self
    }
    /// What browsers and password managers may fill in.
    #[must_use]
    pub fn autocomplete(mut self, value: &'static str) -> Field {
        self.autocomplete = value;
        self
    }
    /// With another id than its name, where a page holds the name twice.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Field {
        self.id = id.into();
        self
    }
    /// Least and most.
    #[must_use]
    pub fn bounds(mut self, least: u32, most: u32) -> Field {
        self.bounds = Some((least, most));
        self
    }
    /// Lines of a larger field.
    #[must_use]
    pub fn lines(mut self, lines: u8) -> Field {
        self.lines = lines;
        self
    }
    /// With what is wrong with it, if anything is.
    #[must_use]
    pub fn check_in(mut self, errors: &FieldErrors) -> Field {
        self.error = errors.of(&self.name);
        self
    }

    fn described(&self) -> String {
        let mut ids = Vec::new();
        if self.error.is_some() {
            ids.push(format!("{}-e", self.id));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-h", self.id));
        }
        ids.join(" ")
    }
    fn characters(&self) -> Option<(u32, u32)> {
        self.bounds.filter(|_| !self.number())
    }
    fn number(&self) -> bool {
        self.control == Control::Line("number")
    }
}

/// The summary on top of a form that was refused: links to the fields, the same words as there.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/error_summary.html")]
pub struct ErrorSummary {
    /// "Version 32 was not deployed".
    pub title: String,
    /// Address (mostly `#field`) and words.
    pub lines: Vec<(String, String)>,
}

impl ErrorSummary {
    /// None when nothing is wrong.
    pub fn of(title: impl Into<String>, errors: &FieldErrors) -> Option<ErrorSummary> {
        (!errors.is_empty()).then(|| ErrorSummary {
            title: title.into(),
            lines: errors.all().iter().map(|(field, says)| (format!("#{field}"), says.clone())).collect(),
        })
    }
}

html_part!(Field, ErrorSummary);
