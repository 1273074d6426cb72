//! The rules of the house, read from the sources: see `src/lib.rs` for the map they keep true.

mod rules;
mod source;
mod template;

use source::{NamedPath, Source, files_under, line_of, sources};

/// Which modules a module may name. An import goes down this list, never up.
const ARROW: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["demo", "web", "runner", "app", "store", "domain", "definition", "config", "telemetry", "clock"]),
    ("demo", &["runner", "app", "store", "domain", "definition", "clock"]),
    ("web", &["app", "store", "domain", "definition", "config", "telemetry", "clock"]),
    ("runner", &["app", "store", "domain", "definition", "config", "telemetry", "clock"]),
    ("app", &["store", "domain", "definition", "clock"]),
    ("store", &["domain", "definition"]),
    ("config", &["store", "domain"]),
    ("telemetry", &["config", "domain"]),
    ("clock", &["domain"]),
    ("domain", &["definition"]),
    ("definition", &[]),
];

/// Crates that only one module names: `(beginning of the crate's name, module)`.
const OWNED: &[(&str, &str)] = &[("diesel", "store"), ("actix", "web"), ("askama", "web")];

/// What the pure modules stay away from.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio_util",
    "reqwest",
    "rustls",
    "diesel",
    "actix",
    "askama",
    "clap",
    "getrandom",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
];

/// Where a program that starts may stop with a message.
fn is_start_up(source: &Source) -> bool {
    matches!(source.layer(), "main" | "cli" | "telemetry")
}

/// Panics with all breaches, one a line.
#[track_caller]
fn none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

/// Runs a rule over all sources.
fn in_sources(rule: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    sources().iter().flat_map(rule).collect()
}

#[test]
fn imports_follow_the_arrow() {
    none(in_sources(against_the_arrow));
}

fn against_the_arrow(source: &Source) -> Vec<String> {
    let layer = source.layer();
    let Some((_, allowed)) = ARROW.iter().find(|(name, _)| *name == layer) else {
        let known = source.module.is_empty();
        return if known { Vec::new() } else { vec![format!("{}: module {layer} has no place in the arrow", source.file)] };
    };
    let is_module = |name: &str| ARROW.iter().any(|(known, _)| *known == name);
    let wrong = source.paths().into_iter().filter_map(|NamedPath { line, parts }| {
        let inside = parts.first().is_some_and(|first| first == "crate" || first == "signalbox");
        let target = parts.get(1).filter(|target| inside && is_module(target))?;
        (target != layer && !allowed.contains(&target.as_str()))
            .then(|| format!("{}:{line}: {layer} names {}", source.file, parts.join("::")))
    });
    wrong.collect()
}

#[test]
fn crates_stay_where_they_belong() {
    none(in_sources(crates_out_of_place));
}

fn crates_out_of_place(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for NamedPath { line, parts } in source.paths() {
        let path = parts.join("::");
        let layer = source.layer();
        let owner = OWNED.iter().find(|(name, _)| parts[0].starts_with(name));
        if let Some((_, owner)) = owner.filter(|(_, owner)| *owner != layer) {
            found.push(format!("{}:{line}: only {owner} names {path}", source.file));
        }
        let named = |name: &&&str| path == **name || path.starts_with(&format!("{name}::"));
        if matches!(layer, "domain" | "definition") && IMPURE.iter().any(|name| named(&name)) {
            found.push(format!("{}:{line}: {layer} is pure and may not name {path}", source.file));
        }
    }
    found
}

#[test]
fn time_comes_from_the_clock() {
    none(in_sources(own_time));
}

fn own_time(source: &Source) -> Vec<String> {
    if source.file == "src/clock.rs" {
        return Vec::new();
    }
    const READS: &[[&str; 2]] = &[["Utc", "now"], ["Local", "now"], ["SystemTime", "now"], ["Uuid", "now_v7"], ["UNIX_EPOCH", "elapsed"]];
    let wrong = source.paths().into_iter().filter(|path| READS.iter().any(|read| path.parts.ends_with(&read.map(str::to_owned))));
    wrong.map(|path| format!("{}:{}: {} outside src/clock.rs", source.file, path.line, path.parts.join("::"))).collect()
}

#[test]
fn nothing_panics_by_convenience() {
    none(in_sources(conveniences));
}

fn conveniences(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices('.') {
        let rest = source.code[at + 1..].trim_start();
        let is = |call: &str| rest.strip_prefix(call).is_some_and(|rest| rest.trim_start().starts_with('('));
        if (is("unwrap") || is("expect") || is("unwrap_err") || is("expect_err")) && !is_start_up(source) {
            let name = rest.split('(').next().unwrap_or_default();
            found.push(format!("{}:{}: .{name}() in the running program", source.file, line_of(&source.code, at)));
        }
    }
    for macro_call in ["todo!", "unimplemented!", "dbg!"] {
        for (at, _) in source.code.match_indices(macro_call) {
            found.push(format!("{}:{}: {macro_call}", source.file, line_of(&source.code, at)));
        }
    }
    found
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for (folder, ending) in [("src", "rs"), ("tests", "rs"), ("benches", "rs"), ("templates", "html")] {
        let files = files_under(folder, ending);
        let lines: Vec<(usize, &String)> = files.iter().map(|(file, text)| (text.lines().count(), file)).collect();
        let over = lines.iter().filter(|(lines, _)| *lines > 400);
        long.extend(over.map(|(lines, file)| format!("{file}: {lines} lines; split it by verb")));
        let mut counts: Vec<usize> = lines.iter().map(|(lines, _)| *lines).collect();
        counts.sort_unstable();
        let median = counts.get(counts.len() / 2).copied().unwrap_or(0);
        if folder == "src" && median > 150 {
            long.push(format!("src: half of the files have more than {median} lines"));
        }
    }
    none(long);
}

#[test]
fn templates_hold_no_script_and_no_raw_markup() {
    let templates = files_under("templates", "html");
    let rule = |(file, html): &(String, String)| template::breaches(file, html, template::UNESCAPED);
    let mut found: Vec<String> = templates.iter().flat_map(rule).collect();
    for one in template::UNESCAPED {
        let used =
            templates.iter().any(|(file, html)| file == one.file && html.split_whitespace().collect::<String>().contains(one.expression));
        if !used || one.reason.is_empty() {
            found.push(format!("{}: {} is on the list of unescaped ones, but not used or without reason", one.file, one.expression));
        }
    }
    none(found);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> Vec<String> {
        let folder = format!("migrations/{database}/");
        let files = files_under(&folder, "sql");
        files.iter().map(|(file, _)| file.replacen(&folder, "", 1)).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty(), "no migrations found");
    assert_eq!(sqlite, postgres, "migrations/sqlite and migrations/postgres differ");
}

#[test]
fn tests_are_neither_skipped_nor_asleep() {
    let mut found = Vec::new();
    for (file, text) in files_under("tests", "rs").iter().chain(&files_under("src", "rs")) {
        let source = Source::new(file, text);
        let ignored = ["#[ignore", "#[should_panic]"];
        for (at, mark) in ignored.iter().flat_map(|mark| source.text.match_indices(mark)) {
            if !file.starts_with("tests/it/architecture") {
                found.push(format!("{file}:{}: {mark}", line_of(text, at)));
            }
        }
        for (at, _) in source.code.match_indices("thread::sleep") {
            if file.starts_with("tests/") && file != "tests/it/support/wait.rs" {
                found.push(format!("{file}:{}: sleeps; wait for what it needs with support::wait", line_of(text, at)));
            }
        }
    }
    none(found);
}

#[test]
fn no_notes_to_self() {
    let marks = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME", "XX".to_owned() + "X:"];
    let mut found = Vec::new();
    for (folder, ending) in [("src", "rs"), ("tests", "rs"), ("benches", "rs"), ("templates", "html"), ("static", "css")] {
        for (file, text) in files_under(folder, ending) {
            let hits = marks.iter().flat_map(|mark| text.match_indices(mark.as_str()));
            found.extend(hits.map(|(at, mark)| format!("{file}:{}: {mark}", line_of(&text, at))));
        }
    }
    none(found);
}
