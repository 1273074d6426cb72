use serde_json::json;

use super::{ALL, STAGING};
use crate::pages_a::{Site, says, says_not};

#[test]
fn deploying_says_what_changes_and_who_leaves() {
    let mut site = Site::with_staging(5);
    site.draft_holds(json!({"variables": {"turn": "6"}, "connections": {"payments": "adyen-test"}}));
    let path = format!("{STAGING}/versions/6/deploy");
    let page = site.admin.get(&path).expect(200).text();
    says(
        &page,
        &[
            "Deploy configuration #6 to Staging?",
            "2 differences from #5",
            "adyen-test",
            "#2 is taken off the rack",
            "#5 becomes inactive",
            "Draft #7 is opened",
        ],
    );
    let fragment = site.admin.get_fragment(&path).expect(200).text();
    assert!(fragment.trim_start().starts_with("<dialog"), "{fragment}");
    let done = site.admin.submit(&path, &path, &[("comment", "the new account")]);
    let (to, page) = site.follow(done);
    assert_eq!(to, STAGING);
    says(
        &page,
        &["Configuration #6 is deployed to Staging.", "Draft #7 is open. #2 is off the rack.", "Deploy #5 again", "“the new account”"],
    );
    says(
        &site.admin.get("/w/main/history?what=configuration.").expect(200).text(),
        &["deployed the configuration", "Staging #6", "the new account"],
    );
}

#[test]
fn what_was_seen_counts_when_two_deploy() {
    let mut site = Site::with_staging(1);
    let path = format!("{STAGING}/versions/2/deploy");
    let page = site.admin.get(&path).expect(200).text();
    let hidden = |name: &str| {
        let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name} is missing")) + name.len() + 15;
        page[at..].split('"').next().unwrap_or_default().to_owned()
    };
    let (csrf, expect, seen) = (hidden("csrf"), hidden("expect"), hidden("seen"));
    site.draft_holds(json!({"variables": {"turn": "other"}}));
    let late = site.admin.post(&path, &[("csrf", &csrf), ("expect", &expect), ("seen", &seen), ("comment", "kept")]);
    says(&late.expect(409).text(), &["changed while you were looking", "kept"]);
    let bare = format!("{ALL}/production/versions/2/deploy");
    let refused = site.admin.submit(&bare, &bare, &[("comment", "")]);
    says(&refused.expect(422).text(), &["Say why: production deployments keep their reason."]);
}

#[test]
fn a_draft_from_a_version_shows_what_is_lost() {
    let mut site = Site::with_staging(2);
    site.draft_holds(json!({"variables": {"turn": "mine", "kept": "no"}}));
    let path = format!("{STAGING}/versions/1/draft");
    says(&site.admin.get(&path).expect(200).text(), &["Overwrite draft #3 with #1?", "changes in 2 places", "Keep draft #3 as it is"]);
    let done = site.admin.submit(&path, &path, &[]);
    says(&site.follow(done).1, &["Draft #3 holds what #1 holds."]);
    let draft = site.api.get("/main/environments/staging/versions/draft").ok();
    assert_eq!(draft["replacements"]["variables"], json!({"turn": "1"}));
    says(&site.admin.get(&format!("{STAGING}/versions/3/draft")).expect(200).text(), &["#3 is the draft itself"]);
}

#[test]
fn deleting_leaves_a_gap() {
    let mut site = Site::with_staging(2);
    let path = format!("{STAGING}/versions/3/delete");
    says(&site.admin.get(&path).expect(200).text(), &["Delete configuration #3?", "Number 3 is never used again."]);
    let done = site.admin.submit(&path, &path, &[("reason", "not needed")]);
    let (_, page) = site.follow(done);
    says(&page, &["Configuration #3 is deleted.", "There is no draft: make one from a version."]);
    says_not(&page, &["Add replacement", "Deploy draft"]);
    site.admin.get(&format!("{STAGING}/versions/3")).expect(404);
    let live = site.admin.get(&format!("{STAGING}/versions/2/delete")).expect(200).text();
    says(&live, &["is deployed: runs use it"]);
    says_not(&live, &[">Delete #2<"]);
    let made = site.admin.submit(&format!("{STAGING}/versions/1/draft"), &format!("{STAGING}/versions/1/draft"), &[]);
    says(&site.follow(made).1, &["Draft #4 holds what #1 holds."]);
}

#[test]
fn two_configurations_are_compared_by_address() {
    let mut site = Site::with_staging(2);
    let page = site.admin.get(&format!("{STAGING}/compare/1...2")).expect(200).text();
    says(&page, &["Variables", "<b>turn</b>", "1 difference", "<ins><span class=\"sr\">to </span>2</ins>"]);
    says(&site.admin.get(&format!("{STAGING}/compare/deployed...draft")).expect(200).text(), &["Nothing differs"]);
    let to = site.admin.get(&format!("{STAGING}/compare?from=1&to=2")).expect(303);
    assert_eq!(to.header("location"), Some("/w/main/environments/staging/compare/1...2"));
    site.admin.get(&format!("{STAGING}/compare/1...9")).expect(404);
}
