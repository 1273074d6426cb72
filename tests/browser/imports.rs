//! A file is pasted, looked at, given another address and brought in; each page in both themes and both widths.

use crate::browser::Browser;
use crate::crawl::Walk;
use crate::filled::Filled;

const MACHINE: &str = r#"{"Comment": "Books a parcel", "StartAt": "Book", "States": {
  "Book": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:1:function:Book", "Retry": [{"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 9}], "Next": "Done"},
  "Done": {"Type": "Succeed"}}}"#;

#[tokio::test]
async fn a_file_is_looked_at_and_brought_in() {
    let filled = Filled::empty();
    filled.create("order-intake", "Order intake", &filled.definition("first"));
    filled.publish("order-intake", 1, "First cut");
    let file = filled.api.get("/main/flows/order-intake/export").expect(200).text();
    let mut browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;
    let mut walk = Walk::default();

    browser.visit("/w/main").await;
    browser.follow("Import").await;
    browser.press("Preview").await;
    browser.until_says("Choose a file, or paste its text.").await;
    walk.look(&mut browser, "import-refused").await;
    paste(&browser, &file).await;
    browser.until_says("Identical to v1, nothing to do").await;
    walk.look(&mut browser, "import-identical").await;
    browser.choose("Import Order intake").await;
    browser.fill("Address of Order intake", "order-copy").await;
    browser.press("Preview again").await;
    browser.until_says("New flow with one draft, v1").await;
    walk.look(&mut browser, "import-report").await;
    browser.press("Import 1 item").await;
    browser.until_says("What was made").await;
    walk.look(&mut browser, "import-done").await;
    browser.follow("Order intake").await;
    browser.until_path("the new flow's draft", |path| path == "/w/main/flows/order-copy/versions/1").await;

    browser.visit("/w/main/import").await;
    paste(&browser, MACHINE).await;
    browser.until_says("What became of the state machine").await;
    walk.look(&mut browser, "import-machine").await;
    browser.press("Import 1 item").await;
    browser.until_says("What was made").await;
    browser.follow("pasted text").await;
    browser.until_says("There is no function “lambda-Book” in this workspace").await;
    walk.check();
    browser.close().await;
}

async fn paste(browser: &Browser, text: &str) {
    browser.press("Paste the text instead").await;
    browser.fill("Text of the file", text).await;
    browser.press("Preview").await;
    browser.until_path("the report", |path| path.starts_with("/w/main/import/imp_")).await;
}
