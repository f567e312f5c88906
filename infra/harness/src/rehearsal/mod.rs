//! A rehearsal: a receiver on the local stack goes through every case of a renewal, while its token is in constant use. Prints
//! each step with its result and stops at the first that fails.

pub mod agent;
mod proxy;
mod pull;
mod receiver;
pub mod rotation;
mod secrets;
mod traffic;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{client, forward, send, text};
use crate::stack::LocalStack;
use proxy::Proxy;
pub use receiver::Kind;
use receiver::{Receiver, Setup};
use traffic::{StatusCounts, Traffic};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

struct Rehearsal {
    stack: LocalStack,
    proxy: Proxy,
    setup: Setup,
    running: Option<(Receiver, Traffic)>,
    /// The token that is in use, and its string at the beginning.
    id: String,
    first_string: String,
    calls: StatusCounts,
}

/// Runs all steps with one receiver.
pub async fn run(kind: Kind) -> Result<()> {
    if matches!(kind, Kind::PullPython | Kind::PullNode) {
        return pull::run(kind).await;
    }
    let folder = TempDir::new()?;
    let mut rehearsal = Rehearsal::begin(kind, &folder).await?;
    rehearsal.test_callback().await.context("a test callback")?;
    rehearsal.renewal().await.context("a renewal")?;
    rehearsal.repeated_and_forged_callbacks().await.context("callbacks that must change nothing")?;
    rehearsal.lost_answer().await.context("a lost answer")?;
    rehearsal.day_without_receiver().await.context("a day without the receiver")?;
    rehearsal.end().await
}

/// Runs the receiver for Lambda in this process.
pub async fn serve_receiver() -> Result<()> {
    println!("Listening: to the runtime");
    keyturn_receiver::serve().await.map_err(|error| anyhow!(error))
}

impl Rehearsal {
    async fn begin(kind: Kind, folder: &TempDir) -> Result<Self> {
        let data = folder.path().join("keyturn");
        let stack = LocalStack::start(&std::env::current_exe()?, &data, &["--no-schedule"]).await?;
        let proxy = Proxy::start(&stack.api.address).await?;
        let token = json!({
            "name": "rehearsal", "rights": "READ", "applications": ["ORDERS"],
            "autoRenewal": {"everyDays": 30, "callback": {"url": proxy.callback_url()}},
        });
        let created = stack.api.call(Method::POST, "/apiAccessTokens", Some(token)).await?;
        let (id, first_string) = (text(&created, "id")?.to_owned(), text(&created, "token")?.to_owned());
        let secret = text(&created["autoRenewal"]["callback"], "signingSecret")?;
        let setup = Setup::new(kind, folder.path(), &proxy.address, &first_string, secret).await?;
        let calls = StatusCounts::new();
        let mut rehearsal = Self { stack, proxy, setup, running: None, id, first_string, calls };
        rehearsal.start_receiver().await?;
        rehearsal.is_in_use("the first token").await?;
        println!("the receiver is up, and its token is in use");
        Ok(rehearsal)
    }

    async fn test_callback(&mut self) -> Result<()> {
        let path = format!("/apiAccessTokens/{}/callback/test", self.id);
        let entry = self.stack.api.call(Method::POST, &path, Some(json!({}))).await?;
        ensure!(entry["success"] == true, "it was answered with {}", entry["statusCode"]);
        self.proxy.wait_for("the redemption of the test", |seen| seen.redeemed == 1).await?;
        self.is_in_use("the same token").await?;
        println!("test callback: answered with {}, redeemed to the same token", entry["statusCode"]);
        Ok(())
    }

    async fn renewal(&mut self) -> Result<()> {
        self.advance_past_due(0).await?;
        self.proxy.wait_for("a redemption", |seen| seen.redeemed == 2).await?;
        self.expect_successor_in_use().await?;
        println!("30 days later: a callback, a redemption, and the new token is in use");
        self.advance(DAY + 1).await?;
        let old = self.stack.api.request(Method::GET, "/apiAccessTokens/self", Some(&self.first_string));
        send(old).await?.expect(401).context("the old token after the overlap")?;
        self.is_in_use("the new token").await?;
        println!("24 hours later: the old token is refused, the new one is in use");
        Ok(())
    }

    /// Sends the same callback again, and one with a wrong signature. A redemption after either would be counted at the end.
    async fn repeated_and_forged_callbacks(&mut self) -> Result<()> {
        let (headers, body) = self.proxy.seen().callback;
        let (http, url) = (client()?, self.proxy.callback_url());
        let (repeated, ..) = forward(&http, Method::POST, &url, headers.clone(), body.clone()).await?;
        ensure!(repeated.is_success(), "the repeated one is answered with {repeated}");
        let (forged, ..) = forward(&http, Method::POST, &url, headers, [&body[..], b" "].concat()).await?;
        ensure!(forged == 401, "the forged one is answered with {forged}");
        let (repeated, forged) = (repeated.as_u16(), forged.as_u16());
        println!("the same callback again: {repeated}; one with a wrong signature: {forged}");
        Ok(())
    }

    async fn lost_answer(&mut self) -> Result<()> {
        self.proxy.lose_next_redemption();
        self.advance_past_due(0).await?;
        self.proxy.wait_for("a redemption", |seen| seen.lost == 1 && seen.redeemed == 3).await?;
        self.expect_successor_in_use().await?;
        println!("a lost answer: redeemed again with the same request token, and the new token is in use");
        Ok(())
    }

    async fn day_without_receiver(&mut self) -> Result<()> {
        self.stop_receiver().await?;
        self.advance_past_due(DAY - MINUTE).await?;
        let missed = self.callback_log().await?;
        ensure!(!missed.is_empty() && missed.iter().all(|entry| entry["success"] == false), "{missed:?}");
        println!("a day without the receiver: {} deliveries failed", missed.len());
        self.start_receiver().await?;
        self.is_in_use("the token from before").await?;
        self.advance(MINUTE).await?;
        self.proxy.wait_for("a redemption", |seen| seen.redeemed == 4).await?;
        let last: Value = self.callback_log().await?.into_iter().next().unwrap_or_default();
        ensure!(last["success"] == true && last["attempt"] == 2, "{last}");
        self.expect_successor_in_use().await?;
        println!("24 hours after the missed one: the next callback, and the new token is in use");
        Ok(())
    }

    async fn end(mut self) -> Result<()> {
        self.stop_receiver().await?;
        let seen = self.proxy.seen();
        let redemptions = (seen.redeemed, seen.lost, seen.refused);
        ensure!(redemptions == (4, 1, 0), "redemptions answered, lost and refused: {redemptions:?}");
        let good = self.calls.remove(&200).unwrap_or_default();
        ensure!(good > 0 && self.calls.is_empty(), "not all calls succeeded; by status: {:?}", self.calls);
        println!("all of {good} calls with the token were answered with 200");
        Ok(())
    }

    async fn token(&self) -> Result<Value> {
        self.stack.api.call(Method::GET, &format!("/apiAccessTokens/{}", self.id), None).await
    }

    async fn callback_log(&self) -> Result<Vec<Value>> {
        let path = format!("/callbacks/logs?tokenId={}", self.id);
        let mut log = self.stack.api.call(Method::GET, &path, None).await?;
        Ok(serde_json::from_value(log["items"].take())?)
    }

    /// Moves the clock; everything that becomes due is done when this returns.
    async fn advance(&self, seconds: i64) -> Result<()> {
        let body = json!({"seconds": seconds});
        self.stack.api.call(Method::POST, "/_local/clock/advance", Some(body)).await.map(drop)
    }

    /// Moves the clock to this many seconds after the renewal is due.
    async fn advance_past_due(&self, seconds: i64) -> Result<()> {
        let clock = self.stack.api.call(Method::GET, "/_local/clock", None).await?;
        let due: DateTime<Utc> = text(&self.token().await?["autoRenewal"], "nextRenewalAt")?.parse()?;
        let now: DateTime<Utc> = text(&clock, "now")?.parse()?;
        self.advance((due - now).num_seconds() + seconds).await
    }

    /// From now on, the token's successor is the one in use.
    async fn expect_successor_in_use(&mut self) -> Result<()> {
        let token = self.token().await?;
        self.id = token["renewedBy"].as_str().context("there is no successor")?.to_owned();
        self.is_in_use("the successor").await
    }

    async fn is_in_use(&self, which: &str) -> Result<()> {
        self.proxy.wait_for(&format!("a call with {which}"), |seen| seen.in_use == self.id).await?;
        Ok(())
    }

    async fn start_receiver(&mut self) -> Result<()> {
        let receiver = self.setup.start_receiver().await?;
        self.proxy.send_callbacks_to(&receiver.address);
        let traffic = Traffic::start(&receiver.address)?;
        self.running = Some((receiver, traffic));
        Ok(())
    }

    async fn stop_receiver(&mut self) -> Result<()> {
        let (receiver, traffic) = self.running.take().context("no receiver runs")?;
        for (status, calls) in traffic.stop().await? {
            *self.calls.entry(status).or_default() += calls;
        }
        receiver.kill()
    }
}
