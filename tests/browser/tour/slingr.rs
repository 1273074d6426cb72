//! Slingr: changes are pushed with a comment and the flag "Backup version", synced to production, looked at, and an
//! earlier backup is restored. Numbers are blue (never synced), yellow (synced earlier) and green (current production).

use super::Guide;

const SLUG: &str = "price-list";

impl Guide<'_> {
    pub(super) async fn slingr(&self) {
        self.make("Price list", SLUG, "first").await;
        self.push("first prices", true).await;
        assert_eq!(self.colours(), [(1, "never".to_owned())]);
        self.sync(1).await;
        assert_eq!(self.live(SLUG), 1);

        // More work: pushed, and not synced yet.
        let two = self.new_version_from(SLUG, 1).await;
        self.write(SLUG, two, "second").await;
        self.push("second prices", true).await;
        let newest = self.colours()[0].0;
        assert_eq!(self.colour_of(newest), "never");
        assert_eq!(self.live(SLUG), 1, "a push leaves production alone");

        // View changes, from the previous one.
        self.browser.visit(&self.page(&format!("/versions/{newest}"))).await;
        self.browser.until_says("What changed since version").await;
        self.browser.until_says("Price list").await;

        // Without the flag there is a number, and nothing to restore.
        let three = self.new_version_from(SLUG, two).await;
        self.write(SLUG, three, "third").await;
        self.push("a try", false).await;
        let plain = self.colours()[0].0;
        assert_eq!(self.read(&format!("/releases/{plain}"))["restorable"], false);

        self.sync(newest).await;
        assert_eq!(self.live(SLUG), two);
        assert_eq!(self.colour_of(newest), "current");
        assert_eq!(self.colour_of(1), "earlier");
        self.browser.visit(&self.page("/versions")).await;
        self.browser.until_says("second prices").await;

        // Restore: into the builder, not into the runtime; then pushed and synced.
        self.browser.visit(&self.page("/versions/1/restore")).await;
        self.browser.until_says("Nothing that is live changes").await;
        self.browser.press("Restore").await;
        self.browser.until_says("Version 1 is restored.").await;
        assert_eq!(self.live(SLUG), two, "a restore leaves production alone");
        self.push("back to the first prices", true).await;
        let back = self.colours()[0].0;
        self.sync(back).await;
        assert_eq!(self.live(SLUG), 1, "unchanged content is the version that it came from");
        self.browser.visit(&self.flow(SLUG)).await;
        self.browser.until_says("Green: current production").await;
    }

    async fn push(&self, comment: &str, backup: bool) {
        self.browser.visit(&self.page("/versions/push")).await;
        self.browser.fill("Comment", comment).await;
        if !backup {
            self.browser.choose("Backup version").await;
        }
        self.browser.press("Push changes").await;
        self.browser.until_says("is pushed.").await;
    }

    async fn sync(&self, number: i64) {
        self.browser.visit(&self.page(&format!("/versions/{number}/sync?environment=production"))).await;
        self.browser.fill("Comment", "as agreed").await;
        self.browser.fill("Type production", "production").await;
        self.browser.press("Sync").await;
        self.browser.until_says("is synced to Production.").await;
    }

    /// Numbers and colours of the Versions list, newest first, as programs read them.
    fn colours(&self) -> Vec<(i64, String)> {
        let found = self.read("/releases");
        let items = found["items"].as_array().cloned().unwrap_or_default();
        let pair = |r: &serde_json::Value| Some((r["number"].as_i64()?, r["sync"].as_str()?.to_owned()));
        items.iter().filter_map(pair).collect()
    }

    fn colour_of(&self, number: i64) -> String {
        self.colours().into_iter().find(|(n, _)| *n == number).map(|(_, colour)| colour).unwrap_or_default()
    }
}
