//! The rules themselves: each finds what it is there to find.

use super::template::{Unescaped, breaches};
use super::*;

fn source(file: &str, text: &str) -> Source {
    Source::new(file, text)
}

#[test]
fn an_import_against_the_arrow_is_found_in_every_spelling() {
    for text in [
        "use crate::web::reply;",
        "use crate::{domain::ids, web::reply};",
        "use super::super::web;\nfn a() { super::super::web::b() }",
        "fn a() { crate::cli::run() }",
    ] {
        assert!(!against_the_arrow(&source("src/app/deploy.rs", text)).is_empty(), "{text}");
    }
    for text in ["use crate::store::flow;", "use super::guard;", "// crate::web", "fn a() { \"crate::web::b\" }"] {
        assert!(against_the_arrow(&source("src/app/deploy.rs", text)).is_empty(), "{text}");
    }
    assert!(!against_the_arrow(&source("src/definition/edit.rs", "use crate::domain::ids::FlowId;")).is_empty());
    assert!(!against_the_arrow(&source("src/utils.rs", "fn a() {}")).is_empty());
}

#[test]
fn crates_are_found_outside_their_module() {
    assert!(!crates_out_of_place(&source("src/app/a.rs", "use diesel::prelude::*;")).is_empty());
    assert!(!crates_out_of_place(&source("src/cli/a.rs", "#[actix_web::main]\nasync fn a() {}")).is_empty());
    assert!(!crates_out_of_place(&source("src/domain/a.rs", "use std::{fs, fmt};")).is_empty());
    assert!(crates_out_of_place(&source("src/store/a.rs", "use diesel::prelude::*;")).is_empty());
    assert!(crates_out_of_place(&source("src/domain/a.rs", "use std::fmt;")).is_empty());
}

#[test]
fn clocks_and_conveniences_are_found_outside_tests() {
    assert_eq!(own_time(&source("src/app/a.rs", "fn a() { chrono::Utc::now() }")).len(), 1);
    assert_eq!(own_time(&source("src/app/a.rs", "fn a() { std::time::Instant::now() }")).len(), 0);
    assert_eq!(own_time(&source("src/clock.rs", "fn a() { SystemTime::now() }")).len(), 0);
    let two = "fn a() { b().unwrap(); b()\n  .expect(\"c\"); b().unwrap_or(1) }";
    assert_eq!(conveniences(&source("src/app/a.rs", two)).len(), 2);
    assert_eq!(conveniences(&source("src/cli/a.rs", two)).len(), 0);
    let tested = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c().unwrap() } }\nfn d() { e().unwrap() }";
    assert_eq!(conveniences(&source("src/app/a.rs", tested)), ["src/app/a.rs:4: .unwrap() in the running program"]);
    let texts = "fn a<'a>(b: &'a str) { let c = '\"'; r#\".unwrap()\"#; /* .unwrap() */ 'x'; }";
    assert_eq!(conveniences(&source("src/app/a.rs", texts)).len(), 0);
}

#[test]
fn breaches_in_templates_are_found() {
    for html in [
        "<p>{{ text|safe }}</p>",
        "<p>{{ text | safe }}</p>",
        "{% filter safe %}<b>{% endfilter %}",
        "<script>alert(1)</script>",
        "<p class=\"a\" style=\"color: red\">",
        "<a {% if x > 1 %}class=\"b\"{% endif %} onclick=\"c()\">",
        "<a data-hx-on:click=\"c()\">",
        "<a href=\"javascript:c()\">",
        "<style>p {}</style>",
    ] {
        assert_eq!(breaches("t.html", html, &[]).len(), 1, "{html}");
    }
    for html in [
        "<script src=\"/static/a.js\" defer></script>",
        "<p title=\"style=1 onclick=2\">one=2 style=3</p>",
        "{# {{ a|safe }} #}<!-- <script> -->",
    ] {
        assert!(breaches("t.html", html, &[]).is_empty(), "{html}");
    }
    let allowed = [Unescaped { file: "t.html", expression: "graph|safe", reason: "drawn by the server" }];
    assert!(breaches("t.html", "<p>{{ graph|safe }}</p>", &allowed).is_empty());
    assert_eq!(breaches("u.html", "<p>{{ graph|safe }}</p>", &allowed).len(), 1);
}
