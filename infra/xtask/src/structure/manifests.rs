//! Manifests: versions are in the root manifest only, so that no two members differ.

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Problems;
use super::layout::File;

const ROOT: &str = "Cargo.toml";
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

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
///
/// # Errors
/// If the file is not TOML.
pub(crate) fn check(file: &File) -> Result<Problems> {
    let manifest: Table = file.text.parse().with_context(|| format!("{} is not TOML", file.path))?;
    // The fuzzer is a workspace of its own.
    if file.path == ROOT || manifest.contains_key("workspace") {
        return Ok(Problems::new());
    }
    let mut problems = Problems::new();
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
    for (name, dependency) in dependencies(&manifest) {
        if !is_inherited(Some(dependency)) && dependency.get("path").is_none() {
            report(format!(
                "`{name}` must be inherited: `{name}.workspace = true`, the version in the root manifest"
            ));
        }
    }
    Ok(problems)
}

/// All dependencies, including those for one platform.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let for_platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(for_platforms.filter_map(Value::as_table));
    tables
        .flat_map(|table| DEPENDENCIES.iter().filter_map(|kind| table.get(*kind)?.as_table()))
        .flat_map(Table::iter)
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
        [dependencies]
        keyturn-domain.workspace = true
        tokio = { workspace = true, features = ['net'] }
        beside = { path = '../beside' }
    ";

    fn problems_of(text: &str) -> Problems {
        check(&File { path: "shared/a/Cargo.toml".to_owned(), text: text.to_owned() }).unwrap()
    }

    #[test]
    fn allows_a_manifest_that_inherits_everything() {
        assert_eq!(problems_of(GOOD), Problems::new());
    }

    #[test]
    fn reports_a_version_in_any_table_of_dependencies() {
        for table in ["dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
            for dependency in ["serde = '1'", "serde = { version = '1' }", "serde = { git = 'https://a' }"] {
                let problems = problems_of(&format!("{GOOD}\n[{table}]\n{dependency}"));
                assert_eq!(problems.len(), 1, "{table} {dependency}");
                assert!(
                    problems[0].starts_with("shared/a/Cargo.toml: `serde` must be inherited"),
                    "{problems:?}"
                );
            }
        }
    }

    #[test]
    fn reports_own_package_fields_and_lints() {
        let problems = problems_of(&GOOD.replace("version.workspace = true\n", "version = '0.2.0'\n"));
        assert!(problems.iter().any(|problem| problem.contains("`package.version`")), "{problems:?}");
        let problems = problems_of(&GOOD.replace("[lints]", "[other]"));
        assert!(problems.iter().any(|problem| problem.contains("lints must be inherited")), "{problems:?}");
    }

    #[test]
    fn reports_mutations_elsewhere_or_by_default() {
        let check = |path: &str, text: String| check(&File { path: path.to_owned(), text }).unwrap();
        let enabled = GOOD.replace("['net']", "['mutations']");
        assert_eq!(check("functions/Cargo.toml", enabled).len(), 1);
        let feature = format!("{GOOD}\n[features]\nmutations = []\n");
        assert_eq!(check("shared/domain/Cargo.toml", feature.clone()), Problems::new());
        let default = feature.replace("[features]", "[features]\ndefault = ['mutations']");
        assert_eq!(check("shared/domain/Cargo.toml", default).len(), 1);
    }

    #[test]
    fn allows_versions_in_the_root() {
        let text = "[workspace.dependencies]\nserde = '1'".to_owned();
        assert!(check(&File { path: ROOT.to_owned(), text }).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_is_not_toml_is_an_error() {
        assert!(check(&File { path: "a/Cargo.toml".to_owned(), text: "[package".to_owned() }).is_err());
    }
}
