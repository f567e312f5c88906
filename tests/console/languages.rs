//! English and German by the browser's language; moments in the reader's time zone, with UTC on hover.

use serde_json::json;

use crate::support::{Browser, TestStack, in_browser_with, plain};

#[tokio::test]
async fn a_german_browser_speaks_german_and_berlin_has_its_own_time() {
    let stack = TestStack::start().await;
    let mut token = plain("partner");
    token["expiresAt"] = json!("2099-07-01T12:00:00Z");
    stack.manager().created(&token).await;
    let german = Browser { language: "de-DE", time_zone: "Europe/Berlin", ..Browser::default() };
    in_browser_with(&stack, german, async |page| {
        page.see("Bei Keyturn anmelden").await;
        page.fill("Verwaltungstoken", stack.management_token()).await;
        page.press("Anmelden").await;
        page.see("Persönliche Zugriffstoken").await;
        assert_eq!(page.cell("partner", "status").await, "Aktiv");
        assert_eq!(page.cell("partner", "age").await, "0 Tage");
        assert_eq!(page.cell("partner", "expires").await, "01.07.2099");
        let language: String = page.value("document.documentElement.lang", json!([])).await;
        assert!(language.starts_with("de"), "{language}");

        page.press("partner").await;
        assert_eq!(page.fact("Läuft ab am").await, "01.07.2099, 14:00");
        let hover = "[...document.querySelectorAll('time')].find((e) => e.dateTime.startsWith('2099')).title";
        assert_eq!(page.value::<String>(hover, json!([])).await, "2099-07-01 12:00:00 UTC");

        page.press("Persönliche Zugriffstoken").await;
        page.press("Token erstellen").await;
        page.dialog("Persönliches Zugriffstoken erstellen").await;
        page.fill("Automatisch erneuern alle x Tage", "0").await;
        page.press("Erstellen").await;
        assert_eq!(page.fault("Name").await, "Name fehlt.");
        assert_eq!(
            page.fault("Automatisch erneuern alle x Tage").await,
            "Automatisch erneuern alle x Tage muss zwischen 1 und 3650 liegen. Automatisch erneuern alle x Tage \
             braucht eine Callback-URL oder einen Mailempfänger, sonst bekäme niemand das neue Token."
        );
        // What expires on a day expires at its end where the reader is.
        page.fill("Name", "kasse").await;
        page.press_choice("Anwendungen", "ORDERS").await;
        page.fill("Automatisch erneuern alle x Tage", "").await;
        page.pick("Läuft ab am", "2099-12-31").await;
        page.press("Erstellen").await;
        page.dialog("Token erstellt").await;
        page.press("Fertig").await;
        page.settle().await;
    })
    .await;
    let created = stack.manager().get("/apiAccessTokens?search=kasse").await.body["items"][0].clone();
    assert_eq!(created["expiresAt"], "2099-12-31T22:59:59Z");
}

/// Compares the texts of both languages, name by name and parameter by parameter, and finds every name that a module asks
/// for as such.
const COMPARE: &str = r"
    const done = arguments[arguments.length - 1];
    const urls = [...document.querySelectorAll('link[rel=modulepreload]')].map((link) => link.href);
    const named = (name) => urls.find((url) => url.endsWith(`/${name}`));
    const parameters = (text) => [...new Set((text.other ? Object.values(text) : [text])
      .flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort().join();
    const flat = ({faults, ...texts}) => Object.entries(texts).flatMap(([group, inner]) =>
      typeof inner === 'string' || inner.other ? [[group, parameters(inner)]]
        : Object.entries(inner).map(([name, text]) => [`${group}.${name}`, parameters(text)])).sort();
    (async () => {
      const [{en}, {de}] = [await import(named('en.js')), await import(named('de.js'))];
      const sources = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
      const asked = sources.flatMap((source) => [...source.matchAll(/\bt\('([\w.]+)'/g)].map(([, name]) => name));
      return {en: flat(en), de: flat(de), asked};
    })().then(done, (error) => done({error: String(error)}));";

#[tokio::test]
async fn both_languages_have_every_text() {
    let stack = TestStack::start().await;
    in_browser_with(&stack, Browser::default(), async |page| {
        let found = page.run_async(COMPARE).await;
        let texts = |language: &str| {
            let texts = found[language].as_array().unwrap_or_else(|| panic!("{found:#}")).iter();
            texts.map(|text| (text[0].as_str().unwrap(), text[1].as_str().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(texts("en"), texts("de"));
        let names: Vec<_> = texts("en").into_iter().map(|(name, _)| name).collect();
        let asked = found["asked"].as_array().unwrap();
        assert!(asked.len() > 80, "{asked:?}");
        for name in asked {
            assert!(names.contains(&name.as_str().unwrap()), "{name} is asked for and nowhere");
        }
    })
    .await;
}

#[tokio::test]
async fn any_other_browser_speaks_english() {
    let stack = TestStack::start().await;
    in_browser_with(&stack, Browser { language: "fi-FI", ..Browser::default() }, async |page| {
        page.see("Sign in to Keyturn").await;
    })
    .await;
}
