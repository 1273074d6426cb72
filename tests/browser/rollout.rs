//! An operator's path through a rollout: keep a plan, deploy by it, watch, lead on, halt, continue, go back, release.

use crate::browser::Browser;
use crate::filled::Filled;

const FLOW: &str = "/w/main/flows/order-intake";

#[tokio::test]
async fn with_script() {
    operate(true).await;
}

#[tokio::test]
async fn without_script() {
    operate(false).await;
}

async fn operate(scripted: bool) {
    let filled = Filled::empty();
    filled.create("order-intake", "Order intake", &filled.definition("first"));
    filled.publish("order-intake", 1, "First cut");
    filled.deploy("order-intake", 1);
    filled.draft("order-intake", 1, &filled.definition("second"));
    filled.publish("order-intake", 2, "Second cut");
    let browser = Browser::open(&filled.server).await;
    if !scripted {
        browser.switch_script_off().await;
    }
    browser.sign_in(&filled.admin).await;

    keep_plan(&browser).await;
    deploy(&browser, scripted).await;
    assert_eq!(filled.live("order-intake"), 1);
    let page = browser.path().await;
    watch(&browser, &filled, scripted).await;

    browser.fill("Reason", "numbers look good").await;
    browser.press("Go to 60% now").await;
    browser.until_says("Version 2 takes 60% of new runs in Production.").await;
    browser.until_says("numbers look good").await;
    browser.press("Halt").await;
    browser.until_says("The rollout is halted at 60%.").await;
    // The banner has a button of the same words, which undoes the halt as well.
    browser.press("Continue").await;
    browser.until_says("The rollout goes on.").await;
    browser.fill("Another share", "80").await;
    browser.press("Go to this share").await;
    browser.until_says("Version 2 takes 80% of new runs in Production.").await;
    assert_eq!(browser.path().await, page);

    browser.follow("Roll back to v1").await;
    browser.until_says("Version 2 is quarantined in Production").await;
    browser.fill("Reason", "totals look wrong").await;
    browser.press("Roll back now").await;
    browser.until_path("the version that was left", |path| path.ends_with("/environments/production/quarantine/2")).await;
    browser.until_says("Order intake is back on version 1 in Production.").await;
    assert_eq!(filled.live("order-intake"), 1);

    browser.visit(&format!("{FLOW}/deploy?version=2&environment=production")).await;
    browser.until_says("Version 2 is quarantined in Production").await;
    browser.visit(&format!("{FLOW}/environments/production/quarantine/2")).await;
    browser.fill("Reason", "it was the test customer").await;
    browser.press("Release version 2").await;
    browser.until_says("Version 2 is released in Production.").await;
    browser.visit(&page).await;
    browser.until_says("Rolled back here").await;
    if scripted {
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
    browser.close().await;
}

async fn keep_plan(browser: &Browser) {
    browser.visit("/w/main/rollouts").await;
    browser.follow("Plans").await;
    browser.follow("New plan").await;
    browser.fill("Name", "Careful").await;
    for (row, percent) in [(1, "20"), (2, "60"), (3, "")] {
        browser.fill(&format!("Stage {row}, percent of new runs"), percent).await;
        browser.fill(&format!("Stage {row}, minutes at least"), if percent.is_empty() { "" } else { "30" }).await;
    }
    browser.press("Keep plan").await;
    browser.until_says("The plan “Careful” is kept.").await;
    browser.until_says("20%, 60%, then all").await;
}

async fn deploy(browser: &Browser, scripted: bool) {
    browser.visit(&format!("{FLOW}/deploy?version=2&environment=production")).await;
    browser.choose("By a plan").await;
    browser.fill("Comment", "as agreed").await;
    browser.fill("Type order-intake", "order-intake").await;
    // Without script the button cannot follow what is picked; it deploys it all the same.
    browser.press(if scripted { "Deploy v2 to 20% in Production" } else { "Deploy v2 to Production" }).await;
    browser.until_path("the rollout", |path| path.starts_with("/w/main/rollouts/rol_")).await;
    browser.until_says("Version 2 of Order intake takes 20% of new runs in Production.").await;
    browser.until_says("Now, 30 minutes left").await;
}

/// With script the page follows by itself; without, when it is opened again.
async fn watch(browser: &Browser, filled: &Filled, scripted: bool) {
    browser.until_says("None ended").await;
    for _ in 0..5 {
        filled.run("order-intake");
    }
    if !scripted {
        let page = browser.path().await;
        browser.visit(&page).await;
    }
    browser.until_says("Started 4 1").await;
    browser.until_says("Runs that succeed").await;
    if scripted {
        // What was unfolded stays so when the page follows.
        browser.press("The numbers").await;
        filled.run("order-intake");
        browser.until_says("Started 5 1").await;
        browser.until_says("100% of 1").await;
    }
}
