//! YAML 1.2 by parser events: value and places in one pass, without recursion.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Value};

use super::node::{Node, Style};
use super::scalar::{self, Unfit};
use super::{Lines, MAX_ALIAS_NODES, MAX_DEPTH, MAX_KEY, Parsed, duplicate, long_key, too_deep};
use crate::definition::document::Format;
use crate::definition::pointer::join;
use crate::definition::problem::Problem;

/// Reads one YAML document.
pub(super) fn read(text: &str) -> Result<Parsed, Vec<Problem>> {
    // The parser is not ours: a panic in it must not take the process along.
    let run = std::panic::AssertUnwindSafe(|| Reader::new(text).run());
    std::panic::catch_unwind(run).unwrap_or_else(|_| {
        let message = "The YAML reader gave up on this text. Check quotes, brackets and indentation.";
        Err(vec![Problem::error("", message)])
    })
}

struct Reader<'t> {
    text: &'t str,
    /// Byte offset of each character, as the parser counts characters; none when all are one byte.
    offsets: Option<Vec<usize>>,
    lines: Lines,
    stack: Vec<Frame>,
    anchors: HashMap<usize, (Value, usize)>,
    alias_nodes: usize,
    /// Byte after the last content read.
    last_end: usize,
    root: Option<(Value, Node)>,
    documents: usize,
    problems: Vec<Problem>,
}

/// A collection being read.
struct Frame {
    content: Content,
    anchor: usize,
    node: Node,
    size: usize,
}

enum Content {
    List(Vec<Value>),
    Map { map: Map<String, Value>, key: Option<Key> },
}

struct Key {
    text: String,
    span: Range<usize>,
    /// False for the second of two equal keys: its value is read and dropped.
    wanted: bool,
}

type Outcome<T> = Result<T, Problem>;

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect());
        Reader {
            text,
            offsets,
            lines: Lines::of(text),
            stack: Vec::new(),
            anchors: HashMap::new(),
            alias_nodes: 0,
            last_end: 0,
            root: None,
            documents: 0,
            problems: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Parsed, Vec<Problem>> {
        for event in Parser::new_from_str(self.text) {
            let step = event.map_err(|e| self.scan_error(&e)).and_then(|(event, span)| self.on(event, span));
            if let Err(problem) = step {
                self.problems.push(problem);
                return Err(self.problems);
            }
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let (value, root) = self.root.unwrap_or_else(|| (Value::Null, leaf(1, 0..0, Style::Absent, false)));
        Ok(Parsed { value, format: Format::Yaml, root })
    }

    fn on(&mut self, event: Event<'_>, span: Span) -> Outcome<()> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "A second document begins here (`---`). One definition stands in one text.";
                    return Err(Problem::error("", message).at(Some(self.line(&span))));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), &span),
            Event::SequenceStart(anchor, tag) => self.open(Content::List(Vec::new()), anchor, tag.as_deref(), &span),
            Event::MappingStart(anchor, tag) => self.open(Content::Map { map: Map::new(), key: None }, anchor, tag.as_deref(), &span),
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::Alias(anchor) => self.alias(anchor, &span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, span: &Span) -> Outcome<()> {
        let line = self.line(span);
        self.refuse_as_key(line)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(line));
        }
        let core = tag.is_none_or(|t| t.is_yaml_core_schema() && matches!(t.suffix.as_str(), "map" | "seq"));
        if !core {
            return Err(foreign_tag(line));
        }
        let bytes = self.bytes(span);
        let style = match self.text.as_bytes().get(bytes.start) {
            Some(b'[' | b'{') => Style::Flow,
            _ => Style::Block,
        };
        let node = leaf(line, bytes, style, anchor != 0 || tag.is_some());
        self.stack.push(Frame { content, anchor, node, size: 1 });
        Ok(())
    }

    fn close(&mut self, span: &Span) -> Outcome<()> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let mut node = frame.node;
        // The end of a block is reported where the next token begins, behind comments.
        let end = if node.style == Style::Flow { self.bytes(span).end } else { self.last_end };
        node.span.end = end.max(node.span.start);
        self.last_end = self.last_end.max(node.span.end);
        let value = match frame.content {
            Content::List(items) => Value::Array(items),
            Content::Map { map, .. } => Value::Object(map),
        };
        self.place(value, node, frame.anchor, frame.size)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, span: &Span) -> Outcome<()> {
        let plain = style == ScalarStyle::Plain;
        let mut bytes = self.bytes(span);
        let absent = plain && text.is_empty() && tag.is_none();
        if absent {
            bytes = self.last_end..self.last_end;
        }
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if block {
            let kept = self.text[bytes.clone()].trim_end_matches(['\n', '\r', ' ']).len();
            bytes.end = bytes.start + kept;
        }
        let line = self.lines.line(bytes.start);
        self.last_end = self.last_end.max(bytes.end);
        if let Some(Frame { content: Content::Map { map, key: key @ None }, node, .. }) = self.stack.last_mut() {
            if text.len() > MAX_KEY {
                return Err(long_key(line));
            }
            if plain && text == "<<" {
                let message = "Merge keys (`<<`) are not part of YAML 1.2. Write the fields out, or use an alias for the whole value.";
                return Err(Problem::error("", message).at(Some(line)));
            }
            let wanted = !map.contains_key(text);
            let first = map.keys().position(|k| !wanted && k == text);
            let first = first.and_then(|at| node.children.get(at)).map_or(line, |n| n.line);
            *key = Some(Key { text: text.to_owned(), span: bytes, wanted });
            if !wanted {
                let pointer = pointer_of(&self.stack, text);
                self.problems.push(duplicate(text, pointer, line, first));
            }
            return Ok(());
        }
        let value = self.value(text, plain, tag, line)?;
        let style = match () {
            () if absent => Style::Absent,
            () if block => Style::BlockScalar,
            () => Style::Scalar,
        };
        let node = leaf(line, bytes, style, anchor != 0 || tag.is_some());
        self.place(value, node, anchor, 1)
    }

    fn value(&self, text: &str, plain: bool, tag: Option<&Tag>, line: u32) -> Outcome<Value> {
        let resolved = |text: &str| scalar::resolve(text).map_err(|unfit| unfit_problem(text, &unfit, line));
        let Some(tag) = tag else {
            return if plain { resolved(text) } else { Ok(Value::String(text.to_owned())) };
        };
        if !tag.is_yaml_core_schema() {
            return Err(foreign_tag(line));
        }
        let value = if tag.suffix == "str" { Value::String(text.to_owned()) } else { resolved(text)? };
        let fits = match tag.suffix.as_str() {
            "str" => true,
            "int" => value.is_i64() || value.is_u64(),
            "float" => value.is_number(),
            "bool" => value.is_boolean(),
            "null" => value.is_null(),
            _ => return Err(foreign_tag(line)),
        };
        if fits {
            return Ok(value);
        }
        let message = format!("\"{text}\" is not of the type that its tag !!{} says. Remove the tag.", tag.suffix);
        Err(Problem::error("", message).at(Some(line)))
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Outcome<()> {
        let line = self.line(span);
        self.refuse_as_key(line)?;
        let Some((value, size)) = self.anchors.get(&anchor) else {
            let message = "This alias stands inside the value that it refers to. Write the value out.";
            return Err(Problem::error("", message).at(Some(line)));
        };
        self.alias_nodes = self.alias_nodes.saturating_add(*size);
        if self.alias_nodes > MAX_ALIAS_NODES {
            let message = format!("Aliases expand to more than {MAX_ALIAS_NODES} values. Write the values out, or use fewer aliases.");
            return Err(Problem::error("", message).at(Some(line)));
        }
        let (value, size) = (value.clone(), *size);
        if self.stack.len() + depth(&value) > MAX_DEPTH {
            return Err(too_deep(line));
        }
        let bytes = self.bytes(span);
        self.last_end = self.last_end.max(bytes.end);
        self.place(value, leaf(line, bytes, Style::Alias, true), 0, size)
    }

    /// Puts a finished value into the collection around it.
    fn place(&mut self, value: Value, mut node: Node, anchor: usize, size: usize) -> Outcome<()> {
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some((value, node));
            return Ok(());
        };
        frame.size += size;
        match &mut frame.content {
            Content::List(items) => {
                items.push(value);
                frame.node.children.push(node);
            }
            Content::Map { map, key } => {
                let Some(key) = key.take() else { return Ok(()) };
                if key.wanted {
                    node.line = self.lines.line(key.span.start);
                    node.key = Some(key.span);
                    map.insert(key.text, value);
                    frame.node.children.push(node);
                }
            }
        }
        Ok(())
    }

    /// Only text can be a key.
    fn refuse_as_key(&self, line: u32) -> Outcome<()> {
        match self.stack.last() {
            Some(Frame { content: Content::Map { key: None, .. }, .. }) => {
                let message =
                    "A list, an object or an alias cannot be a key. Write a name, and quote it when it begins with `[`, `{` or `*`.";
                Err(Problem::error("", message).at(Some(line)))
            }
            _ => Ok(()),
        }
    }

    fn bytes(&self, span: &Span) -> Range<usize> {
        let at = |index: usize| match &self.offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(self.text.len()),
            None => index.min(self.text.len()),
        };
        let start = at(span.start.index());
        start..at(span.end.index()).max(start)
    }

    fn line(&self, span: &Span) -> u32 {
        self.lines.line(self.bytes(span).start)
    }

    fn scan_error(&self, e: &ScanError) -> Problem {
        let line = u32::try_from(e.marker().line()).unwrap_or(u32::MAX).max(1);
        let here = self.text.lines().nth(line as usize - 1).unwrap_or_default();
        let hint = if here.trim_start_matches(' ').starts_with('\t') {
            "Indent with spaces, not tabs."
        } else if here.matches(": ").count() > 1 {
            "Put a text that contains \": \" in quotes."
        } else {
            "Check the indentation, and put a text that begins with a special sign in quotes."
        };
        Problem::error("", format!("This is not valid YAML ({}). {hint}", e.info())).at(Some(line))
    }
}

fn leaf(line: u32, span: Range<usize>, style: Style, decorated: bool) -> Node {
    Node { line, key: None, span, style, decorated, children: Vec::new() }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn pointer_of(stack: &[Frame], last: &str) -> String {
    let base = stack[..stack.len().saturating_sub(1)].iter().fold(String::new(), |base, frame| match &frame.content {
        Content::List(items) => join(&base, items.len()),
        Content::Map { key, .. } => join(&base, key.as_ref().map_or("", |k| k.text.as_str())),
    });
    join(&base, last)
}

fn foreign_tag(line: u32) -> Problem {
    Problem::error("", "Tags such as `!name` mean nothing in a definition. Remove the tag.").at(Some(line))
}

fn unfit_problem(text: &str, unfit: &Unfit, line: u32) -> Problem {
    let message = match unfit {
        Unfit::NotFinite => format!("{text} is not a finite number. Write it in quotes if it is meant as text."),
        Unfit::TooLarge => format!("{text} has more digits than a 64-bit number keeps. Write it in quotes."),
    };
    Problem::error("", message).at(Some(line))
}
