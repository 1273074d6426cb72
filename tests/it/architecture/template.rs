//! What a template may not hold.

use super::source::line_of;

/// An expression that a template prints unescaped, and why that is right.
pub struct Unescaped {
    pub file: &'static str,
    pub expression: &'static str,
    pub reason: &'static str,
}

/// The only ones. Whoever adds one says who made the markup and why nobody else can put anything into it.
pub const UNESCAPED: &[Unescaped] = &[];

/// `file:line: what is wrong`, for each breach in one template.
pub fn breaches(file: &str, html: &str, allowed: &[Unescaped]) -> Vec<String> {
    let html = without_comments(html);
    let mut found = Vec::new();
    let mut say = |at: usize, what: &str| found.push(format!("{file}:{}: {what}", line_of(&html, at)));
    for (at, expression) in between(&html, "{{", "}}").into_iter().chain(between(&html, "{%", "%}")) {
        let plain: String = expression.chars().filter(|c| !c.is_whitespace()).collect();
        let raw = plain.contains("|safe") || plain.contains("filtersafe") || plain.contains("escape(\"none\"");
        let known = |one: &Unescaped| one.file == file && plain.contains(one.expression);
        if raw && !allowed.iter().any(known) {
            say(at, &format!("prints unescaped: {}", expression.trim()));
        }
    }
    for (at, tag) in tags(&html) {
        let names = attribute_names(tag);
        let element = tag.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
        if element == "script" && !names.iter().any(|name| name == "src") {
            say(at, "inline <script>: put it into static/");
        }
        if element == "style" {
            say(at, "<style>: put it into static/");
        }
        for name in names {
            if name == "style" {
                say(at, "style=: use a class, or an SVG attribute for geometry");
            }
            if name.starts_with("on") || name.contains("hx-on") {
                say(at, &format!("{name}=: the content security policy stops it; bind the event in static/"));
            }
        }
        if tag.contains("javascript:") {
            say(at, "javascript: address");
        }
    }
    found
}

fn without_comments(html: &str) -> String {
    let mut out = html.to_owned();
    for (open, close) in [("{#", "#}"), ("<!--", "-->")] {
        while let Some(start) = out.find(open) {
            let end = out[start..].find(close).map_or(out.len(), |end| start + end + close.len());
            let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            out.replace_range(start..end, &blank);
        }
    }
    out
}

fn between<'a>(html: &'a str, open: &str, close: &str) -> Vec<(usize, &'a str)> {
    let starts = html.match_indices(open).map(|(at, _)| at + open.len());
    let with_end = starts.filter_map(|start| Some((start, &html[start..start + html[start..].find(close)?])));
    with_end.collect()
}

/// Opening tags with where they stand, without `<` and `>`. Template code inside a tag does not end it.
fn tags(html: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in html.match_indices('<') {
        let rest = &html[at + 1..];
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let (mut quote, mut code, mut previous) = (None, 0_u32, ' ');
        let end = rest.char_indices().find(|&(_, c)| {
            match (previous, c) {
                ('{', '{' | '%') => code += 1,
                ('}' | '%', '}') => code = code.saturating_sub(1),
                _ => {}
            }
            previous = c;
            if code == 0 && (c == '"' || c == '\'') {
                quote = match quote {
                    None => Some(c),
                    Some(open) if open == c => None,
                    other => other,
                };
            }
            c == '>' && code == 0 && quote.is_none()
        });
        found.push((at, &rest[..end.map_or(rest.len(), |(end, _)| end)]));
    }
    found
}

/// Names of a tag's attributes in lower case, values left out.
fn attribute_names(tag: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut quote = None;
    for c in tag.chars() {
        match quote {
            None if c == '"' || c == '\'' => quote = Some(c),
            None => plain.push(c),
            Some(open) if open == c => {
                quote = None;
                plain.push(' ');
            }
            Some(_) => {}
        }
    }
    let words = plain.split_whitespace().skip(1);
    words.map(|word| word.split('=').next().unwrap_or_default().to_ascii_lowercase()).collect()
}
