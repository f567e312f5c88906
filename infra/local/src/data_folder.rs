//! The data folder: everything that a restart needs. A lock keeps other instances out of it, because the engine allows one
//! process per file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::private_file;

/// A folder that this process has locked.
pub(crate) struct DataFolder {
    path: PathBuf,
    in_memory: bool,
    /// The system releases it when the process ends.
    _lock: File,
    /// Deletes the folder of a stack that keeps its data in memory.
    temporary: Option<TempDir>,
}

impl DataFolder {
    /// Locks the folder at `path`, which is created if it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let created = fs::create_dir_all(path).and_then(|()| path.canonicalize());
        let path = created.with_context(|| cannot_use(path))?;
        let lock = lock(&path)?;
        Ok(Self { path, in_memory: false, _lock: lock, temporary: None })
    }

    /// Creates a temporary folder: data is kept in memory, but the functions read the sealing key from a file.
    pub(crate) fn temporary() -> Result<Self> {
        let created = tempfile::Builder::new().prefix("keyturn-").tempdir();
        let temporary = created.with_context(|| cannot_use(&std::env::temp_dir()))?;
        let (path, lock) = (temporary.path().to_owned(), lock(temporary.path())?);
        Ok(Self { path, in_memory: true, _lock: lock, temporary: Some(temporary) })
    }

    /// Deletes a temporary folder once the functions have read their files, so that a killed process leaves nothing behind.
    pub(crate) fn delete_temporary(&mut self) {
        self.temporary = None;
    }

    /// The folder's absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The path of a file that a restart needs; `None` if data is kept in memory.
    pub(crate) fn lasting_file(&self, name: &str) -> Option<PathBuf> {
        (!self.in_memory).then(|| self.file(name))
    }

    /// Writes a file that only its owner may read; returns its path.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.file(name);
        private_file::write(&path, content).with_context(|| cannot_use(&path))?;
        Ok(path)
    }

    /// The file with the key that seals token strings at rest, created at the first start.
    pub(crate) fn sealing_key(&self) -> Result<PathBuf> {
        #[expect(clippy::disallowed_methods, reason = "the key must be unpredictable, and no test reads it")]
        let key = rand::random::<[u8; 32]>();
        let path = self.file("sealing-key");
        if path.exists() { Ok(path) } else { self.write("sealing-key", &key) }
    }
}

/// The beginning of an error about a file or folder.
pub(crate) fn cannot_use(path: &Path) -> String {
    format!(
        "cannot use {} (make it readable and writable, choose another folder with --data-dir, or use --in-memory)",
        path.display()
    )
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = opened.with_context(|| cannot_use(&path))?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        let mut process = String::new();
        let _ = file.read_to_string(&mut process);
        let (folder, process) = (folder.display(), process.trim());
        bail!(
            "the data folder {folder} is in use by another instance (process {process}): stop that one, or choose another with \
             --data-dir"
        );
    }
    let noted = file.set_len(0).and_then(|()| file.rewind());
    noted.and_then(|()| writeln!(file, "{}", std::process::id())).with_context(|| cannot_use(&path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_mode_leaves_nothing_behind() {
        let mut folder = DataFolder::temporary().unwrap();
        let key = fs::read(folder.sealing_key().unwrap()).unwrap();
        assert_eq!((key.len(), fs::read(folder.sealing_key().unwrap()).unwrap()), (32, key));
        assert!(folder.lasting_file("clock.json").is_none());
        folder.delete_temporary();
        assert!(!folder.path().exists());
    }
}
