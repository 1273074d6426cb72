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
    says(&page, &["is proposed for Production", "as agreed", "0 of 1 approvals", "You proposed this", "What changes"]);
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
    let draft = json!({"variables": {"limit": "low"}});
    site.api.attempt("PUT", "/main/environments/production/versions/draft/replacements", &[], Some(&draft)).expect("answered").expect(200);
    let (mut operator, mut other) = (site.server.visitor("operator"), site.server.visitor("operator"));
    says(&site.admin.get(AT).expect(200).text(), &["Propose draft #2…"]);
    let form = format!("{AT}/versions/2/deploy");
    let dialog = site.admin.get(&form).expect(200).text();
    says(&dialog, &["Propose configuration #2 for Production?", "this proposes it, and another person approves it", ">Propose #2<"]);
    let wordless = operator.submit(&form, &form, &[("comment", " ")]).expect(422).text();
    says(&wordless, &["Configuration #2 was not proposed", "Say why"]);
    let answer = operator.submit(&form, &form, &[("comment", "lower limit")]);
    let proposal = answer.expect(303).header("location").expect("an address").to_owned();
    let page = operator.get(&proposal).expect(200).text();
    says(&page, &["Configuration <span class=\"tag\"", "to Production", "lower limit", "0 of 1 approvals", "You proposed this"]);
    says(&page, &["<b>limit</b>", "Compare in full", "#1, deployed then", "Configuration #2 is proposed for Production."]);
    says(
        &site.admin.get("/w/main").expect(200).text(),
        &["Configuration #2 waits for approval in Production.", "data-kind=\"approvals\" title=\"1 open\""],
    );
    says(&site.admin.get("/w/main/approvals").expect(200).text(), &["Configuration</a>", "Waits for approvals"]);
    // Whoever edited it last does not approve it.
    says(&site.admin.get(&proposal).expect(200).text(), &["You wrote this version, so somebody else has to approve it."]);
    other.submit(&proposal, &format!("{proposal}/vote"), &[("verdict", "approve"), ("comment", "fine")]).expect(303);
    let done = operator.submit(&proposal, &format!("{proposal}/execution"), &[]);
    assert_eq!(done.expect(303).header("location"), Some(AT));
    let after = operator.get(AT).expect(200).text();
    says(&after, &["Configuration #2 is deployed to Production.", "proposed by Test operator, approved by Test operator"]);
    let history = site.admin.get("/w/main/history").expect(200).text();
    says(
        &history,
        &[" proposed configuration ", " carried out the proposal of configuration ", ", proposed by Test operator, approved by"],
    );
    // Going back needs nobody, and the dialog says so.
    let back = operator.get(&format!("{AT}/versions/1/deploy")).expect(200).text();
    says(&back, &["Deploy configuration #1 to Production?", "going back to it needs nobody"]);
    let form = format!("{AT}/versions/1/deploy");
    operator.submit(&form, &form, &[("comment", "too low")]).expect(303);
    says(&operator.get(AT).expect(200).text(), &["Configuration #1 is deployed to Production."]);
}
