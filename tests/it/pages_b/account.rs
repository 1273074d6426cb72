//! The own account.

use super::{Office, leads_to, says, words};
use crate::support::server::PASSWORD;
use crate::support::{Api, Visitor};

const NEXT: &str = "velvet-anchor-lunar-83-moss";

#[test]
fn names_and_passwords_are_changed_by_their_owner() {
    let mut office = Office::open();
    leads_to(&office.admin.submit("/account", "/account/name", &[("own_name", "Ada Lovelace")]));
    says(&office.admin.get("/account").expect(200).text(), "Ada Lovelace");
    says(&office.admin.submit("/account", "/account/name", &[("own_name", " ")]).expect(422).text(), "Your name was not changed");

    let mut elsewhere = Visitor::new(office.server.address);
    elsewhere.sign_in("admin@example.test", PASSWORD);
    let back = office.admin.submit("/account", "/account/password", &[("current", "wrong"), ("password", "short")]).expect(422).text();
    says(&back, "This is not your current password.");
    says(&back, "Use at least 12 characters");
    assert!(!back.contains("value=\"wrong\"") && !back.contains("value=\"short\""));
    let cookie = office.admin.cookie();
    leads_to(&office.admin.submit("/account", "/account/password", &[("current", PASSWORD), ("password", NEXT), ("end_others", "on")]));
    assert_ne!(office.admin.cookie(), cookie, "a new session id");
    says(&office.admin.get("/account").expect(200).text(), "Your password is changed.");
    assert!(leads_to(&elsewhere.get("/account")).starts_with("/sign-in"), "other sessions end");
    elsewhere.sign_in("admin@example.test", NEXT);
    // The page still works: its token belongs to the new session.
    leads_to(&office.admin.submit("/account", "/account/name", &[("own_name", "Ada")]));
}

#[test]
fn sessions_are_listed_and_ended() {
    let mut office = Office::open();
    let mut elsewhere = Visitor::new(office.server.address);
    elsewhere.sign_in("admin@example.test", PASSWORD);
    let page = office.admin.get("/account").expect(200).text();
    assert_eq!(page.matches("/end\"").count(), 1, "{page}");
    says(&page, "This one");
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
    let id = page
        .split("/account/sessions/")
        .find(|p| p.contains("/end\"") && !p.starts_with("end-others"))
        .and_then(|p| p.split('/').next())
        .expect("an id")
        .to_owned();
    leads_to(&office.admin.post(&format!("/account/sessions/{id}/end"), &[("csrf", &token)]));
    assert!(leads_to(&elsewhere.get("/account")).starts_with("/sign-in"));
    office.admin.post("/account/sessions/nothing/end", &[("csrf", &token)]).expect(404);
    elsewhere.sign_in("admin@example.test", PASSWORD);
    leads_to(&office.admin.post("/account/sessions/end-others", &[("csrf", &token)]));
    assert!(leads_to(&elsewhere.get("/account")).starts_with("/sign-in"));
    office.admin.get("/account").expect(200);
}

#[test]
fn tokens_are_shown_once_work_and_are_revoked() {
    let office = Office::with_draft();
    let mut editor = office.server.visitor("editor");
    let made = editor
        .submit("/account", "/account/tokens", &[("token-name", "build server"), ("token-role", "viewer"), ("token-days", "30")])
        .expect(200)
        .text();
    says(&made, "Copy the secret of build server now");
    let at = made.find("value=\"sbx_").expect("a secret") + 7;
    let secret = made[at..at + made[at..].find('"').expect("its end")].to_owned();
    let page = editor.get("/account").expect(200).text();
    assert!(!page.contains(&secret) && words(&page).contains("build server"));
    let api = Api::new(office.server.address, &secret);
    api.get("/main/flows").ok();
    api.delete("/main/flows/order-intake/versions/1").refused(403, "forbidden");
    let back = editor
        .submit("/account", "/account/tokens", &[("token-name", ""), ("token-role", "admin"), ("token-days", "9999")])
        .expect(422)
        .text();
    says(&back, "No token was made");
    says(&back, "at most what its owner may");
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
    let id = page.split("/account/tokens/").nth(1).and_then(|p| p.split('/').next()).expect("an id").to_owned();
    leads_to(&editor.post(&format!("/account/tokens/{id}/revoke"), &[("csrf", &token)]));
    api.get("/main/flows").expect(401);
    says(&editor.get("/account").expect(200).text(), "Revoked");
    editor.post(&format!("/account/tokens/{id}/revoke"), &[("csrf", &token)]).expect(404);
}
