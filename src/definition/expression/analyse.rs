//! Reading an expression's syntax tree: what it mentions, how deep it is, where it may run.

use std::collections::BTreeSet;

use jaq_core::load::lex::{Lexer, StrPart, Token};
use jaq_core::load::parse::{BinaryOp, Parser, Pattern, Term};
use jaq_core::path::Part;

use super::errors::{invalid, refused};
use super::{ExpressionError, MAX_TEXT, Weight, plain};

/// Brackets may be nested this deep. The parser recurses over them.
const MAX_BRACKETS: usize = 100;
/// The parser also recurses over prefix words and chains of operators.
const MAX_TOKENS: usize = 4_000;
/// The compiler and the evaluation recurse over the tree.
const MAX_TREE: usize = 1_500;

/// What an expression's text says before it is compiled.
#[derive(Debug)]
pub(super) struct Analysis<'s> {
    /// The syntax tree.
    pub term: Term<&'s str>,
    pub weight: Weight,
    /// Free variables without `$`, in order of first mention.
    pub variables: Vec<String>,
    /// Names of functions called, the user's own among them.
    pub calls: BTreeSet<String>,
    /// Depth of the tree.
    pub depth: usize,
}

/// Parses and walks an expression. Call it on a roomy stack: its depth is checked on the way.
pub(super) fn analyse(text: &str) -> Result<Analysis<'_>, ExpressionError> {
    check_size(text)?;
    let tokens = Lexer::new(text).lex().map_err(|errors| lex_error(text, &errors))?;
    if let Some(word) = tokens.first().map(|t| t.0)
        && matches!(word, "import" | "include" | "module")
        && let Some(error) = refused(word)
    {
        return Err(error);
    }
    let parsed = Parser::new(&tokens).parse(|p| p.term());
    let term = parsed.map_err(|errors| {
        let (expected, found) = errors.first().map_or(("something else", None), |(e, f)| (e.as_str(), *f));
        syntax(text, expected, Token::opt_as_str(found, text))
    })?;
    let mut walk = Walk { free: Vec::new(), bound: Vec::new(), calls: BTreeSet::new(), heavy: false, depth: 0 };
    walk.term(&term, 1);
    if walk.depth > MAX_TREE {
        return Err(invalid("The expression is nested too deeply. Split it over several steps."));
    }
    if let Some(error) = walk.calls.iter().find_map(|name| refused(name)) {
        return Err(error);
    }
    if let Some(own) = walk.calls.iter().find(|name| name.starts_with("__")) {
        return Err(invalid(format!("Unknown filter \"{own}\".")));
    }
    let weight = if walk.heavy { Weight::Heavy } else { Weight::Plain };
    let Walk { free, calls, depth, .. } = walk;
    Ok(Analysis { term, weight, variables: free, calls, depth })
}

/// Bounds what the parser recurses over, before it runs. Strings are followed so that brackets in
/// them do not count, while those of `\( )` do.
fn check_size(text: &str) -> Result<(), ExpressionError> {
    if text.trim().is_empty() {
        return Err(invalid("The expression is empty. Write for example `.` for the whole input."));
    }
    if text.len() > MAX_TEXT {
        return Err(invalid(format!("The expression is longer than {} KiB. Split it over several steps.", MAX_TEXT / 1024)));
    }
    let mut open: Vec<u8> = Vec::new();
    let (mut deepest, mut tokens, mut word) = (0, 0, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let in_string = open.last() == Some(&b'"');
        match byte {
            b'\\' if in_string => open.extend(bytes.next().filter(|next| *next == b'(')),
            b'"' if in_string => {
                open.pop();
            }
            _ if in_string => {}
            b'#' => while bytes.next().is_some_and(|b| b != b'\n') {},
            b'"' | b'(' | b'[' | b'{' => open.push(byte),
            b')' | b']' | b'}' => {
                open.pop();
            }
            _ => {}
        }
        let letter = byte.is_ascii_alphanumeric() || byte == b'_';
        let inside = in_string || byte.is_ascii_whitespace() || (letter && word);
        if !inside {
            tokens += 1;
        }
        word = letter;
        deepest = deepest.max(open.len());
    }
    if deepest > MAX_BRACKETS {
        return Err(invalid("The expression has too many brackets inside each other. Split it over several steps."));
    }
    if tokens > MAX_TOKENS {
        return Err(invalid("The expression is too long. Split it over several steps."));
    }
    Ok(())
}

fn lex_error(text: &str, errors: &[jaq_core::load::lex::Error<&str>]) -> ExpressionError {
    match errors.first() {
        Some((expected, rest)) => syntax(text, expected.as_str(), rest),
        None => invalid("The expression cannot be read."),
    }
}

/// `found` is a piece of `text`: its place is known by its address.
fn syntax(text: &str, expected: &str, found: &str) -> ExpressionError {
    let at = jaq_core::load::span(text, found).start.min(text.len());
    let column = text.get(..at).map_or(1, |before| before.chars().count() + 1);
    let near: String = found.chars().take(20).collect();
    let near = if near.is_empty() { "the end".to_owned() } else { format!("\"{near}\"") };
    let hint = if text.contains("${") {
        " Only a text that is `${ ... }` as a whole is an expression; to mix, write `${ \"Hello \\(.name)\" }`."
    } else {
        ""
    };
    invalid(format!("Not a jq expression: expected {expected} at character {column}, found {near}.{hint}"))
}

struct Walk<'s> {
    free: Vec<String>,
    bound: Vec<&'s str>,
    calls: BTreeSet<String>,
    heavy: bool,
    depth: usize,
}

impl<'s> Walk<'s> {
    fn term(&mut self, term: &Term<&'s str>, depth: usize) {
        self.depth = self.depth.max(depth);
        let next = depth + 1;
        match term {
            Term::Id | Term::Recurse | Term::Num(_) | Term::Arr(None) | Term::Break(_) => {}
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.call(format);
                }
                // Interpolation is a chain of sums.
                let next = next + parts.len();
                for part in parts {
                    if let StrPart::Term(inner) = part {
                        self.term(inner, next);
                    }
                }
            }
            Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => self.term(inner, next),
            Term::Obj(entries) => {
                // So is an object, of its entries.
                let next = next + entries.len();
                self.depth = self.depth.max(next);
                for (key, value) in entries {
                    self.term(key, next);
                    if let Some(value) = value {
                        self.term(value, next);
                    }
                }
            }
            Term::BinOp(left, op, right) => self.operator(left, op, right, next),
            Term::Fold(_, stream, pattern, args) => {
                self.heavy = true;
                self.term(stream, next);
                self.binding(pattern, next, |walk| args.iter().for_each(|arg| walk.term(arg, next)));
            }
            Term::TryCatch(body, handler) => {
                self.term(body, next);
                if let Some(handler) = handler {
                    self.term(handler, next);
                }
            }
            Term::IfThenElse(cases, otherwise) => {
                for (condition, then) in cases {
                    self.term(condition, next);
                    self.term(then, next);
                }
                if let Some(otherwise) = otherwise {
                    self.term(otherwise, next);
                }
            }
            Term::Def(definitions, body) => {
                self.heavy = true;
                for definition in definitions {
                    let before = self.bound.len();
                    self.bound.extend(definition.args.iter().filter(|arg| arg.starts_with('$')));
                    self.term(&definition.body, next);
                    self.bound.truncate(before);
                }
                self.term(body, next);
            }
            Term::Call(name, args) => {
                self.call(name);
                args.iter().for_each(|arg| self.term(arg, next));
            }
            Term::Var(name) => self.variable(name),
            Term::Path(head, path) => {
                self.term(head, next);
                for (part, _) in &path.0 {
                    match part {
                        Part::Index(index) => self.term(index, next),
                        Part::Range(from, to) => from.iter().chain(to).for_each(|bound| self.term(bound, next)),
                    }
                }
            }
        }
    }

    fn operator(&mut self, left: &Term<&'s str>, op: &BinaryOp<&'s str>, right: &Term<&'s str>, depth: usize) {
        if let BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt = op {
            // Updating what `..` yields walks into what was just put there.
            self.heavy |= contains_recurse(left);
        }
        self.term(left, depth);
        match op {
            BinaryOp::Pipe(Some(pattern)) => self.binding(pattern, depth, |walk| walk.term(right, depth)),
            _ => self.term(right, depth),
        }
    }

    /// Visits the body of a binding, with the pattern's variables bound.
    fn binding(&mut self, pattern: &Pattern<&'s str>, depth: usize, body: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        self.pattern(pattern, depth);
        body(self);
        self.bound.truncate(before);
    }

    fn pattern(&mut self, pattern: &Pattern<&'s str>, depth: usize) {
        self.depth = self.depth.max(depth);
        match pattern {
            Pattern::Var(name) => self.bound.push(name),
            Pattern::Arr(parts) => parts.iter().for_each(|part| self.pattern(part, depth + 1)),
            Pattern::Obj(entries) => {
                for (key, part) in entries {
                    self.term(key, depth + 1);
                    self.pattern(part, depth + 1);
                }
            }
        }
    }

    fn call(&mut self, name: &str) {
        self.heavy |= !plain::is_plain(name);
        self.calls.insert(name.to_owned());
    }

    fn variable(&mut self, name: &'s str) {
        let bare = name.strip_prefix('$').unwrap_or(name);
        if !self.bound.contains(&name) && !self.free.iter().any(|n| n == bare) {
            self.free.push(bare.to_owned());
        }
    }
}

fn contains_recurse(term: &Term<&str>) -> bool {
    match term {
        Term::Recurse => true,
        Term::BinOp(left, _, right) => contains_recurse(left) || contains_recurse(right),
        Term::Path(head, _) => contains_recurse(head),
        Term::Call(_, args) => args.iter().any(contains_recurse),
        Term::IfThenElse(cases, otherwise) => {
            cases.iter().any(|(_, then)| contains_recurse(then)) || otherwise.as_ref().is_some_and(|t| contains_recurse(t))
        }
        Term::TryCatch(body, _) | Term::Label(_, body) | Term::Neg(body) | Term::Def(_, body) => contains_recurse(body),
        _ => false,
    }
}

/// The functions that a piece of the library calls.
pub(super) fn calls_of(body: &Term<&'static str>) -> BTreeSet<String> {
    let mut walk = Walk { free: Vec::new(), bound: Vec::new(), calls: BTreeSet::new(), heavy: false, depth: 0 };
    walk.term(body, 1);
    walk.calls
}
