//! AWS PaaS: process versions 设计 DESIGN, 运行 RUN, 停用 CLOSED, which here are draft, live and inactive. Publishing
//! makes the former one CLOSED; a CLOSED one can be published again; 复制 copies into an unrelated process; a version is
//! deleted only if it never made an instance.

use super::Guide;

const SLUG: &str = "expense-claim";
const FLOW: &str = "/w/aws-paas/flows/expense-claim";

impl Guide<'_> {
    pub(super) async fn aws_paas(&self) {
        // 设计: a new model is in design, and fully runnable in development.
        self.make("Expense claim", SLUG, "first").await;
        assert_eq!(self.lifecycle(SLUG, 1), "draft");
        self.browser.visit(FLOW).await;
        self.browser.until_says("设计 Design").await;
        let offered = self.read(&format!("/environments/development/flows/{SLUG}/resolution"));
        assert_eq!((&offered["version"], &offered["reason"]), (&1.into(), &"newest_draft".into()), "{offered}");

        // 运行: published and running; an instance is made.
        self.publish(SLUG, 1).await;
        self.deploy(SLUG, 1).await;
        assert_eq!(self.run(SLUG), 1);
        self.browser.visit(FLOW).await;
        self.browser.until_says("运行 Run").await;

        // A new version, from the newest; publishing it closes the former one: 停用.
        let two = self.new_version_from(SLUG, 1).await;
        self.write(SLUG, two, "second").await;
        self.publish(SLUG, two).await;
        self.deploy(SLUG, two).await;
        self.browser.visit(FLOW).await;
        self.browser.until_says("停用 Closed").await;
        assert_eq!(self.run(SLUG), two);
        // Called by name, a closed version is an error.
        let path = format!("/{}/environments/production/flows/{SLUG}/runs", self.ws);
        let closed = self.filled.api.post(&path, &serde_json::json!({"version": 1}));
        assert_eq!(closed.expect(409).json()["code"], "version_inactive");

        // A version from an older one, 发布 of a historical one.
        self.deploy(SLUG, 1).await;
        let three = self.new_version_from(SLUG, 1).await;
        assert_eq!(three, two + 1);

        // 复制: an unrelated process.
        self.browser.visit(&format!("{FLOW}/versions/{two}/duplicate")).await;
        self.browser.fill("Name", "Travel claim").await;
        self.browser.fill("Address", "travel-claim").await;
        self.browser.press("Make the flow").await;
        self.browser.until_path("the copy", |path| path.starts_with("/w/aws-paas/flows/travel-claim")).await;
        assert_eq!(self.lifecycle("travel-claim", 1), "draft");

        // 删除: refused for a version with instances, done for one without.
        self.browser.visit(&format!("{FLOW}/versions/{two}/delete")).await;
        self.browser.until_says("Archive it instead").await;
        self.browser.visit(&format!("{FLOW}/versions/{three}/delete")).await;
        self.browser.fill(&format!("Type v{three}"), &format!("v{three}")).await;
        self.browser.press(&format!("Delete version {three}")).await;
        self.browser.until_path("the flow", |path| !path.contains("/delete")).await;
        self.filled.api.get(&format!("/{}/flows/{SLUG}/versions/{three}", self.ws)).expect(404);
    }
}
