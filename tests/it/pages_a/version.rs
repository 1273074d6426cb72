use super::{FLOW, Site, says, says_not};

#[test]
fn a_version_shows_graph_figures_and_facts() {
    let mut site = Site::with_two_live();
    site.run();
    let page = site.until_says(&format!("{FLOW}/versions/2"), "0 failed, 0 cancelled");
    says(
        &page,
        &[
            "<svg class=\"graph\"",
            "fetchPrice",
            "Steps as a list",
            "Live, all new runs",
            "Note 2",
            "Made from",
            "version 1",
            "p95 duration",
        ],
    );
    says(
        &page,
        &[
            "View changes",
            "compare/1...2",
            "Deploy…",
            "New version from this",
            "Duplicate as new flow…",
            "Cannot be deleted while it is live",
        ],
    );
    says(&page, &["Calls <code>127.0.0.1"]);
    let definition = site.admin.get(&format!("{FLOW}/versions/latest/definition")).expect(200).text();
    says(&definition, &["YAML, as its author wrote it", "line-9"]);
    says(&site.admin.get(&format!("{FLOW}/versions/9")).expect(404).text(), &["Order intake has no such version: version 9."]);
}

#[test]
fn problems_are_listed_with_the_place_to_fix() {
    let mut site = Site::new();
    site.add("order-intake", "Order intake", &site.definition("x").replace("then: confirm", "then: nowhere"));
    let page = site.admin.get(&format!("{FLOW}/versions/1")).expect(200).text();
    says(
        &page,
        &["Not ready", "1 problem stops version 1 from going live", "versions/1/edit?step=%2Fdo%2F3%2Fdecide", "data-state=\"error\""],
    );
    says_not(&page, &["Publish…"]);
    let table = site.admin.get(FLOW).expect(200).text();
    says(&table, &["1 problem stops version 1 from going live", "Fix in the editor"]);

    site.add("unreadable", "Unreadable", "do: [");
    let page = site.admin.get("/w/main/flows/unreadable/versions/draft").expect(200).text();
    says(&page, &["cannot be read as a definition", "Not ready"]);
    site.admin.get("/w/main/flows/unreadable/versions/1/definition").expect(200);
}
