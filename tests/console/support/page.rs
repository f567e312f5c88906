//! A page with the console: what somebody in front of it does and sees.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use thirtyfour::{Key, TypingData, WebDriver, WebElement};

use super::browser::Browser;
use super::colour::Colour;

const PROBE: &str = include_str!("probe.js");

/// What the browser's log says of answers that a test asked for. They are no fault of the page.
const ANSWERED: &str = "Failed to load resource";

/// A page in a browser.
pub(crate) struct Page {
    driver: WebDriver,
    address: String,
}

impl Page {
    pub(super) fn new(driver: WebDriver, address: &str) -> Self {
        Self { driver, address: address.to_owned() }
    }

    pub(super) async fn prepare(&self, settings: Browser) {
        self.tell("Page.addScriptToEvaluateOnNewDocument", json!({"source": PROBE})).await;
        self.tell("Emulation.setTimezoneOverride", json!({"timezoneId": settings.time_zone})).await;
        self.resize(settings.size.0, settings.size.1).await;
    }

    /// Ends the browser, and answers what went wrong in the page.
    pub(super) async fn finish(self) -> Vec<String> {
        let mut complaints: Vec<String> = self.value("probe.faults", json!([])).await;
        let log = self.driver.browser_log().await.unwrap();
        let severe = log.into_iter().filter(|entry| entry.level == "SEVERE");
        complaints.extend(severe.map(|entry| entry.message).filter(|message| !message.contains(ANSWERED)));
        self.driver.quit().await.unwrap();
        complaints
    }

    /// Sends a command of the DevTools protocol.
    pub(crate) async fn tell(&self, command: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap()
    }

    /// Opens a path of the stack's address.
    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.address)).await.unwrap();
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Light or dark, as the reader's system would ask for.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.tell("Emulation.setEmulatedMedia", features).await;
    }

    pub(crate) async fn sign_in(&self, token: &str) {
        self.fill("Management token", token).await;
        self.press("Sign in").await;
        self.see("Sign out").await;
        self.settle().await;
    }

    /// What an expression is now.
    pub(crate) async fn value<T: serde::de::DeserializeOwned>(
        &self,
        expression: &str,
        arguments: Value,
    ) -> T {
        let script = format!("return {expression};");
        self.driver.execute(script, list(arguments)).await.unwrap().convert().unwrap()
    }

    /// Waits until an expression is true, and answers what it is then. Asked again at each change of the page.
    async fn until(&self, expression: &str, arguments: Value) -> thirtyfour::session::scriptret::ScriptRet {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const observer = new MutationObserver(() => look());
             const look = () => {{
               const found = {expression};
               if (found) {{ observer.disconnect(); done(found); }}
             }};
             observer.observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}});
             look();"
        );
        let found = self.driver.execute_async(script, list(arguments.clone())).await;
        match found {
            Ok(found) => found,
            Err(error) => {
                let page: String = self.value("document.body.innerText", json!([])).await;
                panic!("{expression} never came true for {arguments}: {error}\n{page}");
            }
        }
    }

    /// Waits for a condition.
    pub(crate) async fn wait(&self, condition: &str, arguments: Value) {
        self.until(condition, arguments).await;
    }

    /// Waits until nothing is being loaded any more.
    pub(crate) async fn settle(&self) {
        self.wait("probe.isSettled()", json!([])).await;
    }

    /// Waits until a text is to be seen, in the dialog if one is open.
    pub(crate) async fn see(&self, text: &str) {
        self.wait("probe.sees(arguments[0])", json!([text])).await;
    }

    pub(crate) async fn sees(&self, text: &str) -> bool {
        self.value("probe.sees(arguments[0])", json!([text])).await
    }

    /// Waits for a dialog with this title.
    pub(crate) async fn dialog(&self, title: &str) {
        self.wait("probe.dialog(arguments[0])", json!([title])).await;
    }

    /// Waits until no dialog is open.
    pub(crate) async fn no_dialog(&self) {
        self.wait("!document.querySelector('dialog')", json!([])).await;
    }

    /// Presses a button or follows a link.
    pub(crate) async fn press(&self, name: &str) {
        let button = self.until("probe.button(arguments[0])", json!([name])).await.element().unwrap();
        button.click().await.unwrap();
    }

    pub(crate) async fn has_button(&self, name: &str) -> bool {
        self.value("Boolean(probe.button(arguments[0]))", json!([name])).await
    }

    /// The names of all buttons and of the links that look like some.
    pub(crate) async fn buttons(&self) -> Vec<String> {
        let all =
            "[...document.querySelectorAll('main button, main .button')].filter((e) => e.checkVisibility())
            .map((e) => e.getAttribute('aria-label') ?? e.textContent)";
        self.value(all, json!([])).await
    }

    async fn field(&self, label: &str) -> WebElement {
        self.until("probe.field(arguments[0])", json!([label])).await.element().unwrap()
    }

    /// Types into a field instead of what is there.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Sets a field that people fill with a picker, such as a date.
    pub(crate) async fn pick(&self, label: &str, value: &str) {
        let field = self.field(label).await.to_json().unwrap();
        let script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));";
        self.driver.execute(script, vec![field, json!(value)]).await.unwrap();
    }

    pub(crate) async fn field_value(&self, label: &str) -> String {
        self.value("probe.field(arguments[0]).value", json!([label])).await
    }

    /// Chooses in one of the list's filters.
    pub(crate) async fn choose(&self, filter: &str, value: &str) {
        let script = "const field = document.querySelector(`.filters [name=${arguments[0]}]`);
            field.value = arguments[1]; field.dispatchEvent(new Event('change', {bubbles: true}));";
        self.driver.execute(script, list(json!([filter, value]))).await.unwrap();
    }

    /// Chooses an option of a group: a radio button, or a check box of a drop-down, which is opened if it isn't.
    pub(crate) async fn press_choice(&self, label: &str, option: &str) {
        let box_of = "(() => {
            const field = [...document.querySelectorAll('dialog .field')]
              .find((field) => field.querySelector('.name').textContent.replace(/ \\*$/, '') === arguments[0]);
            const button = field?.querySelector('.select[aria-expanded=false]');
            if (button) button.click();
            const label = [...field?.querySelectorAll('.option') ?? []].find((label) => label.textContent === arguments[1]);
            return label?.querySelector('input');
        })()";
        let found = self.until(box_of, json!([label, option])).await.element().unwrap();
        found.click().await.unwrap();
    }

    /// What a field holds that shows a secret.
    pub(crate) async fn field_of(&self, name: &str) -> String {
        let value = "document.querySelector(`dialog .secret[name=${arguments[0]}]`)?.value";
        self.until(value, json!([name])).await.convert().unwrap()
    }

    /// Waits for a short message.
    pub(crate) async fn see_notice(&self, text: &str) {
        self.wait("document.querySelector('.notices')?.innerText.includes(arguments[0])", json!([text]))
            .await;
    }

    /// The names of the buttons in a row of the list.
    pub(crate) async fn buttons_of(&self, row: &str) -> Vec<String> {
        self.value(
            "[...probe.row(arguments[0]).querySelectorAll('button')].map((button) => button.ariaLabel)",
            json!([row]),
        )
        .await
    }

    /// What is wrong with a field, once something is.
    pub(crate) async fn fault(&self, label: &str) -> String {
        self.until("probe.fault(arguments[0])", json!([label])).await.convert().unwrap()
    }

    /// The text of a cell of the list.
    pub(crate) async fn cell(&self, name: &str, column: &str) -> String {
        self.wait("probe.row(arguments[0])", json!([name])).await;
        self.value("probe.cell(arguments[0], arguments[1])", json!([name, column])).await
    }

    /// The names in the list.
    pub(crate) async fn rows(&self) -> Vec<String> {
        self.settle().await;
        self.value("probe.rows()", json!([])).await
    }

    /// What a token's page says beside a term.
    pub(crate) async fn fact(&self, term: &str) -> String {
        self.until("probe.fact(arguments[0])", json!([term])).await.convert().unwrap()
    }

    /// The colour of the ground that something stands on: that of the element, or of what it lies upon.
    pub(crate) async fn ground(&self, element: &str, arguments: Value) -> Colour {
        let script = format!(
            "(() => {{
               for (let at = {element}; at; at = at.parentElement) {{
                 const colour = getComputedStyle(at).backgroundColor;
                 if (!/, 0\\)$/.test(colour)) return colour;
               }}
             }})()"
        );
        Colour::parse(&self.value::<String>(&script, arguments).await)
    }

    /// Loads the page anew.
    pub(crate) async fn reload(&self) {
        self.driver.refresh().await.unwrap();
        self.settle().await;
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn key(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Types, wherever the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        self.driver.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// What the clipboard holds: pasted into a field, as somebody would.
    pub(crate) async fn clipboard(&self) -> String {
        self.in_scratch_field(Key::Control + "v").await
    }

    /// Puts a text into the clipboard.
    pub(crate) async fn cut(&self, text: &str) {
        let keys = TypingData::from(text) + Key::Control + "a" + Key::Null + Key::Control + "x";
        assert_eq!(self.in_scratch_field(keys).await, "");
    }

    /// Presses keys in a field that is there for this only, and answers what it holds then.
    async fn in_scratch_field(&self, keys: TypingData) -> String {
        let field = "const field = document.createElement('textarea'); field.id = 'scratch';
            (document.querySelector('dialog[open]') ?? document.body).append(field); return field;";
        let field = self.driver.execute(field, Vec::new()).await.unwrap().element().unwrap();
        field.send_keys(keys).await.unwrap();
        let script = "const field = document.getElementById('scratch'); field.remove(); return field.value;";
        self.driver.execute(script, Vec::new()).await.unwrap().convert().unwrap()
    }

    pub(crate) async fn run_async(&self, script: &str) -> Value {
        self.driver.execute_async(script, Vec::new()).await.unwrap().json().clone()
    }

    pub(super) async fn run(&self, script: &str) {
        self.driver.execute(script, Vec::new()).await.unwrap();
    }

    /// A picture of what is to be seen, in a format that the browser can write.
    pub(crate) async fn picture(&self, format: &str) -> Vec<u8> {
        let picture = self.tell("Page.captureScreenshot", json!({"format": format})).await;
        BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }
}

fn list(arguments: Value) -> Vec<Value> {
    match arguments {
        Value::Array(list) => list,
        other => vec![other],
    }
}
