//! Five systems that people come from, each walked through in its own words and steps on one server. What they call a
//! thing stands in the comments and names; what the pages say is ours.

mod aws_paas;
mod patchworks;
mod persona;

use crate::browser::Browser;
use crate::filled::Filled;

/// What every guide of the tour has.
pub struct Tour {
    pub filled: Filled,
    pub browser: Browser,
}

#[tokio::test]
async fn five_systems() {
    let filled = Filled::empty();
    let browser = Browser::open(&filled.server).await;
    browser.sign_in(&filled.admin).await;
    let tour = Tour { filled, browser };
    tour.patchworks().await;
    tour.aws_paas().await;
    tour.persona().await;
    assert_eq!(tour.browser.complaints().await, Vec::<String>::new());
    tour.browser.close().await;
}

impl Tour {
    /// Makes a flow through its page, as its first draft.
    async fn make(&self, name: &str, slug: &str, note: &str) {
        self.browser.visit("/w/main").await;
        self.browser.follow("New flow").await;
        self.browser.fill("Name", name).await;
        self.browser.press("Make the flow").await;
        let base = format!("/w/main/flows/{slug}");
        self.browser.until_path("the new flow", |path| path.starts_with(&base)).await;
        self.write(slug, 1, note).await;
    }

    /// Puts a whole definition into the editor's text view.
    async fn write(&self, slug: &str, version: u32, note: &str) {
        self.browser.visit(&format!("/w/main/flows/{slug}/versions/{version}/edit?view=text")).await;
        let text = self.filled.definition(note).replace("order-intake", slug);
        self.browser.fill("Text of draft", &text).await;
        self.browser.press("Save text").await;
        self.browser.until_says("Saved").await;
    }

    async fn publish(&self, slug: &str, version: u32) {
        self.browser.visit(&format!("/w/main/flows/{slug}/versions/{version}/publish")).await;
        self.browser.fill("Comment", "as agreed").await;
        self.browser.press(&format!("Publish v{version}")).await;
        self.browser.until_says("Ready").await;
    }

    /// To production and all new runs: with a comment, and the flow's slug typed.
    async fn deploy(&self, slug: &str, version: u32) {
        self.browser.visit(&format!("/w/main/flows/{slug}/deploy?version={version}&environment=production")).await;
        self.browser.fill("Comment", "as agreed").await;
        self.browser.fill(&format!("Type {slug}"), slug).await;
        self.browser.press(&format!("Deploy v{version}")).await;
        self.browser.until_path("the flow", |path| !path.contains("/deploy")).await;
    }

    /// "New version from this" in the version page's menu; gives the draft's number.
    async fn new_version_from(&self, slug: &str, version: u32) -> u32 {
        let base = format!("/w/main/flows/{slug}/versions/");
        self.browser.visit(&format!("{base}{version}")).await;
        self.browser.press("More actions").await;
        self.browser.press("New version from this").await;
        let old = format!("{base}{version}");
        let path = self.browser.until_path("the draft", |path| path.starts_with(&base) && *path != old).await;
        let number: String = path[base.len()..].chars().take_while(char::is_ascii_digit).collect();
        number.parse().expect("a version's number")
    }

    /// The lifecycle word of a version, as programs read it.
    fn lifecycle(&self, slug: &str, version: u32) -> String {
        let found = self.filled.api.get(&format!("/main/flows/{slug}/versions/{version}")).ok();
        found["lifecycle"].as_str().unwrap_or_default().to_owned()
    }
}
