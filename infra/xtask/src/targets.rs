//! Rust's standard library for the processors of Lambda.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{capture, program, run};

/// Lambda's two processors.
const TARGETS: [&str; 2] = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"];

/// Adds what is missing to the toolchain.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    let rustup = || {
        let mut command = program("rustup");
        command.current_dir(root);
        command
    };
    let installed = capture(rustup().args(["target", "list", "--installed"]))
        .context("rustup is needed to compile for Lambda's processors")?;
    for target in missing(&installed) {
        println!("installing Rust's standard library for {target}, once");
        run(rustup().args(["--quiet", "target", "add", target]))?;
    }
    Ok(())
}

fn missing(installed: &str) -> Vec<&'static str> {
    TARGETS.into_iter().filter(|target| !installed.lines().any(|line| line.trim() == *target)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_only_what_is_missing() {
        assert_eq!(missing("x86_64-unknown-linux-gnu\n"), ["aarch64-unknown-linux-gnu"]);
        assert!(missing("aarch64-unknown-linux-gnu\nx86_64-unknown-linux-gnu\n").is_empty());
    }
}
