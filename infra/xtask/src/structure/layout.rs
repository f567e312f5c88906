//! The files of the repository, and the names at its top level.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Problems;
use crate::command::{capture, program};

/// Every visible name at the top level. Tool settings are dotted files.
const TOP_LEVEL: &str =
    "Cargo.lock Cargo.toml LICENSE-APACHE LICENSE-MIT README.md functions infra shared template.yaml tests";

pub(crate) struct File {
    /// Relative to the workspace's root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn read(root: &Path, path: &str) -> Result<Self> {
        let text = fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))?;
        Ok(Self { path: path.to_owned(), text })
    }
}

/// The paths of all files that git doesn't ignore, tracked or new.
pub(crate) fn paths(root: &Path) -> Result<Vec<String>> {
    let mut git = program("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listed = capture(&mut git)?;
    Ok(listed.lines().filter(|path| root.join(path).exists()).map(str::to_owned).collect())
}

/// Visible names at the top level that are not allowed there.
pub(crate) fn check_top_level(paths: &[String]) -> Problems {
    let mut names: BTreeSet<_> = paths.iter().filter_map(|path| path.split('/').next()).collect();
    names.retain(|name| !name.starts_with('.') && !TOP_LEVEL.split(' ').any(|allowed| allowed == *name));
    names.iter().map(|name| format!("{name}: the top level holds only {TOP_LEVEL}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_visible_names_that_are_not_agreed() {
        let paths = ["README.md", "shared/domain/Cargo.toml", ".ci/run", "docs/a.md", "docs/b.md"];
        let problems = check_top_level(&paths.map(str::to_owned));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("docs: the top level holds only "), "{problems:?}");
    }
}
