//! The editor of a draft.

use serde_json::json;

use super::{EDIT, FLOW, Office, leads_to, says, words};
use crate::support::http::Request;
use crate::support::visitor::{attribute, unescaped};

/// The fields of a step's form, as they stand.
fn fields_of(html: &str, form: &str) -> Vec<(String, String)> {
    let start = html.find(&format!("action=\"{form}\"")).expect("the form");
    let form = &html[start..start + html[start..].find("</form").expect("its end")];
    let mut fields = Vec::new();
    for (at, _) in form.match_indices('<') {
        let rest = &form[at + 1..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let Some(name) = attribute(tag, "name") else { continue };
        if tag.starts_with("input") {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        } else if tag.starts_with("textarea") {
            let text = &rest[tag.len() + 1..];
            let text = &text[..text.find("</textarea").unwrap_or(text.len())];
            let text = text.strip_prefix('\n').unwrap_or(text);
            fields.push((name, unescaped(text)));
        } else if tag.starts_with("select") {
            let options = &rest[..rest.find("</select").unwrap_or(rest.len())];
            let chosen = options.split("<option").skip(1).find(|o| o[..o.find('>').unwrap_or(0)].contains(" selected"));
            fields.push((name, chosen.and_then(|o| attribute(&o[..o.find('>').unwrap_or(0)], "value")).unwrap_or_default()));
        }
    }
    fields
}

fn set(fields: &mut [(String, String)], name: &str, value: &str) {
    let field = fields.iter_mut().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no field {name}"));
    field.1 = value.to_owned();
}

fn refs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

#[test]
fn the_page_shows_steps_problems_and_graph_and_each_part_for_htmx() {
    let mut office = Office::with_draft();
    let page = office.admin.get(EDIT).expect(200).text();
    for word in ["receive", "fetchPrice", "total", "decide", "confirm", "Steps", "Preview", "Saved", "Publish…", "Test run…"] {
        says(&page, word);
    }
    assert!(page.contains("<svg class=\"graph\""));
    for (part, id) in [("problems", "problems"), ("blocks", "blocks"), ("preview", "preview")] {
        let fragment = office.admin.get_fragment(&format!("{EDIT}?part={part}")).expect(200).text();
        assert!(
            fragment.trim_start().starts_with('<') && fragment.contains(&format!("id=\"{id}\"")) && !fragment.contains("<html"),
            "{part}: {fragment}"
        );
    }
    for kind in
        ["?step=", "?view=text", "?step=%2Fdo%2F3%2Fdecide", "?step=%2Fdo%2F1%2FfetchPrice%2Fwith%2Fendpoint", "?step=%2Fdo%2F99%2Fgone"]
    {
        office.admin.get(&format!("{EDIT}{kind}")).expect(200);
    }
    office.admin.get("/w/main/flows/order-intake/versions/7/edit").expect(404);
    office.admin.get("/w/main/flows/nothing/versions/1/edit").expect(404);
}

#[test]
fn a_text_is_saved_with_its_problems_and_never_blocked() {
    let mut office = Office::with_draft();
    let text = super::order_intake(&office.service.egress(), "other").replace("then: confirm", "then: nowhere");
    let to = office.admin.submit(&format!("{EDIT}?view=text"), &format!("{EDIT}/text"), &[("text", &text.replace('\n', "\r\n"))]);
    assert_eq!(leads_to(&to), format!("{EDIT}?view=text"));
    let version = office.version(1);
    assert_eq!(version["validity"]["ready"], false, "{version}");
    let page = office.admin.get(&format!("{EDIT}?view=text")).expect(200).text();
    says(&page, "1 problem stops version 1 from going live");
    assert!(page.contains("then: nowhere") && page.contains("edit?step=%2Fdo%2F3%2Fdecide#f-switch"), "{page}");
    // Text that is no document at all is kept too; only the text view can mend it.
    let to = office.admin.submit(&format!("{EDIT}?view=text"), &format!("{EDIT}/text"), &[("text", "document: [")]);
    leads_to(&to);
    says(&office.admin.get(EDIT).expect(200).text(), "The text cannot be read as a definition");
    assert!(office.admin.get(&format!("{EDIT}?view=text")).expect(200).text().contains("document: ["));
}

#[test]
fn a_text_that_is_too_long_comes_back_with_the_reason() {
    let mut office = Office::with_draft();
    let long = format!("# {}\n", "x".repeat(1024 * 1024));
    let back = office.admin.submit(&format!("{EDIT}?view=text"), &format!("{EDIT}/text"), &[("text", &long)]).expect(422).text();
    says(&back, "at most 1 MiB");
    assert!(back.contains("xxxxxxxx") && office.version(1)["validity"]["ready"] == true);
}

#[test]
fn every_steps_form_sent_back_untouched_changes_nothing() {
    let mut office = Office::with_draft();
    let before = office.version(1);
    for step in ["/do/0/receive", "/do/1/fetchPrice", "/do/2/total", "/do/3/decide", "/do/4/confirm"] {
        let query: String = url::form_urlencoded::byte_serialize(step.as_bytes()).collect();
        let page = office.admin.get(&format!("{EDIT}?step={query}")).expect(200).text();
        let fields = fields_of(&page, &format!("{EDIT}/step"));
        leads_to(&office.admin.post(&format!("{EDIT}/step"), &refs(&fields)));
    }
    let after = office.version(1);
    assert_eq!((&before["hash"], &before["definition"]), (&after["hash"], &after["definition"]));
}

#[test]
fn a_form_changes_a_step_renames_it_and_what_leads_there_follows() {
    let mut office = Office::with_draft();
    let page = office.admin.get(&format!("{EDIT}?step=%2Fdo%2F4%2Fconfirm")).expect(200).text();
    let mut fields = fields_of(&page, &format!("{EDIT}/step"));
    set(&mut fields, "name", "answer");
    set(&mut fields, "/timeout/after", "PT5S");
    let to = leads_to(&office.admin.post(&format!("{EDIT}/step"), &refs(&fields)));
    assert_eq!(to, format!("{EDIT}?step=%2Fdo%2F4%2Fanswer"));
    let definition = office.version(1)["definition"].clone();
    assert_eq!(definition["do"][4]["answer"]["timeout"], json!({"after": "PT5S"}), "{definition}");
    assert_eq!(definition["do"][3]["decide"]["switch"][1]["usual"]["then"], "answer");
    // A name that is taken, and a row without a name: everything typed comes back.
    let mut fields = fields_of(&office.admin.get(&to).expect(200).text(), &format!("{EDIT}/step"));
    set(&mut fields, "name", "total");
    let back = office.admin.post(&format!("{EDIT}/step"), &refs(&fields)).expect(422).text();
    says(&back, "in this list already");
    assert!(back.contains("value=\"total\""));
    let at = fields.iter().rposition(|(n, _)| n == "/set|1").expect("a spare row");
    fields[at].1 = "lonely".into();
    set(&mut fields, "name", "answer");
    let back = office.admin.post(&format!("{EDIT}/step"), &refs(&fields)).expect(422).text();
    says(&back, "a name, or empty it");
    assert!(back.contains("value=\"lonely\""));
    // Another form than ours.
    let mut strange = fields_of(&office.admin.get(&to).expect(200).text(), &format!("{EDIT}/step"));
    strange.push(("/with/method".into(), "GET".into()));
    office.admin.post(&format!("{EDIT}/step"), &refs(&strange)).expect(422);
}

#[test]
fn steps_of_every_kind_are_added_and_their_forms_change_nothing_by_themselves() {
    let mut office = Office::with_draft();
    for kind in ["call-http", "set", "switch", "for", "wait", "try", "raise", "run", "do"] {
        let page = office.admin.get(&format!("{EDIT}?step=%2Fdo%2F4%2Fconfirm")).expect(200).text();
        let mut fields = fields_of(&page, &format!("{EDIT}/move"));
        fields.push(("kind".into(), kind.into()));
        let to = leads_to(&office.admin.post(&format!("{EDIT}/add"), &refs(&fields)));
        assert!(to.contains("%2Fdo%2F5%2F"), "{kind}: {to}");
        let before = office.version(1)["hash"].clone();
        let fields = fields_of(&office.admin.get(&to).expect(200).text(), &format!("{EDIT}/step"));
        leads_to(&office.admin.post(&format!("{EDIT}/step"), &refs(&fields)));
        assert_eq!(office.version(1)["hash"], before, "{kind}");
    }
    let steps = office.version(1)["definition"]["do"].as_array().expect("steps").len();
    assert_eq!(steps, 5 + 9);
}

#[test]
fn steps_are_moved_and_removed() {
    let mut office = Office::with_draft();
    let to = leads_to(&office.admin.submit(EDIT, &format!("{EDIT}/move"), &[("down", "/do/0/receive")]));
    assert_eq!(to, format!("{EDIT}?step=%2Fdo%2F1%2Freceive"));
    assert_eq!(office.version(1)["definition"]["do"][0].as_object().expect("a step").keys().next().expect("a name"), "fetchPrice");
    let back = office.admin.submit(EDIT, &format!("{EDIT}/move"), &[("up", "/do/0/fetchPrice")]).expect(422).text();
    says(&back, "the first already");
    let page = office.admin.get(&format!("{EDIT}?step=%2Fdo%2F1%2Freceive")).expect(200).text();
    let fields = fields_of(&page, &format!("{EDIT}/step"));
    leads_to(&office.admin.post(&format!("{EDIT}/remove"), &refs(&fields)));
    assert_eq!(office.version(1)["definition"]["do"].as_array().expect("steps").len(), 4);
}

#[test]
fn the_documents_form_sets_name_schema_and_key() {
    let mut office = Office::with_draft();
    let page = office.admin.get(&format!("{EDIT}?step=")).expect(200).text();
    let mut fields = fields_of(&page, &format!("{EDIT}/document"));
    set(&mut fields, "/document/title", "Orders");
    set(
        &mut fields,
        "/input/schema",
        r#"{"format": "json", "document": {"type": "object", "properties": {"items": {"type": "integer"}}}}"#,
    );
    set(&mut fields, "/settings/key", ".customer");
    leads_to(&office.admin.post(&format!("{EDIT}/document"), &refs(&fields)));
    let version = office.version(1);
    assert_eq!(version["definition"]["document"]["title"], "Orders", "{version}");
    assert_eq!(version["definition"]["input"]["schema"]["document"]["properties"]["items"]["type"], "integer");
    let page = office.admin.get(&format!("{EDIT}?step=")).expect(200).text();
    let mut fields = fields_of(&page, &format!("{EDIT}/document"));
    assert!(fields.contains(&("/settings/key".into(), ".customer".into())), "{fields:?}");
    set(&mut fields, "/input/schema", "no JSON");
    set(&mut fields, "/document/name", "");
    let back = office.admin.post(&format!("{EDIT}/document"), &refs(&fields)).expect(422).text();
    says(&back, "Write the schema as a JSON object");
    says(&back, "every definition has one");
    assert!(back.contains("no JSON"));
}

#[test]
fn comments_that_an_edit_would_lose_are_named_first() {
    let mut office = Office::with_draft();
    let text = super::order_intake(&office.service.egress(), "first")
        .replace("      set:\n        items:", "      set:\n        # what was ordered\n        items:");
    leads_to(&office.admin.submit(&format!("{EDIT}?view=text"), &format!("{EDIT}/text"), &[("text", &text)]));
    let page = office.admin.get(&format!("{EDIT}?step=%2Fdo%2F0%2Freceive")).expect(200).text();
    let fields = fields_of(&page, &format!("{EDIT}/step"));
    let warned = office.admin.post(&format!("{EDIT}/remove"), &refs(&fields)).expect(422).text();
    says(&warned, "would lose comments");
    let again = fields_of(&warned, &format!("{EDIT}/step"));
    leads_to(&office.admin.post(&format!("{EDIT}/remove"), &refs(&again)));
    assert_eq!(office.version(1)["definition"]["do"].as_array().expect("steps").len(), 4);
}

#[test]
fn the_script_saves_by_itself_and_is_told_what_came_of_it() {
    let mut office = Office::with_draft();
    let page = office.admin.get(&format!("{EDIT}?view=text")).expect(200).text();
    let fields = fields_of(&page, &format!("{EDIT}/text"));
    let origin = format!("http://{}", office.server.address);
    let mut post = |path: &str, fields: &[(String, String)]| {
        let body = fields
            .iter()
            .fold(url::form_urlencoded::Serializer::new(String::new()), |mut all, (n, v)| {
                all.append_pair(n, v);
                all
            })
            .finish();
        let request =
            Request::new("POST", path).header("origin", &origin).header("accept", "application/json").header("hx-request", "true");
        office.admin.send(request.body("application/x-www-form-urlencoded", body))
    };
    let mut changed = fields.clone();
    set(&mut changed, "text", "document: {}\n");
    let saved = post(&format!("{EDIT}/text"), &changed).expect(200).json();
    assert_eq!(saved["expect"], "2", "{saved}");
    assert!(saved["words"].as_str().is_some_and(|w| w.starts_with("Saved ")));
    // What was based on the first text is refused, not put over the second.
    let stale = post(&format!("{EDIT}/text"), &fields).expect(409).json();
    assert!(stale["message"].as_str().is_some_and(|m| m.contains("in the meantime")), "{stale}");
    set(&mut changed, "expect", "2");
    set(&mut changed, "text", &"x".repeat(1024 * 1024 + 1));
    assert!(post(&format!("{EDIT}/text"), &changed).expect(422).json()["message"].as_str().is_some_and(|m| m.contains("1 MiB")));
}

#[test]
fn only_editors_edit_and_only_drafts() {
    let office = Office::with_live_flow();
    for role in ["viewer", "operator"] {
        let mut visitor = office.server.visitor(role);
        let page = visitor.get(EDIT).expect(403).text();
        says(&page, "You may not change flows");
    }
    let mut editor = office.server.visitor("editor");
    let to = leads_to(&editor.get(EDIT));
    assert_eq!(to, format!("{FLOW}/versions/1"));
    says(&editor.get(&to).expect(200).text(), "Version 1 is published and never changes.");
    let mut stranger = crate::support::Visitor::new(office.server.address);
    assert!(leads_to(&stranger.get(EDIT)).starts_with("/sign-in?next="));
    assert!(words(&stranger.get_fragment(EDIT).expect(401).text()).is_empty());
}

#[test]
fn unsaved_changes_are_compared_with_what_is_saved_and_nothing_is_saved() {
    let mut office = Office::with_draft();
    let view = format!("{EDIT}?view=text");
    let page = office.admin.get(&view).expect(200).text();
    assert!(page.contains("Compare with saved"));
    let fields = fields_of(&page, &format!("{EDIT}/text"));
    let text = fields.iter().find(|(name, _)| name == "text").map(|(_, text)| text.clone()).expect("the text");
    let typed = format!("{text}\n  - typed:\n      set: {{only: here}}\n");
    let to = leads_to(&office.admin.submit(&view, &format!("{EDIT}/text"), &[("text", &typed), ("compare", "1")]));
    assert!(to.contains("/compare/1...uns_"), "{to}");
    let compared = office.admin.get(&to).expect(200).text();
    says(&compared, "had not saved");
    says(&compared, "typed");
    assert!(!office.admin.get(&view).expect(200).text().contains("only: here"), "the draft is as it was");
    let mut viewer = office.server.visitor("viewer");
    viewer.get(&to).expect(200);
    let gone = to.replace("uns_", "uns_0");
    office.admin.get(&gone).expect(404);
}
