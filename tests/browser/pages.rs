//! Every page, in both themes and both widths: axe-core finds nothing, the content security policy refuses nothing.

use crate::browser::Browser;
use crate::crawl::Walk;
use crate::filled::Filled;

#[tokio::test]
async fn every_page_of_a_filled_server() {
    let filled = Filled::new();
    let mut browser = Browser::open(&filled.server).await;
    let mut walk = Walk::default();
    walk.from(&mut browser, &["/sign-in"], "stranger").await;
    browser.sign_in(&filled.admin).await;
    let flow = "/w/main/flows/order-intake";
    let starts = [
        "/w/main",
        flow,
        &format!("{flow}/versions/2"),
        &format!("{flow}/versions/3/edit"),
        &format!("{flow}/compare/1...2"),
        &format!("{flow}/deploy?version=1"),
        "/w/main/flows/stock-count/versions/1",
        "/w/main/flows/stock-count/versions/1/edit",
        "/w/main/environments/production",
        "/w/main/runs",
        "/w/main/components",
        "/w/main/components/connection/orders",
        "/w/main/components/connection/orders/compare/1...2",
        "/w/main/components/lookup/rates",
        "/w/main/components/lookup/rates/edit",
        "/w/main/components/secret/order-token",
        "/w/main/components/secret/order-token/value",
        "/w/main/components/script/score",
        "/w/main/components/cache/recent",
        "/w/main/components/variable/TAX",
        "/people",
        "/account",
        "/w/main/flows/no-such-flow",
    ];
    walk.from(&mut browser, &starts, "filled").await;
    walk.check();
    browser.close().await;
}

#[tokio::test]
async fn every_page_of_an_empty_server() {
    let filled = Filled::empty();
    let mut browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;
    let mut walk = Walk::default();
    walk.from(&mut browser, &["/w/main", "/w/main/runs"], "empty").await;
    walk.check();
    browser.close().await;
}
