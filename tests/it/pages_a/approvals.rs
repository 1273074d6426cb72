//! A protected environment in the browser: deploying there proposes, others approve, somebody carries it out.

use serde_json::json;

use super::{FLOW, Site, says, says_not};

#[test]
fn a_protected_environment_is_proposed_to_approved_and_deployed() {
    let mut site = Site::with_two_live();
    site.api.post("/main/environments/production/flows/order-intake/deployments", &json!({"version": 1, "comment": "first"})).expect(200);
    let protect = site.api.attempt("PATCH", "/main/environments/production", &[], Some(&json!({"approvals": 1})));
    protect.expect("answered").expect(200);
    let mut operator = site.server.visitor("operator");
    says(&site.admin.get("/w/main/approvals").expect(200).text(), &["Nothing waits for approval"]);
    let form = format!("{FLOW}/deploy?version=2");
    says(&site.admin.get(&form).expect(200).text(), &["Protected: this proposes it, and another person approves"]);
    let fields = [("environment", "production"), ("comment", "as agreed"), ("confirm", "order-intake")];
    let answer = site.admin.submit(&form, &format!("{FLOW}/deploy"), &fields);
    let (proposal, page) = site.follow(answer);
    assert!(proposal.starts_with("/w/main/approvals/prp_"), "{proposal}");
    says(&page, &["is proposed for Production", "as agreed", "0 of 1 approval<", "You proposed this", "What changes"]);
    assert_eq!(site.place("production")["primary"], 1, "nothing moved yet");
    let dashboard = site.admin.get("/w/main").expect(200).text();
    says(&dashboard, &["v2 of Order intake waits for approval in Production.", &format!("href=\"{proposal}\""), "as agreed"]);
    says(&dashboard, &["data-kind=\"approvals\" title=\"1 open\""]);
    says(&site.admin.get("/w/main/approvals").expect(200).text(), &["Order intake", "Waits for approvals"]);
    operator.submit(&proposal, &format!("{proposal}/vote"), &[("verdict", "reject"), ("comment", " ")]).expect(422);
    let approved = operator.submit(&proposal, &format!("{proposal}/vote"), &[("verdict", "approve"), ("comment", "looked at it")]);
    assert_eq!(approved.expect(303).header("location"), Some(proposal.as_str()));
    says(&operator.get(&proposal).expect(200).text(), &["can be carried out", "looked at it", "Deploy v2 to Production"]);
    says(&site.admin.get("/w/main").expect(200).text(), &["v2 of Order intake is approved for Production and waits to be carried out."]);
    let wrong = site.admin.submit(&proposal, &format!("{proposal}/execution"), &[("confirm", "other")]).expect(422).text();
    says(&wrong, &["Type order-intake to confirm."]);
    let done = site.admin.submit(&proposal, &format!("{proposal}/execution"), &[("confirm", "order-intake")]);
    says(&site.follow(done).1, &["Version 2 of Order intake goes to Production."]);
    assert_eq!(site.place("production")["primary"], 2);
    // The title of the tab keeps its words; what must be gone is the form.
    says_not(&site.admin.get(&proposal).expect(200).text(), &[&format!("action=\"{proposal}/vote\"")]);
    let dashboard = site.admin.get("/w/main").expect(200).text();
    says_not(&dashboard, &["waits for approval", "waits to be carried out", "data-kind=\"approvals\""]);
    let history = site.admin.get("/w/main/history").expect(200).text();
    says(&history, &[" proposed ", " approved ", " carried out the proposal of ", &format!("href=\"{proposal}\">The proposal")]);
}

#[test]
fn a_protected_configuration_is_proposed_approved_and_gone_back_from() {
    const AT: &str = "/w/main/environments/production";
    let mut site = Site::with_two_live();
    site.api.attempt("PATCH", "/main/environments/production", &[], Some(&json!({"approvals": 1}))).expect("answered").expect(200);
    let mut operator = site.server.visitor("operator");
    let edit = |api: &crate::support::Api, limit: &str| {
        let draft = json!({"variables": {"limit": limit}});
        let path = "/main/environments/production/versions/draft/replacements";
        api.attempt("PUT", path, &[], Some(&draft)).expect("answered").expect(200);
    };
    edit(&site.server.api_of("operator@example.test"), "lower");
    says(&site.admin.get(AT).expect(200).text(), &["Propose draft #2…"]);
    let form = format!("{AT}/versions/2/deploy");
    let dialog = site.admin.get(&form).expect(200).text();
    says(&dialog, &["Propose configuration #2 for Production?", "this proposes it, and another person approves it", ">Propose #2<"]);
    let wordless = site.admin.submit(&form, &form, &[("comment", " ")]).expect(422).text();
    says(&wordless, &["Configuration #2 was not proposed", "Say why"]);
    let answer = site.admin.submit(&form, &form, &[("comment", "lower limit")]);
    let (proposal, page) = site.follow(answer);
    says(&page, &["Configuration #2 is proposed for Production.", "lower limit", "0 of 1 approval<", "You proposed this"]);
    says(&page, &["<b>limit</b>", "Compare in full", "#1, deployed then"]);
    let dashboard = site.admin.get("/w/main").expect(200).text();
    says(&dashboard, &["Configuration #2 waits for approval in Production.", "data-kind=\"approvals\" title=\"1 open\""]);
    says(&site.admin.get("/w/main/approvals").expect(200).text(), &["Configuration</a>", "Waits for approvals"]);
    // Whoever edited it does not approve it.
    let wrote = "You wrote this version, or a part of it, so somebody else has to approve it.";
    says(&operator.get(&proposal).expect(200).text(), &[wrote]);
    // Somebody edits it, and what was proposed falls.
    edit(&site.api, "low");
    says(&site.admin.get(&proposal).expect(200).text(), &["Fell: something changed", "a component they freeze"]);
    let answer = site.admin.submit(&form, &form, &[("comment", "low limit")]);
    let (proposal, _) = site.follow(answer);
    says(&operator.get(&proposal).expect(200).text(), &[wrote]);
    let mut second = site.server.second("operator");
    second.submit(&proposal, &format!("{proposal}/vote"), &[("verdict", "approve"), ("comment", "fine")]).expect(303);
    let done = site.admin.submit(&proposal, &format!("{proposal}/execution"), &[]);
    let (to, after) = site.follow(done);
    assert_eq!(to, AT);
    says(&after, &["Configuration #2 is deployed to Production.", "proposed by Test admin, approved by Test second operator"]);
    let history = site.admin.get("/w/main/history").expect(200).text();
    says(&history, &[" proposed configuration ", " carried out the proposal of configuration ", ", proposed by Test admin, approved by"]);
    // Going back needs nobody, and the dialog says so.
    let form = format!("{AT}/versions/1/deploy");
    let back = operator.get(&form).expect(200).text();
    says(&back, &["Deploy configuration #1 to Production?", "going back to it needs nobody"]);
    operator.submit(&form, &form, &[("comment", "too low")]).expect(303);
    says(&operator.get(AT).expect(200).text(), &["Configuration #1 is deployed to Production."]);
}
