//! By page and by program: made, verified, and gone back to while the server runs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::server::PASSWORD;
use crate::support::wait::until;
use crate::support::{Server, Visitor, each_database};

/// How long a backup or a restore may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

fn token(page: &str) -> String {
    page.split("name=\"csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a token").to_owned()
}

#[test]
fn an_admin_makes_verifies_and_goes_back_while_the_server_runs() {
    each_database(|database| {
        let server = Server::start(database);
        let mut admin = server.visitor("admin");
        let api = server.api_of("admin@example.test");
        server.visitor("operator").get("/backups").expect(403);
        api.post("/main/flows", &json!({"slug": "before", "name": "Before"})).ok();

        assert_eq!(admin.submit("/backups", "/backups", &[]).expect(303).header("location"), Some("/backups"));
        let verified = |at: Option<&Value>| {
            let found = api.get("/backups").ok()["items"][0].clone();
            (found["verification"] == "passed" && at != Some(&found["verified_at"])).then_some(found)
        };
        let made = until("a verified backup", LIMIT, || verified(None));
        assert_eq!(made["present"], true, "{made}");
        assert!(made["compared"].as_array().is_some_and(|all| all.len() >= 7), "{made}");
        let id = made["id"].as_str().expect("an id").to_owned();
        let again = api.post(&format!("/backups/{id}/verification"), &json!({})).expect(202).json();
        assert_eq!(again["id"], id.as_str());
        until("it to be verified again", LIMIT, || verified(Some(&made["verified_at"])));
        let page = admin.get(&format!("/backups/{id}")).expect(200).text();
        assert!(page.contains("What was compared") && page.contains("Verified"), "{page}");

        api.post("/main/flows", &json!({"slug": "after", "name": "After"})).ok();
        let restore = format!("/backups/{id}/restore");
        let asked = admin.get(&restore).expect(200).text();
        assert!(asked.contains("events since then are lost"), "{asked}");
        let refused = admin.submit(&restore, &restore, &[("confirm", "no"), ("password", PASSWORD)]).expect(422).text();
        assert!(refused.contains("Type restore to confirm."), "{refused}");
        let refused = admin.submit(&restore, &restore, &[("confirm", "restore"), ("password", "another-word-57")]).expect(422).text();
        assert!(refused.contains("This is not your password."), "{refused}");
        assert_eq!(api.get("/main/flows/after").status, 200);

        admin.submit(&restore, &restore, &[("confirm", "restore"), ("password", PASSWORD)]).expect(303);
        until("the server to come back as it was", LIMIT, || {
            let answer = api.attempt("GET", "/main/flows/after", &[], None).ok()?;
            (answer.status == 404).then_some(())
        });
        assert_eq!(api.get("/main/flows/before").status, 200, "tokens survive");
        let away = admin.get("/backups").expect(303);
        assert!(away.header("location").is_some_and(|to| to.starts_with("/sign-in")), "sessions end");

        admin.sign_in("admin@example.test", PASSWORD);
        let page = admin.get("/w/main").expect(200).text();
        assert!(page.contains("This instance was restored") && page.contains("Let everything go on"), "{page}");
        let start = "/main/environments/production/flows/before/runs";
        api.post(start, &json!({})).refused(409, "held");
        let csrf = token(&page);
        admin.post("/backups/release", &[("csrf", &csrf)]).expect(303);
        let page = admin.get("/backups").expect(200).text();
        assert!(page.contains("go on.") && !page.contains("This instance was restored"), "{page}");
        assert!(page.contains("Before a restore"), "the safety backup is listed: {page}");
        assert_ne!(api.post(start, &json!({})).json()["code"], "held");
    });
}

#[test]
fn the_schedule_is_changed_and_what_is_wrong_with_it_is_said() {
    let database = crate::support::Database::sqlite();
    let server = Server::start(&database);
    let mut admin = server.visitor("admin");
    let change = |every: &'static str, keep: &'static str| [("every_hours", every), ("keep", keep), ("max_days", "30")];
    admin.submit("/backups", "/backups/schedule", &change("6", "3")).expect(303);
    let page = admin.get("/backups").expect(200).text();
    assert!(page.contains("The schedule is changed.") && page.contains("value=\"6\""), "{page}");
    let back = admin.submit("/backups", "/backups/schedule", &change("six", "0")).expect(422).text();
    assert!(back.contains("Give a whole number.") && back.contains("value=\"six\""), "{back}");
    let back = admin.submit("/backups", "/backups/schedule", &change("6", "0")).expect(422).text();
    assert!(back.contains("Keep from 1 to 1,000 backups."), "{back}");
    // Somebody else was faster: what they wrote is told, and what was typed stays.
    let mut fields = change("12", "5").to_vec();
    fields.push(("seen", "24-14-90"));
    let stale = admin.submit("/backups", "/backups/schedule", &fields).expect(409).text();
    assert!(stale.contains("one every 6 hours, at most 3 kept") && stale.contains("value=\"12\""), "{stale}");
}

#[test]
fn a_backup_is_deleted_with_password_and_reason_and_the_last_good_one_stays() {
    each_database(|database| {
        let server = Server::start(database);
        let mut admin = server.visitor("admin");
        let api = server.api_of("admin@example.test");
        let make = |admin: &mut Visitor, count: usize| {
            admin.submit("/backups", "/backups", &[]).expect(303);
            until("a verified backup", LIMIT, || {
                let found = api.get("/backups").ok();
                let all = found["items"].as_array().expect("a list").clone();
                (all.len() == count && all.iter().all(|b| b["verification"] == "passed")).then_some(all[0].clone())
            })
        };
        let first = make(&mut admin, 1);
        let delete = format!("/backups/{}/deletion", first["id"].as_str().expect("an id"));
        server.visitor("operator").get(&delete).expect(403);
        let only = admin.get(&delete).expect(200).text();
        assert!(only.contains("It is the only verified backup") && !only.contains("Your password"), "{only}");

        make(&mut admin, 2);
        let wrong = admin.submit(&delete, &delete, &[("reason", "too old"), ("password", "another-word-57")]).expect(422).text();
        assert!(wrong.contains("This is not your password.") && wrong.contains("too old"), "{wrong}");
        let silent = admin.submit(&delete, &delete, &[("reason", " "), ("password", PASSWORD)]).expect(422).text();
        assert!(silent.contains("Say why"), "{silent}");
        let file = std::path::Path::new(first["file"].as_str().expect("a file"));
        assert!(file.is_file(), "nothing was deleted so far");
        admin.submit(&delete, &delete, &[("reason", "too old"), ("password", PASSWORD)]).expect(303);
        assert!(!file.exists());
        let page = admin.get("/backups").expect(200).text();
        assert!(page.contains("was deleted.") && page.contains("Removed") && page.contains("too old"), "{page}");
        admin.submit(&delete, &delete, &[("reason", "x"), ("password", PASSWORD)]).expect(422);
        let told = "SELECT count(*) FROM events WHERE action = 'backup.removed' AND reason = 'too old' AND actor_id IS NOT NULL";
        assert_eq!(database.count(told), 1);
    });
}
