//! Five systems that people come from, each walked through in its own steps, in a workspace that speaks its words. What
//! they call a thing stands in the comments; what the pages say of states is theirs, too (PRODUCT §2).

mod aws_paas;
mod flowrunner;
mod patchworks;
mod persona;
mod slingr;

use serde_json::Value;

use crate::browser::Browser;
use crate::filled::Filled;

/// Somebody who knows one of the systems, in a workspace that speaks its words.
pub struct Guide<'a> {
    filled: &'a Filled,
    browser: &'a Browser,
    /// The workspace's address.
    ws: &'static str,
}

#[tokio::test]
async fn five_systems() {
    let filled = Filled::empty();
    let browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;
    Guide::settle(&filled, &browser, "flowrunner", "FlowRunner").await.flowrunner().await;
    Guide::settle(&filled, &browser, "patchworks", "Patchworks").await.patchworks().await;
    Guide::settle(&filled, &browser, "slingr", "Slingr").await.slingr().await;
    Guide::settle(&filled, &browser, "aws-paas", "AWS PaaS").await.aws_paas().await;
    Guide::settle(&filled, &browser, "persona", "Persona").await.persona().await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

impl<'a> Guide<'a> {
    /// Makes a workspace whose states are called as in that system.
    async fn settle(filled: &'a Filled, browser: &'a Browser, ws: &'static str, system: &str) -> Self {
        browser.visit("/workspaces/new").await;
        browser.fill("Name", system).await;
        browser.fill("Address", ws).await;
        browser.pick("Words for states", system).await;
        browser.press("Make the workspace").await;
        browser.until_says(&format!("{system} is made.")).await;
        Self { filled, browser, ws }
    }

    /// An address of the workspace's pages.
    fn page(&self, path: &str) -> String {
        format!("/w/{}{path}", self.ws)
    }

    fn flow(&self, slug: &str) -> String {
        self.page(&format!("/flows/{slug}"))
    }

    /// What programs read at an address of the workspace.
    fn read(&self, path: &str) -> Value {
        self.filled.api.get(&format!("/{}{path}", self.ws)).ok()
    }

    /// Makes a flow through its page, as its first draft.
    async fn make(&self, name: &str, slug: &str, note: &str) {
        self.browser.visit(&self.page("")).await;
        self.browser.follow("New flow").await;
        self.browser.fill("Name", name).await;
        self.browser.press("Make the flow").await;
        let base = self.flow(slug);
        self.browser.until_path("the new flow", |path| path.starts_with(&base)).await;
        self.write(slug, 1, note).await;
    }

    /// Puts a whole definition into the editor's text view.
    async fn write(&self, slug: &str, version: u32, note: &str) {
        self.browser.visit(&format!("{}/versions/{version}/edit?view=text", self.flow(slug))).await;
        let text = self.filled.definition(note).replace("order-intake", slug);
        self.browser.fill("Text of draft", &text).await;
        self.browser.submit("Save text").await;
        self.browser.until_says("Saved").await;
    }

    async fn publish(&self, slug: &str, version: u32) {
        self.browser.visit(&format!("{}/versions/{version}/publish", self.flow(slug))).await;
        self.browser.fill("Comment", "as agreed").await;
        self.browser.press(&format!("Publish v{version}")).await;
        self.browser.until_path("the version", |path| !path.contains("/publish")).await;
        assert_eq!(self.lifecycle(slug, version), "published");
    }

    /// To production and all new runs: with a comment, and the flow's slug typed.
    async fn deploy(&self, slug: &str, version: u32) {
        self.browser.visit(&format!("{}/deploy?version={version}&environment=production", self.flow(slug))).await;
        self.browser.fill("Comment", "as agreed").await;
        self.browser.fill(&format!("Type {slug}"), slug).await;
        self.browser.press(&format!("Deploy v{version}")).await;
        self.browser.until_path("the flow", |path| !path.contains("/deploy")).await;
        assert_eq!(self.live(slug), version);
    }

    /// "New version from this" in the version page's menu; gives the draft's number.
    async fn new_version_from(&self, slug: &str, version: u32) -> u32 {
        let base = format!("{}/versions/", self.flow(slug));
        self.browser.visit(&format!("{base}{version}")).await;
        self.browser.press("More actions").await;
        self.browser.press("New version from this").await;
        let old = format!("{base}{version}");
        let path = self.browser.until_path("the draft", |path| path.starts_with(&base) && *path != old).await;
        let number: String = path[base.len()..].chars().take_while(char::is_ascii_digit).collect();
        number.parse().expect("a version's number")
    }

    /// The lifecycle word of a version, as programs read it.
    fn lifecycle(&self, slug: &str, version: u32) -> Value {
        self.read(&format!("/flows/{slug}/versions/{version}"))["lifecycle"].clone()
    }

    /// The version that production runs.
    fn live(&self, slug: &str) -> Value {
        self.read(&format!("/environments/production/flows/{slug}"))["primary"].clone()
    }

    /// Starts a run in production and waits for its end; gives its version.
    fn run(&self, slug: &str) -> Value {
        let path = format!("/{}/environments/production/flows/{slug}/runs?wait=10", self.ws);
        self.filled.api.post(&path, &serde_json::json!({"input": {"items": 3}})).ok()["version"].clone()
    }
}
