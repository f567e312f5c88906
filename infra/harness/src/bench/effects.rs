//! How long after an API call its event is published and its mail is sent, on a local stack with its stream and schedule.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::text;
use crate::measure::{median, millis, now, percentile};
use crate::stack::LocalStack;

/// API calls that are measured.
const CALLS: usize = 20;

/// How often the stack's pages are looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Nothing takes longer: the schedule runs every minute.
const LONGEST: Duration = Duration::from_secs(70);

/// Milliseconds from the call to its effect.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Effects {
    pub(crate) name: &'static str,
    pub(crate) median_ms: f64,
    pub(crate) longest_ms: f64,
}

impl Effects {
    fn of(name: &'static str, samples: &[f64]) -> Self {
        Self { name, median_ms: median(samples), longest_ms: percentile(samples, 100.0) }
    }
}

/// Renews tokens by hand, one after the other, and waits for the event and the mail of each.
pub(crate) async fn measure(program: &Path) -> Result<[Effects; 2]> {
    let folder = tempfile::tempdir()?;
    let stack = LocalStack::start(program, &folder.path().join("data"), &[]).await?;
    let (mut events, mut mails) = (Vec::new(), Vec::new());
    for number in 0..CALLS {
        let name = format!("token no. {number}");
        let token = json!({"name": name, "rights": "READ", "applications": ["ORDERS"],
            "renewalMailRecipient": "ops@example.com"});
        let token = stack.api.call(Method::POST, "/apiAccessTokens", Some(token)).await?;
        let id = text(&token, "id")?;
        let order = json!({"name": name, "existingTokenExpiresAt": "2999-12-31"});
        let started = now();
        stack.api.call(Method::POST, &format!("/apiAccessTokens/{id}/renew"), Some(order)).await?;
        let (mut event, mut mail) = (None, None);
        while event.is_none() || mail.is_none() {
            ensure!(started.elapsed() < LONGEST, "no event or mail of {name}");
            let seen = |found: bool| found.then(|| millis(started.elapsed()));
            let all = stack.api.call(Method::GET, "/_local/events", None).await?;
            let is_of =
                |event: &&Value| event["detail"]["tokenId"] == id && event["detailType"] == "Token Renewed";
            event = event.or_else(|| seen(all.as_array().into_iter().flatten().any(|event| is_of(&event))));
            let all = stack.api.call(Method::GET, "/_local/mails", None).await?;
            mail = mail.or_else(|| seen(all.to_string().contains(&format!("{name}\\\" was renewed"))));
            pause().await;
        }
        events.extend(event);
        mails.extend(mail);
    }
    Ok([Effects::of("event", &events), Effects::of("mail", &mails)])
}

async fn pause() {
    #[expect(clippy::disallowed_methods, reason = "waits for what the stack does by itself")]
    tokio::time::sleep(LOOK).await;
}
