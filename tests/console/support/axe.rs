//! Accessibility checks by axe-core, with its rules for WCAG 2.1, levels A and AA.

use std::path::Path;

use serde_json::json;

use super::page::Page;

const CHECK: &str = "const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
    axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(
      ({violations, passes}) => done({passes: passes.length, violations: violations.map(({id, help, nodes}) =>
        ({id, help, nodes: nodes.slice(0, 3).map(({html, failureSummary}) => `${html} ${failureSummary}`)}))}),
      (error) => done({error: String(error)}));";

impl Page {
    pub(crate) async fn assert_accessible(&self, what: &str) {
        self.wait_until_idle().await;
        if self.eval("typeof axe === 'undefined'").await {
            self.run(&source()).await;
        }
        for scheme in ["light", "dark"] {
            self.prefer(scheme).await;
            let found = self.run_async(CHECK).await;
            let passed = found["passes"].as_u64().unwrap_or_default();
            assert!(passed > 5, "axe-core hardly checked {what}: {found:#}");
            assert_eq!(found["violations"], json!([]), "{what}, {scheme}: {found:#}");
        }
        self.prefer("light").await;
    }
}

fn source() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/browser/node_modules/axe-core");
    std::fs::read_to_string(folder.join("axe.min.js"))
        .expect("axe-core is missing: run `cargo xtask test --only tools`")
}
