//! English or German by the browser's language; times in the user's time zone, with UTC on hover.

use keyturn_domain::fault::FaultCode;
use keyturn_domain::limits;
use serde_json::json;

use crate::support::{Browser, TestStack, first_token, in_browser, plain};

#[tokio::test]
async fn german_browser_shows_german_texts_and_local_time() {
    let stack = TestStack::start().await;
    let mut token = plain("partner");
    token["expiresAt"] = json!("2099-07-01T12:00:00Z");
    stack.manager().created(&token).await;
    let german = Browser { language: "de-DE", time_zone: "Europe/Berlin", ..Browser::default() };
    in_browser(&stack, german, async |page| {
        page.see("Bei Keyturn anmelden").await;
        page.fill("Verwaltungstoken", stack.management_token()).await;
        page.click("Anmelden").await;
        page.see("Erneuerungen der nächsten 30 Tage").await;
        page.click("Token").await;
        page.see("Persönliche Zugriffstoken").await;
        assert_eq!(page.cell("partner", "status").await, "Aktiv");
        assert_eq!(page.cell("partner", "age").await, "0 Tage");
        assert_eq!(page.cell("partner", "expires").await, "01.07.2099");
        let language: String = page.eval("document.documentElement.lang").await;
        assert!(language.starts_with("de"), "{language}");

        page.click("partner").await;
        assert_eq!(page.fact("Läuft ab am").await, "01.07.2099, 14:00");
        let hover = "[...document.querySelectorAll('time')].find((e) => e.dateTime.startsWith('2099')).title";
        assert_eq!(page.eval::<String>(hover).await, "2099-07-01 12:00:00 UTC");

        page.click("Persönliche Zugriffstoken").await;
        page.open_dialog("Token erstellen", "Persönliches Zugriffstoken erstellen").await;
        page.fill("Automatisch erneuern alle x Tage", "0").await;
        page.click("Erstellen").await;
        assert_eq!(page.field_error("Name").await, "Name fehlt.");
        let days = "Automatisch erneuern alle x Tage";
        let reach =
            "braucht eine Callback-URL, das Abholen oder einen Mailempfänger, sonst bekäme niemand das neue Token.";
        let expected = format!("{days} muss zwischen 1 und 3650 liegen. {days} {reach}");
        assert_eq!(page.field_error(days).await, expected);
        // A code without a translation is shown in the API's English.
        page.run(
            "const fault = {field: 'name', code: 'NEWER_RULE', error: 'breaks a newer rule'};
            const body = JSON.stringify({errorCode: 'VALIDATION', validationErrors: [fault]});
            probe.interceptFetch(async () => new Response(body, {status: 400}));",
        )
        .await;
        page.click("Erstellen").await;
        page.see("Name breaks a newer rule.").await;
        // An expiry date means the end of that day in the user's time zone.
        page.fill("Name", "kasse").await;
        page.select("Anwendungen", "ORDERS").await;
        page.fill("Automatisch erneuern alle x Tage", "").await;
        page.pick("Läuft ab am", "2099-12-31").await;
        page.open_dialog("Erstellen", "Token erstellt").await;
        page.click("Fertig").await;
        page.wait_until_idle().await;
    })
    .await;
    let created = first_token(&stack.manager(), "search=kasse").await;
    assert_eq!(created["expiresAt"], "2099-12-31T22:59:59Z");
}

/// Collects the keys and parameters of both languages' texts, every key that a module uses literally, and the codes of
/// translated validation errors.
const TEXTS: &str = r"
    const done = arguments[arguments.length - 1];
    const urls = [...document.querySelectorAll('link[rel=modulepreload]')].map((link) => link.href);
    const urlOf = (name) => urls.find((url) => url.endsWith(`/${name}`));
    const parameters = (text) => [...new Set((text.other ? Object.values(text) : [text])
      .flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort().join();
    const flat = ({validationErrors, ...texts}) => Object.entries(texts).flatMap(([group, inner]) =>
      typeof inner === 'string' || inner.other ? [[group, parameters(inner)]]
        : Object.entries(inner).map(([name, text]) => [`${group}.${name}`, parameters(text)])).sort();
    (async () => {
      const [en, de] = await Promise.all(['en', 'de'].map(async (language) =>
        (await import(urlOf('main.js').replace('main.js', `${language}.js`))).texts));
      const sources = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
      const used = sources.flatMap((source) => [...source.matchAll(/\bt\('([\w.]+)'/g)].map(([, name]) => name));
      return {en: flat(en), de: flat(de), used, errors: de.validationErrors};
    })().then(done, (error) => done({error: String(error)}));";

#[tokio::test]
async fn both_languages_have_every_text() {
    let stack = TestStack::start().await;
    in_browser(&stack, Browser::default(), async |page| {
        let found = page.run_async(TEXTS).await;
        let texts = |language: &str| {
            let texts = found[language].as_array().unwrap_or_else(|| panic!("{found:#}")).iter();
            texts.map(|text| (text[0].as_str().unwrap(), text[1].as_str().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(texts("en"), texts("de"));
        let names: Vec<_> = texts("en").into_iter().map(|(name, _)| name).collect();
        let used = found["used"].as_array().unwrap();
        assert!(used.len() > 80, "{used:?}");
        for name in used {
            assert!(names.contains(&name.as_str().unwrap()), "{name} has no text");
        }
        let errors = found["errors"].as_object().unwrap();
        assert!(errors.len() > 15, "{errors:?}");
        for code in errors.keys() {
            assert!(FaultCode::ALL.iter().any(|known| known.as_str() == code), "the API has no code {code}");
        }
        assert_eq!(limits::DESCRIPTION_CHARACTERS, limits::URL_CHARACTERS, "they share a text");
        for (code, numbers) in [
            ("OUT_OF_RANGE", format!("{} und {}", limits::EVERY_DAYS.start(), limits::EVERY_DAYS.end())),
            ("LENGTH_OUT_OF_RANGE", format!("1 bis {}", limits::NAME_CHARACTERS)),
            ("TOO_LONG", limits::DESCRIPTION_CHARACTERS.to_string()),
            ("RENEWAL_TOO_LATE", limits::RENEWAL_BEFORE_EXPIRY.num_hours().to_string()),
        ] {
            assert!(errors[code].as_str().unwrap().contains(&numbers), "{code}: {numbers}");
        }
    })
    .await;
}

#[tokio::test]
async fn other_browsers_show_english_texts() {
    let stack = TestStack::start().await;
    in_browser(&stack, Browser { language: "fi-FI", ..Browser::default() }, async |page| {
        page.see("Sign in to Keyturn").await;
    })
    .await;
}
