//! A definition's text as numbered lines with its tokens coloured. Looks only: nothing here decides what is valid.

use askama::Template;

use super::components::html_part;
use super::components::rich::push_escaped;

/// A text with numbered, coloured lines; lines with problems are marked.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/listing.html")]
pub struct Listing {
    /// What the text is, for its label: "Definition of version 16".
    pub label: String,
    /// Beginning of the ids of its lines: `line` gives `line-12`.
    id: String,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    painted: Painted,
    problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Painted(String);

impl std::fmt::Display for Painted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Painted {}
html_part!(Listing);

impl Listing {
    /// Colours a text. `problems` are 1-based lines and what is wrong there.
    pub fn new(label: impl Into<String>, text: &str, problems: &[(u32, String)]) -> Listing {
        let lines = text
            .lines()
            .enumerate()
            .map(|(i, line)| Line {
                painted: Painted(paint(line)),
                problem: problems.iter().find(|(n, _)| *n as usize == i + 1).map(|(_, says)| says.clone()),
            })
            .collect();
        Listing { label: label.into(), id: "line".to_owned(), lines }
    }

    /// With other ids of lines, where a page shows two texts.
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Listing {
        id.clone_into(&mut self.id);
        self
    }
}

/// One line as HTML.
fn paint(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 32);
    let mut rest = line;
    let mut fresh = true;
    while let Some(first) = rest.chars().next() {
        if let Some((kind, length)) = (fresh || rest.starts_with("${")).then(|| token(rest)).flatten() {
            out.push_str("<span class=\"tok-");
            out.push_str(kind);
            out.push_str("\">");
            push_escaped(&mut out, &rest[..length]);
            out.push_str("</span>");
            rest = &rest[length..];
            fresh = false;
            continue;
        }
        push_escaped(&mut out, &rest[..first.len_utf8()]);
        rest = &rest[first.len_utf8()..];
        fresh = first.is_whitespace() || matches!(first, '[' | '{' | '(' | ',');
    }
    out
}

/// The token that starts here: its kind and its length in bytes.
fn token(rest: &str) -> Option<(&'static str, usize)> {
    let first = rest.chars().next()?;
    match first {
        '#' => Some(("note", rest.len())),
        '$' if rest.starts_with("${") => Some(("expr", rest.find('}').map_or(rest.len(), |i| i + 1))),
        '"' | '\'' => {
            let end = closing(rest, first)?;
            let kind = if is_key(&rest[end..]) { "key" } else { "str" };
            Some((kind, end))
        }
        c if c.is_ascii_digit() || c == '-' => {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | 'e' | 'E' | '+'))).unwrap_or(rest.len());
            (rest[..end].parse::<f64>().is_ok() && ends_value(&rest[end..])).then_some(("num", end))
        }
        c if c.is_alphabetic() || c == '_' || c == '$' => {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'))).unwrap_or(rest.len());
            if is_key(&rest[end..]) {
                return Some(("key", end));
            }
            (matches!(&rest[..end], "true" | "false" | "null") && ends_value(&rest[end..])).then_some(("num", end))
        }
        _ => None,
    }
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            '\\' if quote == '"' && !escaped => escaped = true,
            c if c == quote && !escaped => return Some(i + 1),
            _ => escaped = false,
        }
    }
    None
}

fn is_key(after: &str) -> bool {
    after.trim_start().strip_prefix(':').is_some_and(|r| r.is_empty() || r.starts_with([' ', '\t']))
}

fn ends_value(after: &str) -> bool {
    after.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ']' | '}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_texts_numbers_expressions_and_notes() {
        assert_eq!(paint("  call: http # fetch"), "  <span class=\"tok-key\">call</span>: http <span class=\"tok-note\"># fetch</span>");
        assert_eq!(paint("- a: \"x y\""), "- <span class=\"tok-key\">a</span>: <span class=\"tok-str\">&quot;x y&quot;</span>");
        assert_eq!(paint("\"n\": -1.5,"), "<span class=\"tok-key\">&quot;n&quot;</span>: <span class=\"tok-num\">-1.5</span>,");
        assert_eq!(paint("if: ${ .a > 1 }"), "<span class=\"tok-key\">if</span>: <span class=\"tok-expr\">${ .a &gt; 1 }</span>");
        assert_eq!(paint("on: true"), "<span class=\"tok-key\">on</span>: <span class=\"tok-num\">true</span>");
        assert_eq!(paint("uri: http://a.example/1"), "<span class=\"tok-key\">uri</span>: http://a.example/1");
    }

    #[test]
    fn nothing_escapes_its_line() {
        for line in ["<script>", "a: \"<b>", "'un<closed", "${ <x", "# <!--", "é: “ü”", "\\", "-", "$"] {
            assert!(!paint(line).replace("<span class=\"tok-", "").replace("</span>", "").contains('<'), "{line}");
        }
    }

    #[test]
    fn problems_are_at_their_lines() {
        let listing = Listing::new("Definition", "a: 1\nb: 2\n", &[(2, "b is unknown".into())]).to_string();
        assert_eq!(listing.matches("data-problem").count(), 1);
        assert!(listing.contains("b is unknown"));
    }
}
