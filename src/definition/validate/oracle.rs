//! Our verdict beside that of the official schema, on the conformance kit's definitions and on our
//! own corpus. The folder is no part of the project; where it is missing, that is said aloud and
//! the corpus is still held against the verdicts written beside it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::corpus::{CORPUS, Verdict, text_of};
use super::validate;
use crate::definition::problem::{Problem, Severity};
use crate::definition::{Definition, parse};

fn conformance() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    // A checkout may lie one folder deeper.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let found = [folder, deeper].into_iter().find(|f| f.join("schema/workflow.yaml").is_file());
    if found.is_none() {
        eprintln!("LEFT OUT: ../shared/conformance is missing, so the official schema was not asked.");
    }
    found
}

fn schema(folder: &Path) -> jsonschema::Validator {
    let text = std::fs::read_to_string(folder.join("schema/workflow.yaml")).unwrap();
    jsonschema::options().build(&parse::value(&text).unwrap()).unwrap()
}

fn errors(text: &str) -> Vec<Problem> {
    let problems = match Definition::parse(text) {
        Ok(d) => validate(&d),
        Err(problems) => problems,
    };
    problems.into_iter().filter(|p| p.severity == Severity::Error).collect()
}

/// The definitions in the kit's feature files.
fn kit(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join("ctk/features")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("a workflow with definition:").skip(1) {
            let block = part.split("\"\"\"").nth(1).unwrap();
            let block = block.strip_prefix("yaml").unwrap_or(block);
            found.push((path.file_name().unwrap().to_string_lossy().into_owned(), block.to_owned()));
        }
    }
    found
}

#[test]
fn the_conformance_kits_definitions_are_valid() {
    let Some(folder) = conformance() else { return };
    let schema = schema(&folder);
    let definitions = kit(&folder);
    assert!(definitions.len() >= 21, "{}", definitions.len());
    for (file, text) in definitions {
        let value: Value = parse::value(&text).unwrap();
        assert!(schema.is_valid(&value), "{file}: {value}");
        assert_eq!(errors(&text), [], "{file}: {text}");
    }
}

#[test]
fn our_corpus_gets_the_verdicts_written_beside_it() {
    assert!(CORPUS.len() >= 60, "{}", CORPUS.len());
    let schema = conformance().map(|folder| schema(&folder));
    let mut wrong = Vec::new();
    for case in CORPUS {
        let text = text_of(case);
        let found = errors(&text);
        let ours = found.is_empty();
        if ours != (case.verdict == Verdict::Valid) {
            wrong.push(format!("ours says {ours}: {} {found:?}", case.name));
        }
        if let (Some(schema), Ok(value)) = (&schema, parse::value(&text)) {
            let theirs = schema.is_valid(&value);
            if theirs != (case.verdict != Verdict::Invalid) {
                wrong.push(format!("the schema says {theirs}: {}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
