//! Patchworks: a virtual environment's versions. Its draft is deployed, a new draft is made as a copy, the former one
//! becomes inactive; five are kept, and deploying past the fifth takes the oldest inactive one.

use super::Guide;

const PLACE: &str = "/w/patchworks/environments/virtual";

impl Guide<'_> {
    pub(super) async fn patchworks(&self) {
        self.browser.visit(&self.page("/environments/new")).await;
        self.browser.fill("Name", "Virtual").await;
        self.browser.press("Make the environment").await;
        self.browser.until_path("the environment", |path| path.starts_with(PLACE)).await;
        assert_eq!(self.rack(), (Some(1), None, vec![]), "created: draft #1");

        // Number for number: draft, deployed, inactive.
        let table: [(i64, i64, &[i64]); 6] =
            [(2, 1, &[]), (3, 2, &[1]), (4, 3, &[1, 2]), (5, 4, &[1, 2, 3]), (6, 5, &[2, 3, 4]), (7, 6, &[3, 4, 5])];
        for (draft, deployed, inactive) in table {
            // One rule more: original component and its replacement.
            self.browser.visit(&format!("{PLACE}?v=draft")).await;
            self.replace(&format!("payments-{deployed}"), &format!("adyen-{deployed}")).await;
            self.browser.visit(&format!("{PLACE}/versions/{deployed}/deploy")).await;
            if deployed >= 5 {
                self.browser.until_says(&format!("#{} is taken off the rack", deployed - 4)).await;
            }
            self.browser.press(&format!("Deploy #{deployed}")).await;
            self.browser.until_says(&format!("Configuration #{deployed} is deployed to Virtual.")).await;
            assert_eq!(self.rack(), (Some(draft), Some(deployed), inactive.to_vec()));
        }

        // An inactive version is deployed again; the draft stays as it is.
        self.browser.visit(&format!("{PLACE}/versions/5/deploy")).await;
        self.browser.press("Deploy #5").await;
        self.browser.until_says("Configuration #5 is deployed to Virtual.").await;
        assert_eq!(self.rack(), (Some(7), Some(5), vec![3, 4, 6]));

        // "Create draft from version" overwrites the draft, after showing what is lost.
        self.browser.visit(&format!("{PLACE}/versions/3/draft")).await;
        self.browser.until_says("Overwrite draft #7 with #3?").await;
        self.browser.press("Overwrite draft #7").await;
        self.browser.until_path("the environment", |path| !path.contains("/versions/3/draft")).await;
        assert_eq!(self.rack().0, Some(7));

        // Deleting an inactive one leaves a gap: numbers stay.
        self.browser.visit(&format!("{PLACE}/versions/4/delete")).await;
        self.browser.press("Delete #4").await;
        self.browser.until_path("the environment", |path| !path.contains("/versions/4/delete")).await;
        assert_eq!(self.rack(), (Some(7), Some(5), vec![3, 6]));

        // A flow is deployed there over another version, without deleting the deployment first.
        self.make("Virtual stock", "virtual-stock", "first").await;
        self.publish("virtual-stock", 1).await;
        self.to_virtual(1).await;
        let draft = self.new_version_from("virtual-stock", 1).await;
        self.write("virtual-stock", draft, "second").await;
        self.publish("virtual-stock", draft).await;
        self.to_virtual(draft).await;
        self.browser.visit(PLACE).await;
        self.browser.until_says("Deployed").await;
    }

    async fn replace(&self, original: &str, with: &str) {
        self.browser.fill("Component", original).await;
        self.browser.fill("Replace with", with).await;
        self.browser.submit("Add replacement").await;
        self.browser.until_says(with).await;
    }

    async fn to_virtual(&self, version: u32) {
        self.browser.visit(&format!("{}/deploy?version={version}&environment=virtual", self.flow("virtual-stock"))).await;
        self.browser.press(&format!("Deploy v{version}")).await;
        self.browser.until_path("the flow", |path| !path.contains("/deploy")).await;
        let deployment = self.read("/environments/virtual/flows/virtual-stock");
        assert_eq!(deployment["primary"], version, "{deployment}");
    }

    /// Draft, deployed and inactive numbers, as programs read them.
    fn rack(&self) -> (Option<i64>, Option<i64>, Vec<i64>) {
        let found = self.read("/environments/virtual/versions");
        let items = found["items"].as_array().cloned().unwrap_or_default();
        let with = |state: &str| -> Vec<i64> {
            let mut all: Vec<i64> = items.iter().filter(|v| v["state"] == state).filter_map(|v| v["number"].as_i64()).collect();
            all.sort_unstable();
            all
        };
        (with("draft").first().copied(), with("deployed").first().copied(), with("inactive"))
    }
}
