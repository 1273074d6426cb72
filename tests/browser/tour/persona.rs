//! Persona: a version is published at 20 %, new runs are split between it and the one before, people watch, and revert.

use super::Guide;

const SLUG: &str = "identity-check";
const FLOW: &str = "/w/persona/flows/identity-check";

impl Guide<'_> {
    pub(super) async fn persona(&self) {
        self.make("Identity check", SLUG, "first").await;
        self.publish(SLUG, 1).await;
        self.deploy(SLUG, 1).await;
        let two = self.new_version_from(SLUG, 1).await;
        self.write(SLUG, two, "second").await;
        self.publish(SLUG, two).await;

        // Publish at 20 %.
        self.browser.visit(&format!("{FLOW}/deploy?version={two}&environment=production")).await;
        self.browser.choose("A share of new runs first").await;
        self.browser.fill("Percentage of new runs", "20").await;
        self.browser.choose("Wait for me at every stage").await;
        self.browser.fill("Comment", "a few first").await;
        self.browser.fill(&format!("Type {SLUG}"), SLUG).await;
        self.browser.press(&format!("Deploy v{two} to 20% in Production")).await;
        self.browser.until_path("the rollout", |path| path.starts_with("/w/persona/rollouts/rol_")).await;

        // New runs are split between exactly two versions.
        let taken: Vec<i64> = (0..10).filter_map(|_| self.run(SLUG).as_i64()).collect();
        assert_eq!(taken.len(), 10);
        assert_eq!(taken.iter().filter(|v| **v == i64::from(two)).count(), 2, "{taken:?}");

        // Watch: each run is for ever linked to the version it ran.
        self.browser.until_says("Runs that succeed").await;
        self.browser.until_says("Started 8 2").await;
        self.browser.until_says("Succeeded 100% 100%").await;

        // Revert: everything to the version before, which is not copied.
        self.browser.visit(&format!("{FLOW}/rollback?environment=production")).await;
        self.browser.fill("Reason", "one question too many").await;
        self.browser.press("Roll back").await;
        self.browser.until_path("another page", |path| !path.contains("/rollback")).await;
        assert_eq!(self.live(SLUG), 1);
        assert_eq!(self.run(SLUG), 1);
        self.browser.visit(FLOW).await;
        self.browser.until_says("Quarantined").await;
        self.browser.until_says("Published, active").await;
    }
}
