//! Rules about the shape of this repository that no compiler checks: where files are, how long they are, and which crates
//! may depend on which.
//!
//! Each rule is a function from plain data to its violations.

mod arrows;
mod layout;
mod manifests;
mod sources;

use std::path::Path;

use anyhow::{Result, bail};

use self::layout::File;

/// Violations: the file first, then what is wrong and what would be right.
type Problems = Vec<String>;

/// The step: prints every problem, not just the first.
pub(crate) fn step(root: &Path) -> Result<String> {
    let problems = check(root)?;
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("problems found: {}", problems.len());
    }
    Ok(String::new())
}

fn check(root: &Path) -> Result<Problems> {
    let paths = layout::paths(root)?;
    let mut problems = layout::check_top_level(&paths);
    for path in &paths {
        if path.ends_with("Cargo.toml") {
            problems.extend(manifests::check(&File::read(root, path)?)?);
        } else if path.ends_with(".rs") {
            problems.extend(sources::check(&File::read(root, path)?));
        }
    }
    // A tool that fails is reported as a problem, so that it doesn't hide the others.
    problems.extend(arrows::check(root).unwrap_or_else(|error| vec![format!("{error:#}")]));
    Ok(problems)
}
