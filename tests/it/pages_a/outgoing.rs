//! Planned changes and packages, as a person without script uses them.

use serde_json::json;
use signalbox::clock::SystemClock;
use signalbox::domain::clock::{Clock, Micros};

use super::{FLOW, Site, says, says_not};

const LATER: &str = "/w/main/flows/order-intake/later";
const PLANNED: &str = "/w/main/planned";
const PACKAGES: &str = "/w/main/packages";

/// Date and time in UTC, so many microseconds ahead.
fn ahead(micros: i64) -> (String, String) {
    let at = SystemClock.now().plus(micros).rfc3339();
    (at[..10].to_owned(), at[11..19].to_owned())
}

#[test]
fn a_deployment_is_planned_from_the_version_and_cancelled() {
    let mut site = Site::with_two_live();
    says(&site.admin.get(PLANNED).expect(200).text(), &["Nothing is planned"]);
    says(&site.admin.get(FLOW).expect(200).text(), &["Deploy later…"]);
    says(&site.admin.get(&format!("{FLOW}/versions/1")).expect(200).text(), &["later?version=1"]);
    let page = site.admin.get(&format!("{LATER}?version=1")).expect(200).text();
    says(&page, &["Deploy Order intake later", "All times are UTC", "Date (UTC)", "03:00", "Plan deployment", "selected>v1<"]);
    let (date, time) = ahead(Micros::DAY);
    let mut fields =
        vec![("version", "1"), ("environment", "production"), ("date", &date), ("time", &time), ("percent", "12,5"), ("plan", "")];
    fields.extend([("comment", "over night"), ("confirm", "x")]);
    let wrong = site.admin.submit(LATER, LATER, &fields).expect(422).text();
    says(&wrong, &["Nothing was planned", "Give a percentage such as 10", "over night", "12,5", &date]);
    fields[4].1 = "12.5";
    says(&site.admin.submit(LATER, LATER, &fields).expect(422).text(), &["Type order-intake to confirm."]);
    fields[7].1 = "order-intake";
    let (past, _) = ahead(-2 * Micros::DAY);
    let late: Vec<_> = fields.iter().map(|(n, v)| if *n == "date" { (*n, past.as_str()) } else { (*n, *v) }).collect();
    says(&site.admin.submit(LATER, LATER, &late).expect(422).text(), &["This time has passed."]);
    let answer = site.admin.submit(LATER, LATER, &fields);
    let (to, list) = site.follow(answer);
    assert_eq!(to, PLANNED);
    says(
        &list,
        &[
            "Version 1 of Order intake is to be deployed to Production",
            "Upcoming",
            "to 12.5% of new runs",
            "“over night”",
            "Nothing has moved",
            "Cancel…",
        ],
    );
    assert_eq!(site.place("production")["primary"], 2);
    let id = site.api.get("/main/planned").ok()["items"][0]["id"].as_str().expect("an id").to_owned();
    let cancel = format!("{PLANNED}/{id}/cancel");
    says(
        &site.admin.get(&cancel).expect(200).text(),
        &["Cancel “Deploy version 1 of Order intake", "Keep it planned", "Nothing changes in Production"],
    );
    let answer = site.admin.submit(&cancel, &cancel, &[("reason", "too early")]);
    says(&site.follow(answer).1, &["Cancelled: Deploy version 1", "Ended", "too early"]);
    says(&site.admin.get(&cancel).expect(200).text(), &["It has ended already"]);
    let confirm = format!("{PLANNED}/{id}/confirm");
    says(&site.admin.get(&confirm).expect(200).text(), &["there is nothing to confirm"]);
    says(&site.admin.get("/w/main/history").expect(200).text(), &["planned the", "cancelled the planned"]);
    site.admin.get(&format!("{PLANNED}/plc_none/confirm")).expect(404);
    let viewer = site.server.visitor("viewer").get(LATER);
    assert_eq!(viewer.status, 403, "{}", viewer.text());
}

#[test]
fn what_was_suspended_is_on_the_dashboard_and_is_confirmed() {
    let mut site = Site::with_two_live();
    let at = SystemClock.now().plus(Micros::SECOND).rfc3339();
    let wish = json!({"kind": "deploy", "at": at, "version": 1, "comment": "over night"});
    let made = site.api.post("/main/environments/production/flows/order-intake/planned", &wish).expect(201).json();
    site.next("third");
    site.publish(3);
    site.put_live(3);
    site.until_says(PLANNED, "Wait for you");
    let moved = "Version 2 was live when this was planned, version 3 is now.";
    says(&site.admin.get(PLANNED).expect(200).text(), &[moved, "Confirm…", "Cancel…"]);
    says(&site.admin.get("/w/main").expect(200).text(), &["Deploy version 1 of Order intake in Production waits for you.", moved]);
    let confirm = format!("{PLANNED}/{}/confirm", made["id"].as_str().expect("an id"));
    says(
        &site.admin.get(&confirm).expect(200).text(),
        &["all the same?", moved, "at once, because its time has passed", "in the name of Test admin"],
    );
    let answer = site.admin.submit(&confirm, &confirm, &[]);
    says(&site.follow(answer).1, &["Confirmed: Deploy version 1 of Order intake in Production."]);
    site.until_says(PLANNED, "Done");
    assert_eq!(site.place("production")["primary"], 1);
}

#[test]
fn a_package_is_made_deployed_and_taken_back() {
    let mut site = Site::with_two_live();
    site.add("late-parcel", "Late parcel", &site.definition("parcel").replace("name: order-intake", "name: late-parcel"));
    site.api.post("/main/flows/late-parcel/versions/1/publication", &json!({})).ok();
    says(&site.admin.get(PACKAGES).expect(200).text(), &["No packages yet", "New package"]);
    let new = format!("{PACKAGES}/new");
    let rows = [("flow", "order-intake"), ("version", "v1"), ("priority", "5"), ("flow", "late-parcel"), ("version", ""), ("priority", "")];
    let mut fields = vec![("name", " "), ("note", "New prices")];
    fields.extend(rows);
    says(
        &site.admin.submit(&new, PACKAGES, &fields).expect(422).text(),
        &["The package was not kept", "Give the package a name", "order-intake", "New prices"],
    );
    fields[0].1 = "Spring";
    fields[3].1 = "moon";
    says(&site.admin.submit(&new, PACKAGES, &fields).expect(422).text(), &["Order intake has no such version"]);
    fields[3].1 = "1";
    let answer = site.admin.submit(&new, PACKAGES, &fields);
    let (to, page) = site.follow(answer);
    says(
        &page,
        &[
            "The package “Spring” is kept.",
            "What it would change in Production",
            "Nothing live",
            "Goes live here for the first time",
            "It was never deployed",
        ],
    );
    says(&site.admin.get(PACKAGES).expect(200).text(), &["Spring", "Order intake v1, Late parcel v1", "Never deployed"]);
    let other = site.admin.get(&format!("{to}?environment=development")).expect(200).text();
    says(&other, &["Deploy to Development…"]);
    let deploy = format!("{to}/deploy");
    let ask = format!("{deploy}?environment=production");
    let dialog = site.admin.get(&ask).expect(200).text();
    says(&dialog, &["Deploy 2 flows of “Spring” to Production?", ": v2 to v1", "live here for the first time", "Deploy nothing"]);
    let fields = |confirm: &'static str| [("percent", ""), ("plan", ""), ("comment", "spring"), ("confirm", confirm)];
    says(&site.admin.submit(&ask, &deploy, &fields("Sprig")).expect(422).text(), &["Type Spring to confirm.", "spring"]);
    assert_eq!(site.place("production")["primary"], 2);
    let share = [("percent", "10"), ("plan", ""), ("comment", "spring"), ("confirm", "Spring")];
    says(&site.admin.submit(&ask, &deploy, &share).expect(422).text(), &["nothing was deployed", "late-parcel: Nothing is live here yet"]);
    let answer = site.admin.submit(&ask, &deploy, &fields("Spring"));
    says(
        &site.follow(answer).1,
        &["“Spring” is deployed to Production.", "Order intake: v2 to v1", "Not taken back", "Stands there already", "Take back…"],
    );
    assert_eq!(site.place("production")["primary"], 1);
    let back = format!("{to}/rollback");
    let ask = format!("{back}?environment=production");
    let dialog = site.admin.get(&ask).expect(200).text();
    says(&dialog, &["Take “Spring” back in Production?", ": v1 back to v2", "nothing stood there before, so v1 stays", "Keep it there"]);
    says(&site.admin.submit(&ask, &back, &[("reason", " ")]).expect(422).text(), &["Nothing was taken back", "Say why you go back"]);
    let answer = site.admin.submit(&ask, &back, &[("reason", "totals")]);
    says(
        &site.follow(answer).1,
        &["“Spring” is taken back in Production.", "order-intake is back on v2.", "“totals”", "back on v2", "quarantined in Production"],
    );
    assert_eq!(site.place("production")["primary"], 2);
    // What was deployed is kept; what was not can go.
    let edit = site.admin.get(&format!("{to}/edit")).expect(200).text();
    says(&edit, &["none can be taken out", "late-parcel"]);
    says_not(&site.admin.get(&to).expect(200).text(), &["Delete…"]);
    says(&site.admin.get(&format!("{to}/delete")).expect(200).text(), &["so it is kept"]);
    let less = [("name", "Spring"), ("note", ""), ("flow", "order-intake"), ("version", "2"), ("priority", "")];
    says(&site.admin.submit(&format!("{to}/edit"), &to, &less).expect(422).text(), &["no flow can be taken out of it: Late parcel."]);
    site.api.post("/main/packages", &json!({"name": "Autumn", "items": [{"flow": "late-parcel", "version": 1}]})).expect(201);
    let delete = format!("{PACKAGES}/Autumn/delete");
    let id = site.api.get("/main/packages/Autumn").ok()["id"].as_str().expect("an id").to_owned();
    let answer = site.admin.submit(&delete, &format!("{PACKAGES}/{id}/delete"), &[]);
    says(&site.follow(answer).1, &["The package “Autumn” is deleted."]);
    says(&site.admin.get("/w/main/history").expect(200).text(), &["deployed the package", "took back the package"]);
    let viewer = site.server.visitor("viewer").get(&new);
    assert_eq!(viewer.status, 403, "{}", viewer.text());
}

#[test]
fn a_stage_and_a_roll_back_are_planned_with_what_they_would_do() {
    let (mut site, _) = Site::rolling(&json!({"percent": 10}));
    let (stage, back) = (format!("{LATER}/stage"), format!("{LATER}/rollback"));
    says(&site.admin.get(LATER).expect(200).text(), &[&format!("href=\"{stage}\""), &format!("href=\"{back}\"")]);
    let page = site.admin.get(&stage).expect(200).text();
    says(
        &page,
        &["Lead the rollout on later", "Production: v2 takes 10% now, 100% next", "the rollout must be under way", "A freeze puts it off"],
    );
    let (date, time) = ahead(Micros::DAY);
    let typed =
        |percent: &'static str| [("environment", "production"), ("date", &*date), ("time", &*time), ("percent", percent), ("reason", "")];
    says(&site.admin.submit(&stage, &stage, &typed("some")).expect(422).text(), &["Nothing was planned", "Give a percentage such as 25"]);
    site.admin.submit(&stage, &stage, &typed("5")).expect(422);
    let answer = site.admin.submit(&stage, &stage, &typed("25"));
    says(&site.follow(answer).1, &["The rollout of Order intake in Production is to be led on", "Upcoming"]);
    let page = site.admin.get(&back).expect(200).text();
    says(
        &page,
        &["Roll back later", "Production: from v2 to v1, as it stands", "No freeze holds it up", "The version that was live before"],
    );
    let fields = [("environment", "production"), ("date", &*date), ("time", &*time), ("to", "")];
    let wordless: Vec<_> = fields.iter().copied().chain([("reason", " ")]).collect();
    says(&site.admin.submit(&back, &back, &wordless).expect(422).text(), &["Say why you go back"]);
    let whole: Vec<_> = fields.iter().copied().chain([("reason", "after the fair")]).collect();
    let answer = site.admin.submit(&back, &back, &whole);
    says(&site.follow(answer).1, &["Order intake is to be rolled back in Production", "“after the fair”"]);
    assert_eq!(site.api.get("/main/planned").ok()["items"].as_array().map(Vec::len), Some(2));
    site.admin.get(&format!("{LATER}/nothing")).expect(404);
    says(&site.admin.get("/w/main/flows/order-intake").expect(200).text(), &["Deploy later…"]);
    let viewer = site.server.visitor("viewer").get(&back);
    assert_eq!(viewer.status, 403, "{}", viewer.text());
}

#[test]
fn where_nothing_can_be_led_on_or_gone_back_to_the_page_says_so() {
    let mut site = Site::with_one_live();
    says(&site.admin.get(&format!("{LATER}/stage")).expect(200).text(), &["No rollout of it is under way."]);
    says(&site.admin.get(&format!("{LATER}/rollback")).expect(200).text(), &["Nothing was live before that it could go back to."]);
}
