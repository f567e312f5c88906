//! What the tests of the console need: Chromium with its driver, and axe-core under `target/tools/browser`.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{capture, program, run, succeeds};
use crate::npm::Packages;

/// The engine that judges how accessible pages are.
pub(crate) const AXE: Packages = Packages {
    name: "browser",
    source: "infra/xtask/browser",
    manifest: include_str!("../browser/package.json"),
    lock: include_str!("../browser/package-lock.json"),
    proof: "node_modules/axe-core/axe.min.js",
};

/// The packages of Debian and Ubuntu that hold browser and driver.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// A program, the variable by which the tests find it, and the names that it goes by.
struct Wanted {
    variable: &'static str,
    names: &'static [&'static str],
}

const WANTED: [Wanted; 2] = [
    Wanted { variable: "KEYTURN_CHROMIUM", names: &["chromium", "chromium-browser", "google-chrome"] },
    Wanted { variable: "KEYTURN_CHROMEDRIVER", names: &["chromedriver"] },
];

/// The step: makes sure that everything is there.
pub(crate) fn step(root: &Path) -> Result<()> {
    for (_, program) in ensure(root)? {
        println!("{program} is there");
    }
    Ok(())
}

/// Installs what is missing, as far as that is allowed, and returns the variables by which the tests find it.
///
/// # Errors
/// If Chromium or its driver is missing and can't be installed, or npm is missing or can't install axe-core.
pub(crate) fn ensure(root: &Path) -> Result<Vec<(&'static str, String)>> {
    AXE.ensure(root)?;
    if let Some(found) = found() {
        return Ok(found);
    }
    let may_install = capture(program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if may_install && succeeds(program("apt-get").arg("--version")) {
        // Without the lists of packages there is nothing to install from; old ones may do.
        let _ = run(program("apt-get").args(["--quiet", "--quiet", "update"]));
        let mut install = program("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive");
        run(install
            .args(["--quiet", "--quiet", "install", "--yes", "--no-install-recommends"])
            .args(PACKAGES))?;
    }
    found().context(
        "Chromium or its driver is missing: install them (Debian and Ubuntu: `apt-get install chromium \
         chromium-driver`), or name them in KEYTURN_CHROMIUM and KEYTURN_CHROMEDRIVER",
    )
}

/// Where the programs are, if all of them are there.
fn found() -> Option<Vec<(&'static str, String)>> {
    WANTED.iter().map(|wanted| Some((wanted.variable, locate(wanted)?))).collect()
}

fn locate(wanted: &Wanted) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "whoever has them elsewhere says where")]
    let named = std::env::var(wanted.variable).ok();
    let paths = wanted.names.iter().filter_map(|name| capture(program("which").arg(name)).ok());
    named.into_iter().chain(paths).map(|path| path.trim().to_owned()).find(|path| is_program(path))
}

fn is_program(path: &str) -> bool {
    succeeds(program(path).arg("--version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_nowhere_is_not_found() {
        let wanted = Wanted { variable: "KEYTURN_NO_SUCH_VARIABLE", names: &["no-such-program-anywhere"] };
        assert_eq!(locate(&wanted), None);
    }
}
