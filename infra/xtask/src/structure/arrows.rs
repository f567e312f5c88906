//! Dependencies point one way: domain ← application ← adapters and HTTP ← functions ← local stack and tests.
//!
//! Checked in the resolved graph, so that transitive dependencies count.

use std::path::Path;

use anyhow::Result;

use super::Problems;
use crate::command::{capture, cargo};

/// What a package must not depend on, not even transitively. A `*` at the end stands for any rest.
struct Rule {
    package: &'static str,
    forbidden: &'static str,
    because: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        package: "keyturn-domain",
        forbidden: "tokio* aws-* rand getrandom reqwest hyper* lambda_*",
        because: "the domain is pure: no I/O, no clock, no randomness",
    },
    Rule {
        package: "keyturn-application",
        forbidden: "aws-* reqwest hyper* lambda_*",
        because: "use cases do I/O through ports only",
    },
    Rule {
        package: "keyturn-functions",
        forbidden: "dynoxide-rs keyturn-engine keyturn-local keyturn-tests",
        because: "what is deployed contains nothing of the local stack",
    },
    // The Lambda runtime and the AWS SDK bring an HTTP client of their own; that is allowed.
    Rule {
        package: "keyturn-verification",
        forbidden: "aws-config aws-sdk-eventbridge aws-sdk-kms aws-sdk-sesv2 aws-sdk-sts keyturn-callback \
                    keyturn-events keyturn-http keyturn-mail keyturn-seal lambda_http reqwest",
        because: "verification needs only DynamoDB, and every request to a protected API waits for it",
    },
];

pub(crate) fn check(root: &Path) -> Result<Problems> {
    let mut problems = Problems::new();
    for rule in &RULES {
        // Everything that is compiled into the package; dev-dependencies are not.
        let mut command = cargo(root);
        command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
        problems.extend(violations(&capture(command.args(["--package", rule.package]))?, rule));
    }
    Ok(problems)
}

/// The violations in a tree; each crate once.
fn violations(tree: &str, rule: &Rule) -> Problems {
    let mut crates: Vec<_> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    crates.sort_unstable();
    crates.dedup();
    crates.retain(|name| rule.forbidden.split_whitespace().any(|pattern| matches(pattern, name)));
    let Rule { package, because, .. } = rule;
    let problem = |name| {
        format!("{package} depends on {name}, but {because} (`cargo tree --invert {name}` shows the path)")
    };
    crates.into_iter().map(problem).collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_a_forbidden_crate_once() {
        let allowed = "keyturn-domain v0.1.0 (/w)\nchrono v0.4.45\nrandom-looking v1.0.0\n";
        assert!(violations(allowed, &RULES[0]).is_empty());
        let problems = violations(&format!("{allowed}rand v0.10.1\n\nrand v0.10.1 (*)\n"), &RULES[0]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("keyturn-domain depends on rand, but "), "{problems:?}");
    }

    #[test]
    fn every_pattern_finds_its_crates() {
        for (rule, pattern) in
            RULES.iter().flat_map(|rule| rule.forbidden.split_whitespace().map(move |it| (rule, it)))
        {
            let tree = format!("{} v1.0.0", pattern.replace('*', "xyz"));
            assert_eq!(violations(&tree, rule).len(), 1, "{pattern}");
        }
    }
}
