//! A client that performs random operations on its own tokens and records the answers.

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::client::Client;
use super::promises::Known;
use super::request_tokens::RequestTokens;
use crate::http::text;

/// The most tokens that a worker creates.
const MOST_TOKENS: usize = 60;

/// An operation. A number is the index of a token among the worker's.
#[derive(Clone, Copy, Debug)]
enum Work {
    Create,
    Edit(usize),
    Deactivate(usize),
    RenewManually(usize),
    Start(usize),
    Redeem(usize),
    Read(usize),
    Use(usize),
    Copy(usize),
    List,
}

pub(crate) struct Worker {
    number: usize,
    random: StdRng,
    request_tokens: RequestTokens,
    /// The number of operations, for names and idempotency keys.
    steps: usize,
    /// The step whose answer was lost.
    unanswered: Option<(Work, usize)>,
    pub(crate) tokens: Vec<Known>,
    /// The names of the tokens that it asked to create.
    pub(crate) created: Vec<String>,
}

impl Worker {
    pub(crate) fn new(number: usize, seed: u64, request_tokens: &RequestTokens) -> Self {
        Self {
            number,
            random: StdRng::seed_from_u64(seed ^ number as u64),
            request_tokens: request_tokens.clone(),
            steps: 0,
            unanswered: None,
            tokens: Vec::new(),
            created: Vec::new(),
        }
    }

    /// Performs one operation; repeats one whose answer was lost first. `false`: there was no answer.
    pub(crate) async fn step(&mut self, client: &Client) -> Result<bool> {
        let (work, step) = match self.unanswered {
            Some(unanswered) => unanswered,
            None => {
                self.steps += 1;
                (self.choose(), self.steps)
            }
        };
        self.unanswered = Some((work, step));
        let answered = self.perform(work, step, client).await.with_context(|| format!("{work:?}"))?;
        if answered {
            self.unanswered = None;
        }
        Ok(answered)
    }

    /// Repeats the step whose answer was lost, until it's answered.
    pub(crate) async fn finish(&mut self, client: &Client) -> Result<()> {
        while self.unanswered.is_some() {
            ensure!(self.step(client).await?, "the stack does not answer");
        }
        Ok(())
    }

    fn choose(&mut self) -> Work {
        if self.tokens.is_empty() {
            return Work::Create;
        }
        let index = self.random.random_range(0..self.tokens.len());
        let known = &self.tokens[index];
        let can_redeem = self.can_redeem(known);
        match self.random.random_range(0..100) {
            0..12 if self.tokens.len() < MOST_TOKENS => Work::Create,
            12..24 => Work::Edit(index),
            24..28 => Work::Deactivate(index),
            28..33 if known.is_renewable() && self.tokens.len() < MOST_TOKENS => Work::RenewManually(index),
            33..45 if known.is_renewable() => Work::Start(index),
            // Redeems the same request token repeatedly, as a client does whose answers get lost.
            45..60 if can_redeem => Work::Redeem(index),
            60..65 if !known.deactivated => Work::Copy(index),
            65..68 => Work::List,
            68..80 => Work::Read(index),
            _ => Work::Use(index),
        }
    }

    fn can_redeem(&self, known: &Known) -> bool {
        let successor = self.tokens.iter().find(|token| Some(&token.id) == known.successor.as_ref());
        let answers_a_string =
            successor.is_none_or(|successor| known.redeemed_for.is_some() && !successor.deactivated);
        known.started && !known.deactivated && answers_a_string && self.request_tokens.of(&known.id).is_some()
    }

    async fn perform(&mut self, work: Work, step: usize, client: &Client) -> Result<bool> {
        let request = |method, path: &str| client.api.request(method, path, None);
        let of = |method, index: usize, tail: &str| {
            request(method, &format!("/apiAccessTokens/{}{tail}", self.tokens[index].id))
        };
        let idempotent =
            |request: RequestBuilder| request.header("Idempotency-Key", format!("{}-{step}", self.number));
        match work {
            Work::Create => {
                let name = format!("worker {} step {step}", self.number);
                let create = idempotent(request(Method::POST, "/apiAccessTokens")).json(&json!({
                    "name": name, "description": "new", "rights": "READ", "applications": ["ORDERS"],
                    "autoRenewal": {"everyDays": 30, "callback": {"url": self.request_tokens.url}},
                    "renewalMailRecipient": "ops@example.com",
                }));
                if self.created.last() != Some(&name) {
                    self.created.push(name);
                }
                let Some(token) = client.send("create", create, 201).await? else { return Ok(false) };
                self.tokens.push(Known::new(text(&token, "id")?, text(&token, "token")?, "new"));
            }
            Work::Edit(index) => {
                let description = format!("step {step}");
                let edit = of(Method::PATCH, index, "").json(&json!({"description": description}));
                self.tokens[index].descriptions.push(description.clone());
                let Some(token) = client.send("edit", edit, 200).await? else { return Ok(false) };
                self.tokens[index].descriptions = vec![description];
                self.tokens[index].check(&token)?;
            }
            Work::Deactivate(index) => {
                let deactivate = of(Method::POST, index, "/deactivate");
                let Some(_) = client.send("deactivate", deactivate, 200).await? else { return Ok(false) };
                self.tokens[index].deactivated = true;
            }
            Work::RenewManually(index) => {
                // The predecessor stays valid, so that later checks can use it.
                let body = json!({"name": "by hand", "existingTokenExpiresAt": "2999-12-31"});
                let renew = idempotent(of(Method::POST, index, "/renew")).json(&body);
                let Some(token) = client.send("renew", renew, 201).await? else { return Ok(false) };
                self.add_successor(index, text(&token, "token")?, &token)?;
            }
            Work::Start(index) => {
                let start = of(Method::POST, index, "/startRenewal");
                let Some(_) = client.send("start", start, 200).await? else { return Ok(false) };
                self.tokens[index].started = true;
            }
            Work::Redeem(index) => return self.redeem(index, client).await,
            Work::Read(index) => {
                let read = of(Method::GET, index, "");
                let Some(token) = client.send("read", read, 200).await? else { return Ok(false) };
                self.tokens[index].check(&token)?;
            }
            Work::Use(index) => return self.use_token(index, client).await,
            Work::Copy(index) => {
                let copy = of(Method::GET, index, "/token");
                let Some(copy) = client.send("copy", copy, 200).await? else { return Ok(false) };
                ensure!(text(&copy, "token")? == self.tokens[index].string, "another string than answered");
            }
            Work::List => {
                let list = request(Method::GET, "/apiAccessTokens");
                let Some(list) = client.send("list", list, 200).await? else { return Ok(false) };
                ensure!(list["items"].is_array(), "no list: {list}");
            }
        }
        Ok(true)
    }

    async fn redeem(&mut self, index: usize, client: &Client) -> Result<bool> {
        let known = &self.tokens[index];
        let request_token = self.request_tokens.of(&known.id).context("the request token is gone")?;
        let redeem =
            client.api.request(Method::POST, "/apiAccessTokens/requestRenewedToken", Some(&known.string));
        let redeem = redeem.json(&json!({"requestToken": request_token}));
        let Some(answer) = client.send("redeem", redeem, 200).await? else { return Ok(false) };
        let string = text(&answer, "token")?;
        if let Some(before) = &known.redeemed_for {
            ensure!(before == string, "{}: another string for the same request token", known.id);
            return Ok(true);
        }
        let Some(successor) = own_record(client, string, 200).await? else { return Ok(false) };
        self.add_successor(index, string, &successor)?;
        self.tokens[index].redeemed_for = Some(string.to_owned());
        Ok(true)
    }

    /// Uses a token string: it's valid until its token is deactivated.
    async fn use_token(&self, index: usize, client: &Client) -> Result<bool> {
        let known = &self.tokens[index];
        let status = if known.deactivated { 401 } else { 200 };
        let Some(record) = own_record(client, &known.string, status).await? else { return Ok(false) };
        ensure!(known.deactivated || record["id"] == *known.id, "{}: the record of another token", known.id);
        Ok(true)
    }

    fn add_successor(&mut self, index: usize, string: &str, record: &Value) -> Result<()> {
        let successor = Known::new(text(record, "id")?, string, text(record, "description")?);
        self.tokens[index].successor = Some(successor.id.clone());
        self.tokens.push(successor);
        Ok(())
    }

    /// Checks all tokens against the answers about them.
    pub(crate) async fn check(&mut self, client: &Client) -> Result<()> {
        for index in 0..self.tokens.len() {
            for work in [Work::Read(index), Work::Use(index)] {
                let answered = self.perform(work, 0, client).await.with_context(|| format!("{work:?}"))?;
                ensure!(answered, "the stack does not answer");
            }
            let known = &self.tokens[index];
            let expects_callback = known.started && known.is_renewable();
            let received = self.request_tokens.of(&known.id).is_some();
            ensure!(received || !expects_callback, "{}: no callback arrived", known.id);
        }
        Ok(())
    }
}

async fn own_record(client: &Client, string: &str, status: u16) -> Result<Option<Value>> {
    client.send("use", client.api.request(Method::GET, "/apiAccessTokens/self", Some(string)), status).await
}
