//! Installs pinned packages into folders under `target/tools`, once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Installs into the folder of this name and returns it, unless `pinned`, the text that pins the versions, is the same as at
/// the last installation and the file `proof` exists.
///
/// # Errors
/// If the installation fails.
pub(crate) fn once(
    root: &Path,
    name: &str,
    pinned: &str,
    proof: &str,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let folder = root.join("target/tools").join(name);
    let stamp = folder.join("installed.txt");
    let is_current = fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned);
    // A link whose target no longer exists counts as missing.
    if !is_current || !folder.join(proof).exists() {
        println!("installing target/tools/{name}, once; this takes up to a minute");
        fs::create_dir_all(&folder)?;
        install(&folder)?;
        // Written last, so that an interrupted installation starts again.
        fs::write(stamp, pinned)?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn installs_again_if_the_versions_change_or_the_proof_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let installs = |pinned: &str| {
            let mut installed = false;
            let folder = once(root.path(), "python", pinned, "proof", |folder| {
                installed = true;
                Ok(fs::write(folder.join("proof"), "")?)
            });
            (installed, folder.unwrap())
        };
        let (installed, folder) = installs("a==1");
        assert!(installed && !installs("a==1").0 && installs("a==2").0);
        fs::remove_file(folder.join("proof")).unwrap();
        assert!(installs("a==2").0);
    }

    #[test]
    fn installs_again_after_a_failure() {
        let root = tempfile::tempdir().unwrap();
        once(root.path(), "python", "a==1", "", |_| bail!("interrupted")).unwrap_err();
        let mut installed = false;
        once(root.path(), "python", "a==1", "", |_| {
            installed = true;
            Ok(())
        })
        .unwrap();
        assert!(installed);
    }
}
