//! Rules about the shape of this repository that no compiler knows: where things lie, how long files are, who
//! may depend on whom.
//!
//! Each rule is a function of plain data which returns what breaks it, so that its tests can show it bad input.

mod arrows;
mod functions;
mod layout;
mod manifests;
mod sleeping;
mod sources;
mod template;
mod workspace;

use std::path::Path;

use anyhow::{Result, bail};

pub(crate) use layout::names;

/// What breaks a rule: the file first, then what is wrong and what would be right.
type Problems = Vec<String>;

/// The step: prints every problem, not the first only.
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

/// A tool that fails is a problem among the others, so that it doesn't hide them.
fn check(root: &Path) -> Result<Problems> {
    let mut problems = in_files(root)?;
    problems.extend(in_packages(root).unwrap_or_else(|error| vec![format!("{error:#}")]));
    Ok(problems)
}

/// What the files alone show.
fn in_files(root: &Path) -> Result<Problems> {
    let files = layout::files(root)?;
    let mut problems = layout::check_top_level(&names(root)?);
    for file in files.iter().filter(|file| file.has_extension("rs")) {
        problems.extend(sources::check(file));
        problems.extend(sleeping::check(file));
    }
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        problems.extend(manifests::check(file)?);
    }
    Ok(problems)
}

/// What cargo has to be asked for.
fn in_packages(root: &Path) -> Result<Problems> {
    let functions = functions::in_workspace(root, &workspace::packages(root)?)?;
    let mut problems = functions::check(&functions);
    problems.extend(template::check_file(root, &functions)?);
    problems.extend(arrows::check(root, &functions)?);
    Ok(problems)
}
