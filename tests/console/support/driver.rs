//! chromedriver, one process per browser.

use std::process::Command;

use keyturn_harness::process::Process;

/// Its name in messages.
const NAME: &str = "chromedriver, which `cargo xtask test --only tools` installs,";

/// A running chromedriver, stopped on drop.
pub(crate) struct Driver {
    _process: Process,
    pub(crate) address: String,
}

impl Driver {
    /// Starts the program on a free port.
    ///
    /// chromedriver picks a free IPv6 port and requires the same IPv4 port. If that is taken, it exits and is restarted.
    pub(crate) async fn start(program: impl Fn() -> Command) -> Self {
        loop {
            let mut command = program();
            command.arg("--port=0");
            if let (_process, Some(address)) = Process::start_until(NAME, command, address).await.unwrap() {
                return Self { _process, address };
            }
        }
    }
}

/// Parses a line of output: the address once started, `Some(None)` if the port is taken, `None` for other lines.
fn address(line: &str) -> Option<Option<String>> {
    if let Some((_, port)) = line.split_once("started successfully on port ") {
        return Some(Some(format!("http://127.0.0.1:{}", port.trim_end_matches('.'))));
    }
    line.contains("port not available").then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Imitates chromedriver: its port is taken the first time.
    const PROGRAM: &str = "\
        if [[ ! -e $0.started ]]; then touch $0.started; echo 'IPv4 port not available. Exiting...'; exit 1; fi\n\
        echo 'ChromeDriver was started successfully on port 4711.'";

    #[tokio::test]
    async fn restarts_if_the_port_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chromedriver");
        std::fs::write(&path, PROGRAM).unwrap();
        let program = || {
            let mut bash = Command::new("bash");
            bash.arg(&path);
            bash
        };
        assert_eq!(Driver::start(program).await.address, "http://127.0.0.1:4711");
    }
}
