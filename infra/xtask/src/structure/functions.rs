//! A function is a folder: folder, package and program bear the same name, so that a name in a log, in the
//! template and in the tree is one thing.

use std::path::Path;

use anyhow::Result;

use super::Problems;
use super::layout::names;
use super::workspace::Package;

/// A folder below `functions/`, with what cargo found in it.
pub(crate) struct Function {
    pub(crate) folder: String,
    pub(crate) package: Option<String>,
    pub(crate) binaries: Vec<String>,
}

/// All folders below `functions/`, with their packages.
pub(crate) fn in_workspace(root: &Path, packages: &[Package]) -> Result<Vec<Function>> {
    let below = root.join("functions");
    let mut functions = Vec::new();
    for folder in names(&below)? {
        let path = below.join(&folder);
        if !path.is_dir() || folder.starts_with('.') {
            continue;
        }
        let package = packages.iter().find(|package| package.folder() == Some(path.as_path()));
        functions.push(Function {
            folder,
            package: package.map(|package| package.name.clone()),
            binaries: package.map(Package::binaries).unwrap_or_default(),
        });
    }
    Ok(functions)
}

/// Functions whose names differ.
pub(crate) fn check(functions: &[Function]) -> Problems {
    let mut problems = Problems::new();
    for Function { folder, package, binaries } in functions {
        match package {
            None => problems.push(format!("functions/{folder}: holds no package")),
            Some(package) if package != folder => {
                problems
                    .push(format!("functions/{folder}: the package is named `{package}`, not as the folder"));
            }
            Some(_) => {}
        }
        if package.is_some() && *binaries != [folder.as_str()] {
            problems.push(format!(
                "functions/{folder}: must build one program named `{folder}`, not [{}]",
                binaries.join(", ")
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(folder: &str, package: Option<&str>, binaries: &[&str]) -> Problems {
        check(&[Function {
            folder: folder.to_owned(),
            package: package.map(str::to_owned),
            binaries: binaries.iter().map(ToString::to_string).collect(),
        }])
    }

    #[test]
    fn one_name_for_folder_package_and_program_is_fine() {
        assert!(problems_of("sweep", Some("sweep"), &["sweep"]).is_empty());
    }

    #[test]
    fn each_other_name_is_a_problem() {
        assert_eq!(problems_of("sweep", None, &[]), ["functions/sweep: holds no package"]);
        assert_eq!(problems_of("sweep", Some("sweeper"), &["sweep"]).len(), 1);
        assert_eq!(problems_of("sweep", Some("sweep"), &["bootstrap"]).len(), 1);
        assert_eq!(problems_of("sweep", Some("sweep"), &["sweep", "other"]).len(), 1);
        assert_eq!(problems_of("sweep", Some("sweep"), &[]).len(), 1);
    }
}
