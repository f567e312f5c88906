//! Read and write units of every operation, as the engine counts them by DynamoDB's rules.

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use keyturn_functions::authorizer::Event;
use lambda_http::http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::{Api, Call, text};
use crate::meter::{Consumed, Meter};
use crate::receiver::Receiver;
use crate::world::{Services, SetClock};

/// An operation and what it consumes.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// What it is.
    pub name: &'static str,
    /// Its units and calls.
    #[serde(flatten)]
    pub consumed: Consumed,
}

/// Operations in the order in which they were measured.
#[derive(Debug, Default)]
pub struct Units(Vec<Operation>);

impl Units {
    fn add(&mut self, name: &'static str, consumed: Consumed) {
        self.0.push(Operation { name, consumed });
    }

    /// What an operation consumes.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Consumed> {
        self.0.iter().find(|operation| operation.name == name).map(|operation| &operation.consumed)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Operation] {
        &self.0
    }
}

/// One whole automatic renewal, in the steps that different functions take.
pub const RENEWAL: [&str; 3] =
    ["renewal: issue, call back, log", "renewal: redeem", "renewal: mail and event of the successor"];

/// A run of the schedule that finds nothing due.
pub const EMPTY_SWEEP: &str = "a sweep that finds nothing";

/// Does every operation once and notes what it consumes.
pub async fn measure(services: &Services) -> Result<Units> {
    let (meter, mut receiver) = (Meter::start(&services.dynamodb).await?, Receiver::start().await?);
    let (environment, clock) = services.environment(meter.url());
    let api = Api::build(&environment).await?;
    let authorizer = keyturn_functions::authorizer::build(&environment).await?;
    let mut units = Units::default();
    let plain = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"]});

    // The manager's own use is noted now, so that no operation below pays for it.
    api.create(&plain).await?;
    meter.take();
    let created = api.create(&plain).await?;
    units.add("create a token", meter.take());
    let (id, string) = (text(&created, "id")?, text(&created, "token")?);
    let keyed = Call { headers: &[("idempotency-key", "k")], ..Call::post(&plain) };
    api.ask(&api.create, keyed).await?;
    units.add("create a token with Idempotency-Key", meter.take());

    authorizer.answer(&event(string)?).await?;
    units.add("verify (authorizer), the first time in an hour", meter.take());
    authorizer.answer(&event(string)?).await?;
    units.add("verify (authorizer)", meter.take());
    authorizer.answer(&event(&string.replace("kat_0", "kat_1"))?).await?;
    units.add("verify a mistyped string", meter.take());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let call = Call { headers: &form, body: format!("token={string}"), ..Call::post(&Value::Null) };
    api.ask(&api.introspect, call).await?;
    units.add("introspect", meter.take());

    api.ask(&api.get, Call::get().of(id)).await?;
    units.add("read a token", meter.take());
    api.ask(&api.list, Call::get()).await?;
    units.add("list 4 tokens", meter.take());
    let patch = json!({"description": "edited"});
    api.ask(&api.update, Call { method: Method::PATCH, ..Call::post(&patch) }.of(id)).await?;
    units.add("edit a token", meter.take());
    api.ask(&api.copy, Call::get().of(id)).await?;
    units.add("copy a token string", meter.take());
    let manual = json!({"name": "partner", "existingTokenExpiresAt": "2999-12-31"});
    api.ask(&api.renew, Call::post(&manual).of(id)).await?;
    units.add("renew by hand", meter.take());
    api.ask(&api.deactivate, Call::post(&json!({})).of(id)).await?;
    units.add("deactivate a token", meter.take());
    settle(&api, &meter).await?;

    let mut renewing = plain.clone();
    renewing["autoRenewal"] = json!({"everyDays": 30, "callback": {"url": receiver.url}});
    renewing["renewalMailRecipient"] = json!("ops@example.com");
    renew_automatically(&api, &meter, &clock, &renewing, &mut receiver, &mut units).await?;
    Ok(units)
}

/// The whole way of an automatic renewal.
async fn renew_automatically(
    api: &Api,
    meter: &Meter,
    clock: &SetClock,
    renewing: &Value,
    receiver: &mut Receiver,
    units: &mut Units,
) -> Result<()> {
    api.create(renewing).await?;
    settle(api, meter).await?;
    clock.advance(TimeDelta::days(30));
    // A month later the manager's use is news again; that's the manager's, not the renewal's.
    api.ask(&api.list, Call::get()).await?;
    settle_idle(api, meter, units).await?;
    let request_token = receiver.request_tokens.recv().await.context("no callback came")?;
    api.redeem(&request_token).await?;
    units.add(RENEWAL[1], meter.take());
    api.sweep.run(None).await?;
    let empty = units.of(EMPTY_SWEEP).cloned().unwrap_or_default();
    units.add(RENEWAL[2], meter.take().less(&empty));
    let whole = RENEWAL.iter().filter_map(|step| units.of(step)).fold(Consumed::default(), Consumed::plus);
    units.add("a whole automatic renewal", whole);
    Ok(())
}

/// What the sweep that issues consumes, less what an empty one does.
async fn settle_idle(api: &Api, meter: &Meter, units: &mut Units) -> Result<()> {
    meter.take();
    let summary = api.sweep.run(None).await?;
    anyhow::ensure!(summary.delivered == 1, "the callback was not delivered: {summary:?}");
    let issuing = meter.take();
    api.sweep.run(None).await?;
    let empty = meter.take();
    units.add(RENEWAL[0], issuing.less(&empty));
    units.add(EMPTY_SWEEP, empty);
    Ok(())
}

/// Delivers whatever is owed, so that the next measurement is of nothing else.
async fn settle(api: &Api, meter: &Meter) -> Result<()> {
    api.sweep.run(None).await?;
    meter.take();
    Ok(())
}

/// A request to a protected API.
pub(crate) fn event(string: &str) -> Result<Event> {
    Ok(serde_json::from_str(&event_text(string))?)
}

/// The same as API Gateway sends it.
pub(crate) fn event_text(string: &str) -> String {
    json!({
        "version": "2.0", "type": "REQUEST", "routeKey": "$default", "rawPath": "/orders/1", "rawQueryString": "",
        "routeArn": "arn:aws:execute-api:eu-central-1:123456789012:api/$default/GET/orders/1",
        "identitySource": [format!("Bearer {string}")],
        "headers": {
            "accept": "*/*", "authorization": format!("Bearer {string}"), "content-length": "0",
            "host": "api.execute-api.eu-central-1.amazonaws.com", "user-agent": "curl/8.5.0",
            "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e", "x-forwarded-for": "203.0.113.1",
            "x-forwarded-port": "443", "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainPrefix": "api",
            "domainName": "api.execute-api.eu-central-1.amazonaws.com",
            "http": {"method": "GET", "path": "/orders/1", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1",
                "userAgent": "curl/8.5.0"},
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default",
            "time": "10/Mar/2026:05:16:23 +0000", "timeEpoch": 1_583_817_383_220_u64,
        },
    })
    .to_string()
}
