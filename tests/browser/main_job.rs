//! The product's main job as a person does it: write a flow, publish, deploy, run, look, change, deploy, roll back.

use crate::browser::Browser;
use crate::filled::Filled;
use crate::support::flows::ORDER_INTAKE_STEPS;

const FLOW: &str = "/w/main/flows/order-intake";

#[tokio::test]
async fn write_publish_deploy_run_look_change_and_roll_back() {
    let filled = Filled::empty();
    let browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;

    browser.visit("/w/main").await;
    browser.follow("New flow").await;
    browser.fill("Name", "Order intake").await;
    browser.press("Make the flow").await;
    browser.until_path("the new flow", |path| path.starts_with(FLOW)).await;
    write(&browser, 1, &filled.definition("first")).await;
    publish(&browser, 1).await;
    deploy(&browser, 1).await;
    assert_eq!(filled.live("order-intake"), 1);

    run(&browser, "first").await;

    browser.visit(&format!("{FLOW}/versions/1")).await;
    browser.press("More actions").await;
    browser.press("New version from this").await;
    browser.until_path("the draft", |path| path.contains("/versions/2")).await;
    write(&browser, 2, &filled.definition("second")).await;
    publish(&browser, 2).await;
    deploy(&browser, 2).await;
    assert_eq!(filled.live("order-intake"), 2);

    roll_back(&browser).await;
    assert_eq!(filled.live("order-intake"), 1);
    run(&browser, "first").await;
    assert_eq!(filled.service.count("/price"), 2);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

/// Puts a whole definition into the editor's text view.
async fn write(browser: &Browser, version: u32, definition: &str) {
    browser.visit(&format!("{FLOW}/versions/{version}/edit?view=text")).await;
    browser.fill("Text of draft", definition).await;
    browser.submit("Save text").await;
    browser.until_says("Saved").await;
}

async fn publish(browser: &Browser, version: u32) {
    browser.visit(&format!("{FLOW}/versions/{version}")).await;
    browser.follow("Publish").await;
    browser.fill("Comment", "as agreed").await;
    browser.press(&format!("Publish v{version}")).await;
    // Not "Ready", which the page says before, too.
    browser.until_says(&format!("Version {version} is published")).await;
}

/// To production: with a comment, and the flow's slug typed.
pub async fn deploy(browser: &Browser, version: u32) {
    browser.visit(&format!("{FLOW}/deploy?version={version}&environment=production")).await;
    browser.fill("Comment", "as agreed").await;
    browser.fill("Type order-intake", "order-intake").await;
    browser.press(&format!("Deploy v{version}")).await;
    browser.until_path("the flow", |path| !path.contains("/deploy")).await;
}

pub async fn roll_back(browser: &Browser) {
    browser.visit(&format!("{FLOW}/rollback?environment=production")).await;
    browser.fill("Reason", "totals look wrong").await;
    browser.press("Roll back").await;
    browser.until_path("the flow", |path| !path.contains("/rollback")).await;
}

/// Starts a run by hand and looks at it until it has ended.
async fn run(browser: &Browser, note: &str) {
    browser.visit(FLOW).await;
    browser.follow("Start a run").await;
    browser.fill("Input as JSON", "{\"items\": 3}").await;
    browser.press("Start").await;
    browser.until_path("the run", |path| path.starts_with("/w/main/runs/wfr_")).await;
    browser.until_says("Succeeded").await;
    browser.until_says(note).await;
    for step in ORDER_INTAKE_STEPS {
        browser.until_says(step).await;
    }
}
