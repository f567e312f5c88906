//! Child processes, which are killed when their owner is dropped, and what they print.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, bail};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What token strings, request tokens and signing secrets begin with: no log may hold one of them.
pub const SECRET_PREFIXES: [&str; 3] = ["kat_", "krt_", "whsec_"];

/// A running process. Dropping it kills it.
pub struct Process {
    child: Child,
    output: Arc<Mutex<String>>,
    /// A thread for each pipe, so that neither fills up.
    readers: Vec<JoinHandle<()>>,
}

/// Resident memory of a process, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Now (`VmRSS`).
    pub resident: u64,
    /// The most so far (`VmHWM`).
    pub peak: u64,
}

impl Process {
    /// Starts a program.
    pub fn start(name: &str, command: Command) -> Result<Self> {
        Ok(Self::spawn(name, command)?.0)
    }

    /// Starts a program and waits until `find` accepts a line that it prints.
    pub async fn start_until<T>(
        name: &str,
        command: Command,
        mut find: impl FnMut(&str) -> Option<T>,
    ) -> Result<(Self, T)> {
        let (mut process, mut lines) = Self::spawn(name, command)?;
        while let Some(line) = lines.recv().await {
            if let Some(found) = find(&line) {
                return Ok((process, found));
            }
        }
        bail!("{name} did not start:\n{}", process.kill())
    }

    fn spawn(name: &str, mut command: Command) -> Result<(Self, UnboundedReceiver<String>)> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{name} can't be started"))?;
        let (output, (sender, lines)) = (Arc::<Mutex<String>>::default(), unbounded_channel());
        let stdout = child.stdout.take().map(|pipe| read(pipe, Arc::clone(&output), sender.clone()));
        let stderr = child.stderr.take().map(|pipe| read(pipe, Arc::clone(&output), sender));
        Ok((Self { child, output, readers: stdout.into_iter().chain(stderr).collect() }, lines))
    }

    /// Kills it and returns everything that it has printed.
    pub fn kill(&mut self) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        self.output.lock().map(|output| output.clone()).unwrap_or_default()
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its memory, where the system reports it.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        memory(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read(
    pipe: impl Read + Send + 'static,
    output: Arc<Mutex<String>>,
    lines: UnboundedSender<String>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line);
            if let Ok(mut output) = output.lock() {
                output.push_str(&text);
            }
            // The receiver is dropped once the process has started.
            let _ = lines.send(text.trim_end().to_owned());
            line.clear();
        }
    })
}

/// The memory of a process by its id, where the system reports it.
#[must_use]
pub fn memory(process: u32) -> Option<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    };
    Some(Memory { resident: value("VmRSS:")?, peak: value("VmHWM:")? })
}
