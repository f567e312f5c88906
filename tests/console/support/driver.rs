//! chromedriver, one process for each browser.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running driver, ended when it is dropped.
pub(crate) struct Driver {
    _process: Child,
    pub(crate) address: String,
}

impl Driver {
    /// Starts the program on a free port.
    ///
    /// It gets one of IPv6 from the system and wants the same of IPv4. If that's taken it ends, and is started again.
    pub(crate) async fn start(program: impl Fn() -> Command) -> Self {
        const READY: &str = "started successfully on port ";
        const TAKEN: &str = "port not available";
        'start: loop {
            let mut process = program()
                .arg("--port=0")
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .expect("chromedriver is missing: run `cargo xtask test --only tools`");
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let mut said = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, port)) = line.split_once(READY) {
                    let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                    return Self { _process: process, address };
                }
                if line.contains(TAKEN) {
                    continue 'start;
                }
                said.push(line);
            }
            panic!("chromedriver did not start: {said:#?}");
        }
    }
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
