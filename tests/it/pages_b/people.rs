//! People, as an admin manages them.

use super::{Office, leads_to, says, words};
use crate::support::Visitor;
use crate::support::server::PASSWORD;

fn id_of(page: &str, action: &str) -> String {
    let at = page.find(&format!("/{action}\"")).expect("an action");
    page[..at].rsplit('/').next().expect("an id").to_owned()
}

#[test]
fn people_are_added_and_can_sign_in() {
    let mut office = Office::open();
    assert!(office.admin.get_fragment("/people/new").expect(200).text().starts_with("<dialog"));
    let grace = [("name", "Grace Hopper"), ("email", "Grace@Example.test"), ("role", "operator"), ("password", PASSWORD)];
    assert_eq!(leads_to(&office.admin.submit("/people/new", "/people", &grace)), "/people");
    let page = office.admin.get("/people").expect(200).text();
    says(&page, "Grace Hopper can sign in now.");
    says(&page, "grace@example.test");
    let mut visitor = Visitor::new(office.server.address);
    visitor.sign_in("grace@example.test", PASSWORD);
    says(&visitor.get("/account").expect(200).text(), "Operator");
    // Everything that is wrong is said at once, and nothing typed is lost.
    let back = office
        .admin
        .submit("/people/new", "/people", &[("name", ""), ("email", "nobody"), ("role", "operator"), ("password", "short")])
        .expect(422)
        .text();
    says(&back, "Nobody was added");
    says(&back, "Use at least 12 characters");
    assert!(back.contains("value=\"nobody\"") && !back.contains("value=\"short\""));
    let back = office.admin.submit("/people/new", "/people", &grace).expect(422).text();
    says(&back, "has an account already");
}

#[test]
fn what_was_done_to_the_instance_is_told_to_its_admins_alone() {
    let mut office = Office::open();
    let grace = [("name", "Grace Hopper"), ("email", "grace@example.test"), ("role", "operator"), ("password", PASSWORD)];
    leads_to(&office.admin.submit("/people/new", "/people", &grace));
    let all = office.admin.get("/history").expect(200).text();
    for told in ["History of the instance", "Test admin added Grace Hopper", "Test admin signed in", "created the token"] {
        says(&all, told);
    }
    let tokens = office.admin.get("/history?what=token.").expect(200).text();
    assert!(words(&tokens).contains("created the token") && !words(&tokens).contains("added Grace Hopper"), "{tokens}");
    for page in ["/people", "/backups"] {
        assert!(office.admin.get(page).expect(200).text().contains("href=\"/history?what="), "{page}");
    }
    let ids = "SELECT id AS t FROM users WHERE email = 'admin@example.test'";
    let id = office.database.as_ref().expect("a database").texts(ids).remove(0);
    let own = format!("/w/main/people/{id}/history");
    says(&office.admin.get(&own).expect(200).text(), "Test admin added Grace Hopper");
    let mut other = office.server.visitor("operator");
    other.get("/history").expect(403);
    assert!(!words(&other.get(&own).expect(200).text()).contains("added Grace Hopper"), "operators see what belongs to the workspace");
}

#[test]
fn roles_sign_outs_passwords_and_accounts_are_changed() {
    let mut office = Office::open();
    let mut other = office.server.visitor("editor");
    other.get("/w/main").expect(200);
    let page = office.admin.get("/people").expect(200).text();
    let id = id_of(&page, "role");
    let base = format!("/people/{id}");
    assert_eq!(leads_to(&office.admin.submit("/people", &format!("{base}/role"), &[("role", "viewer")])), "/people");
    says(&office.admin.get("/people").expect(200).text(), "Test editor is viewer now.");
    assert!(leads_to(&other.get("/w/main")).starts_with("/sign-in"), "a smaller role ends sessions");
    leads_to(&office.admin.submit("/people", &format!("{base}/role"), &[("role", "wizard")]));
    says(&office.admin.get("/people").expect(200).text(), "Nothing was changed.");

    other.sign_in("editor@example.test", PASSWORD);
    let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
    leads_to(&office.admin.post(&format!("{base}/sign-out"), &[("csrf", &token)]));
    assert!(leads_to(&other.get("/w/main")).starts_with("/sign-in"));

    let back =
        office.admin.submit(&format!("{base}/password"), &format!("{base}/password"), &[("password", "password1234")]).expect(422).text();
    says(&back, "easy to guess");
    leads_to(&office.admin.submit(
        &format!("{base}/password"),
        &format!("{base}/password"),
        &[("password", "velvet-anchor-lunar-83-moss")],
    ));
    other.sign_in("editor@example.test", "velvet-anchor-lunar-83-moss");

    says(&office.admin.get(&format!("{base}/disable")).expect(200).text(), "1 open sessions end at once");
    leads_to(&office.admin.submit(&format!("{base}/disable"), &format!("{base}/disable"), &[]));
    assert!(leads_to(&other.get("/w/main")).starts_with("/sign-in"));
    says(&office.admin.get("/people").expect(200).text(), "Disabled");
    leads_to(&office.admin.post(&format!("{base}/enable"), &[("csrf", &token)]));
    other.sign_in("editor@example.test", "velvet-anchor-lunar-83-moss");
}

#[test]
fn the_last_admin_stays_and_nobody_else_sees_people() {
    let mut office = Office::open();
    let account = office.admin.get("/people").expect(200).text();
    let token = account.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
    let history = office.admin.get("/w/main/history").expect(200).text();
    let at = history.find("usr_").expect("an id in the filter");
    let id: String = history[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    leads_to(&office.admin.post(&format!("/people/{id}/role"), &[("csrf", &token), ("role", "viewer")]));
    says(&office.admin.get("/people").expect(200).text(), "This is the last admin.");
    for role in ["viewer", "editor", "operator"] {
        let mut visitor = office.server.visitor(role);
        for path in ["/people", "/people/new"] {
            visitor.get(path).expect(403);
        }
        let page = visitor.get("/account").expect(200).text();
        assert!(!page.contains("href=\"/people\""), "{role}");
        let theirs = page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned();
        visitor
            .post(
                "/people",
                &[("csrf", &theirs), ("name", "Eve"), ("email", "eve@example.test"), ("role", "admin"), ("password", PASSWORD)],
            )
            .expect(403);
        visitor.post(&format!("/people/{id}/disable"), &[("csrf", &theirs)]).expect(403);
    }
    office.admin.get("/people/usr_nobody/disable").expect(404);
}
