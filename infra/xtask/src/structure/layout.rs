//! The top level, which a newcomer should understand in a minute, and the files below it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Problems;

/// Every visible name at the top level. Settings of tools are dotted files.
const TOP_LEVEL: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "functions",
    "infra",
    "shared",
    "template.yaml",
    "tests",
];

/// What tools leave behind and git ignores.
const IGNORED: [&str; 3] = ["__pycache__", "node_modules", "target"];

/// A text file that people write.
pub(crate) struct File {
    /// Relative to the workspace's root, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| own == extension)
    }
}

/// Names at the top level that don't belong there.
pub(crate) fn check_top_level(names: &[String]) -> Problems {
    let visible = names.iter().filter(|name| !name.starts_with('.') && !IGNORED.contains(&name.as_str()));
    visible
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| format!("{name}: the top level holds only {}", TOP_LEVEL.join(", ")))
        .collect()
}

/// What a folder holds, sorted.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// All Rust sources and cargo manifests, except in dotted and ignored folders.
pub(crate) fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for name in names(folder)? {
        let path = folder.join(&name);
        if name.starts_with('.') || IGNORED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else if name == "Cargo.toml" || name.ends_with(".rs") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.push(File { path: format!("{prefix}{name}"), text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agreed_names_and_dotted_ones_may_be_there() {
        let names: Vec<_> =
            TOP_LEVEL.into_iter().chain([".git", ".ci", "target"]).map(str::to_owned).collect();
        assert!(check_top_level(&names).is_empty());
    }

    #[test]
    fn another_visible_name_is_a_problem() {
        let problems = check_top_level(&["docs".to_owned(), "shared".to_owned(), "deny.toml".to_owned()]);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].starts_with("docs: the top level holds only "), "{problems:?}");
        assert!(problems[1].starts_with("deny.toml: "), "{problems:?}");
    }

    #[test]
    fn sources_and_manifests_are_found_but_not_in_ignored_folders() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["a/src", "target/debug", ".git"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for file in [
            "a/src/lib.rs",
            "a/Cargo.toml",
            "a/notes.md",
            "a/data.csv",
            "target/debug/out.rs",
            ".git/hook.rs",
        ] {
            fs::write(root.path().join(file), "text").unwrap();
        }
        let found: Vec<_> = files(root.path()).unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(found, ["a/Cargo.toml", "a/src/lib.rs"]);
    }
}
