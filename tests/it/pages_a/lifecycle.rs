use super::flow::hidden;
use super::{FLOW, Site, says, says_not};

#[test]
fn a_draft_is_published_once_with_what_was_seen() {
    let mut site = Site::with_flow();
    site.next("second");
    let publish = format!("{FLOW}/versions/2/publish");
    let page = site.admin.get(&publish).expect(200).text();
    says(
        &page,
        &[
            "Publish version 2",
            "Ready: validation found no errors",
            "1 difference from version 1",
            "Step <b>confirm</b>",
            "name=\"expect\"",
        ],
    );
    let fragment = site.admin.get_fragment(&publish).expect(200).text();
    assert!(fragment.trim_start().starts_with("<dialog"), "{fragment}");
    let bad = site.admin.submit(&publish, &publish, &[("note", "Second"), ("label", "12")]).expect(422).text();
    says(&bad, &["Version 2 was not published", "already names versions in another way", "Second"]);

    let token = hidden(&page);
    let old = site
        .admin
        .post(&publish, &[("csrf", &token), ("expect", "0"), ("note", "Mine"), ("reference", ""), ("label", "")])
        .expect(409)
        .text();
    says(&old, &["in the meantime", "Mine"]);
    let answer = site.admin.submit(&publish, &publish, &[("note", "Second"), ("reference", "CHG-1"), ("label", "spring")]);
    let (to, page) = site.follow(answer);
    assert_eq!(to, format!("{FLOW}/versions/2"));
    says(&page, &["Version 2 is published.", "CHG-1", "spring", "Deploy…"]);
    site.admin.get(&publish).expect(409);

    // The same text again mints nothing, and says which version it is.
    let answer = site.admin.post(&format!("{FLOW}/versions/2/copy"), &[("csrf", &token)]).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/order-intake/versions/3/edit"));
    let third = format!("{FLOW}/versions/3/publish");
    says(&site.admin.get(&third).expect(200).text(), &["Nothing differs from version 2"]);
    let same = site.admin.submit(&third, &third, &[("note", "again")]).expect(422).text();
    says(&same, &["This is exactly version 2", "href=\"/w/main/flows/order-intake/versions/2\""]);
}

#[test]
fn what_is_not_ready_cannot_be_published_and_says_why() {
    let mut site = Site::new();
    site.add("order-intake", "Order intake", &site.definition("x").replace("then: confirm", "then: nowhere"));
    let publish = format!("{FLOW}/versions/1/publish");
    let page = site.admin.get(&publish).expect(200).text();
    says(&page, &["decide", "nowhere", "Fix"]);
    says_not(&page, &["Publish v1</button>"]);
    let answer = site.admin.submit(&publish, &publish, &[("note", "x")]).expect(422).text();
    says(&answer, &["Version 1 was not published", "1 problem"]);
}

#[test]
fn drafts_are_copied_overwritten_discarded_and_duplicated() {
    let mut site = Site::with_flow();
    let token = hidden(&site.admin.get(FLOW).expect(200).text());
    let answer = site.admin.post(&format!("{FLOW}/versions"), &[("csrf", &token)]).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/order-intake/versions/2/edit"));
    let etag = site.api.get("/main/flows/order-intake/versions/2");
    let tag = etag.header("etag").expect("an etag").to_owned();
    site.api.put_yaml("/main/flows/order-intake/versions/2/definition", &tag, &site.definition("typed")).ok();

    let discard = format!("{FLOW}/versions/2/discard");
    says(
        &site.admin.get(&discard).expect(200).text(),
        &["Discard the changes of draft 2?", "goes back to version 1", "Step <b>confirm</b>"],
    );
    let over = format!("{FLOW}/versions/1/into-draft");
    let page = site.admin.get(&over).expect(200).text();
    says(&page, &["Overwrite draft 2 with version 1?", "This is lost from draft 2:", "Make another draft instead"]);
    let stale = site.admin.post(&over, &[("csrf", &token), ("expect", "1")]).expect(409).text();
    says(&stale, &["The draft was not overwritten"]);
    let answer = site.admin.submit(&over, &over, &[]).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/order-intake/versions/2/edit"));
    says(&site.admin.get(&format!("{FLOW}/versions/2/definition")).expect(200).text(), &["first"]);
    site.admin.get(&format!("{FLOW}/versions/2/into-draft")).expect(409);
    says(&site.admin.get(&format!("{FLOW}/versions/1/discard")).expect(409).text(), &["published and never changes"]);

    let duplicate = format!("{FLOW}/versions/1/duplicate");
    let page = site.admin.get(&duplicate).expect(200).text();
    says(&page, &["Order intake copy", "value=\"order-intake-copy\""]);
    let taken = site.admin.submit(&duplicate, &duplicate, &[("name", "Copy"), ("slug", "order-intake")]).expect(422).text();
    says(&taken, &["The flow was not made", "has the address", "value=\"Copy\""]);
    let answer = site.admin.submit(&duplicate, &duplicate, &[("name", "Copy"), ("slug", "copy")]).expect(303);
    assert_eq!(answer.header("location"), Some("/w/main/flows/copy/versions/1/edit"));
    says(&site.admin.get("/w/main/flows/copy/versions/1/definition").expect(200).text(), &["copy"]);
}

#[test]
fn a_flow_that_keeps_a_single_draft_asks_first() {
    let mut site = Site::with_flow();
    let settings = format!("{FLOW}/settings");
    let fields = [("name", "Order intake"), ("slug", "order-intake"), ("description", ""), ("single_draft", "on")];
    site.admin.submit(&settings, &settings, &fields).expect(303);
    let token = hidden(&site.admin.get(FLOW).expect(200).text());
    site.admin.post(&format!("{FLOW}/versions/1/copy"), &[("csrf", &token)]).expect(303);
    let asked = site.admin.post(&format!("{FLOW}/versions/1/copy"), &[("csrf", &token)]);
    let (to, page) = site.follow(asked);
    assert_eq!(to, format!("{FLOW}/versions/1/into-draft"));
    says(&page, &["Draft 2 has nothing that would be lost.", "copy?other=keep"]);
    let kept = site.admin.post(&format!("{FLOW}/versions/1/copy?other=keep"), &[("csrf", &token), ("expect", "1")]).expect(303);
    assert_eq!(kept.header("location"), Some("/w/main/flows/order-intake/versions/3/edit"));
}

#[test]
fn a_version_is_archived_brought_back_and_deleted() {
    let mut site = Site::with_two_live();
    site.next("third");
    let archive = format!("{FLOW}/versions/1/archive");
    says(&site.admin.get(&archive).expect(200).text(), &["Archive version 1?"]);
    let answer = site.admin.submit(&archive, &archive, &[]);
    says(&site.follow(answer).1, &["Version 1 is archived.", "Bring it back"]);
    says(&site.admin.get(&format!("{FLOW}?show=archived")).expect(200).text(), &["Archived", "Bring back from the archive"]);
    let token = hidden(&site.admin.get(FLOW).expect(200).text());
    let answer = site.admin.post(&format!("{FLOW}/versions/1/unarchive"), &[("csrf", &token)]);
    says(&site.follow(answer).1, &["Version 1 is back from the archive."]);
    let live = site.admin.submit(&format!("{FLOW}/versions/2/archive"), &format!("{FLOW}/versions/2/archive"), &[]).expect(422).text();
    says(&live, &["Version 2 was not archived", "It is live in Production."]);

    let blocked = site.admin.get(&format!("{FLOW}/versions/2/delete")).expect(200).text();
    says(&blocked, &["Delete version 2?", "It is live in Production.", "Archive it instead"]);
    says_not(&blocked, &["Delete version 2</button>"]);
    let delete = format!("{FLOW}/versions/3/delete");
    let wrong = site.admin.submit(&delete, &delete, &[("confirm", "3"), ("reason", "not needed")]).expect(422).text();
    says(&wrong, &["Type v3 to confirm.", "value=\"not needed\""]);
    let answer = site.admin.submit(&delete, &delete, &[("confirm", "v3"), ("reason", "not needed")]);
    says(&site.follow(answer).1, &["Version 3 is in the bin."]);
    site.admin.get(&format!("{FLOW}/versions/3")).expect(404);
    let events = site.api.get("/main/events").ok();
    let deleted = events["items"].as_array().into_iter().flatten().find(|e| e["action"] == "version.deleted").cloned();
    assert_eq!(deleted.unwrap_or_default()["reason"], "not needed");
}
