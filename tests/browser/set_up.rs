//! The first start: the link that the server prints makes the first admin, once.

use crate::browser::Browser;
use crate::crawl::Walk;
use crate::support::server::PASSWORD;
use crate::support::{Database, Server};

#[tokio::test]
async fn the_printed_link_makes_the_first_admin_once() {
    let database = Database::sqlite();
    let server = Server::start(&database);
    let link = server.set_up_link();
    let mut browser = Browser::open(&server).await;
    browser.visit(&link).await;
    let mut walk = Walk::default();
    walk.look(&mut browser, "set-up").await;

    browser.fill("Your name", "Ada Admin").await;
    browser.fill("E-mail", "ada@example.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Make the account").await;
    browser.until_path("the dashboard or the sign-in", |path| !path.starts_with("/set-up")).await;
    if browser.path().await.starts_with("/sign-in") {
        browser.sign_in("ada@example.test").await;
    }
    browser.until_path("the dashboard", |path| path.starts_with("/w/main")).await;

    browser.visit(&link).await;
    assert!(!browser.has_field("Password").await, "the link works twice");
    walk.look(&mut browser, "set-up-used").await;
    walk.check();
    browser.close().await;
}
