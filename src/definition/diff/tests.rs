use serde_json::json;

use super::*;

fn sentences(old: &Value, new: &Value) -> Vec<String> {
    let none = json!({});
    let changes = diff(Content { definition: old, settings: &none }, Content { definition: new, settings: &none });
    changes.iter().map(|c| c.what.clone()).collect()
}

fn base() -> Value {
    json!({
        "document": {"dsl": "1.0.3", "namespace": "shop", "name": "pets", "version": "1.0.0"},
        "do": [
            {"look": {"call": "http", "with": {"method": "get", "endpoint": {"uri": "https://pets.example/1"}, "headers": {"A": "1"}}}},
            {"choose": {"switch": [{"red": {"when": ".c == 1", "then": "paint"}}, {"rest": {"then": "end"}}]}},
            {"paint": {"set": {"colour": "red"}}},
            {"loop": {"for": {"in": ".x"}, "do": [{"inner": {"wait": "PT1S"}}, {"other": {"set": {"y": 1}}}]}}
        ]
    })
}

#[test]
fn identical_content_has_no_changes() {
    let mut same = base();
    // Key order and a written `continue` are not differences of meaning.
    same["do"][2]["paint"] = json!({"set": {"colour": "red"}});
    assert_eq!(sentences(&base(), &same), [] as [&str; 0]);
}

#[test]
fn properties_are_told_in_words() {
    let mut new = base();
    new["do"][0]["look"]["with"]["endpoint"]["uri"] = json!("https://pets.example/2");
    new["do"][0]["look"]["with"]["headers"]["B"] = json!("2");
    new["do"][0]["look"]["then"] = json!("paint");
    new["do"][1]["choose"]["switch"][0]["red"]["then"] = json!("loop");
    new["do"][1]["choose"]["switch"][0]["red"]["when"] = json!(".c == 2");
    new["do"][3]["loop"]["do"][0]["inner"]["wait"] = json!("PT9S");
    new["do"][3]["loop"]["while"] = json!(".go");
    new["document"]["title"] = json!("Pets");
    new["timeout"] = json!({"after": "PT1H"});
    assert_eq!(
        sentences(&base(), &new),
        [
            "Step \"look\": endpoint changed from \"https://pets.example/1\" to \"https://pets.example/2\".",
            "Step \"look\": header B added: \"2\".",
            "Step \"look\" now leads to \"paint\" instead of the next step.",
            "Step \"choose\": condition of case \"red\" changed from \".c == 1\" to \".c == 2\".",
            "Step \"choose\": case \"red\" now leads to \"loop\" instead of \"paint\".",
            "Step \"loop\": loop condition added: \".go\".",
            "Step \"inner\": waiting time changed from \"PT1S\" to \"PT9S\".",
            "Title added: \"Pets\".",
            "Timeout of the flow added: \"PT1H\".",
        ]
    );
}

#[test]
fn steps_that_come_go_move_and_change_their_name() {
    let mut new = base();
    let list = new["do"].as_array_mut().unwrap();
    let look = list.remove(0);
    list.insert(2, look);
    list.push(json!({"tell": {"raise": {"error": "e"}}}));
    list[1] = json!({"brush": {"set": {"colour": "red"}}});
    new["do"][3]["loop"]["do"].as_array_mut().unwrap().remove(1);
    let none = json!({});
    let old = base();
    let changes = diff(Content { definition: &old, settings: &none }, Content { definition: &new, settings: &none });
    let told: Vec<(ChangeKind, &str, Impact)> = changes.iter().map(|c| (c.kind, c.what.as_str(), c.impact)).collect();
    assert_eq!(
        told,
        [
            (ChangeKind::Renamed, "Step \"paint\" renamed to \"brush\".", Impact::BreaksWaitingRuns),
            (ChangeKind::Moved, "Step \"look\" moved from position 1 to 3.", Impact::ChangesOutcome),
            (ChangeKind::Added, "Step \"tell\" (raise) added.", Impact::ChangesOutcome),
            (ChangeKind::Removed, "Step \"other\" (set) removed in \"loop\".", Impact::BreaksWaitingRuns),
        ]
    );
    assert_eq!(changes[1].old_pointer.as_deref(), Some("/do/0/look"));
    assert_eq!(changes[1].pointer, "/do/2/look");
}

#[test]
fn a_step_may_move_into_another_list_or_be_renamed_and_changed() {
    let mut new = base();
    let paint = new["do"].as_array_mut().unwrap().remove(2);
    new["do"][2]["loop"]["do"].as_array_mut().unwrap().push(paint);
    assert_eq!(sentences(&base(), &new), ["Step \"paint\" moved into \"loop\"."]);

    let mut new = base();
    new["do"][0] =
        json!({"see": {"call": "http", "with": {"method": "get", "endpoint": {"uri": "https://pets.example/9"}, "headers": {"A": "1"}}}});
    assert_eq!(
        sentences(&base(), &new),
        [
            "Step \"look\" renamed to \"see\".",
            "Step \"see\": endpoint changed from \"https://pets.example/1\" to \"https://pets.example/9\".",
        ]
    );

    let mut new = base();
    new["do"][2]["paint"] = json!({"wait": "PT1S"});
    assert_eq!(sentences(&base(), &new), ["Step \"paint\" does something else: wait instead of set."]);
}

#[test]
fn settings_have_their_own_areas() {
    let definition = base();
    let (old, new) = (
        json!({"schedules": [{"cron": "0 1 * * *"}], "labels": ["a"], "sla": {"goal": "PT1H"}}),
        json!({"schedules": [{"cron": "0 2 * * *"}], "labels": ["b"], "sla": {"goal": "PT2H"}, "environment": {"vars": {"x": 1}}}),
    );
    let changes = diff(Content { definition: &definition, settings: &old }, Content { definition: &definition, settings: &new });
    let told: Vec<(Area, Impact, &str)> = changes.iter().map(|c| (c.area, c.impact, c.what.as_str())).collect();
    assert_eq!(
        told,
        [
            (Area::Triggers, Impact::Settings, "Schedules.0.cron changed from \"0 1 * * *\" to \"0 2 * * *\"."),
            (Area::Settings, Impact::Cosmetic, "Labels.0 changed from \"a\" to \"b\"."),
            (Area::Settings, Impact::Settings, "Sla.goal changed from \"PT1H\" to \"PT2H\"."),
            (Area::Environment, Impact::ChangesOutcome, "Environment.vars.x added: 1."),
        ]
    );
    assert_eq!(changes[0].pointer, "/settings/schedules/0/cron");
}
