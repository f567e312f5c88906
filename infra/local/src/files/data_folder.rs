//! The data folder: everything that a restart must find again. A lock keeps a second instance away from it,
//! because the engine allows one process per file, and two clocks would run against each other.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::private_file;
use crate::error::StartError;

/// A folder that this process holds until the value is dropped.
pub(crate) struct DataFolder {
    path: PathBuf,
    in_memory: bool,
    /// Unlocked by the system when the process ends, in whatever way.
    _lock: File,
    /// The folder itself in memory mode; it is deleted when this is dropped.
    temporary: Option<tempfile::TempDir>,
}

impl DataFolder {
    /// Takes the folder at `path`, creating it if needed.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let failed = |source| StartError::DataFolder { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let lock = lock(&path)?;
        Ok(Self { path, in_memory: false, _lock: lock, temporary: None })
    }

    /// Takes a new folder for the few files that even memory mode needs (the functions read a key from one).
    pub(crate) fn temporary() -> Result<Self, StartError> {
        let temporary = tempfile::Builder::new()
            .prefix("keyturn-")
            .tempdir()
            .map_err(|source| StartError::DataFolder { path: std::env::temp_dir(), source })?;
        let lock = lock(temporary.path())?;
        Ok(Self {
            path: temporary.path().to_owned(),
            in_memory: true,
            _lock: lock,
            temporary: Some(temporary),
        })
    }

    /// Deletes a folder that only the start needed, so that not even a kill leaves it behind.
    pub(crate) fn delete_temporary(&mut self) {
        self.temporary = None;
    }

    /// The folder's absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether what is worth keeping is kept in memory instead.
    pub(crate) fn in_memory(&self) -> bool {
        self.in_memory
    }

    /// Where a file of this name lies.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where a file lies that only a folder which outlives the process needs.
    pub(crate) fn lasting_file(&self, name: &str) -> Option<PathBuf> {
        (!self.in_memory).then(|| self.file(name))
    }

    /// A file of this name with nothing in it.
    pub(crate) fn empty_file(&self, name: &str) -> Result<PathBuf, StartError> {
        let path = self.file(name);
        match private_file::write(&path, b"") {
            Ok(()) => Ok(path),
            Err(source) => Err(StartError::DataFolder { path, source }),
        }
    }

    /// The key that seals token strings at rest, made at the first start.
    pub(crate) fn sealing_key(&self) -> Result<PathBuf, StartError> {
        let path = self.file("sealing-key");
        let failed = |source| StartError::DataFolder { path: path.clone(), source };
        if !path.try_exists().map_err(failed)? {
            private_file::write(&path, &new_key()).map_err(failed)?;
        }
        Ok(path)
    }
}

#[expect(clippy::disallowed_methods, reason = "this key must be unpredictable, and no test looks inside")]
fn new_key() -> [u8; 32] {
    rand::random()
}

fn lock(folder: &Path) -> Result<File, StartError> {
    let path = folder.join("lock");
    let failed = |source| StartError::DataFolder { path: path.clone(), source };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StartError::DataFolderHeld { path: folder.to_owned(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    note_holder(&mut file).map_err(failed)?;
    Ok(file)
}

fn note_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(process) => format!(" (process {process})"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_holder_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("deep/data");
        let first = DataFolder::open(&path).unwrap();
        let refusal = DataFolder::open(&path).err().unwrap().to_string();
        assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        drop(first);
        assert!(DataFolder::open(&path).is_ok());
    }

    #[test]
    fn a_file_in_the_way_of_the_folder_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        fs::write(&path, "").unwrap();
        let refusal = DataFolder::open(&path.join("data")).err().unwrap().to_string();
        assert!(refusal.starts_with("cannot use ") && refusal.contains("--data-dir"), "{refusal}");
    }

    #[test]
    fn the_sealing_key_is_made_once() {
        let folder = DataFolder::temporary().unwrap();
        let key = fs::read(folder.sealing_key().unwrap()).unwrap();
        assert_eq!(key.len(), 32);
        assert_eq!(fs::read(folder.sealing_key().unwrap()).unwrap(), key);
    }

    #[test]
    fn memory_mode_leaves_nothing_behind() {
        let mut folder = DataFolder::temporary().unwrap();
        let path = folder.path().to_owned();
        assert!(folder.lasting_file("clock.json").is_none());
        folder.delete_temporary();
        assert!(!path.exists());
    }
}
