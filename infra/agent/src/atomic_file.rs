//! Files that hold a secret, replaced as a whole: a reader sees the old content or the new one, also after a crash.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The permission bits.
    pub mode: u32,
    /// The owner's id; the process's own by default.
    pub user: Option<u32>,
    /// The group's id; the process's own by default.
    pub group: Option<u32>,
}

impl Access {
    /// Only for the process's own user.
    pub(crate) const PRIVATE: Self = Self { mode: 0o600, user: None, group: None };
}

/// Writes a temporary file in the same folder, syncs it, renames it and syncs the folder. If anything fails, the file is what
/// it was.
pub(crate) fn replace(path: &Path, content: &[u8], access: Access) -> io::Result<()> {
    // A symbolic link is followed: what it leads to is replaced, not the link.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = beside(path)?;
    // What a process left behind that was killed.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write(&temporary, content, access).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(path)
}

/// `.NAME.keyturn` in the same folder, so that the rename is atomic.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("not the path of a file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".keyturn");
    Ok(path.with_file_name(hidden))
}

fn write(path: &Path, content: &[u8], access: Access) -> io::Result<()> {
    // Private until it has its owner, whatever the umask.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    if access.user.is_some() || access.group.is_some() {
        std::os::unix::fs::fchown(&file, access.user, access.group)?;
    }
    file.set_permissions(Permissions::from_mode(access.mode))?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder)?.sync_all() {
        // Some file systems can't sync a folder; they have nothing to lose then.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn replaces_content_and_mode_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(folder.path().join(".token.keyturn"), "left by a killed process").unwrap();
        replace(&path, b"one", Access::PRIVATE).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"one".to_vec(), 0o600));
        let own = fs::metadata(&path).unwrap();
        let access = Access { mode: 0o640, user: Some(own.uid()), group: Some(own.gid()) };
        replace(&path, b"two", access).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"two".to_vec(), 0o640));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn follows_a_link_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("token"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, b"new", Access::PRIVATE).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // A folder in its place makes the rename fail.
        let path = folder.path().join("token");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"new", Access::PRIVATE).is_err());
        assert!(replace(&folder.path().join("missing/token"), b"new", Access::PRIVATE).is_err());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["token"]);
        // No space is left on this device.
        assert!(replace(Path::new("/dev/full/token"), b"new", Access::PRIVATE).is_err());
    }
}
