//! chromedriver, one process for each browser.

use tokio::process::Command;

use super::process::Process;

/// Who it is, for messages.
const NAME: &str = "chromedriver, which `cargo xtask test --only tools` installs,";

/// A running driver, ended when it is dropped.
pub(crate) struct Driver {
    _process: Process,
    pub(crate) address: String,
}

impl Driver {
    /// Starts the program on a free port.
    ///
    /// It gets one of IPv6 from the system and wants the same of IPv4. If that's taken it ends, and is started again.
    pub(crate) async fn start(program: impl Fn() -> Command) -> Self {
        loop {
            let mut command = program();
            command.arg("--port=0");
            if let (_process, Some(address)) = Process::start_until(NAME, command, address).await {
                return Self { _process, address };
            }
        }
    }
}

/// The address that it has started at, or none if its port is taken; nothing in lines that say neither.
fn address(line: &str) -> Option<Option<String>> {
    if let Some((_, port)) = line.split_once("started successfully on port ") {
        return Some(Some(format!("http://127.0.0.1:{}", port.trim_end_matches('.'))));
    }
    line.contains("port not available").then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does what chromedriver does: the first time its port is taken.
    const PROGRAM: &str = "\
        if [[ ! -e $0.started ]]; then touch $0.started; echo 'IPv4 port not available. Exiting...'; exit 1; fi\n\
        echo 'ChromeDriver was started successfully on port 4711.'";

    #[tokio::test]
    async fn is_started_again_if_its_port_is_taken() {
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
