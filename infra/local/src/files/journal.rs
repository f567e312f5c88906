//! A list that only grows, one JSON document per line. An entry is in the file before `append` returns, so
//! whoever was told that it is kept finds it again after a kill; a last line that a kill tore is dropped.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde::{Serialize, de::DeserializeOwned};

/// Entries of one kind, oldest first, in memory and, unless it is a journal in memory, in a file.
pub(crate) struct Journal<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    entries: Vec<T>,
    file: Option<File>,
    /// Up to here the file holds whole lines.
    length: u64,
}

impl<T: Serialize + DeserializeOwned + Clone> Journal<T> {
    /// A journal that is gone with the process.
    pub(crate) fn in_memory() -> Self {
        Self { inner: Mutex::new(Inner { entries: Vec::new(), file: None, length: 0 }) }
    }

    /// Reads what is in the file and appends to it from then on.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let (entries, length) = read(&mut file, path)?;
        file.set_len(length)?;
        Ok(Self { inner: Mutex::new(Inner { entries, file: Some(file), length }) })
    }

    /// Adds entries, all or none. They survive the end of the process once this has returned.
    pub(crate) fn append(&self, entries: &[T]) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        inner.write(&lines)?;
        inner.entries.extend_from_slice(entries);
        Ok(())
    }

    /// All entries, newest first.
    pub(crate) fn newest_first(&self) -> Vec<T> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entries.iter().rev().cloned().collect()
    }
}

impl<T> Inner<T> {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if let Err(error) = file.write_all(lines).and_then(|()| file.flush()) {
            // Half a line must not become the beginning of the next one.
            file.set_len(self.length)?;
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// The entries of all whole lines, and where the last of them ends.
fn read<T: DeserializeOwned>(file: &mut File, path: &Path) -> io::Result<(Vec<T>, u64)> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let (mut entries, mut length, mut line) = (Vec::new(), 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            if read > 0 {
                tracing::warn!(file = %path.display(), "dropped the unfinished last line");
            }
            return Ok((entries, length));
        }
        length += read as u64;
        match serde_json::from_slice(&line) {
            Ok(entry) => entries.push(entry),
            Err(error) => tracing::warn!(file = %path.display(), %error, "passed over a line"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_a_restart_and_a_torn_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mails.jsonl");
        Journal::open(&path).unwrap().append(&["first".to_owned(), "second".to_owned()]).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"\"thi").unwrap();

        let journal = Journal::<String>::open(&path).unwrap();
        assert_eq!(journal.newest_first(), ["second", "first"]);
        journal.append(&["third".to_owned()]).unwrap();
        assert_eq!(Journal::<String>::open(&path).unwrap().newest_first(), ["third", "second", "first"]);
    }

    #[test]
    fn a_damaged_line_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        std::fs::write(&path, "\"a\"\n{broken\n\"b\"\n").unwrap();
        assert_eq!(Journal::<String>::open(&path).unwrap().newest_first(), ["b", "a"]);
    }

    #[test]
    fn memory_needs_no_file() {
        let journal = Journal::in_memory();
        journal.append(&[1, 2]).unwrap();
        assert_eq!(journal.newest_first(), [2, 1]);
    }
}
