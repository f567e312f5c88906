//! What the tests of the console need: Chromium with its driver, and axe-core under `target/tools/browser`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{capture, cargo_in, program, run, succeeds};

/// Compiled in, so that a stamp with the same text means that the folder is current. The lock file holds the hash of
/// each file that is fetched.
const LOCK: &str = include_str!("../browser/package-lock.json");
const PACKAGE: &str = include_str!("../browser/package.json");

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

/// Takes the pictures of the README anew, and puts every view in every scheme under `target/screenshots`.
///
/// # Errors
/// If the browser is missing or a view can't be reached.
pub(crate) fn screenshots(root: &Path) -> Result<()> {
    let mut command = cargo_in(root);
    command.args(["test", "--quiet", "--locked", "--package", "keyturn-tests", "--test", "console"]);
    run(command.args(["screenshots", "--", "--ignored"]).envs(ensure(root)?))
}

/// Installs what is missing, as far as that is allowed, and returns the variables by which the tests find it.
///
/// # Errors
/// If Chromium or its driver is missing and can't be installed, or npm is missing or can't install axe-core.
pub(crate) fn ensure(root: &Path) -> Result<Vec<(&'static str, String)>> {
    ensure_axe(&root.join("target/tools/browser"))?;
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

fn ensure_axe(folder: &Path) -> Result<()> {
    if is_current(folder, LOCK) {
        return Ok(());
    }
    if !succeeds(program("npm").arg("--version")) {
        bail!("`npm` is missing: install Node 20 or later with it");
    }
    fs::create_dir_all(folder)?;
    fs::write(folder.join("package.json"), PACKAGE)?;
    fs::write(folder.join("package-lock.json"), LOCK)?;
    let mut install = program("npm");
    install.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    run(&mut install)
        .context("npm could not install infra/xtask/browser/package-lock.json: is the registry reachable?")?;
    fs::write(stamp(folder), LOCK)?;
    Ok(())
}

/// Written last, so that an installation that was cut short is begun again.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("installed.json")
}

fn is_current(folder: &Path, lock: &str) -> bool {
    folder.join("node_modules/axe-core/axe.min.js").exists()
        && fs::read_to_string(stamp(folder)).is_ok_and(|installed| installed == lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_installation_of_the_same_lock_file_is_current() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("node_modules/axe-core");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("axe.min.js"), "").unwrap();
        assert!(!is_current(folder.path(), "{}"));
        fs::write(stamp(folder.path()), "{}").unwrap();
        assert!(is_current(folder.path(), "{}"));
        assert!(!is_current(folder.path(), "{\"lockfileVersion\": 3}"));
        fs::remove_file(package.join("axe.min.js")).unwrap();
        assert!(!is_current(folder.path(), "{}"));
    }

    #[test]
    fn everything_that_npm_fetches_is_pinned_with_a_hash() {
        let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        let fetched: Vec<_> = packages.iter().filter(|(name, _)| !name.is_empty()).collect();
        assert!(!fetched.is_empty());
        for (name, package) in fetched {
            assert!(package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
        }
    }

    #[test]
    fn a_program_that_is_nowhere_is_not_found() {
        let wanted = Wanted { variable: "KEYTURN_NO_SUCH_VARIABLE", names: &["no-such-program-anywhere"] };
        assert_eq!(locate(&wanted), None);
    }
}
