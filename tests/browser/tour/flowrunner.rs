//! FlowRunner: a version is started and LIVE, cloned, exported, deleted and imported again.

use serde_json::json;

use super::Guide;

const SLUG: &str = "parcel-desk";
const FLOW: &str = "/w/flowrunner/flows/parcel-desk";

impl Guide<'_> {
    pub(super) async fn flowrunner(&self) {
        self.make("Parcel desk", SLUG, "first").await;
        self.browser.visit(FLOW).await;
        self.browser.until_says("READY").await;
        self.publish(SLUG, 1).await;
        self.deploy(SLUG, 1).await;
        self.browser.visit(FLOW).await;
        self.browser.until_says("LIVE").await;

        // A LIVE row can be cloned: the clone is the first free number, READY, and the live one stays as it is.
        let clone = self.new_version_from(SLUG, 1).await;
        assert_eq!(self.live(SLUG), 1);
        let made = self.read(&format!("/flows/{SLUG}/versions/{clone}"));
        assert_eq!((&made["from"], &made["validity"]["ready"]), (&json!(1), &json!(true)));
        // The clone is edited; the live one is not.
        self.write(SLUG, clone, "second").await;
        let made = self.read(&format!("/flows/{SLUG}/versions/{clone}"));

        // EXPORT writes one file, also of a LIVE version; the link is a download.
        self.browser.visit(&format!("{FLOW}/versions/{clone}")).await;
        let link = self.browser.script("return document.querySelector('a[download]').getAttribute('href')", vec![]).await;
        assert_eq!(link, json!(format!("{FLOW}/versions/{clone}/export")));
        let file = self.browser.script("return fetch(arguments[0]).then(a => a.text())", vec![link]).await;
        let file = file.as_str().expect("a text").to_owned();
        let path = format!("/{}/flows/{SLUG}/versions/{clone}", self.ws);
        assert_eq!(file, self.filled.api.get(&format!("{path}/export")).expect(200).text());

        // DELETE asks for a confirmation; the flow and its live version stay.
        self.browser.visit(&format!("{FLOW}/versions/{clone}")).await;
        self.browser.press("More actions").await;
        self.browser.follow("Delete").await;
        self.browser.fill(&format!("Type v{clone}"), &format!("v{clone}")).await;
        self.browser.press(&format!("Delete version {clone}")).await;
        self.browser.until_path("the flow", |path| path == FLOW).await;
        assert_eq!(self.filled.api.get(&path).status, 404);

        // IMPORT brings it back as a NEW version, an exact replica that is never live.
        self.browser.visit(&self.page("/import")).await;
        self.browser.press("Paste the text instead").await;
        self.browser.fill("Text of the file", &file).await;
        self.browser.press("Preview").await;
        self.browser.until_says(&format!("New draft v{}", clone + 1)).await;
        self.browser.press("Import 1 item").await;
        self.browser.until_says("What was made").await;
        let again = self.read(&format!("/flows/{SLUG}/versions/{}", clone + 1));
        assert_eq!((&again["hash"], &again["lifecycle"]), (&made["hash"], &json!("draft")));
        assert_eq!(self.live(SLUG), 1);
    }
}
