use super::flow::hidden;
use super::{FLOW, LIVE, Site, says, says_not};

#[test]
fn people_see_what_their_role_lets_them_do_and_no_more_is_done() {
    let site = Site::with_two_live();
    site.next("third");
    let mut viewer = site.server.visitor("viewer");
    let page = viewer.get(FLOW).expect(200).text();
    says(&page, &["Order intake", "Viewer", "current production"]);
    says_not(&page, &["Edit draft", "Roll back to", "production/stop", "New version from this", "Deploy…", "Publish…", "runs/new"]);
    let token = hidden(&page);
    let post = |at: String, more: &[(&str, &str)]| {
        let mut fields = vec![("csrf", token.as_str())];
        fields.extend_from_slice(more);
        (at, fields.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect::<Vec<_>>())
    };
    for (at, fields) in [
        post(format!("{LIVE}/pause"), &[]),
        post(format!("{LIVE}/rollback"), &[("expect", "2"), ("to", "1"), ("reason", "x")]),
        post(format!("{LIVE}/stop"), &[("reason", "x"), ("confirm", "order-intake")]),
        post(format!("{FLOW}/versions/3/publish"), &[("expect", "1"), ("note", "x")]),
        post(format!("{FLOW}/versions/1/copy"), &[]),
        post(format!("{FLOW}/versions/3/delete"), &[("confirm", "v3")]),
        post(format!("{FLOW}/archive"), &[]),
        post(format!("{FLOW}/versions"), &[]),
        post(
            format!("{FLOW}/deploy"),
            &[("version", "1"), ("environment", "production"), ("in_flight", "drain"), ("comment", "x"), ("confirm", "order-intake")],
        ),
    ] {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = viewer.post(&at, &fields);
        assert_eq!(answer.status, 403, "{at}: {}", answer.text());
    }
    for at in [
        "/w/main/flows/new".to_owned(),
        format!("{FLOW}/deploy?version=1"),
        format!("{LIVE}/rollback"),
        format!("{FLOW}/versions/3/publish"),
    ] {
        says(&viewer.get(&at).expect(403).text(), &["You may not"]);
    }
    assert_eq!(site.place("production")["primary"], 2);

    let mut editor = site.server.visitor("editor");
    let page = editor.get(FLOW).expect(200).text();
    says(&page, &["Edit draft v3", "Deploy…"]);
    says_not(&page, &["production/pause", "production/rollback"]);
    let dialog = editor.get(&format!("{FLOW}/deploy?version=1")).expect(200).text();
    says(&dialog, &["Operators and administrators deploy here.", "Deploy v1 to Development"]);

    let mut operator = site.server.visitor("operator");
    let page = operator.get(FLOW).expect(200).text();
    says(&page, &["Roll back to v1", "production/stop"]);
    says_not(&page, &["Edit draft v3", "New version from this"]);
}

#[test]
fn nobody_sees_a_page_before_signing_in() {
    let site = Site::with_flow();
    let mut stranger = crate::support::Visitor::new(site.server.address);
    let answer = stranger.get(FLOW).expect(303);
    assert_eq!(answer.header("location"), Some("/sign-in?next=%2Fw%2Fmain%2Fflows%2Forder-intake"));
    let fragment = stranger.get_fragment(&format!("{FLOW}?part=production")).expect(401);
    assert!(fragment.header("hx-redirect").is_some_and(|to| to.starts_with("/sign-in")));
}
