//! The accessibility check: axe-core, with its rules for WCAG 2.1, levels A and AA.

use std::path::Path;

use serde_json::Value;

use super::page::Page;

const CHECK: &str = "const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
    axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(
      ({violations, passes}) => done({passes: passes.length, violations: violations.map(({id, help, nodes}) =>
        ({id, help, nodes: nodes.slice(0, 3).map(({html, failureSummary}) => `${html} ${failureSummary}`)}))}),
      (error) => done({error: String(error)}));";

impl Page {
    /// Fails at any violation, in light and in dark.
    pub(crate) async fn assert_accessible(&self, what: &str) {
        self.settle().await;
        if self.value("typeof axe === 'undefined'", Value::Array(Vec::new())).await {
            self.run(&source()).await;
        }
        for scheme in ["light", "dark"] {
            self.prefer(scheme).await;
            let found = self.run_async(CHECK).await;
            let passed = found["passes"].as_u64().unwrap_or_default();
            assert!(passed > 5, "axe-core has hardly looked at {what}: {found:#}");
            assert_eq!(found["violations"], Value::Array(Vec::new()), "{what}, {scheme}: {found:#}");
        }
        self.prefer("light").await;
    }
}

fn source() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/browser/node_modules/axe-core");
    std::fs::read_to_string(folder.join("axe.min.js"))
        .expect("axe-core is missing: run `cargo xtask test --only tools`")
}
