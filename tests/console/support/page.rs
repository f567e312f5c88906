//! A page with the console: what a user does and sees.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::session::scriptret::ScriptRet;
use thirtyfour::{Key, TypingData, WebDriver, WebElement};

use super::browser::Browser;
use super::colour::Colour;

const PROBE: &str = include_str!("probe.js");

/// How the browser logs responses such as 401 and 404. Tests provoke them, so they are no errors of the page.
const FAILED_REQUEST: &str = "Failed to load resource";

pub(crate) struct Page {
    driver: WebDriver,
    address: String,
}

impl Page {
    pub(super) fn new(driver: WebDriver, address: &str) -> Self {
        Self { driver, address: address.to_owned() }
    }

    pub(super) async fn prepare(&self, settings: Browser) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": PROBE})).await;
        self.devtools("Emulation.setTimezoneOverride", json!({"timezoneId": settings.time_zone})).await;
        self.resize(settings.size.0, settings.size.1).await;
    }

    /// Closes the browser and returns the errors and policy violations of the page.
    pub(super) async fn finish(self) -> Vec<String> {
        let mut errors: Vec<String> = self.eval("probe.errors").await;
        let log = self.driver.browser_log().await.unwrap();
        let severe = log.into_iter().filter(|entry| entry.level == "SEVERE");
        errors.extend(severe.map(|entry| entry.message).filter(|message| !message.contains(FAILED_REQUEST)));
        self.driver.quit().await.unwrap();
        errors
    }

    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap()
    }

    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.address)).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.driver.refresh().await.unwrap();
        self.wait_until_idle().await;
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sets the preferred colour scheme, `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Signs in and goes to the list of tokens.
    pub(crate) async fn sign_in(&self, token: &str) {
        self.enter(token).await;
        self.open_tokens().await;
    }

    /// Signs in. The overview comes first.
    pub(crate) async fn enter(&self, token: &str) {
        self.fill("Management token", token).await;
        self.click("Sign in").await;
        self.see("Sign out").await;
        self.wait_until_idle().await;
    }

    /// Goes to the list, without filters.
    pub(crate) async fn open_tokens(&self) {
        self.click("Tokens").await;
        self.wait("document.querySelector('h1').textContent === 'Personal access tokens'").await;
        self.wait_until_idle().await;
    }

    pub(crate) async fn open_token(&self, name: &str) {
        self.click(name).await;
        self.see("Activities").await;
        self.wait_until_idle().await;
    }

    pub(crate) async fn open_list(&self) {
        self.click("Personal access tokens").await;
    }

    /// Opens the dialog of an action and cancels it.
    pub(crate) async fn cancel_action(&self, action: &str, title: &str) {
        self.open_dialog(action, title).await;
        self.close("Cancel").await;
    }

    pub(crate) async fn eval<T: DeserializeOwned>(&self, expression: &str) -> T {
        self.eval_with(expression, json!([])).await
    }

    /// Evaluates an expression that refers to `arguments`.
    pub(crate) async fn eval_with<T: DeserializeOwned>(&self, expression: &str, arguments: Value) -> T {
        let script = format!("return {expression};");
        self.driver.execute(script, list(arguments)).await.unwrap().convert().unwrap()
    }

    pub(crate) async fn run(&self, script: &str) {
        self.driver.execute(script, Vec::new()).await.unwrap();
    }

    /// Runs JavaScript that calls its last argument with the result.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        self.driver.execute_async(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Waits until an expression is truthy and returns it. Evaluates it again at each change of the document.
    async fn wait_for_value(&self, expression: &str, arguments: Value) -> ScriptRet {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const observer = new MutationObserver(() => check());
             const check = () => {{
               const found = {expression};
               if (found) {{ observer.disconnect(); done(found); }}
             }};
             observer.observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}});
             check();"
        );
        match self.driver.execute_async(script, list(arguments.clone())).await {
            Ok(found) => found,
            Err(error) => {
                let text: String = self.eval("document.body.innerText").await;
                panic!("{expression} never became true for {arguments}: {error}\n{text}");
            }
        }
    }

    pub(crate) async fn wait(&self, condition: &str) {
        self.wait_with(condition, json!([])).await;
    }

    pub(crate) async fn wait_with(&self, condition: &str, arguments: Value) {
        self.wait_for_value(condition, arguments).await;
    }

    pub(crate) async fn wait_until_idle(&self) {
        self.wait("probe.isIdle()").await;
    }

    /// Waits for a text, in the dialog if one is open.
    pub(crate) async fn see(&self, text: &str) {
        self.wait_with("probe.sees(arguments[0])", json!([text])).await;
    }

    pub(crate) async fn sees(&self, text: &str) -> bool {
        self.eval_with("probe.sees(arguments[0])", json!([text])).await
    }

    pub(crate) async fn see_notice(&self, text: &str) {
        let condition = "document.querySelector('.notices')?.innerText.includes(arguments[0])";
        self.wait_with(condition, json!([text])).await;
    }

    pub(crate) async fn dialog(&self, title: &str) {
        self.wait_with("probe.dialog(arguments[0])", json!([title])).await;
    }

    pub(crate) async fn close(&self, button: &str) {
        self.click(button).await;
        self.no_dialog().await;
    }

    pub(crate) async fn open_dialog(&self, button: &str, title: &str) {
        self.click(button).await;
        self.dialog(title).await;
    }

    pub(crate) async fn no_dialog(&self) {
        self.wait("!document.querySelector('dialog')").await;
    }

    pub(crate) async fn click(&self, name: &str) {
        let found = self.wait_for_value("probe.button(arguments[0])", json!([name])).await;
        found.element().unwrap().click().await.unwrap();
    }

    /// Clicks a check box that has a name but no text.
    pub(crate) async fn check(&self, name: &str) {
        let found = "[...document.querySelectorAll('input[type=checkbox]')].find((box) => box.ariaLabel === arguments[0])";
        let found = self.wait_for_value(found, json!([name])).await;
        found.element().unwrap().click().await.unwrap();
    }

    pub(crate) async fn has_button(&self, name: &str) -> bool {
        self.eval_with("Boolean(probe.button(arguments[0]))", json!([name])).await
    }

    /// The names of all buttons, including links that look like one.
    pub(crate) async fn buttons(&self) -> Vec<String> {
        self.eval("probe.buttons('main')").await
    }

    pub(crate) async fn row_buttons(&self, row: &str) -> Vec<String> {
        self.eval_with("probe.buttons('tr', probe.row(arguments[0]))", json!([row])).await
    }

    async fn field(&self, label: &str) -> WebElement {
        self.wait_for_value("probe.field(arguments[0])", json!([label])).await.element().unwrap()
    }

    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Sets a field that has a picker, such as a date.
    pub(crate) async fn pick(&self, label: &str, value: &str) {
        let field = self.field(label).await.to_json().unwrap();
        let script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));";
        self.driver.execute(script, vec![field, json!(value)]).await.unwrap();
    }

    pub(crate) async fn filter(&self, name: &str, value: &str) {
        let script = "const field = document.querySelector(`.filters [name=${arguments[0]}]`);
            field.value = arguments[1]; field.dispatchEvent(new Event('change', {bubbles: true}));";
        self.driver.execute(script, list(json!([name, value]))).await.unwrap();
    }

    /// Selects an option of a group: a radio button, or a check box in a drop-down, which is opened if necessary.
    pub(crate) async fn select(&self, label: &str, option: &str) {
        let found =
            self.wait_for_value("probe.option(arguments[0], arguments[1])", json!([label, option])).await;
        found.element().unwrap().click().await.unwrap();
    }

    pub(crate) async fn field_value(&self, label: &str) -> String {
        self.eval_with("probe.field(arguments[0]).value", json!([label])).await
    }

    pub(crate) async fn field_error(&self, label: &str) -> String {
        self.wait_for_value("probe.fieldError(arguments[0])", json!([label])).await.convert().unwrap()
    }

    /// The secret that the dialog shows, `token` or `signingSecret`.
    pub(crate) async fn secret(&self, name: &str) -> String {
        let value = "document.querySelector(`dialog .secret[name=${arguments[0]}]`)?.value";
        self.wait_for_value(value, json!([name])).await.convert().unwrap()
    }

    pub(crate) async fn cell(&self, name: &str, column: &str) -> String {
        self.wait_with("probe.row(arguments[0])", json!([name])).await;
        self.eval_with("probe.cell(arguments[0], arguments[1])", json!([name, column])).await
    }

    pub(crate) async fn rows(&self) -> Vec<String> {
        self.wait_until_idle().await;
        self.eval("probe.rows()").await
    }

    pub(crate) async fn see_rows(&self, names: &[String]) {
        let condition = "JSON.stringify(probe.rows()) === JSON.stringify(arguments[0])";
        self.wait_with(condition, json!([names])).await;
    }

    pub(crate) async fn fact(&self, term: &str) -> String {
        self.wait_for_value("probe.fact(arguments[0])", json!([term])).await.convert().unwrap()
    }

    /// The background colour of an element, or of the ancestor that shows through.
    pub(crate) async fn background(&self, element: &str, arguments: Value) -> Colour {
        let colour: String = self.eval_with(&format!("probe.background({element})"), arguments).await;
        Colour::parse(&colour)
    }

    pub(crate) async fn key(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.unwrap();
    }

    pub(crate) async fn type_text(&self, text: &str) {
        self.driver.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// The content of the clipboard, pasted into a field as a user would.
    pub(crate) async fn clipboard(&self) -> String {
        self.in_scratch_field(Key::Control + "v").await
    }

    pub(crate) async fn set_clipboard(&self, text: &str) {
        let keys = TypingData::from(text) + Key::Control + "a" + Key::Null + Key::Control + "x";
        assert_eq!(self.in_scratch_field(keys).await, "");
    }

    /// Sends keys to a temporary field and returns its content.
    async fn in_scratch_field(&self, keys: TypingData) -> String {
        let field = "const field = document.createElement('textarea'); field.id = 'scratch';
            (document.querySelector('dialog[open]') ?? document.body).append(field); return field;";
        let field = self.driver.execute(field, Vec::new()).await.unwrap().element().unwrap();
        field.send_keys(keys).await.unwrap();
        let script = "const field = document.getElementById('scratch'); field.remove(); return field.value;";
        self.driver.execute(script, Vec::new()).await.unwrap().convert().unwrap()
    }

    /// A screenshot in a format that the browser supports.
    pub(crate) async fn screenshot(&self, format: &str) -> Vec<u8> {
        let picture = self.devtools("Page.captureScreenshot", json!({"format": format})).await;
        BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }
}

fn list(arguments: Value) -> Vec<Value> {
    match arguments {
        Value::Array(list) => list,
        other => vec![other],
    }
}
