//! Rust's standard library for the processors of Lambda.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{program, run};

/// Lambda's two processors.
const TARGETS: [&str; 2] = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"];

/// Adds what is missing to the toolchain. Only that needs the network.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    run(program("rustup").current_dir(root).args(["--quiet", "target", "add"]).args(TARGETS))
        .context("rustup is needed to compile for Lambda's processors")
}
