//! The functions are one package. A function's name is the name of its folder, its binary, and its `Binary` in the template.

use super::Problems;
use super::layout::names;
use crate::workspace::Workspace;

/// Folders without a binary of their name, binaries outside of such a folder, and further packages.
pub(crate) fn check(workspace: &Workspace, paths: &[String]) -> Problems {
    let mut problems = Problems::new();
    for package in workspace.packages.iter().filter(|package| package.folder.starts_with("functions/")) {
        problems
            .push(format!("{}/Cargo.toml: all functions are in the package of functions/", package.folder));
    }
    let binaries = workspace.functions();
    let in_folders: Vec<_> = paths.iter().filter(|path| path.matches('/').count() > 1).cloned().collect();
    for folder in names(&in_folders, "functions/") {
        if !binaries.iter().any(|binary| binary.name == folder) {
            problems.push(format!("functions/{folder}: functions/Cargo.toml has no [[bin]] of this name"));
        }
    }
    for binary in binaries {
        let expected = format!("functions/{}/main.rs", binary.name);
        if !binary.src_path.ends_with(&format!("/{expected}")) {
            problems.push(format!("functions/Cargo.toml: the path of `{}` must be {expected}", binary.name));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tests::{package, target};

    /// The problems of binaries, each given by its name and path.
    fn problems_of(binaries: &[(&str, &str)], paths: &[&str]) -> Problems {
        let mut functions = package("keyturn-functions", "functions");
        functions.targets = binaries.iter().map(|(name, path)| target(name, "bin", path)).collect();
        let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
        check(&Workspace { packages: vec![functions] }, &paths)
    }

    #[test]
    fn allows_a_folder_with_a_binary_of_its_name() {
        let paths = ["functions/Cargo.toml", "functions/sweep/main.rs", "functions/lib.rs"];
        assert!(problems_of(&[("sweep", "/w/functions/sweep/main.rs")], &paths).is_empty());
    }

    #[test]
    fn reports_a_folder_without_a_binary() {
        assert_eq!(problems_of(&[], &["functions/sweep/main.rs"]).len(), 1);
    }

    #[test]
    fn reports_a_binary_elsewhere() {
        for path in ["/w/functions/sweep/src/main.rs", "/w/functions/sweeper/main.rs", "/w/functions/main.rs"]
        {
            assert_eq!(problems_of(&[("sweep", path)], &["functions/sweep/main.rs"]).len(), 1, "{path}");
        }
    }

    #[test]
    fn reports_a_second_package() {
        let packages = vec![package("keyturn-functions", "functions"), package("sweep", "functions/sweep")];
        let problems = check(&Workspace { packages }, &[]);
        assert_eq!(problems, ["functions/sweep/Cargo.toml: all functions are in the package of functions/"]);
    }
}
