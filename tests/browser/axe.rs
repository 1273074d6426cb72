//! axe-core on the page at hand: WCAG 2.2 A and AA.

use std::sync::OnceLock;

use serde_json::Value;

use crate::browser::Browser;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/axe/node_modules/axe-core/axe.min.js");

const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(
        result => done(result.violations.flatMap(violation => violation.nodes.map(node =>
            `${violation.id}: ${violation.help}: ${node.target.join(' ')} ${node.failureSummary}`))),
        error => done(['axe failed: ' + error]))";

fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| match std::fs::read_to_string(FILE) {
        Ok(axe) => axe,
        Err(error) => panic!("{FILE}: {error}: run scripts/install-tools browser"),
    })
}

impl Browser {
    /// One line for each violation on the page as it stands.
    pub async fn violations(&self) -> Vec<String> {
        if self.script("return typeof axe", vec![]).await != "object" {
            self.script(axe(), vec![]).await;
        }
        let answer = self.driver.execute_async(RUN, vec![]).await.expect("axe answers");
        let lines = answer.json().as_array().cloned().unwrap_or_default();
        lines.iter().map(|line| Value::as_str(line).unwrap_or("?").replace('\n', " ")).collect()
    }
}
