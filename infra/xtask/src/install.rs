//! Installs pinned packages into folders under `target/tools`, once.

use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread::scope;

use anyhow::Result;

/// Installs into the folder of this name and returns it, unless `pinned`, the text that pins the versions, is the same as at
/// the last installation and the file `proof` exists.
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

/// Does the work for all items in parallel. Returns the first error in the items' order.
pub(crate) fn parallel<I: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<()> + Sync,
) -> Result<()> {
    let work = &work;
    scope(|scope| {
        let started: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let joined =
            started.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.collect::<Vec<_>>().into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn installs_again_after_a_change_or_a_failure() {
        let root = tempfile::tempdir().unwrap();
        let proof = root.path().join("target/tools/python/proof");
        let installs = |pinned: &str, result: fn() -> Result<()>| {
            let mut installed = false;
            let folder = once(root.path(), "python", pinned, "proof", |folder| {
                installed = true;
                fs::write(folder.join("proof"), "")?;
                result()
            });
            (installed, folder.is_ok())
        };
        assert_eq!(installs("a==1", || bail!("interrupted")), (true, false));
        assert_eq!(installs("a==1", || Ok(())), (true, true));
        assert_eq!(installs("a==1", || Ok(())), (false, true));
        assert_eq!(installs("a==2", || Ok(())), (true, true));
        fs::remove_file(proof).unwrap();
        assert_eq!(installs("a==2", || Ok(())), (true, true));
    }
}
