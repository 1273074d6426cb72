//! Without script: links and forms alone deploy and roll back.

use crate::browser::Browser;
use crate::filled::Filled;
use crate::main_job::{deploy, roll_back};

#[tokio::test]
async fn deploy_and_roll_back_need_no_script() {
    let filled = Filled::empty();
    filled.create("order-intake", "Order intake", &filled.definition("first"));
    filled.publish("order-intake", 1, "first");
    filled.deploy("order-intake", 1);
    filled.draft("order-intake", 1, &filled.definition("second"));
    filled.publish("order-intake", 2, "second");
    let browser = Browser::open(&filled.server).await;
    browser.switch_script_off().await;
    browser.sign_in(&filled.admin).await;
    deploy(&browser, 2).await;
    assert_eq!(filled.live("order-intake"), 2);
    roll_back(&browser).await;
    assert_eq!(filled.live("order-intake"), 1);
    browser.close().await;
}
