//! Files are exported, chosen, looked at and brought in by a person without script.

use serde_json::json;

use super::{Office, leads_to, says};
use crate::support::Visitor;
use crate::support::flows::order_intake;
use crate::support::http::{Request, Response};
use crate::support::visitor::attribute;

const IMPORT: &str = "/w/main/import";

/// Sends the form as a browser would, with a file when there is one.
fn send(visitor: &mut Visitor, address: &str, file: Option<(&str, &str)>, text: &str) -> Response {
    let html = visitor.get(IMPORT).expect(200).text();
    let csrf = token(&html);
    let mut body = format!("--b0und\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n");
    if let Some((name, content)) = file {
        body.push_str(&format!("--b0und\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n"));
    }
    body.push_str(&format!("--b0und\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--b0und--\r\n"));
    let origin = format!("http://{address}");
    let request = Request::new("POST", IMPORT).header("origin", &origin);
    visitor.send(request.body("multipart/form-data; boundary=b0und", body))
}

fn token(html: &str) -> String {
    let tag = html.split("<input").find(|tag| tag.contains("name=\"csrf\"")).expect("a token");
    attribute(tag, "value").expect("its value")
}

#[test]
fn a_file_is_fetched_looked_at_and_brought_in() {
    let mut office = Office::with_live_flow();
    let address = office.server.address.to_string();
    let flow = "/w/main/flows/order-intake";
    for (page, link) in [
        ("/w/main", "/w/main/export".to_owned()),
        (flow, format!("{flow}/export")),
        (&format!("{flow}/versions/1"), format!("{flow}/versions/1/export")),
    ] {
        let html = office.admin.get(page).expect(200).text();
        assert!(html.contains(&format!("href=\"{link}\" download")), "{page} leads to {link}");
        let file = office.admin.get(&link).expect(200);
        assert!(file.header("content-disposition").is_some_and(|d| d.starts_with("attachment;")));
        assert!(file.header("content-security-policy").is_some_and(|d| d.starts_with("sandbox")));
    }
    // A newer version, made elsewhere, comes in as the next one here.
    let changed = order_intake(&office.service.egress(), "second");
    office.api.post("/main/flows/order-intake/versions", &json!({"definition": changed})).expect(201);
    let file = office.admin.get(&format!("{flow}/export")).expect(200).text();
    office.api.delete("/main/flows/order-intake/versions/2").expect(204);
    let report = leads_to(&send(&mut office.admin, &address, Some(("C:\\files\\order-intake.sbx.json", &file)), ""));
    assert!(report.starts_with(&format!("{IMPORT}/imp_")), "{report}");
    let html = office.admin.get(&report).expect(200).text();
    says(&html, "Import order-intake.sbx.json");
    says(&html, "New draft v3");
    let go = [("key", "flow:order-intake"), ("take", "flow:order-intake"), ("way", "as_file"), ("slug", "order-intake"), ("go", "apply")];
    assert_eq!(leads_to(&office.admin.submit(&report, &report, &go)), report);
    says(&office.admin.get(&report).expect(200).text(), "Nothing of it is live");
    assert_eq!(office.version(3)["lifecycle"], "draft");
}

#[test]
fn a_text_is_pasted_named_otherwise_and_brought_in() {
    let mut office = Office::with_draft();
    let address = office.server.address.to_string();
    let text = order_intake(&office.service.egress(), "first");
    let report = leads_to(&send(&mut office.admin, &address, None, &text));
    let html = office.admin.get(&report).expect(200).text();
    says(&html, "Identical to v1, nothing to do");
    // Another address: a look first, whose address says everything, then the word to go on.
    let picked = [("key", "flow:order-intake"), ("take", "flow:order-intake"), ("way", "as_file"), ("slug", "order-copy"), ("go", "look")];
    let looked = leads_to(&office.admin.submit(&report, &report, &picked));
    assert!(looked.contains("slug=order-copy"), "{looked}");
    let html = office.admin.get(&looked).expect(200).text();
    says(&html, "New flow with one draft, v1");
    says(&html, "Import 1 item");
    let apply = [("key", "flow:order-intake"), ("take", "flow:order-intake"), ("way", "as_file"), ("slug", "order-copy"), ("go", "apply")];
    assert_eq!(leads_to(&office.admin.submit(&looked, &report, &apply)), report);
    let done = office.admin.get(&report).expect(200).text();
    says(&done, "What was made");
    assert!(done.contains("href=\"/w/main/flows/order-copy/versions/1\""), "{done}");
    // A second time there is nothing to carry out.
    let again = office.admin.post(&report, &[("csrf", &token(&done)), ("expect", ""), ("go", "apply")]);
    assert_eq!(again.status, 422, "{}", again.text());
    let history = office.admin.get("/w/main/history").expect(200).text();
    says(&history, "imported Order intake");
}

#[test]
fn what_cannot_be_read_comes_back_with_words() {
    let mut office = Office::open();
    let address = office.server.address.to_string();
    let refused = send(&mut office.admin, &address, None, "").expect(422).text();
    says(&refused, "Choose a file, or paste its text.");
    let refused = send(&mut office.admin, &address, Some(("x.zip", "PK\u{3}\u{4}")), "").expect(422).text();
    says(&refused, "This is a packed file (zip)");
    let refused = send(&mut office.admin, &address, None, "no: definition").expect(422).text();
    says(&refused, "neither made with Export, nor a definition");
    assert!(refused.contains("no: definition</textarea>"), "what was pasted stands there");
    // A file without its form, or of another session, changes nothing.
    let origin = format!("http://{address}");
    let bare = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n";
    let forged = Request::new("POST", IMPORT).header("origin", &origin).body("multipart/form-data; boundary=b", bare);
    assert_eq!(office.admin.send(forged).status, 403);
    let elsewhere = Request::new("POST", "/w/main/flows").header("origin", &origin).body("multipart/form-data; boundary=b", bare);
    assert_eq!(office.admin.send(elsewhere).status, 403, "only one address takes files");
    let mut stranger = Visitor::new(office.server.address);
    let forged = Request::new("POST", IMPORT).header("origin", &origin).body("multipart/form-data; boundary=b", bare);
    assert_eq!(stranger.send(forged).status, 403);
    let mut viewer = office.server.visitor("viewer");
    assert_eq!(viewer.get(IMPORT).status, 403);
}
