use serde_json::json;

use super::flow::hidden;
use super::{FLOW, Site, says, says_not};

const DEPLOY: &str = "/w/main/flows/order-intake/deploy";
const ROLLOUTS: &str = "/w/main/rollouts";

/// What a person sends who deploys version 2 to production; more fields come on top.
const TO_PRODUCTION: [(&str, &str); 4] =
    [("environment", "production"), ("in_flight", "drain"), ("comment", "as agreed"), ("confirm", "order-intake")];

impl Site {
    /// With version 1 live and version 2 published.
    pub fn with_one_live() -> Self {
        let site = Self::with_flow();
        site.put_live(1);
        site.next("second");
        site.publish(2);
        site
    }

    /// With version 2 rolling out beside version 1 as the wish says; where its page is.
    pub fn rolling(wish: &serde_json::Value) -> (Self, String) {
        let site = Self::with_one_live();
        let mut all = json!({"version": 2, "comment": "as agreed"});
        all.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        site.api.post("/main/environments/production/flows/order-intake/deployments", &all).ok();
        let id = site.api.get("/main/rollouts").ok()["items"][0]["id"].as_str().unwrap().to_owned();
        (site, format!("{ROLLOUTS}/{id}"))
    }

    pub fn deploys(&mut self, version: u32, more: &[(&str, &str)]) -> crate::support::http::Response {
        let fields: Vec<(&str, &str)> = TO_PRODUCTION.iter().chain(more).copied().collect();
        self.admin.submit(&format!("{DEPLOY}?version={version}"), DEPLOY, &fields)
    }
}

#[test]
fn the_dialog_begins_a_rollout_and_leads_to_its_page() {
    let mut site = Site::with_one_live();
    let page = site.admin.get(&format!("{DEPLOY}?version=2")).expect(200).text();
    says(
        &page,
        &["All new runs at once", "A share of new runs first", "No plan is kept yet.", "Continue by itself", "Deploy v2 to Production"],
    );
    let answer = site
        .deploys(2, &[("rollout", "percent"), ("percent", "20"), ("then", ""), ("advance", "manual"), ("failure", "5"), ("min_runs", "3")]);
    let (to, page) = site.follow(answer);
    assert!(to.starts_with("/w/main/rollouts/rol_"), "{to}");
    says(
        &page,
        &[
            "Version 2 of Order intake takes 20% of new runs in Production.",
            "Rolling out to Production",
            "Now, waits for you",
            "v2 becomes current",
            "Rolls back if v2",
            "over 5% fail",
            "Make v2 current now",
            "Halt",
            "Stop rollout",
            "Roll back to v1…",
            "began to roll out",
            "every 5 seconds",
        ],
    );
    let place = site.place("production");
    assert_eq!((&place["primary"], &place["candidate"], &place["percent"]), (&json!(1), &json!(2), &json!(20.0)));
    let list = site.admin.get(ROLLOUTS).expect(200).text();
    says(&list, &["Order intake v2", "20%", "Stage 1 of 2", "1 under way", "data-hx-trigger=\"every 5s\""]);
    let fragment = site.admin.get_fragment(&format!("{ROLLOUTS}?part=open")).expect(200).text();
    assert!(fragment.trim_start().starts_with("<section class=\"section\" id=\"open-rollouts\""), "{fragment}");
}

#[test]
fn a_refused_form_comes_back_with_all_that_was_typed() {
    let mut site = Site::with_one_live();
    let page = site.deploys(
        2,
        &[("rollout", "percent"), ("percent", "many"), ("then", "30"), ("advance", "manual"), ("failure", "2.5"), ("min_runs", "7")],
    );
    let page = page.expect(422).text();
    says(
        &page,
        &[
            "Version 2 was not deployed",
            "Give a percentage, such as 5 or 12.5.",
            "value=\"many\"",
            "value=\"30\"",
            "value=\"2.5\"",
            "value=\"7\"",
        ],
    );
    says(&page, &["name=\"advance\" value=\"manual\" checked", "name=\"rollout\" value=\"percent\" checked"]);
    let page = site.deploys(2, &[("rollout", "percent"), ("percent", "50"), ("then", "20"), ("advance", "manual")]).expect(422).text();
    says(&page, &["the share has to grow"]);
    let page =
        site.deploys(2, &[("rollout", "percent"), ("percent", "5"), ("then", ""), ("advance", "auto"), ("minutes", "")]).expect(422).text();
    says(&page, &["Say how long each share lasts"]);
    let page = site.deploys(2, &[("rollout", "plan"), ("plan", "")]).expect(422).text();
    says(&page, &["Pick a plan."]);
    assert_eq!(site.place("production")["candidate"], json!(null));
    let first = site.admin.submit(
        &format!("{DEPLOY}?version=1"),
        DEPLOY,
        &[("environment", "development"), ("comment", ""), ("rollout", "percent"), ("percent", "5"), ("advance", "manual")],
    );
    says(&first.expect(422).text(), &["Nothing is live here yet, so there is nothing to share runs with."]);
}

#[test]
fn a_rollout_under_way_is_replaced_or_cancelled() {
    let (mut site, old) = Site::rolling(&json!({"percent": 20, "advance": "manual"}));
    site.next("third");
    site.publish(3);
    let page = site.admin.get(&format!("{DEPLOY}?version=3")).expect(200).text();
    says(
        &page,
        &["v2 is rolling out in Production at 20%", "production:replace", "production:cancel", "Replaced: v3 begins where v2 stands"],
    );
    let page = site.deploys(3, &[("rollout", "whole")]).expect(422).text();
    says(&page, &["Say what happens to the rollout of version 2", "id=\"during-production\""]);
    let answer = site.deploys(3, &[("rollout", "whole"), ("during", "production:replace")]);
    let (_, page) = site.follow(answer);
    says(&page, &["Version 3 of Order intake takes 20% of new runs in Production."]);
    says(&site.admin.get(&old).expect(200).text(), &["Another version took its place", "Replaced here"]);
    site.next("fourth");
    site.publish(4);
    let answer = site.deploys(4, &[("rollout", "whole"), ("during", "production:cancel")]);
    says(&site.follow(answer).1, &["Version 4 of Order intake is live in Production."]);
    let list = site.admin.get(ROLLOUTS).expect(200).text();
    says(&list, &["Nothing is rolling out", "Replaced", "Stopped", "Version 4 was deployed."]);
    says_not(&list, &["under way</span>"]);
}

#[test]
fn the_levers_lead_on_halt_continue_and_stop() {
    let (mut site, at) = Site::rolling(&json!({"percent": 20, "stages": [{"percent": 50}], "advance": "manual"}));
    let page = site.admin.get(&at).expect(200).text();
    says(
        &page,
        &["Go to 50% now", "Stays at 20%. No further stage starts until somebody continues.", "All new runs go back to version 1."],
    );
    let answer = site.admin.submit(&at, &format!("{at}/advance"), &[("reason", "looks good")]);
    says(
        &site.follow(answer).1,
        &["Version 2 takes 50% of new runs in Production.", "Make v2 current now", "looks good", "from 20% to 50%"],
    );
    let token = hidden(&page);
    let stale = site.admin.post(&format!("{at}/halt"), &[("csrf", &token), ("expect", "2"), ("reason", "late")]).expect(409).text();
    says(&stale, &["Nothing was changed", "changed while you were looking", "late"]);
    let press = |site: &mut Site, lever: &str| {
        let answer = site.admin.post(&format!("{at}/{lever}"), &[("csrf", &token)]);
        site.follow(answer).1
    };
    says(
        &press(&mut site, "halt"),
        &["The rollout is halted at 50%.", "Halted", "Continue", "goes on from there", "halted the rollout of"],
    );
    says(&site.admin.post(&format!("{at}/halt"), &[("csrf", &token)]).expect(422).text(), &["halted already"]);
    says(&press(&mut site, "continue"), &["The rollout goes on.", "continued the rollout of"]);
    for (share, says_so) in [("x", "Give a percentage"), ("30", "It takes 50% already"), ("200", "from 0.01 to 100 percent")] {
        let page = site.admin.submit(&at, &format!("{at}/share"), &[("percent", share)]).expect(422).text();
        says(&page, &[says_so, &format!("value=\"{share}\"")]);
    }
    let answer = site.admin.submit(&at, &format!("{at}/share"), &[("percent", "62.5")]);
    says(&site.follow(answer).1, &["Version 2 takes 62.5% of new runs in Production."]);
    let stopped = press(&mut site, "stop");
    says(&stopped, &["The rollout of version 2 is stopped.", "Version 2 was not judged", "Stopped here", "Last share of new runs"]);
    says_not(&stopped, &["Controls", "every 5s", "every 5 seconds"]);
    says(&site.admin.post(&format!("{at}/halt"), &[("csrf", &token)]).expect(422).text(), &["This rollout has ended already"]);
    site.admin.get(&format!("{ROLLOUTS}/rol_nothing")).expect(404);
}

#[test]
fn the_last_stage_makes_it_current() {
    let (mut site, at) = Site::rolling(&json!({"percent": 20, "advance": "manual"}));
    let answer = site.admin.submit(&at, &format!("{at}/advance"), &[]);
    let page = site.follow(answer).1;
    says(
        &page,
        &[
            "Version 2 of Order intake is live in Production.",
            "v2 became current",
            "Version 2 is live in Production since",
            "completed the rollout of",
        ],
    );
    assert_eq!(site.place("production")["primary"], 2);
    says(&site.admin.get(FLOW).expect(200).text(), &["Current"]);
}

#[test]
fn live_parts_are_answered_alone_and_say_when_the_page_is_behind() {
    let (mut site, at) = Site::rolling(&json!({"percent": 50, "advance": "manual"}));
    for _ in 0..4 {
        site.run();
    }
    let page = site.until_says(&at, "100%");
    says(&page, &["part=live", "<svg class=\"chart\"", "The numbers,", "Started", "No guard watches this rollout."]);
    let fresh = site.admin.get_fragment(&format!("{at}?part=live&seen=2&told=2&poll=1")).expect(200).text();
    assert!(fresh.trim_start().starts_with("<section class=\"section\" id=\"stages\""), "{fresh}");
    says(&fresh, &["id=\"counts\" data-hx-swap-oob=\"true\""]);
    says_not(&fresh, &["<textarea", "<form", "It moved on", "id=\"announce\"", "What happened"]);
    site.api.post("/main/environments/production/flows/order-intake/rollout/halt", &json!({"reason": "two slow runs"})).ok();
    let behind = site.admin.get_fragment(&format!("{at}?part=live&seen=2&told=2&poll=1")).expect(200).text();
    says(&behind, &["It moved on since you opened this page.", "The rollout of version 2 is halted.", "seen=2&#38;told=3"]);
    let told = site.admin.get_fragment(&format!("{at}?part=live&seen=2&told=3&poll=1")).expect(200).text();
    says_not(&told, &["id=\"announce\""]);
    site.api.post("/main/environments/production/flows/order-intake/rollout/stop", &json!({})).ok();
    let over = site.admin.get_fragment(&format!("{at}?part=live&seen=2&told=3&poll=1")).expect(200).text();
    says_not(&over, &["every 5s"]);
}

#[test]
fn plans_are_kept_changed_picked_and_deleted() {
    let mut site = Site::with_one_live();
    let plans = "/w/main/plans";
    says(&site.admin.get(plans).expect(200).text(), &["No plans yet", "New plan"]);
    let bad = [
        ("name", ""),
        ("percent", "25"),
        ("percent", "5"),
        ("minutes", "30"),
        ("minutes", "x"),
        ("runs", ""),
        ("runs", ""),
        ("failure", "200"),
        ("min_runs", "5"),
    ];
    let page = site.admin.submit(&format!("{plans}/new"), plans, &bad).expect(422).text();
    says(
        &page,
        &[
            "The plan was not kept",
            "Stage 2: minutes and runs are whole numbers",
            "Give a percentage from 0 to 100",
            "value=\"25\"",
            "value=\"200\"",
        ],
    );
    let good = [
        ("name", "Careful"),
        ("percent", "10"),
        ("percent", "40"),
        ("percent", ""),
        ("minutes", "30"),
        ("minutes", "30"),
        ("minutes", ""),
        ("runs", ""),
        ("runs", ""),
        ("runs", ""),
        ("advance", "auto"),
        ("failure", "2"),
        ("failure_against", "over_primary"),
        ("min_runs", "20"),
        ("on_fail", "halt"),
    ];
    let answer = site.admin.submit(&format!("{plans}/new"), plans, &good);
    let (to, page) = site.follow(answer);
    assert_eq!(to, plans);
    says(
        &page,
        &[
            "The plan “Careful” is kept.",
            "10%, 40%, then all",
            "Continues by itself, 30 minutes each",
            "Halts if it fails 2 points more often than the primary",
        ],
    );
    says(&site.admin.submit(&format!("{plans}/new"), plans, &good).expect(422).text(), &["A plan “Careful” exists already"]);
    let id = site.api.get("/main/plans").ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let own = format!("{plans}/{id}");
    says(&site.admin.get(&own).expect(200).text(), &["value=\"40\"", "value=\"over_primary\" selected", "Delete plan…"]);
    let mut other = good.to_vec();
    other[0].1 = "Gentle";
    let answer = site.admin.submit(&own, &own, &other);
    says(&site.follow(answer).1, &["The plan “Gentle” is kept."]);
    other.push(("expect", "1"));
    says(&site.admin.submit(&own, &own, &other).expect(409).text(), &["changed while you were looking"]);
    says(&site.admin.get(&format!("{DEPLOY}?version=2")).expect(200).text(), &["Gentle: 10%, 40%, then all", "data-first=\"10%\""]);
    let answer = site.deploys(2, &[("rollout", "plan"), ("plan", "Gentle")]);
    let (at, page) = site.follow(answer);
    says(&page, &["takes 10% of new runs", "30 minutes left", "Halts if v2", "fails 2 points more often", "if limits hold", "about "]);
    says(&site.admin.get(&format!("{own}/delete")).expect(200).text(), &["Delete the plan “Gentle”?", "keep the stages they began with"]);
    let answer = site.admin.submit(&format!("{own}/delete"), &format!("{own}/delete"), &[]);
    says(&site.follow(answer).1, &["The plan “Gentle” is deleted.", "No plans yet"]);
    says(&site.admin.get(&at).expect(200).text(), &["40%"]);
    site.admin.get(&own).expect(404);
    let mut viewer = site.server.visitor("viewer");
    says_not(&viewer.get(plans).expect(200).text(), &["New plan"]);
    viewer.get(&format!("{plans}/new")).expect(403);
    says(&viewer.get(&at).expect(200).text(), &["Operators and administrators lead rollouts in Production."]);
}

#[test]
fn the_counts_of_a_rollout_lead_to_its_own_runs() {
    let (mut site, page) = Site::rolling(&json!({"percent": 50}));
    site.run();
    site.run();
    let id = page.rsplit('/').next().unwrap_or_default().to_owned();
    let list = |version: i64| format!("/w/main/runs?flow=order-intake&version={version}&environment=production&rollout={id}");
    let text = site.admin.get(&page).expect(200).text();
    let href = |version: i64| format!("href=\"{}\"", list(version).replace('&', "&amp;"));
    assert!([1, 2].iter().all(|v| text.contains(&href(*v)) || text.contains(&href(*v).replace("&amp;", "&#38;"))), "{text}");
    // One of two runs went to each, and the list says which rollout it is about.
    let found = site.admin.get(&list(2)).expect(200).text();
    says(&found, &["1 run on this page.", &format!("name=\"rollout\" value=\"{id}\"")]);
    says(&site.admin.get(&format!("/w/main/runs?rollout={id}")).expect(200).text(), &["2 runs on this page."]);
    site.admin.get("/w/main/runs?rollout=rol_nothing").expect(404);
}
