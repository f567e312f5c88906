//! What the console's tests need: Chromium, its driver, and axe-core under `target/tools/browser`.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{capture, cargo, program, run, succeeds};
use crate::npm::BROWSER;

/// A program, the variable by which the tests find it, and its usual names.
struct Wanted {
    variable: &'static str,
    names: &'static [&'static str],
}

const WANTED: [Wanted; 2] = [
    Wanted { variable: "KEYTURN_CHROMIUM", names: &["chromium", "chromium-browser", "google-chrome"] },
    Wanted { variable: "KEYTURN_CHROMEDRIVER", names: &["chromedriver"] },
];

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Takes the README's screenshots, and one of every view in every scheme into `target/screenshots`.
pub(crate) fn screenshots(root: &Path) -> Result<()> {
    ensure(root)?;
    let mut command = cargo(root);
    command.args(["test", "--quiet", "--locked", "--package", "keyturn-tests", "--test", "console"]);
    run(command.args(["screenshots", "--", "--ignored"]).envs(variables()))
}

/// Installs what is missing, where the system's packages can be installed.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    BROWSER.ensure(root)?;
    if variables().len() == WANTED.len() {
        return Ok(());
    }
    let is_root = capture(program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root && succeeds(program("apt-get").arg("--version")) {
        // Old package lists may do if new ones can't be fetched.
        let _ = run(program("apt-get").args(["--quiet", "--quiet", "update"]));
        let mut install = program("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive").args(["--quiet", "--quiet", "install", "--yes"]);
        run(install.arg("--no-install-recommends").args(PACKAGES))?;
    }
    if variables().len() < WANTED.len() {
        bail!(
            "Chromium or its driver is missing: install them (Debian and Ubuntu: `apt-get install chromium \
             chromium-driver`), or set KEYTURN_CHROMIUM and KEYTURN_CHROMEDRIVER to their paths"
        );
    }
    Ok(())
}

pub(crate) fn variables() -> Vec<(&'static str, String)> {
    WANTED.iter().filter_map(|wanted| Some((wanted.variable, locate(wanted)?))).collect()
}

fn locate(wanted: &Wanted) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "set by a developer whose programs are elsewhere")]
    let set = std::env::var(wanted.variable).ok();
    let found = wanted.names.iter().filter_map(|name| capture(program("which").arg(name)).ok());
    let mut paths = set.into_iter().chain(found).map(|path| path.trim().to_owned());
    paths.find(|path| succeeds(program(path).arg("--version")))
}
