//! Walks from page to page as links lead, one page of each shape.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::browser::{Browser, Theme};

/// More shapes of pages than this means that shapes are told apart wrongly.
const MOST: usize = 200;

/// What was looked at, and everything that was wrong.
#[derive(Default)]
pub struct Walk {
    pub shapes: BTreeSet<String>,
    wrong: BTreeMap<String, BTreeSet<String>>,
}

impl Walk {
    fn say(&mut self, what: &str, whose: &str) {
        self.wrong.entry(what.to_owned()).or_default().insert(whose.to_owned());
    }

    /// Panics with all that was wrong, each with the pages on which it was seen.
    pub fn check(&self) {
        println!("{} pages:\n{}", self.shapes.len(), self.shapes.iter().cloned().collect::<Vec<_>>().join("\n"));
        let lines = self.wrong.iter().map(|(what, whose)| {
            let pages: Vec<&str> = whose.iter().map(String::as_str).collect();
            format!("{what}\n    on {}", pages.join(", "))
        });
        let lines: Vec<String> = lines.collect();
        assert!(lines.is_empty(), "{} faults:\n{}", lines.len(), lines.join("\n"));
    }

    /// Looks at every page that can be reached from these by links.
    pub async fn from(&mut self, browser: &mut Browser, starts: &[&str], name: &str) {
        let mut queue: VecDeque<String> = starts.iter().map(ToString::to_string).collect();
        while let Some(path) = queue.pop_front() {
            let shape = shape(&path);
            if !self.shapes.insert(format!("{name} {shape}")) {
                continue;
            }
            assert!(self.shapes.len() <= MOST, "more than {MOST} shapes of pages: {:?}", self.shapes);
            browser.visit(&path).await;
            self.look(browser, &format!("{name}{}", shape.replace(['/', '?', '='], "-"))).await;
            queue.extend(links(browser).await);
        }
    }

    /// Looks at the page that is open: both themes, both widths, nothing refused, no fault for axe, no sideways scroll.
    pub async fn look(&mut self, browser: &mut Browser, name: &str) {
        let status = "return performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0";
        let status = browser.script(status, vec![]).await.as_u64().unwrap_or(0);
        if status >= 500 {
            self.say(&format!("answered {status}"), name);
        }
        for width in [1440, 390] {
            browser.set_width(width).await;
            for theme in [Theme::Light, Theme::Dark] {
                browser.set_theme(theme).await;
                let view = format!("{name} {} {width}", theme.name());
                self.axe(browser, &view).await;
                browser.picture(&view.replace(' ', "-")).await;
            }
            let wide = "const all = document.documentElement; return all.scrollWidth > innerWidth + 1";
            if browser.script(wide, vec![]).await == true {
                self.say("scrolls sideways", &format!("{name} {width}"));
            }
            self.open_popovers(browser, &format!("{name} {width}")).await;
        }
        for complaint in browser.complaints().await {
            self.say(&complaint, name);
        }
        browser.set_width(1440).await;
        browser.set_theme(Theme::Light).await;
    }

    async fn axe(&mut self, browser: &Browser, view: &str) {
        for violation in browser.violations().await {
            self.say(&violation, view);
        }
    }

    /// The first menu and the first toggletip, open, in the theme at hand.
    async fn open_popovers(&mut self, browser: &Browser, view: &str) {
        for kind in [".menu[popover]", ".tip[popover]"] {
            let open = "const it = document.querySelector(arguments[0]); it?.showPopover(); return it !== null";
            if browser.script(open, vec![kind.into()]).await == true {
                self.axe(browser, &format!("{view} open {kind}")).await;
                browser.script("document.querySelector(arguments[0]).hidePopover()", vec![kind.into()]).await;
            }
        }
    }
}

/// Addresses of this server that the page leads to; downloads and the API are no pages.
async fn links(browser: &Browser) -> Vec<String> {
    let body = "return [...document.querySelectorAll('a[href]')]
        .filter(a => a.origin === location.origin && !a.hasAttribute('download'))
        .map(a => a.pathname + a.search)";
    let found = browser.script(body, vec![]).await;
    let paths = found.as_array().cloned().unwrap_or_default();
    let paths = paths.iter().filter_map(Value::as_str).map(str::to_owned);
    paths.filter(|path| !path.starts_with("/api/") && !path.starts_with("/static/")).collect()
}

/// What pages of one kind have in common: ids, numbers and the values of queries left out.
fn shape(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (mut earlier, mut before) = ("", "");
    let mut parts = Vec::new();
    for part in path.split('/') {
        let varies = matches!(
            before,
            "flows"
                | "runs"
                | "environments"
                | "people"
                | "bin"
                | "backups"
                | "compare"
                | "versions"
                | "deployments"
                | "rollouts"
                | "plans"
                | "quarantine"
                | "planned"
                | "packages"
                | "approvals"
                | "import"
        ) && part.chars().any(|c| c.is_ascii_digit())
            || matches!(before, "flows" | "environments") && part != "new"
            || before == "compare"
            || earlier == "components";
        parts.push(if varies { "*" } else { part });
        (earlier, before) = (before, part);
    }
    let names: BTreeSet<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    // Two filters at once look like one.
    let name = names.into_iter().next().filter(|name| !name.is_empty());
    let query = name.map(|name| format!("?{name}")).unwrap_or_default();
    format!("{}{query}", parts.join("/"))
}
