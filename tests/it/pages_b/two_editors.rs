//! Two people edit one draft: the second save changes nothing and loses nothing.

use super::{EDIT, Office, leads_to, says};

const SHOWN: &str = "?view=text";

/// The hidden `expect` of the page that somebody has open.
fn open(visitor: &mut crate::support::Visitor, query: &str) -> String {
    let page = visitor.get(&format!("{EDIT}{query}")).expect(200).text();
    let at = page.find("name=\"expect\" value=\"").expect("expect") + 21;
    page[at..at + page[at..].find('"').expect("its end")].to_owned()
}

#[test]
fn the_second_save_gets_both_texts_and_a_merge_that_saves_on_top() {
    let mut office = Office::with_draft();
    let mut second = office.server.visitor("editor");
    let text = super::order_intake(&office.service.egress(), "first");
    let seen = open(&mut second, SHOWN);
    let theirs = text.replace("title: Order intake", "title: Orders");
    leads_to(&office.admin.submit(&format!("{EDIT}{SHOWN}"), &format!("{EDIT}/text"), &[("text", &theirs)]));

    let mine = text.replace("note: first", "note: second");
    let conflict =
        second.submit(&format!("{EDIT}{SHOWN}"), &format!("{EDIT}/text"), &[("text", &mine), ("expect", &seen)]).expect(409).text();
    says(&conflict, "Somebody else changed draft 1");
    says(&conflict, "Nothing was saved, nothing is lost. Test admin saved this draft");
    says(&conflict, "Nothing clashes.");
    assert!(conflict.contains("title: Orders") && conflict.contains("note: second"));
    assert_eq!(office.version(1)["definition"]["do"][4]["confirm"]["set"]["note"], "first");

    // The merged text, sent from the conflict's own form, goes on top of what stands now.
    let merged = text.replace("title: Order intake", "title: Orders").replace("note: first", "note: second");
    let expect = open(&mut second, SHOWN);
    assert!(conflict.contains(&format!("name=\"expect\" value=\"{expect}\"")));
    leads_to(&second.submit(&format!("{EDIT}{SHOWN}"), &format!("{EDIT}/text"), &[("text", &merged), ("expect", &expect)]));
    let version = office.version(1);
    assert_eq!(version["definition"]["do"][4]["confirm"]["set"]["note"], "second");
    assert_eq!(version["definition"]["document"]["title"], "Orders");
}

#[test]
fn clashes_are_marked_and_forms_of_steps_conflict_too() {
    let mut office = Office::with_draft();
    let mut second = office.server.visitor("editor");
    let step = "?step=%2Fdo%2F4%2Fconfirm";
    let seen = open(&mut second, step);
    let text = super::order_intake(&office.service.egress(), "theirs");
    leads_to(&office.admin.submit(&format!("{EDIT}{SHOWN}"), &format!("{EDIT}/text"), &[("text", &text)]));
    let fields = [
        ("expect", seen.as_str()),
        ("name", "confirm"),
        ("/set|0", "total"),
        ("/set|1", "${ .total }"),
        ("/set|0", "note"),
        ("/set|1", "mine"),
    ];
    let conflict = second.submit(&format!("{EDIT}{step}"), &format!("{EDIT}/step"), &fields).expect(409).text();
    says(&conflict, "1 place where both changed the same lines");
    assert!(
        conflict.contains("&#60;&#60;&#60;&#60;&#60;&#60;&#60; yours") || conflict.contains("&lt;&lt;&lt;&lt;&lt;&lt;&lt; yours"),
        "{conflict}"
    );
    assert!(conflict.contains("note: mine") && conflict.contains("note: theirs"));
    assert_eq!(office.version(1)["definition"]["do"][4]["confirm"]["set"]["note"], "theirs");
}

#[test]
fn two_windows_of_one_person_conflict_as_well() {
    let mut office = Office::with_draft();
    let seen = open(&mut office.admin, SHOWN);
    leads_to(&office.admin.submit(&format!("{EDIT}{SHOWN}"), &format!("{EDIT}/text"), &[("text", "document: {}\n")]));
    let conflict = office
        .admin
        .submit(&format!("{EDIT}{SHOWN}"), &format!("{EDIT}/text"), &[("text", "do: [\n"), ("expect", &seen)])
        .expect(409)
        .text();
    says(&conflict, "Your other window saved this draft");
    says(&conflict, "The text cannot be read as a definition");
}
