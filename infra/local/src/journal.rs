//! An append-only list, one JSON document per line. `append` returns once the entries are in the file, so that they survive
//! a killed process. A last line that was only half written is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Entries of one kind, oldest first, in memory and perhaps in a file.
pub(crate) struct Journal<T>(Mutex<Inner<T>>);

struct Inner<T> {
    entries: Vec<T>,
    file: Option<File>,
    /// The length of the file's complete lines.
    length: u64,
}

impl<T: Serialize + DeserializeOwned + Clone> Journal<T> {
    /// A journal in memory, or in a file, whose entries are read.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else {
            return Ok(Self(Mutex::new(Inner { entries: Vec::new(), file: None, length: 0 })));
        };
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let (entries, length) = read(&file, path)?;
        file.set_len(length)?;
        Ok(Self(Mutex::new(Inner { entries, file: Some(file), length })))
    }

    /// Appends all entries, or none.
    pub(crate) fn append(&self, entries: &[T]) -> io::Result<()> {
        let mut inner = self.lock();
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let length = inner.length;
        if let Some(file) = &mut inner.file
            && let Err(error) = file.write_all(&lines).and_then(|()| file.flush())
        {
            // The next line must not follow half a line.
            file.set_len(length)?;
            return Err(error);
        }
        inner.length += lines.len() as u64;
        inner.entries.extend_from_slice(entries);
        Ok(())
    }

    /// All entries, newest first.
    pub(crate) fn newest_first(&self) -> Vec<T> {
        self.lock().entries.iter().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entries of all complete lines, and the length of these lines.
fn read<T: DeserializeOwned>(file: &File, path: &Path) -> io::Result<(Vec<T>, u64)> {
    let mut reader = BufReader::new(file);
    let (mut entries, mut length, mut line) = (Vec::new(), 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            if read > 0 {
                tracing::warn!(file = %path.display(), "dropped the incomplete last line");
            }
            return Ok((entries, length));
        }
        length += read as u64;
        match serde_json::from_slice(&line) {
            Ok(entry) => entries.push(entry),
            Err(error) => tracing::warn!(file = %path.display(), %error, "skipped an invalid line"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_invalid_lines_and_appends_after_an_incomplete_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mails.jsonl");
        std::fs::write(&path, "\"first\"\n{broken\n\"second\"\n\"thi").unwrap();
        let open = || Journal::<String>::open(Some(&path)).unwrap();
        let journal = open();
        assert_eq!(journal.newest_first(), ["second", "first"]);
        journal.append(&["third".to_owned()]).unwrap();
        assert_eq!(open().newest_first(), ["third", "second", "first"]);
    }
}
