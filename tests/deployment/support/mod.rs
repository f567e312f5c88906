//! What the tests have in common.

pub(crate) mod deployment;
pub(crate) mod grants;
pub(crate) mod guard;
pub(crate) mod lambda;
pub(crate) mod policy;
pub(crate) mod process;
pub(crate) mod python;
pub(crate) mod receiver;
pub(crate) mod resolve;
pub(crate) mod services;

use std::path::{Path, PathBuf};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A file of the workspace.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Writes figures that are worth keeping below `target`, and tells nobody.
pub(crate) fn note(name: &str, text: &str) {
    let folder = root().join("target/deployment");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
}
