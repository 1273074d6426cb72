//! What kind of file it is, and what it holds in the shape of our own format.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use crate::definition::import::{Line, asl, documents};
use crate::definition::strict::Strict;
use crate::definition::{Definition, content_hash, parse};
use crate::domain::clock::Micros;
use crate::domain::event::hex;
use crate::domain::names::Slug;
use crate::domain::portable::{self as file, At, Body, FileKind};
use crate::domain::version::{Lifecycle, Origin};

crate::text_enum! {
    /// What a file is.
    pub enum SourceKind ("kind of source") {
        /// One version, made by *Export*.
        Version = "version",
        /// A flow with its history, made by *Export*.
        Flow = "flow",
        /// A workspace, made by *Export*.
        Workspace = "workspace",
        /// Definitions of the Open Workflow Specification.
        OpenWorkflow = "open_workflow",
        /// A state machine in Amazon States Language, carried over.
        StatesLanguage = "states_language",
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// SHA-256 of its text, in hex.
    pub hash: String,
    /// What it holds.
    pub body: Body,
    /// What became of each state and field of a state machine.
    pub lines: Vec<Line>,
}

/// How far the clock of whoever made a file may be ahead, in microseconds: a day.
const AHEAD: i64 = Micros::DAY;

/// Flows that one file of plain definitions may hold.
const MOST: usize = 200;

/// Reads a file: one made by *Export*, plain definitions, or a state machine.
///
/// # Errors
/// It is none of these, or breaks a rule: why, and what to do.
pub fn read(ctx: &Ctx, name: &str, text: &str) -> Result<Source> {
    let refused = |why: String| Error::invalid("file", why);
    let plain = file::text(text.as_bytes()).map_err(refused)?;
    let hash = hex(&Sha256::digest(text.as_bytes()));
    if plain.trim().is_empty() {
        return Err(refused("The file is empty. Choose one made with Export, a definition, or a state machine.".into()));
    }
    if file::is_release(plain) {
        return Err(refused(
            "This is a version of the whole workspace as a list to read and keep, and nothing is imported from it. Give what Export of a flow or of the workspace makes; to go back to this version, restore it under Versions."
                .into(),
        ));
    }
    if file::is_ours(plain) || begins_like_ours(plain) {
        let found = file::read(text.as_bytes()).map_err(|wrong| refused(wrong.join(" ")))?;
        if found.content.latest() > At(ctx.now.plus(AHEAD).0) {
            let says = found.content.latest();
            return Err(refused(format!(
                "The file says that something of it was done at {}, which is still to come. Put the clocks right, then export it again.",
                Micros(says.0).rfc3339()
            )));
        }
        let kind = match found.kind.parse() {
            Ok(FileKind::Version) => SourceKind::Version,
            Ok(FileKind::Flow) => SourceKind::Flow,
            _ => SourceKind::Workspace,
        };
        return Ok(Source { kind, hash, body: found.content, lines: Vec::new() });
    }
    let texts = documents(plain);
    if texts.is_empty() {
        return Err(refused("The file holds no definition, only comments or marks between documents. Choose one that holds one.".into()));
    }
    if texts.len() > MOST {
        return Err(refused(format!("The file holds {} documents; at most {MOST} are taken at once.", texts.len())));
    }
    if let [one] = texts.as_slice()
        && let Ok(value) = parse::value(one)
        && asl::is_machine(&value)
    {
        let title = stem(name);
        let done = asl::convert(&value, &title).map_err(refused)?;
        let definition = Definition::from_value(done.definition);
        let flow = flow(ctx, definition.text(), &definition)?;
        return Ok(Source {
            kind: SourceKind::StatesLanguage,
            hash,
            body: Body { flows: vec![flow], ..Body::default() },
            lines: done.lines,
        });
    }
    let flows = texts.iter().enumerate().map(|(n, text)| one(ctx, text, n, texts.len())).collect::<Result<Vec<_>>>()?;
    for (n, flow) in flows.iter().enumerate() {
        if flows[..n].iter().any(|other| (&other.namespace, &other.document_name) == (&flow.namespace, &flow.document_name)) {
            return Err(refused(format!("Two documents of the file are called {}/{}.", flow.namespace, flow.document_name)));
        }
    }
    Ok(Source { kind: SourceKind::OpenWorkflow, hash, body: Body { flows, ..Body::default() }, lines: Vec::new() })
}

/// Whether a text begins like a file of ours: one that was cut off is told so, not that it is no definition.
fn begins_like_ours(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(120).collect();
    head.starts_with('{') && head.contains("\"format\"") && head.contains("signalbox/")
}

fn one(ctx: &Ctx, text: &str, n: usize, all: usize) -> Result<file::Flow> {
    let which = if all > 1 { format!("Document {} of the file: ", n + 1) } else { String::new() };
    match Definition::parse(text) {
        Ok(definition) if definition.value().get("document").is_some() => flow(ctx, text, &definition),
        Ok(_) => Err(Error::invalid(
            "file",
            format!(
                "{which}this is neither made with Export, nor a definition (no “document”), nor a state machine (no “StartAt” and “States”)."
            ),
        )),
        Err(problems) => {
            let first: Vec<String> = problems.iter().take(3).map(ToString::to_string).collect();
            Err(Error::invalid("file", format!("{which}{}", first.join(" "))))
        }
    }
}

/// A definition as a flow with one draft, made now by whoever imports it.
fn flow(ctx: &Ctx, text: &str, definition: &Definition) -> Result<file::Flow> {
    let document_name = definition.name().to_owned();
    let slug = Slug::propose(&document_name).or_else(|| Slug::propose(&format!("{document_name}-flow")));
    let Some(slug) = slug else {
        return Err(Error::invalid("file", "A definition has no usable document.name. Give it one, such as order-intake."));
    };
    let title = definition.title().unwrap_or_default().trim();
    let title = if title.is_empty() { document_name.clone() } else { title.to_owned() };
    let title: String = title.chars().filter(|c| !c.is_control()).take(80).collect();
    let description: String = definition.summary().unwrap_or_default().trim().chars().filter(|c| *c != '\0').take(2_000).collect();
    let namespace = if definition.namespace().is_empty() { "default".to_owned() } else { definition.namespace().to_owned() };
    let (now, who) = (At(ctx.now.0), ctx.name().to_owned());
    let settings = json!({});
    let version = file::Version {
        number: 1,
        lifecycle: Lifecycle::Draft.as_str().to_owned(),
        origin: Origin::Import.as_str().to_owned(),
        from: None,
        note: String::new(),
        reference: None,
        label: None,
        author: who.clone(),
        created_at: now,
        updated_at: now,
        updated_by: who.clone(),
        published_at: None,
        published_by: None,
        archived_at: None,
        quarantines: Vec::new(),
        revisions: Vec::new(),
        hash: content_hash(definition.value(), &settings),
        settings: Strict(settings),
        text: text.to_owned(),
    };
    Ok(file::Flow {
        slug: slug.as_str().to_owned(),
        name: title,
        description,
        namespace,
        document_name,
        next_number: 2,
        working_draft: Some(1),
        single_draft: false,
        created_at: now,
        created_by: who,
        archived_at: None,
        versions: vec![version],
        contents: Vec::new(),
    })
}

/// A file's name without folders and endings: what a state machine without a name of its own is called.
fn stem(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    if stem.trim().is_empty() { "state-machine".to_owned() } else { stem.to_owned() }
}
