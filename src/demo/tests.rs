use std::collections::HashSet;

use super::*;
use crate::definition::{Definition, Severity, content_hash, validate};
use story::Fate;

#[test]
fn every_version_of_every_story_is_what_it_says() {
    for story in story::all() {
        let texts = story.texts().unwrap_or_else(|why| panic!("{why}"));
        let mut hashes = HashSet::new();
        for (index, (version, text)) in story.versions.iter().zip(&texts).enumerate() {
            let place = format!("{} v{}", story.slug, index + 1);
            let parsed = Definition::parse(text);
            if matches!(version.fate, Fate::Draft) {
                continue;
            }
            let definition = parsed.unwrap_or_else(|problems| panic!("{place}: {problems:?}"));
            let problems: Vec<_> = validate(&definition).into_iter().filter(|p| p.severity != Severity::Warning).collect();
            assert!(problems.is_empty(), "{place}: {problems:?}");
            assert!(hashes.insert(content_hash(definition.value(), &serde_json::json!({}))), "{place} equals an earlier version");
            assert!(!version.note.is_empty(), "{place} has no note");
        }
        assert!(story.versions.windows(2).all(|pair| pair[0].days > pair[1].days), "{} is out of order", story.slug);
    }
}

#[test]
fn there_is_something_of_everything() {
    let stories = story::all();
    assert!(stories.len() >= 12);
    let drafts = stories.iter().filter(|s| s.versions.iter().any(|v| matches!(v.fate, Fate::Draft))).count();
    assert!(drafts >= 3);
    let text: String = stories.iter().map(|s| s.text).collect();
    for task in ["set:", "switch:", "for:", "try:", "retry:", "wait:", "call: http", "run:", "raise:", "if:", "schema:", "timeout:"] {
        assert!(text.contains(task), "no story has a {task}");
    }
}
