//! The arrows point one way: domain ← application ← adapters and HTTP ← functions ← local stack and tests.
//!
//! Looked at in the resolved graph, so that a crate which comes along with another one is seen too.

use std::path::Path;

use anyhow::Result;

use super::Problems;
use super::functions::Function;
use crate::command::{capture, cargo_in};

/// What some packages must not depend on, not even through others. A `*` at the end stands for any rest.
struct Rule {
    forbidden: &'static [&'static str],
    because: &'static str,
}

const DOMAIN: Rule = Rule {
    forbidden: &["tokio*", "aws-*", "rand", "getrandom", "reqwest", "hyper*", "lambda_*"],
    because: "the domain decides: no I/O, no clock, no randomness",
};

const APPLICATION: Rule = Rule {
    forbidden: &["aws-*", "reqwest", "hyper*", "lambda_*"],
    because: "use cases reach the world through ports only",
};

const FUNCTIONS: Rule = Rule {
    forbidden: &["dynoxide-rs", "keyturn-local", "keyturn-tests"],
    because: "what is deployed holds nothing of the local stack",
};

/// A request to a company's own API waits for the authorizer, so nothing is loaded there that verifying doesn't need. What
/// the AWS SDK and the Lambda runtime bring along, an HTTP client of their own among it, is theirs.
const VERIFYING: Rule = Rule {
    forbidden: &[
        "aws-config",
        "aws-sdk-eventbridge",
        "aws-sdk-kms",
        "aws-sdk-sesv2",
        "aws-sdk-sts",
        "keyturn-callback",
        "keyturn-events",
        "keyturn-http",
        "keyturn-mail",
        "keyturn-seal",
        "lambda_http",
        "reqwest",
    ],
    because: "verifying needs DynamoDB and nothing else",
};

/// Crates that are where they must not be.
pub(crate) fn check(root: &Path, functions: &[Function]) -> Result<Problems> {
    let functions: Vec<_> = functions.iter().filter_map(|function| function.package.as_deref()).collect();
    let mut problems = Problems::new();
    for (subject, packages, rule) in [
        ("keyturn-domain", &["keyturn-domain"][..], DOMAIN),
        ("keyturn-application", &["keyturn-application"], APPLICATION),
        ("a function", &functions, FUNCTIONS),
        ("the authorizer", &["authorizer"], VERIFYING),
        ("keyturn-verification", &["keyturn-verification"], VERIFYING),
    ] {
        // Without a package cargo would show the tree of the default members.
        if !packages.is_empty() {
            problems.extend(breaches(subject, &tree(root, packages)?, &rule));
        }
    }
    Ok(problems)
}

/// Everything that is compiled into these packages; what only their tests need is not.
fn tree(root: &Path, packages: &[&str]) -> Result<String> {
    let mut command = cargo_in(root);
    command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    for package in packages {
        command.args(["--package", package]);
    }
    capture(&mut command)
}

/// What a tree holds against the rule; each crate once.
fn breaches(subject: &str, tree: &str, rule: &Rule) -> Problems {
    let mut crates: Vec<_> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    crates.sort_unstable();
    crates.dedup();
    crates
        .into_iter()
        .filter(|name| rule.forbidden.iter().any(|pattern| matches(pattern, name)))
        .map(|name| {
            let because = rule.because;
            format!(
                "{subject}: depends on {name}, but {because} (`cargo tree --invert {name}` shows the way)"
            )
        })
        .collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_allowed_crates_is_fine() {
        let tree =
            "keyturn-domain v0.1.0 (/w/shared/domain)\nchrono v0.4.45\nsha2 v0.11.0\nrandom-looking v1.0.0\n";
        assert!(breaches("keyturn-domain", tree, &DOMAIN).is_empty());
    }

    #[test]
    fn a_forbidden_crate_is_a_problem_wherever_it_comes_from_and_named_once() {
        let tree =
            "keyturn-domain v0.1.0 (/w/shared/domain)\nuuid v1.29.0\nrand v0.10.1\n\nrand v0.10.1 (*)\n";
        let problems = breaches("keyturn-domain", tree, &DOMAIN);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("keyturn-domain: depends on rand, but the domain decides"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_pattern_with_a_star_stands_for_all_with_this_beginning() {
        for name in ["aws-config", "aws-sdk-kms", "hyper", "hyper-util", "lambda_http", "reqwest"] {
            let tree = format!("{name} v1.0.0");
            assert_eq!(breaches("keyturn-application", &tree, &APPLICATION).len(), 1, "{name}");
        }
    }

    #[test]
    fn verifying_needs_no_mails_no_keys_and_no_client_of_our_own() {
        for name in ["aws-sdk-sesv2", "aws-sdk-kms", "reqwest", "keyturn-callback", "lambda_http"] {
            let tree = format!("authorizer v0.1.0\naws-sdk-dynamodb v1.136.0\n{name} v1.0.0");
            assert_eq!(breaches("the authorizer", &tree, &VERIFYING).len(), 1, "{name}");
        }
    }

    #[test]
    fn the_engine_and_the_local_stack_are_not_deployed() {
        let tree =
            "sweep v0.1.0 (/w/functions/sweep)\ndynoxide-rs v3.2.0\nkeyturn-local v0.1.0 (/w/infra/local)\n";
        assert_eq!(breaches("a function", tree, &FUNCTIONS).len(), 2);
    }
}
