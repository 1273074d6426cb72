//! Sentences with marks in them: built from text, always escaped.

use std::fmt;

use askama::filters::HtmlSafe;

use super::plate::{Plate, Tag};
use crate::web::time::TimeView;

/// A sentence of a page. Every text that goes in is escaped; marks come from the methods alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rich(String);

impl Rich {
    /// An empty sentence.
    pub fn new() -> Rich {
        Rich::default()
    }

    /// Plain text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Rich {
        push_escaped(&mut self.0, text);
        self
    }

    /// **Strong** text: a name, the fact.
    #[must_use]
    pub fn strong(self, text: &str) -> Rich {
        self.tagged("b", text)
    }

    /// `Code`: a field, an address, an expression.
    #[must_use]
    pub fn code(self, text: &str) -> Rich {
        self.tagged("code", text)
    }

    /// Text that steps back.
    #[must_use]
    pub fn dim(mut self, text: &str) -> Rich {
        self.0.push_str("<span class=\"dim\">");
        push_escaped(&mut self.0, text);
        self.0.push_str("</span>");
        self
    }

    /// A link to an address of this site.
    #[must_use]
    pub fn link(mut self, href: &str, text: &str) -> Rich {
        self.0.push_str("<a href=\"");
        push_escaped(&mut self.0, href);
        self.0.push_str("\">");
        push_escaped(&mut self.0, text);
        self.0.push_str("</a>");
        self
    }

    /// A number plate.
    #[must_use]
    pub fn plate(mut self, plate: &Plate) -> Rich {
        self.0.push_str(&plate.to_string());
        self
    }

    /// A configuration's number.
    #[must_use]
    pub fn tag(mut self, tag: &Tag) -> Rich {
        self.0.push_str(&tag.to_string());
        self
    }

    /// An instant.
    #[must_use]
    pub fn time(mut self, time: TimeView) -> Rich {
        self.0.push_str(&time.to_string());
        self
    }

    /// One sentence after another.
    #[must_use]
    pub fn join(mut self, more: &Rich) -> Rich {
        self.0.push_str(&more.0);
        self
    }

    /// Nothing was put in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn tagged(mut self, tag: &str, text: &str) -> Rich {
        self.0.push_str(&format!("<{tag}>"));
        push_escaped(&mut self.0, text);
        self.0.push_str(&format!("</{tag}>"));
        self
    }
}

impl From<&str> for Rich {
    fn from(text: &str) -> Rich {
        Rich::new().text(text)
    }
}

impl From<String> for Rich {
    fn from(text: String) -> Rich {
        Rich::new().text(&text)
    }
}

impl fmt::Display for Rich {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Rich {}

/// Appends text with what HTML gives a meaning replaced.
pub fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_escaped() {
        let evil = "<img src=x onerror=\"a('b')\">&";
        let said = Rich::new().text(evil).strong(evil).code(evil).link(evil, evil).dim(evil).to_string();
        assert!(!said.contains("<img") && !said.contains("onerror=\""), "{said}");
        assert_eq!(Rich::from("a < b").strong("c").to_string(), "a &lt; b<b>c</b>");
    }
}
