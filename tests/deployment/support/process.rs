//! Processes that the tests start: ended with the test, with a log that no secret may stand in.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use regex::Regex;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running process. Dropping it ends it and looks at its log.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: Option<(TempDir, PathBuf)>,
}

impl Process {
    /// Starts a program whose output goes to a log.
    pub(crate) fn start(name: &str, mut command: Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = File::create(&path).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), child, log: Some((folder, path)) }
    }

    /// Starts a program and waits until `seen` has found all that it looks for in what the program prints.
    pub(crate) async fn start_until<T>(
        name: &str,
        mut command: Command,
        mut seen: impl FnMut(&str) -> Option<T>,
    ) -> (Self, T) {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut all = String::new();
        let found = loop {
            let line = tokio::select! {
                Ok(Some(line)) = out.next_line() => line,
                Ok(Some(line)) = err.next_line() => line,
                else => panic!("{name} did not start: {all}"),
            };
            all.extend([line.as_str(), "\n"]);
            if let Some(found) = seen(&line) {
                break found;
            }
        };
        // Whatever it prints later must not fill the pipes.
        tokio::spawn(async move { while let Ok(Some(_)) = out.next_line().await {} });
        tokio::spawn(async move { while let Ok(Some(_)) = err.next_line().await {} });
        (Self { name: name.to_owned(), child, log: None }, found)
    }

    /// What the process has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.as_ref().map(|(_, path)| std::fs::read_to_string(path).unwrap()).unwrap_or_default()
    }

    /// The most memory that it has had at once, in KiB, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = Path::new("/proc").join(self.child.id()?.to_string()).join("status");
        let status = std::fs::read_to_string(status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        if std::thread::panicking() {
            return;
        }
        let log = self.log();
        let secret = Regex::new(r"(kat|krt)_[0-9A-Za-z]{71}|whsec_[0-9A-Za-z+/]{43}=").unwrap();
        assert!(!secret.is_match(&log), "the log of {} holds a secret", self.name);
        assert!(!log.contains("panicked"), "{}: {log}", self.name);
    }
}

/// A port that was free a moment ago, for programs that can't be told to take any.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
