//! A headless Chromium for each test, controlled through chromedriver.

use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use futures::FutureExt as _;
use keyturn_harness::process::Process;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{
    Capabilities, CapabilitiesHelper as _, ChromiumLikeCapabilities as _, DesiredCapabilities,
    LoggingPrefsLogLevel, WebDriver,
};
use tokio::sync::Semaphore;

use super::TestStack;
use super::page::Page;

/// No background traffic, and no sandbox, which needs privileges that a container lacks.
const FLAGS: &str = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run \
                     --disable-background-networking --disable-component-update --disable-sync \
                     --force-color-profile=srgb --hide-scrollbars";

const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
pub(crate) struct Browser {
    pub(crate) language: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) size: (u32, u32),
}

impl Default for Browser {
    fn default() -> Self {
        Self { language: "en-GB", time_zone: "UTC", size: (1440, 900) }
    }
}

/// At most one browser per core, because each renders on the CPU.
static SLOTS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// Runs a test in a browser, signed in with the stack's management token, at the list.
pub(crate) async fn signed_in(stack: &TestStack, test: impl AsyncFnOnce(&Page)) {
    in_browser(stack, Browser::default(), async |page| {
        page.sign_in(stack.management_token()).await;
        test(page).await;
    })
    .await;
}

/// Runs a test in a browser, not signed in. Also fails on errors and policy violations of the page.
pub(crate) async fn in_browser(stack: &TestStack, settings: Browser, test: impl AsyncFnOnce(&Page)) {
    let _slot = SLOTS.acquire().await.unwrap();
    let profile = TempDir::new().unwrap();
    let (_chromedriver, address) = start_driver().await;
    let driver = WebDriver::new(&address, capabilities(&profile, settings)).await.unwrap();
    driver.set_script_timeout(TIMEOUT).await.unwrap();
    let page = Page::new(driver, stack.address());
    page.prepare(settings).await;
    page.open("/console").await;
    // Close the browser even if the test panics.
    let outcome = AssertUnwindSafe(test(&page)).catch_unwind().await;
    let errors = page.finish().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Starts chromedriver on a free port. It picks a free IPv6 port and requires the same IPv4 port; if that is taken, it exits and
/// is started again.
async fn start_driver() -> (Process, String) {
    let address = |line: &str| match line.split_once("started successfully on port ") {
        Some((_, port)) => Some(Some(format!("http://127.0.0.1:{}", port.trim_end_matches('.')))),
        None => line.contains("port not available").then_some(None),
    };
    loop {
        let mut command = Command::new(program("KEYTURN_CHROMEDRIVER", "chromedriver"));
        command.arg("--port=0");
        let name = "chromedriver, which `cargo xtask test --only tools` installs,";
        if let (process, Some(address)) = Process::start_until(name, command, address).await.unwrap() {
            return (process, address);
        }
    }
}

fn capabilities(profile: &TempDir, settings: Browser) -> Capabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&program("KEYTURN_CHROMIUM", "/usr/bin/chromium")).unwrap();
    for flag in FLAGS.split_whitespace() {
        capabilities.add_arg(flag).unwrap();
    }
    let (width, height) = settings.size;
    capabilities.add_arg(&format!("--window-size={width},{height}")).unwrap();
    capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
    let preferences = json!({"intl.accept_languages": settings.language});
    capabilities.add_experimental_option("prefs", preferences).unwrap();
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    capabilities.set("unhandledPromptBehavior", "ignore").unwrap();
    capabilities.into()
}

fn program(variable: &str, default: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the task that installs it sets the path")]
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}
