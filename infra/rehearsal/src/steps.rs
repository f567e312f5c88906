//! The rehearsal itself.

use anyhow::{Context, Result, ensure};
use reqwest::header::CONTENT_LENGTH;
use serde_json::Value;
use tempfile::TempDir;

use crate::keyturn::{Keyturn, client};
use crate::proxy::Proxy;
use crate::receiver::{Kind, Receiver, Setting};
use crate::work::{Tally, Work};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// A rehearsal under way.
struct Rehearsal {
    keyturn: Keyturn,
    proxy: Proxy,
    setting: Setting,
    running: Option<(Receiver, Work)>,
    /// The token that is in use, and its string at the beginning.
    id: String,
    first_string: String,
    tally: Tally,
}

/// Runs all steps with one receiver.
pub(crate) async fn rehearse(kind: Kind) -> Result<()> {
    let folder = TempDir::new()?;
    let mut rehearsal = Rehearsal::begin(kind, &folder).await?;
    rehearsal.test_callback().await.context("a test callback")?;
    rehearsal.renewal().await.context("a renewal")?;
    rehearsal.repeated_and_forged_callbacks().await.context("callbacks that must change nothing")?;
    rehearsal.lost_answer().await.context("a lost answer")?;
    rehearsal.day_without_receiver().await.context("a day without the receiver")?;
    rehearsal.end().await
}

impl Rehearsal {
    async fn begin(kind: Kind, folder: &TempDir) -> Result<Self> {
        let keyturn = Keyturn::start(folder.path()).await?;
        let proxy = Proxy::start(&keyturn.api).await?;
        let created = keyturn.create(&proxy.callback_url()).await?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a field is missing");
        let (id, first_string) = (text(&created["id"])?, text(&created["token"])?);
        let secret = text(&created["autoRenewal"]["callback"]["signingSecret"])?;
        let setting = Setting::new(kind, folder.path(), &proxy.address, &first_string, &secret).await?;
        let tally = Tally::new();
        let mut rehearsal = Self { keyturn, proxy, setting, running: None, id, first_string, tally };
        rehearsal.start_receiver().await?;
        rehearsal.is_in_use("the first token").await?;
        println!("the receiver is up, and its token is in use");
        Ok(rehearsal)
    }

    async fn test_callback(&mut self) -> Result<()> {
        let entry = self.keyturn.test(&self.id).await?;
        ensure!(entry["success"] == true, "it was answered with {}", entry["statusCode"]);
        self.proxy.wait_for("the redemption of the test's key", |seen| seen.redeemed == 1).await?;
        self.is_in_use("the same token").await?;
        println!("test callback: answered with {}, redeemed to the same token", entry["statusCode"]);
        Ok(())
    }

    async fn renewal(&mut self) -> Result<()> {
        self.until_due(0).await?;
        self.proxy.wait_for("a redemption", |seen| seen.redeemed == 2).await?;
        self.go_over_to_successor().await?;
        println!("30 days later: a callback, a redemption, and the new token is in use");
        self.keyturn.advance(DAY + 1).await?;
        let status = self.keyturn.status_for(&self.first_string).await?;
        ensure!(status == 401, "the old token is answered with {status} after the overlap");
        self.is_in_use("the new token").await?;
        println!("24 hours later: the old token is refused, the new one is in use");
        Ok(())
    }

    /// The same callback again, and one that somebody else has signed. That no redemption follows shows at the end, where
    /// all of them are counted.
    async fn repeated_and_forged_callbacks(&mut self) -> Result<()> {
        let (mut headers, body) = self.proxy.seen().callback;
        headers.remove(CONTENT_LENGTH);
        let url = self.proxy.callback_url();
        let send = async |headers, body| -> Result<u16> {
            Ok(client()?.post(&url).headers(headers).body(body).send().await?.status().as_u16())
        };
        let repeated = send(headers.clone(), body.clone()).await?;
        ensure!((200..300).contains(&repeated), "the repeated one is answered with {repeated}");
        let mut changed = body.to_vec();
        changed.push(b' ');
        let forged = send(headers, changed.into()).await?;
        ensure!(forged == 401, "the forged one is answered with {forged}");
        println!("the same callback again: {repeated}; one that is signed wrongly: {forged}");
        Ok(())
    }

    async fn lost_answer(&mut self) -> Result<()> {
        self.proxy.lose_next_redemption();
        self.until_due(0).await?;
        self.proxy.wait_for("a redemption", |seen| seen.lost == 1 && seen.redeemed == 3).await?;
        self.go_over_to_successor().await?;
        println!("a lost answer: redeemed again with the same key, and the new token is in use");
        Ok(())
    }

    async fn day_without_receiver(&mut self) -> Result<()> {
        self.stop_receiver().await?;
        self.until_due(DAY - MINUTE).await?;
        let missed = self.keyturn.log(&self.id).await?;
        ensure!(!missed.is_empty() && missed.iter().all(|entry| entry["success"] == false), "{missed:?}");
        println!("a day without the receiver: {} deliveries failed", missed.len());
        self.start_receiver().await?;
        self.is_in_use("the token from before").await?;
        self.keyturn.advance(MINUTE).await?;
        self.proxy.wait_for("a redemption", |seen| seen.redeemed == 4).await?;
        let last = self.keyturn.log(&self.id).await?.into_iter().next().unwrap_or_default();
        ensure!(last["success"] == true && last["attempt"] == 2, "{last}");
        self.go_over_to_successor().await?;
        println!("24 hours after the missed one: the next callback, and the new token is in use");
        Ok(())
    }

    async fn end(mut self) -> Result<()> {
        self.stop_receiver().await?;
        let seen = self.proxy.seen();
        let redemptions = (seen.redeemed, seen.lost, seen.refused);
        ensure!(redemptions == (4, 1, 0), "redemptions answered, lost and refused: {redemptions:?}");
        let good = self.tally.remove(&200).unwrap_or_default();
        ensure!(good > 0 && self.tally.is_empty(), "not all work was done; by status: {:?}", self.tally);
        println!("all of {good} calls with the token were answered with 200");
        Ok(())
    }

    /// Moves the clock to this many seconds after the renewal is due.
    async fn until_due(&self, seconds: i64) -> Result<()> {
        let token = self.keyturn.token(&self.id).await?;
        let left = self.keyturn.seconds_until(&token["autoRenewal"]["nextRenewalAt"]).await?;
        self.keyturn.advance(left + seconds).await
    }

    /// The token's successor is the one in use from now on.
    async fn go_over_to_successor(&mut self) -> Result<()> {
        let token = self.keyturn.token(&self.id).await?;
        self.id = token["renewedBy"].as_str().context("there is no successor")?.to_owned();
        self.is_in_use("the successor").await
    }

    async fn is_in_use(&self, which: &str) -> Result<()> {
        self.proxy.wait_for(&format!("work with {which}"), |seen| seen.working_with == self.id).await?;
        Ok(())
    }

    async fn start_receiver(&mut self) -> Result<()> {
        let receiver = self.setting.start().await?;
        self.proxy.send_callbacks_to(&receiver.address);
        let work = Work::start(&receiver.address)?;
        self.running = Some((receiver, work));
        Ok(())
    }

    async fn stop_receiver(&mut self) -> Result<()> {
        let (receiver, work) = self.running.take().context("no receiver runs")?;
        for (status, calls) in work.stop().await? {
            *self.tally.entry(status).or_default() += calls;
        }
        receiver.kill().await
    }
}
