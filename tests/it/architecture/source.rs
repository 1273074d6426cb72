//! The crate's sources, read well enough for the rules: without comments, texts and tests, and with their paths
//! (`a::{b, c::d}`) spelled out.

use std::path::Path;

/// One Rust file.
pub struct Source {
    /// From the root of the project, as `src/app/deploy.rs`.
    pub file: String,
    /// Where it stands in the crate: `["app", "deploy"]`.
    pub module: Vec<String>,
    /// As written.
    pub text: String,
    /// Comments, texts and what only tests compile replaced by spaces; lines stay where they are.
    pub code: String,
    /// Modules of its own that only tests compile (`#[cfg(test)] mod tests;`).
    test_modules: Vec<String>,
}

/// A path as code names it, groups spelled out.
pub struct NamedPath {
    pub line: usize,
    pub parts: Vec<String>,
}

impl Source {
    pub fn new(file: &str, text: &str) -> Self {
        let (code, test_modules) = without_tests(&without_texts(text));
        Self { file: file.to_owned(), module: module_of(file), text: text.to_owned(), code, test_modules }
    }

    /// Its first module: `app` for everything in `src/app/`.
    pub fn layer(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    /// Every path that the code names, with `super::` and `self::` followed from here.
    pub fn paths(&self) -> Vec<NamedPath> {
        let mut found = named_paths(&self.code);
        for path in &mut found {
            self.resolve(&mut path.parts);
        }
        found
    }

    fn resolve(&self, parts: &mut Vec<String>) {
        let up = parts.iter().take_while(|part| *part == "super").count();
        if up > 0 && up <= self.module.len() {
            let mut whole = vec!["crate".to_owned()];
            whole.extend_from_slice(&self.module[..self.module.len() - up]);
            whole.extend(parts.drain(up..));
            *parts = whole;
        } else if parts.first().is_some_and(|part| part == "self") {
            let mut whole = vec!["crate".to_owned()];
            whole.extend_from_slice(&self.module);
            whole.extend(parts.drain(1..));
            *parts = whole;
        }
    }
}

/// All files under `src` that the product is made of, without those that only tests compile.
pub fn sources() -> Vec<Source> {
    let files = files_under("src", "rs");
    let all: Vec<Source> = files.iter().map(|(file, text)| Source::new(file, text)).collect();
    let is_test = |source: &Source| {
        all.iter().any(|parent| {
            parent.test_modules.iter().any(|name| {
                let mut module = parent.module.clone();
                module.push(name.clone());
                source.module.starts_with(&module)
            })
        })
    };
    let keep: Vec<bool> = all.iter().map(|source| !is_test(source)).collect();
    all.into_iter().zip(keep).filter_map(|(source, keep)| keep.then_some(source)).collect()
}

/// `(path from the root of the project, text)` of every file with this ending, in order.
pub fn files_under(folder: &str, ending: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), ending, &mut found);
    found.sort();
    let named = found.into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).expect("read a source file");
        let file = path.strip_prefix(root).expect("a file of the project").to_string_lossy().into_owned();
        (file, text)
    });
    named.collect()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|is| is == ending) {
            found.push(path);
        }
    }
}

/// The 1-based line of a position.
pub fn line_of(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count() + 1
}

fn module_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

/// Comments and the insides of texts become spaces.
fn without_texts(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skip_from(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or text that begins at `at` ends; `at` itself when none begins there.
fn skip_from(chars: &[char], at: usize) -> usize {
    let get = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let in_word = at > 0 && (get(at - 1).is_alphanumeric() || get(at - 1) == '_');
    match get(at) {
        '/' if get(at + 1) == '/' => (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len()),
        '/' if get(at + 1) == '*' => {
            let (mut depth, mut i) = (1, at + 2);
            while depth > 0 && i < chars.len() {
                match (get(i), get(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
            }
            i
        }
        'r' if !in_word || get(at - 1) == 'b' => {
            let hashes = (at + 1..).take_while(|&i| get(i) == '#').count();
            if get(at + 1 + hashes) != '"' {
                return at;
            }
            let closes = |i: usize| get(i) == '"' && (1..=hashes).all(|h| get(i + h) == '#');
            let end = (at + 2 + hashes..chars.len()).find(|&i| closes(i));
            end.map_or(chars.len(), |i| i + 1 + hashes)
        }
        '"' => end_of_quoted(chars, at, '"'),
        // A character, not a lifetime.
        '\'' if get(at + 1) == '\\' || get(at + 2) == '\'' => end_of_quoted(chars, at, '\''),
        _ => at,
    }
}

fn end_of_quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// Blanks what stands behind `#[cfg(test)]`, and names the modules in files of their own that stand there.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let mut bytes = code.as_bytes().to_vec();
    let mut modules = Vec::new();
    for (start, mark) in code.match_indices("#[cfg(test)]") {
        let rest = &code[start + mark.len()..];
        let open = rest.find('{').unwrap_or(rest.len());
        let semicolon = rest.find(';').unwrap_or(rest.len());
        let end = if semicolon < open {
            let item = rest[..semicolon].trim();
            let name = item.split_whitespace().skip_while(|word| *word != "mod").nth(1);
            modules.extend(name.map(str::to_owned));
            semicolon
        } else {
            end_of_block(rest, open)
        };
        for byte in &mut bytes[start..start + mark.len() + end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), modules)
}

fn end_of_block(text: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in text[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return open + at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Every `a::b::{c, d::e}` in the code, one entry for each of its ends.
pub fn named_paths(code: &str) -> Vec<NamedPath> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = tokens[at].is_word() && (at == 0 || tokens[at - 1].text != "::");
        if begins && tokens.get(at + 1).is_some_and(|next| next.text == "::") {
            at = expand(&tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path from `at` on; gives where it ends.
fn expand(tokens: &[Token<'_>], mut at: usize, prefix: &[String], found: &mut Vec<NamedPath>) -> usize {
    let mut parts = prefix.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        if token.is_word() || token.text == "*" {
            parts.push(token.text.to_owned());
            at += 1;
        } else if token.text == "{" {
            at += 1;
            while tokens.get(at).is_some_and(|token| token.text != "}") {
                let next = expand(tokens, at, &parts, found);
                at = next.max(at + usize::from(next == at));
            }
            return at + 1;
        } else {
            break;
        }
        if tokens.get(at).is_none_or(|next| next.text != "::") {
            break;
        }
        at += 1;
    }
    if parts.len() > prefix.len() {
        found.push(NamedPath { line, parts });
    }
    at
}

struct Token<'a> {
    line: usize,
    text: &'a str,
}

impl Token<'_> {
    fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Words, `::`, and everything else a character at a time.
fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(c) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if c.is_alphanumeric() || c == '_' {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        if c == '\n' {
            line += 1;
        } else if !c.is_whitespace() {
            found.push(Token { line, text: &rest[..length] });
        }
        at += length;
    }
    found
}
