//! A client that does a bit of everything with tokens of its own, and remembers what it was answered.

use anyhow::{Context, Result, bail, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Call, Client, Outcome};
use crate::promises::Known;
use crate::receiver::Receiver;

/// Tokens that a worker looks after at most; then it creates no more.
const MOST_TOKENS: usize = 60;

/// Something to do. A number is the place of a token among the worker's.
#[derive(Clone, Copy, Debug)]
enum Work {
    Create,
    Edit(usize),
    Deactivate(usize),
    RenewByHand(usize),
    Start(usize),
    Redeem(usize),
    Read(usize),
    Use(usize),
    Copy(usize),
    List,
}

/// A client with a seed.
pub(crate) struct Worker {
    number: usize,
    random: StdRng,
    receiver: Receiver,
    /// Counts what it does, for names and keys.
    steps: usize,
    /// Done before, but the answer was lost.
    unanswered: Option<(Work, usize)>,
    pub(crate) tokens: Vec<Known>,
    /// The names of the tokens whose creation was asked for.
    pub(crate) created: Vec<String>,
}

impl Worker {
    pub(crate) fn new(number: usize, seed: u64, receiver: &Receiver) -> Self {
        Self {
            number,
            random: StdRng::seed_from_u64(seed ^ number as u64),
            receiver: receiver.clone(),
            steps: 0,
            unanswered: None,
            tokens: Vec::new(),
            created: Vec::new(),
        }
    }

    /// Does one thing; what was not answered is done again first. `false`: there was no answer.
    pub(crate) async fn step(&mut self, client: &Client, manager: &str) -> Result<bool> {
        let (work, step) = match self.unanswered {
            Some(unanswered) => unanswered,
            None => {
                self.steps += 1;
                (self.choose(), self.steps)
            }
        };
        self.unanswered = Some((work, step));
        let answered =
            self.perform(work, step, client, manager).await.with_context(|| format!("{work:?}"))?;
        if answered {
            self.unanswered = None;
        }
        Ok(answered)
    }

    /// Does what was left unanswered, until it's answered.
    pub(crate) async fn finish(&mut self, client: &Client, manager: &str) -> Result<()> {
        while self.unanswered.is_some() {
            ensure!(self.step(client, manager).await?, "the stack does not answer");
        }
        Ok(())
    }

    fn choose(&mut self) -> Work {
        if self.tokens.is_empty() {
            return Work::Create;
        }
        let place = self.random.random_range(0..self.tokens.len());
        let known = &self.tokens[place];
        let can_redeem = self.can_redeem(known);
        match self.random.random_range(0..100) {
            0..12 if self.tokens.len() < MOST_TOKENS => Work::Create,
            12..24 => Work::Edit(place),
            24..28 => Work::Deactivate(place),
            28..33 if known.is_renewable() && self.tokens.len() < MOST_TOKENS => Work::RenewByHand(place),
            33..45 if known.is_renewable() => Work::Start(place),
            // A successor is asked for again and again, as by a client whose answers get lost.
            45..60 if can_redeem => Work::Redeem(place),
            60..65 if !known.deactivated => Work::Copy(place),
            65..68 => Work::List,
            68..80 => Work::Read(place),
            _ => Work::Use(place),
        }
    }

    fn can_redeem(&self, known: &Known) -> bool {
        let successor = self.tokens.iter().find(|token| Some(&token.id) == known.successor.as_ref());
        let worth_something = match successor {
            None => true,
            Some(successor) => known.redeemed_for.is_some() && !successor.deactivated,
        };
        known.started && !known.deactivated && worth_something && self.receiver.key(&known.id).is_some()
    }

    async fn perform(&mut self, work: Work, step: usize, client: &Client, manager: &str) -> Result<bool> {
        let number = self.number;
        let managed = |name, method, path| Call {
            name,
            method,
            path,
            token: manager,
            body: None,
            idempotency_key: None,
        };
        let creating = |name, path, body| Call {
            body: Some(body),
            idempotency_key: Some(format!("{number}-{step}")),
            ..managed(name, Method::POST, path)
        };
        let at = |place: usize, tail: &str| format!("/apiAccessTokens/{}{tail}", self.tokens[place].id);
        match work {
            Work::Create => {
                let name = format!("worker {number} step {step}");
                if self.created.last() != Some(&name) {
                    self.created.push(name.clone());
                }
                let body = json!({
                    "name": name, "description": "new", "rights": "READ", "applications": ["ORDERS"],
                    "autoRenewal": {"everyDays": 30, "callback": {"url": self.receiver.url}},
                    "renewalMailRecipient": "ops@example.com",
                });
                let outcome = client.call(creating("create", "/apiAccessTokens".to_owned(), body)).await;
                let Some(token) = expect(outcome, 201)? else { return Ok(false) };
                self.tokens.push(Known::new(text(&token, "id")?, text(&token, "token")?, "new"));
            }
            Work::Edit(place) => {
                let description = format!("step {step}");
                let body = Some(json!({"description": description}));
                let call = Call { body, ..managed("edit", Method::PATCH, at(place, "")) };
                self.tokens[place].descriptions.push(description.clone());
                let Some(token) = expect(client.call(call).await, 200)? else { return Ok(false) };
                self.tokens[place].descriptions = vec![description];
                self.tokens[place].check(&token)?;
            }
            Work::Deactivate(place) => {
                let call = managed("deactivate", Method::POST, at(place, "/deactivate"));
                if expect(client.call(call).await, 200)?.is_none() {
                    return Ok(false);
                }
                self.tokens[place].deactivated = true;
            }
            Work::RenewByHand(place) => {
                // The predecessor is to stay in use, so that what was promised of it can go on being checked.
                let body = json!({"name": "by hand", "existingTokenExpiresAt": "2999-12-31"});
                let call = creating("renew", at(place, "/renew"), body);
                let Some(token) = expect(client.call(call).await, 201)? else { return Ok(false) };
                let description = text(&token, "description")?;
                self.succeed(place, &Known::new(text(&token, "id")?, text(&token, "token")?, description));
            }
            Work::Start(place) => {
                let call = managed("start", Method::POST, at(place, "/startRenewal"));
                if expect(client.call(call).await, 200)?.is_none() {
                    return Ok(false);
                }
                self.tokens[place].started = true;
            }
            Work::Redeem(place) => return self.redeem(place, client).await,
            Work::Read(place) => {
                let call = managed("read", Method::GET, at(place, ""));
                let Some(token) = expect(client.call(call).await, 200)? else { return Ok(false) };
                self.tokens[place].check(&token)?;
            }
            Work::Use(place) => return self.use_token(place, client).await,
            Work::Copy(place) => {
                let call = managed("copy", Method::GET, at(place, "/token"));
                let Some(copy) = expect(client.call(call).await, 200)? else { return Ok(false) };
                ensure!(text(&copy, "token")? == self.tokens[place].string, "another string than answered");
            }
            Work::List => {
                let call = managed("list", Method::GET, "/apiAccessTokens".to_owned());
                let Some(list) = expect(client.call(call).await, 200)? else { return Ok(false) };
                ensure!(list["items"].is_array(), "no list: {list}");
            }
        }
        Ok(true)
    }

    async fn redeem(&mut self, place: usize, client: &Client) -> Result<bool> {
        let known = &self.tokens[place];
        let Some(key) = self.receiver.key(&known.id) else { bail!("the request token is gone") };
        let call = Call {
            name: "redeem",
            method: Method::POST,
            path: "/apiAccessTokens/requestRenewedToken".to_owned(),
            token: &known.string,
            body: Some(json!({"requestToken": key})),
            idempotency_key: None,
        };
        let Some(answer) = expect(client.call(call).await, 200)? else { return Ok(false) };
        let string = text(&answer, "token")?.to_owned();
        if let Some(before) = &known.redeemed_for {
            ensure!(*before == string, "{}: another string for the same request token", known.id);
            return Ok(true);
        }
        let Some(successor) = expect(client.call(own(&string)).await, 200)? else { return Ok(false) };
        let successor = Known::new(text(&successor, "id")?, &string, text(&successor, "description")?);
        self.succeed(place, &successor);
        self.tokens[place].redeemed_for = Some(string);
        Ok(true)
    }

    /// Uses a token string: it's good as long as its token has not been deactivated.
    async fn use_token(&self, place: usize, client: &Client) -> Result<bool> {
        let known = &self.tokens[place];
        let status = if known.deactivated { 401 } else { 200 };
        let Some(answer) = expect(client.call(own(&known.string)).await, status)? else { return Ok(false) };
        ensure!(known.deactivated || answer["id"] == *known.id, "{}: the record of another token", known.id);
        Ok(true)
    }

    fn succeed(&mut self, place: usize, successor: &Known) {
        self.tokens[place].successor = Some(successor.id.clone());
        self.tokens.push(Known::new(&successor.id, &successor.string, &successor.descriptions[0]));
    }

    /// Checks all that was promised.
    pub(crate) async fn verify(&mut self, client: &Client, manager: &str) -> Result<()> {
        for place in 0..self.tokens.len() {
            for work in [Work::Read(place), Work::Use(place)] {
                let answered =
                    self.perform(work, 0, client, manager).await.with_context(|| format!("{work:?}"))?;
                ensure!(answered, "the stack does not answer");
            }
            let known = &self.tokens[place];
            let asked_for = known.started && known.is_renewable();
            ensure!(!asked_for || self.receiver.key(&known.id).is_some(), "{}: no callback came", known.id);
        }
        Ok(())
    }
}

/// The body of an answer with this status; nothing if there was no answer.
fn expect(outcome: Outcome, status: u16) -> Result<Option<Value>> {
    match outcome {
        Outcome::Lost => Ok(None),
        Outcome::Answered(answered, body) if answered == status => Ok(Some(body)),
        Outcome::Answered(answered, body) => {
            bail!("answered with {answered} instead of {status}: {}", body["detail"])
        }
    }
}

/// A call of the token's own record.
fn own(string: &str) -> Call<'_> {
    Call {
        name: "use",
        method: Method::GET,
        path: "/apiAccessTokens/self".to_owned(),
        token: string,
        body: None,
        idempotency_key: None,
    }
}

fn text<'a>(body: &'a Value, field: &str) -> Result<&'a str> {
    body[field].as_str().with_context(|| format!("an answer without {field:?}"))
}
