//! `signalbox import`: what a file would do, and with `--apply` the same done (PRODUCT §3.11).

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::open::{database, within};
use super::{fail, print_json, say};
use crate::app::import::{self, Act, Choice, Done, Part, Report};
use crate::app::workspace;
use crate::config::CommonArgs;
use crate::domain::portable::LARGEST;

/// The arguments of `signalbox import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What Export made, definitions in YAML or JSON, or a state machine in Amazon States Language; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The workspace it goes to
    #[arg(long, value_name = "WORKSPACE", default_value = "main")]
    into: String,
    /// Do it; without this, only the report is printed and nothing is changed
    #[arg(long)]
    apply: bool,
    /// Leave a flow out, by its slug in the file; of anything else PART:KEY, such as component:secret/pin
    #[arg(long, value_name = "SLUG")]
    skip: Vec<String>,
    /// Bring in only the newest version of a flow, as a draft
    #[arg(long = "as-draft", value_name = "SLUG")]
    as_draft: Vec<String>,
    /// Bring a flow in as a flow of its own under another slug
    #[arg(long = "as", value_name = "SLUG=NEW", value_parser = pair)]
    renamed: Vec<(String, String)>,
    /// Take the file's content of a component that differs here, as its next revision: KIND/NAME
    #[arg(long, value_name = "KIND/NAME")]
    revise: Vec<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err("write SLUG=NEW, such as order-intake=order-intake-2".into()),
    }
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    match carry_out(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

fn carry_out(args: &Args) -> Result<(), String> {
    let text = text(&args.file)?;
    let choices = choices(args)?;
    let name = args.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut conn = database(&args.common)?;
    let (report, done) = within(&mut conn, |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &args.into)?;
        let source = import::read(ctx, &name, &text)?;
        let report = import::report(conn, ctx, &workspace, &source, &choices)?;
        if !args.apply {
            return Ok((report, None));
        }
        let done = import::apply(conn, ctx, &workspace, &source, &choices, None)?;
        Ok((report, Some(done)))
    })?;
    if args.json {
        return print_json(&json!({"applied": done.is_some(), "report": report, "done": done}));
    }
    print(&report, done.as_ref());
    Ok(())
}

fn text(path: &Path) -> Result<String, String> {
    let failed = |e: std::io::Error| format!("{} cannot be read: {e}", path.display());
    let mut bytes = Vec::new();
    // One byte more than is taken, so that the refusal can say that it is too much.
    let most = LARGEST as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    crate::domain::portable::text(&bytes).map(str::to_owned)
}

fn choices(args: &Args) -> Result<Vec<Choice>, String> {
    let flow = |key: &str, act: Act, slug: Option<String>| Choice { part: Part::Flow, key: key.to_owned(), act, slug };
    let mut found: Vec<Choice> = args.renamed.iter().map(|(from, to)| flow(from, Act::AsFile, Some(to.clone()))).collect();
    for slug in &args.as_draft {
        match found.iter_mut().find(|c| c.key == *slug) {
            Some(choice) => choice.act = Act::AsDraft,
            None => found.push(flow(slug, Act::AsDraft, None)),
        }
    }
    for key in &args.revise {
        found.push(Choice { part: Part::Component, key: key.clone(), act: Act::AsFile, slug: None });
    }
    for skipped in &args.skip {
        let (part, key) = match skipped.split_once(':') {
            Some((part, key)) => (part.parse::<Part>().map_err(|e| e.to_string())?, key),
            None => (Part::Flow, skipped.as_str()),
        };
        found.retain(|c| !(c.part == part && c.key == key));
        found.push(Choice { part, key: key.to_owned(), act: Act::Skip, slug: None });
    }
    Ok(found)
}

fn print(report: &Report, done: Option<&Done>) {
    for line in report.conversion.iter().filter(|line| line.fate != "carried") {
        say(format!("{} {}: {}", line.fate, if line.place.is_empty() { "/" } else { &line.place }, line.says));
    }
    for item in &report.items {
        say(format!("{} {}: {}", item.part, item.key, item.says));
        for note in &item.notes {
            say(format!("  {}: {}", note.weight, note.says));
        }
    }
    match done {
        None => say("Nothing was changed. Add --apply to do it."),
        Some(done) if done.made.is_empty() => say(nothing(done)),
        Some(done) => say(format!("Imported {} of {} items.", done.made.len(), report.items.len())),
    }
}

/// Why an import made nothing.
fn nothing(done: &Done) -> String {
    match (done.identical, done.left_out) {
        (_, 0) => "All of it is here already, so nothing was made.".into(),
        (0, _) => "All of it was left out, so nothing was made.".into(),
        (here, left) => format!("Nothing was made: {here} of the items are here already, {left} stayed out."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_that_made_nothing_says_why() {
        let of = |identical, left_out| nothing(&Done { made: Vec::new(), identical, left_out });
        assert!(of(2, 0).contains("here already"));
        assert_eq!(of(0, 1), "All of it was left out, so nothing was made.");
        assert!(of(1, 2).contains("1 of the items are here already, 2 stayed out"));
    }

    #[test]
    fn renamings_are_pairs() {
        assert_eq!(pair("a=b"), Ok(("a".into(), "b".into())));
        for wrong in ["", "a", "=b", "a="] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
