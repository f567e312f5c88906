//! The state file: what the agent knows of every token. Replaced as a whole, and used by one process at a time.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::atomic_file::{Access, replace};
use crate::core::Record;
use crate::secret::scrub;

/// The format of the file. One that is newer was written by a newer agent, and is left alone.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    tokens: BTreeMap<String, Record>,
}

/// The records of all tokens, in memory and in the file.
pub(crate) struct Store {
    path: PathBuf,
    /// Held for as long as the process uses the file.
    _lock: File,
    inner: Mutex<Inner>,
}

struct Inner {
    tokens: BTreeMap<String, Record>,
    /// Why the file could not be written last.
    problem: Option<String>,
}

/// Another process uses the state.
#[derive(Debug, thiserror::Error)]
#[error("another keyturn uses {0}")]
pub(crate) struct InUse(String);

impl Store {
    /// Opens the state, which need not exist yet.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let folder = path.parent().context("the state has no folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let lock = lock(path)?;
        let tokens = read(path)?;
        Ok(Self { path: path.to_owned(), _lock: lock, inner: Mutex::new(Inner { tokens, problem: None }) })
    }

    pub(crate) fn record(&self, token: &str) -> Record {
        self.inner().tokens.get(token).cloned().unwrap_or_default()
    }

    /// Changes a record and writes the file if that made a difference. A record that could not be written stays in memory and
    /// is written with the next change; the error says why.
    pub(crate) fn update(&self, token: &str, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let mut inner = self.inner();
        let record = inner.tokens.entry(token.to_owned()).or_default();
        let before = record.clone();
        change(record);
        if *record == before && inner.problem.is_none() {
            return Ok(());
        }
        self.save(&mut inner)
    }

    /// Writes the file, changed or not: whether it can be written now.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.save(&mut self.inner())
    }

    /// Why the file could not be written last.
    pub(crate) fn problem(&self) -> Option<String> {
        self.inner().problem.clone()
    }

    /// Forgets tokens that are not configured any more.
    pub(crate) fn retain(&self, known: impl Fn(&str) -> bool) -> io::Result<()> {
        let mut inner = self.inner();
        let before = inner.tokens.len();
        inner.tokens.retain(|token, _| known(token));
        if inner.tokens.len() == before { Ok(()) } else { self.save(&mut inner) }
    }

    fn save(&self, inner: &mut Inner) -> io::Result<()> {
        let content = Content { version: VERSION, tokens: std::mem::take(&mut inner.tokens) };
        let text = serde_json::to_vec_pretty(&content).map(zeroize::Zeroizing::new);
        inner.tokens = content.tokens;
        let saved =
            text.map_err(io::Error::other).and_then(|text| replace(&self.path, &text, Access::PRIVATE));
        inner.problem = saved.as_ref().err().map(|error| format!("{}: {error}", self.path.display()));
        saved
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Locks the state for this process, with a file of its own: the state itself is replaced all the time.
fn lock(path: &Path) -> Result<File> {
    let path = path.with_extension("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = file.with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(InUse(path.display().to_string()).into()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Reads the records, without a lock: the file is always whole.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, Record>> {
    let text = match fs::read(path) {
        Ok(text) => zeroize::Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let content: Content = serde_json::from_slice(&text).map_err(|error| {
        let hint = "remove it to begin again with the strings that the targets hold";
        anyhow::anyhow!("{} is damaged: {}; {hint}", path.display(), scrub(&error.to_string()))
    })?;
    if content.version > VERSION {
        bail!("{} was written by a newer keyturn", path.display());
    }
    Ok(content.tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewals(record: &mut Record) {
        record.renewals += 1;
    }

    #[test]
    fn keeps_records_for_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/state.json");
        let store = Store::open(&path).unwrap();
        store.update("a", renewals).unwrap();
        let error = Store::open(&path).err().unwrap();
        assert!(error.is::<InUse>(), "{error}");
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.record("a").renewals, 1);
        store.retain(|token| token != "a").unwrap();
        assert!(read(&path).unwrap().is_empty());
    }

    #[test]
    fn says_what_is_wrong_with_a_file_and_leaves_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let newer = "{\"version\": 2, \"tokens\": {}}";
        for (text, expected) in [("{\"tok", "is damaged"), (newer, "newer keyturn"), ("", "is damaged")] {
            fs::write(&path, text).unwrap();
            let error = Store::open(&path).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_record_that_cannot_be_written_stays_and_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let store = Store::open(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(store.update("a", renewals).is_err() && store.check().is_err());
        assert!(store.problem().unwrap().contains("state.json"));
        fs::remove_dir(&path).unwrap();
        store.update("a", |_| ()).unwrap();
        assert_eq!(read(&path).unwrap()["a"].renewals, 1);
        assert_eq!(store.problem(), None);
    }
}
