//! Manifests: what all members inherit, and the feature that nothing may enable. `cargo xtask test` checks with cargo-deny
//! that versions of dependencies are inherited too.

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Problems;
use super::layout::File;

/// The feature of the mutation tests, and the only manifests that may name it.
const MUTATIONS: &str = "mutations";
const MAY_NAME_MUTATIONS: [&str; 3] =
    ["infra/simulation/Cargo.toml", "shared/application/Cargo.toml", "shared/domain/Cargo.toml"];

/// The crates that can be published: `keyturn-verification` and what it depends on. They alone say `publish = true`.
const PUBLISHED: [&str; 5] = [
    "shared/adapters/dynamodb/Cargo.toml",
    "shared/application/Cargo.toml",
    "shared/domain/Cargo.toml",
    "shared/environment/Cargo.toml",
    "shared/verification/Cargo.toml",
];

/// What a member's manifest sets itself instead of inheriting it.
pub(crate) fn check(file: &File) -> Result<Problems> {
    let manifest: Table = file.text.parse().with_context(|| format!("{} is not TOML", file.path))?;
    let mut problems = Problems::new();
    // The root, and the fuzzer, which is a workspace of its own
    if manifest.contains_key("workspace") {
        return Ok(problems);
    }
    let mut report = |what: String| problems.push(format!("{}: {what}", file.path));
    let known = MAY_NAME_MUTATIONS.contains(&file.path.as_str());
    let by_default = manifest.get("features").is_some_and(|features| features.get("default").is_some());
    if file.text.contains(MUTATIONS) && (!known || by_default) {
        report(format!("`{MUTATIONS}` is for the simulation's mutation tests: nothing enables it"));
    }
    for name in ["version", "edition", "rust-version", "license", "publish"] {
        let value = manifest.get("package").and_then(|package| package.get(name));
        let is_published = name == "publish" && PUBLISHED.contains(&file.path.as_str());
        if !(is_inherited(value) || is_published && value.and_then(Value::as_bool) == Some(true)) {
            report(format!("`package.{name}` must be inherited: `{name}.workspace = true`"));
        }
    }
    if !is_inherited(manifest.get("lints")) {
        report("the lints must be inherited: `[lints] workspace = true`".to_owned());
    }
    Ok(problems)
}

/// Whether a value has the form `{ workspace = true, … }`.
fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
        [package]
        name = 'a'
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [lints]
        workspace = true
    ";

    #[test]
    fn reports_what_is_not_inherited_and_mutations() {
        let feature = format!("{GOOD}\n[features]\nmutations = []\n");
        for (path, text, problem) in [
            ("shared/a/Cargo.toml", GOOD.to_owned(), ""),
            ("Cargo.toml", "[workspace.dependencies]\nserde = '1'".to_owned(), ""),
            (
                "a/Cargo.toml",
                GOOD.replace("version.workspace = true\n        e", "version = '1'\ne"),
                "package.version",
            ),
            ("a/Cargo.toml", GOOD.replace("publish.workspace", "publish"), "package.publish"),
            ("shared/domain/Cargo.toml", GOOD.replace("publish.workspace", "publish"), ""),
            ("a/Cargo.toml", GOOD.replace("[lints]", "[other]"), "lints must be inherited"),
            ("functions/Cargo.toml", feature.clone(), "nothing enables it"),
            ("shared/domain/Cargo.toml", feature.clone(), ""),
            ("shared/domain/Cargo.toml", format!("{feature}default = ['mutations']"), "nothing enables it"),
        ] {
            let problems = check(&File { path: path.to_owned(), text }).unwrap();
            assert_eq!(problems.len(), usize::from(!problem.is_empty()), "{path}: {problems:?}");
            assert!(problems.iter().all(|found| found.contains(problem)), "{path}: {problems:?}");
        }
        assert!(check(&File { path: "a/Cargo.toml".to_owned(), text: "[package".to_owned() }).is_err());
    }
}
