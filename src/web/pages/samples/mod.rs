//! Every page rendered with samples. `SIGNALBOX_SAMPLES=folder cargo test --lib samples` also writes them there,
//! with the static files beside, to look at them in a browser.

mod acts;
mod approvals;
mod backups;
mod components;
mod dashboard;
mod editing;
mod environments;
mod flows;
mod imports;
mod outgoing;
mod past;
mod releases;
mod rest;
mod rollouts;
mod runs;
mod shared;
mod versions;

use std::collections::HashSet;

fn all() -> Vec<(&'static str, String)> {
    [
        dashboard::all(),
        flows::all(),
        versions::all(),
        acts::all(),
        approvals::all(),
        backups::all(),
        editing::all(),
        runs::all(),
        environments::all(),
        rest::all(),
        rollouts::all(),
        outgoing::all(),
        releases::all(),
        past::all(),
        components::all(),
        imports::all(),
    ]
    .concat()
}

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.match_indices(attribute).filter_map(move |(i, _)| html[i + attribute.len()..].split('"').next())
}

#[test]
fn pages_keep_the_policy_of_content_and_the_rules_of_markup() {
    for (name, html) in all() {
        assert!(html.starts_with("<!doctype html>"), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one heading of the first level");
        for inline in [" style=", "<style", " onclick=", " onload=", " onsubmit=", "javascript:", "hx-on", "js:{", "hx-vals"] {
            assert!(!html.contains(inline), "{name} holds {inline}");
        }
        for script in html.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/static/"), "{name}: a script of our own only");
        }
        assert!(!html.contains("/static/missing"), "{name}: a file that does not exist");
        let ids: Vec<_> = values(&html, " id=\"").collect();
        let unique: HashSet<_> = ids.iter().collect();
        let doubled: Vec<_> = ids.iter().filter(|i| ids.iter().filter(|o| o == i).count() > 1).collect();
        assert_eq!(unique.len(), ids.len(), "{name}: ids stand once, not so {doubled:?}");
        for attribute in
            [" for=\"", " aria-labelledby=\"", " aria-describedby=\"", " popovertarget=\"", " form=\"", " commandfor=\"", " href=\"#i-"]
        {
            for value in values(&html, attribute).flat_map(str::split_whitespace) {
                let id = if attribute.ends_with("i-") { format!("i-{value}") } else { value.to_owned() };
                assert!(unique.contains(&id.as_str()), "{name}: {attribute}{value} leads nowhere");
            }
        }
    }
}

#[test]
fn forms_carry_the_token_and_htmx_stays_on_this_site() {
    for (name, html) in all() {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            if form.contains("method=\"post\"") {
                assert!(form.contains("name=\"csrf\""), "{name}: {}", &form[..form.len().min(120)]);
            }
        }
        for attribute in ["data-hx-get=\"", "data-hx-post=\""] {
            for to in values(&html, attribute) {
                assert!(to.starts_with('/') && !to.starts_with("//"), "{name}: {to}");
            }
        }
    }
}

#[test]
fn tags_are_closed() {
    const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];
    for (name, html) in all() {
        let mut open: Vec<&str> = Vec::new();
        for piece in html.split('<').skip(1) {
            let tag = piece.split('>').next().unwrap_or_default();
            let word = tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
            if tag.starts_with('!') || tag.ends_with('/') || VOID.contains(&word) {
                continue;
            }
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(word), "{name}: closed in another order near <{tag}>");
            } else {
                open.push(word);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?} left open");
    }
}

#[test]
fn samples_are_written_where_asked() {
    let Ok(folder) = std::env::var("SIGNALBOX_SAMPLES") else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder.join("static")).unwrap();
    for file in ["signalbox.css", "signalbox.js", "editor.js", "htmx-2.0.11.min.js", "signalbox.svg"] {
        let bytes = crate::web::assets::plain(file).unwrap();
        std::fs::write(folder.join(crate::web::assets::href(file).trim_start_matches('/')), bytes).unwrap();
    }
    for (name, html) in all() {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}
