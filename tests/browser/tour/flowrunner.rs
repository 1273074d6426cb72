//! FlowRunner: clone a version, export it, delete it, import it again.

use serde_json::json;

use crate::browser::Browser;
use crate::filled::Filled;

const FLOW: &str = "/w/main/flows/order-intake";

#[tokio::test]
async fn clone_export_delete_import() {
    let filled = Filled::empty();
    filled.create("order-intake", "Order intake", &filled.definition("first"));
    filled.publish("order-intake", 1, "First cut");
    filled.deploy("order-intake", 1);
    let browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;

    // A LIVE row can be cloned: the clone is the first free number, READY, and the live one stays as it is.
    browser.visit(&format!("{FLOW}/versions/1")).await;
    browser.press("More actions").await;
    browser.press("New version from this").await;
    browser.until_path("the clone", |path| path.contains("/versions/2")).await;
    assert_eq!(filled.live("order-intake"), 1);
    let clone = filled.api.get("/main/flows/order-intake/versions/2").ok();
    assert_eq!((&clone["from"], &clone["validity"]["ready"]), (&json!(1), &json!(true)));

    // The clone is edited; the live one is not.
    filled.api.put_yaml("/main/flows/order-intake/versions/2/definition", "*", &filled.definition("second")).expect(200);
    let clone = filled.api.get("/main/flows/order-intake/versions/2").ok();

    // EXPORT writes one file, also of a LIVE version; the link is a download.
    browser.visit(&format!("{FLOW}/versions/2")).await;
    let link = browser.script("return document.querySelector('a[download]').getAttribute('href')", vec![]).await;
    assert_eq!(link, json!(format!("{FLOW}/versions/2/export")));
    let fetched = "return fetch(arguments[0]).then(a => a.text())";
    let file = browser.script(fetched, vec![link]).await;
    let file = file.as_str().expect("a text").to_owned();
    assert_eq!(file, filled.api.get("/main/flows/order-intake/versions/2/export").expect(200).text());

    // DELETE asks for a confirmation; the flow and its live version stay.
    browser.visit(&format!("{FLOW}/versions/2")).await;
    browser.press("More actions").await;
    browser.follow("Delete").await;
    browser.fill("Type v2", "v2").await;
    browser.press("Delete version 2").await;
    browser.until_path("the flow", |path| path == FLOW).await;
    assert_eq!(filled.api.get("/main/flows/order-intake/versions/2").status, 404);

    // IMPORT brings it back as a NEW version, an exact replica that is never live.
    browser.visit("/w/main/import").await;
    browser.press("Paste the text instead").await;
    browser.fill("Text of the file", &file).await;
    browser.press("Preview").await;
    browser.until_says("New draft v3").await;
    browser.press("Import 1 item").await;
    browser.until_says("What was made").await;
    let again = filled.api.get("/main/flows/order-intake/versions/3").ok();
    assert_eq!((&again["hash"], &again["lifecycle"]), (&clone["hash"], &json!("draft")));
    assert_eq!(filled.live("order-intake"), 1);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}
