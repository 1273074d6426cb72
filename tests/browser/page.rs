//! What a person does on a page: by labels and words, never by class names.

use std::time::{Duration, Instant};

use thirtyfour::prelude::*;

use crate::browser::{Browser, PATIENCE};

/// `words` as an XPath text; the tests' words hold no double quotes.
fn quoted(words: &str) -> String {
    assert!(!words.contains('"'), "no double quotes: {words}");
    format!("\"{words}\"")
}

impl Browser {
    /// Looks again and again until `look` finds something; shows the page when it does not.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if start.elapsed() > PATIENCE {
                self.picture("failed").await;
                panic!("no {what} on {}; it says:\n{}", self.path().await, self.words().await);
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// The first visible element of these.
    async fn visible(&self, xpath: &str) -> Option<WebElement> {
        for element in self.driver.find_all(By::XPath(xpath)).await.unwrap_or_default() {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    /// The first visible element of these, once there is one.
    pub async fn find(&self, what: &str, xpath: &str) -> WebElement {
        self.until(what, async || self.visible(xpath).await).await
    }

    /// The field with this label.
    pub async fn field(&self, label: &str) -> WebElement {
        let words = quoted(label);
        let is_label = format!("label[contains(normalize-space(.), {words})]");
        let kinds = "self::input or self::textarea or self::select";
        let xpath = format!("//*[{kinds}][not(@type='hidden')][@id = //{is_label}/@for or ancestor::{is_label} or @aria-label = {words}]");
        self.find(&format!("field {label}"), &xpath).await
    }

    /// Picks the radio button or ticks the box with this label.
    pub async fn choose(&self, label: &str) {
        let words = quoted(label);
        let label = self.find(&format!("choice {label}"), &format!("//label[contains(normalize-space(.), {words})]")).await;
        label.scroll_into_view().await.expect("see the choice");
        label.click().await.expect("choose");
    }

    /// Picks the first choice that has these words from the list with this label.
    pub async fn pick(&self, label: &str, words: &str) {
        let list = self.field(label).await;
        let xpath = format!(".//option[contains(normalize-space(.), {})]", quoted(words));
        let choice = list.find(By::XPath(xpath)).await.unwrap_or_else(|error| panic!("choice {words} of {label}: {error}"));
        choice.click().await.expect("pick");
    }

    /// Whether a field with this label is there now.
    pub async fn has_field(&self, label: &str) -> bool {
        let words = quoted(label);
        self.visible(&format!("//*[@id = //label[contains(normalize-space(.), {words})]/@for]")).await.is_some()
    }

    /// Writes into a field, in place of what it held.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.expect("empty the field");
        field.send_keys(text).await.expect("write into the field");
    }

    /// The button with these words.
    pub async fn button(&self, words: &str) -> WebElement {
        let quoted = quoted(words);
        let has = format!("contains(normalize-space(.), {quoted}) or contains(@aria-label, {quoted})");
        let xpath = format!("//button[{has}] | //input[@type='submit'][contains(@value, {quoted})] | //summary[{has}]");
        self.find(&format!("button {words}"), &xpath).await
    }

    pub async fn press(&self, words: &str) {
        let button = self.button(words).await;
        button.scroll_into_view().await.expect("see the button");
        button.click().await.unwrap_or_else(|error| panic!("press {words}: {error}"));
    }

    /// Presses the button of a form that leads to another page, even if that looks the same, and waits for it.
    pub async fn submit(&self, words: &str) {
        let before = self.driver.find(By::Tag("body")).await.expect("a page");
        self.press(words).await;
        let gone = async || before.is_present().await.is_ok_and(|there| !there).then_some(());
        self.until(&format!("page after {words}"), gone).await;
        self.find("page", "//body").await;
    }

    /// Follows the link with these words.
    pub async fn follow(&self, words: &str) {
        let quoted = quoted(words);
        let xpath = format!("//a[contains(normalize-space(.), {quoted}) or contains(@aria-label, {quoted})]");
        let link = self.find(&format!("link {words}"), &xpath).await;
        link.scroll_into_view().await.expect("see the link");
        link.click().await.unwrap_or_else(|error| panic!("follow {words}: {error}"));
    }

    /// Waits until the page says so.
    pub async fn until_says(&self, words: &str) {
        self.until(&format!("{words:?}"), async || self.words().await.contains(words).then_some(())).await;
    }

    /// Waits until the address is as told; gives it.
    pub async fn until_path(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        self.until(what, async || Some(self.path().await).filter(|path| is(path))).await
    }

    /// What the page says, as text; empty while it is loading.
    pub async fn words(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }
}
