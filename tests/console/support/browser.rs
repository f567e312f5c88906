//! A headless Chromium of its own for each test, driven through chromedriver.

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{
    Capabilities, CapabilitiesHelper as _, ChromiumLikeCapabilities as _, DesiredCapabilities,
    LoggingPrefsLogLevel, WebDriver,
};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::driver::Driver;
use super::page::Page;
use super::stack::TestStack;

/// Nothing but the pages that are asked for, and no sandbox, which a container has no rights for.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
];

/// How long a page may take until something that must come has come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a browser is set.
#[derive(Clone, Copy)]
pub(crate) struct Browser {
    /// The reader's language.
    pub(crate) language: &'static str,
    pub(crate) time_zone: &'static str,
    /// Width and height of the window.
    pub(crate) size: (u32, u32),
}

impl Default for Browser {
    fn default() -> Self {
        Self { language: "en-GB", time_zone: "UTC", size: (1440, 900) }
    }
}

/// No more browsers than cores, however many tests there are at once: each draws its pages with the processor.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// Signs in with the stack's management token and runs a test; then looks for what went wrong in the page unseen.
pub(crate) async fn in_browser(stack: &TestStack, test: impl AsyncFnOnce(&Page)) {
    in_browser_with(stack, Browser::default(), async |page| {
        page.sign_in(stack.management_token()).await;
        test(page).await;
    })
    .await;
}

/// The same without signing in.
pub(crate) async fn in_browser_with(stack: &TestStack, settings: Browser, test: impl AsyncFnOnce(&Page)) {
    let _place = PLACES.acquire().await.unwrap();
    let profile = TempDir::new().unwrap();
    let process = Driver::start(|| Command::new(program("KEYTURN_CHROMEDRIVER", "chromedriver"))).await;
    let driver = WebDriver::new(&process.address, capabilities(&profile, settings)).await.unwrap();
    driver.set_script_timeout(PATIENCE).await.unwrap();
    let page = Page::new(driver, stack.address());
    page.prepare(settings).await;
    page.open("/console").await;
    // A browser that is left running would be waited for.
    let outcome = AssertUnwindSafe(test(&page)).catch_unwind().await;
    let complaints = page.finish().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

fn capabilities(profile: &TempDir, settings: Browser) -> Capabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&program("KEYTURN_CHROMIUM", "/usr/bin/chromium")).unwrap();
    for flag in FLAGS {
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

fn program(variable: &str, usual: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the task that installs it says where it is")]
    std::env::var(variable).unwrap_or_else(|_| usual.to_owned())
}
