//! cargo-lambda's emulator of Lambda, and the receiver as the function in it: the program that would be deployed.

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::program::Program;
use crate::receiver::{ROOT, tool};

const NAME: &str = "keyturn-receiver";

/// A running emulator without a function.
pub(crate) struct Lambda {
    pub(crate) emulator: Program,
    address: String,
}

impl Lambda {
    pub(crate) async fn start() -> Result<Self> {
        // It can't be told to take any port that's free.
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let python = tool("KEYTURN_DEPLOYMENT_PYTHON", "deployment/bin/python")?;
        let mut command = Command::new(python.with_file_name("cargo-lambda"));
        command.args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"]);
        command.args(["--invoke-port", &port.to_string()]).current_dir(ROOT).env("CARGO_NET_OFFLINE", "true");
        let started = |line: &str| line.contains("starting Runtime server").then_some(());
        let (emulator, ()) = Program::start("cargo lambda watch", command, started).await?;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Ok(Self { emulator, address: format!("http://127.0.0.1:{port}") })
    }

    /// Where the function answers, as behind a function URL.
    pub(crate) fn url(&self) -> String {
        format!("{}/lambda-url/{NAME}/", self.address)
    }

    /// The function, to be started.
    pub(crate) fn function(&self) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        let api = format!("{}/.rt/{NAME}", self.address);
        command.arg("lambda").envs(keyturn_local::lambda::variables(NAME, 256, &api));
        Ok(command)
    }
}
