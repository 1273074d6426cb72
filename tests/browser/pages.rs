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
        &format!("{flow}/versions/2/hotfix"),
        &format!("{flow}/versions/1/hotfix"),
        "/w/main/flows/late-parcel/versions/1",
        &format!("{flow}/versions/3/edit"),
        &format!("{flow}/compare/1...2"),
        &format!("{flow}/compare/1.0...live:production"),
        "/w/main/bin",
        &format!("{flow}/deploy?version=1"),
        "/w/main/flows/stock-count/versions/1",
        "/w/main/flows/stock-count/versions/1/edit",
        "/w/main/environments",
        "/w/main/environments/staging",
        "/w/main/environments/staging/compare/1...2",
        "/w/main/environments/staging/settings",
        "/w/main/history",
        "/w/main/environments/staging/history",
        &format!("{flow}/history"),
        "/w/main/runs",
        "/w/main/rollouts",
        "/w/main/plans",
        &format!("{flow}/deploy?version=2&environment=production"),
        "/w/main/flows/gift-wrapping",
        "/w/main/flows/gift-wrapping/environments/production/rollback",
        "/w/main/flows/parcel-label/environments/production/quarantine/2",
        "/w/main/planned",
        "/w/main/packages",
        "/w/main/packages/Spring",
        "/w/main/packages/new",
        "/w/main/versions",
        "/w/main/versions/push",
        "/w/main/versions/1",
        "/w/main/versions/1/sync",
        "/w/main/versions/1/restore",
        "/w/main/compare/release:1...now",
        "/w/main/compare/env:development...env:production",
        &format!("{flow}/later"),
        &format!("{flow}/later/stage"),
        &format!("{flow}/later/rollback"),
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
        "/w/main/import",
        "/people",
        "/w/main/settings",
        "/workspaces/new",
        "/backups",
        "/account",
        "/w/main/flows/no-such-flow",
    ];
    walk.from(&mut browser, &starts, "filled").await;
    let ended = filled.api.get("/main/rollouts?flow=parcel-label").ok()["items"][0]["id"].as_str().expect("a rollout").to_owned();
    browser.visit(&format!("/w/main/rollouts/{ended}")).await;
    walk.look(&mut browser, "filled-rollout-ended").await;
    browser.visit(&format!("{flow}/deploy?version=1&environment=production")).await;
    browser.choose("A share of new runs first").await;
    walk.look(&mut browser, "filled-deploy-share").await;
    walk.check();
    browser.close().await;
}

#[tokio::test]
async fn every_page_of_an_empty_server() {
    let filled = Filled::empty();
    let mut browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;
    let mut walk = Walk::default();
    let empty = [
        "/w/main",
        "/w/main/runs",
        "/w/main/rollouts",
        "/w/main/plans",
        "/w/main/planned",
        "/w/main/packages",
        "/w/main/approvals",
        "/w/main/versions",
    ];
    walk.from(&mut browser, &empty, "empty").await;
    walk.check();
    browser.close().await;
}
