use super::flow::hidden;
use super::{FLOW, Site, says, says_not};

const DEPLOY: &str = "/w/main/flows/order-intake/deploy";

#[test]
fn the_dialog_says_what_would_happen() {
    let mut site = Site::with_two_live();
    site.next("third");
    site.publish(3);
    let page = site.admin.get(&format!("{DEPLOY}?version=3")).expect(200).text();
    says(
        &page,
        &[
            "Deploy Order intake v3",
            "Step <b>confirm</b>",
            "compare/2...3",
            "Ready: validation found no errors",
            "runs v2",
            "value=\"production:2\"",
            "value=\"development:0\"",
        ],
    );
    says(&page, &["Deploy v3 to Production", "Type <code>order-intake</code> to confirm"]);
    let fragment = site.admin.get_fragment(&format!("{DEPLOY}?version=3")).expect(200).text();
    assert!(fragment.trim_start().starts_with("<dialog"), "{fragment}");
    let checks = site.admin.get_fragment(&format!("{DEPLOY}?version=3&part=checks")).expect(200).text();
    assert!(checks.trim_start().starts_with("<ul class=\"checks\""), "{checks}");
    site.admin.get(&format!("{DEPLOY}?version=9")).expect(404);
    site.admin.get(&format!("{DEPLOY}?version=3&environment=moon")).expect(404);
    site.next("fourth");
    let draft = site.admin.get(&format!("{DEPLOY}?version=4")).expect(200).text();
    says(&draft, &["Version 4 is a draft. Publish it first.", "It cannot be deployed as things stand"]);
    says_not(&draft, &["Deploy v4 to"]);
}

#[test]
fn production_asks_for_comment_and_slug_and_nothing_else_does() {
    let mut site = Site::with_flow();
    let page = format!("{DEPLOY}?version=1");
    let bare = site.admin.submit(&page, DEPLOY, &[("environment", "production"), ("comment", ""), ("confirm", "order")]).expect(422).text();
    says(
        &bare,
        &[
            "Version 1 was not deployed",
            "Say why: production deployments keep their reason.",
            "Type order-intake to confirm.",
            "value=\"production\" data-name=\"Production\"",
        ],
    );
    let none = site.admin.submit(&page, DEPLOY, &[("comment", "kept"), ("confirm", "")]).expect(422).text();
    says(&none, &["Tick at least one environment.", "kept"]);
    let dev = site.admin.submit(&page, DEPLOY, &[("environment", "development"), ("comment", ""), ("confirm", "")]);
    let (to, page) = site.follow(dev);
    assert_eq!(to, FLOW);
    says(&page, &["Version 1 of Order intake is live in Development.", "Runs in Development"]);
    assert_eq!(site.place("development")["primary"], 1);
    assert!(site.place("production")["primary"].is_null());
}

#[test]
fn several_environments_are_deployed_all_or_none_and_once() {
    let mut site = Site::with_flow();
    let page = site.admin.get(&format!("{DEPLOY}?version=1&environment=development&environment=production")).expect(200).text();
    says(&page, &["Deploy v1 to Development and Production"]);
    let token = hidden(&page);
    let both = |confirm: &'static str, key: &'static str, expect: &'static str| {
        vec![
            ("csrf", token.clone()),
            ("version", "1".to_owned()),
            ("idempotency_key", key.to_owned()),
            ("expect", "development:0".to_owned()),
            ("expect", expect.to_owned()),
            ("environment", "development".to_owned()),
            ("environment", "production".to_owned()),
            ("in_flight", "drain".to_owned()),
            ("comment", "as agreed".to_owned()),
            ("confirm", confirm.to_owned()),
        ]
    };
    fn fields<'a>(all: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
        all.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
    let wrong = both("wrong", "a", "production:0");
    let page = site.admin.post(DEPLOY, &fields(&wrong)).expect(422).text();
    says(&page, &["Type order-intake to confirm.", "as agreed"]);
    assert!(site.place("development")["primary"].is_null(), "nothing stays of half a deployment");
    let stale = both("order-intake", "b", "production:7");
    let page = site.admin.post(DEPLOY, &fields(&stale)).expect(409).text();
    says(&page, &["changed while you were looking", "as agreed"]);
    assert!(site.place("development")["primary"].is_null());
    let good = both("order-intake", "c", "production:0");
    let answer = site.admin.post(DEPLOY, &fields(&good));
    says(&site.follow(answer).1, &["Version 1 of Order intake is live in Development and Production."]);
    let again = site.admin.post(DEPLOY, &fields(&good));
    says(&site.follow(again).1, &["That form was carried out already."]);
    assert_eq!((&site.place("development")["routing_revision"], &site.place("production")["routing_revision"]), (&1.into(), &1.into()));
    let htmx = {
        let good = both("order-intake", "d", "production:1");
        let mut all: Vec<_> =
            fields(&good).into_iter().filter(|(name, value)| *name != "expect" || value.starts_with("production")).collect();
        all.retain(|(name, value)| *name != "environment" || *value == "production");
        let origin = format!("http://{}", site.server.address);
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(all);
        let request = crate::support::http::Request::new("POST", DEPLOY).header("origin", &origin).header("hx-request", "true");
        site.admin.send(request.body("application/x-www-form-urlencoded", body.finish()))
    };
    assert_eq!((htmx.status, htmx.header("hx-redirect")), (204, Some(FLOW)));
    let odd = site.admin.post(DEPLOY, &[("csrf", &token), ("role", "admin")]);
    says(&odd.expect(400).text(), &["The form could not be read"]);
}
