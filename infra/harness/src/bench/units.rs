//! Read and write units of every operation, as the engine counts them by DynamoDB's rules.

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use keyturn_functions::sweep::Part;
use keyturn_local::headless::ManualClock;
use lambda_http::http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::api::{Api, Call};
use super::meter::{Consumed, Meter};
use super::renewals::receive_request_tokens;
use super::services::Services;
use crate::http::text;

/// An operation and its units.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// Its name in the table.
    pub name: &'static str,
    /// Units and calls.
    #[serde(flatten)]
    pub consumed: Consumed,
}

/// Operations in the order of measurement.
#[derive(Debug, Default)]
pub struct Units(Vec<Operation>, f64);

impl Units {
    fn add(&mut self, name: &'static str, consumed: Consumed) {
        self.0.push(Operation { name, consumed });
    }

    /// What an operation consumes.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Consumed> {
        self.0.iter().find(|operation| operation.name == name).map(|operation| &operation.consumed)
    }

    /// Bytes that an automatic renewal leaves in the table and its indexes, rounded up to hundreds.
    pub(crate) fn renewal_bytes(&self) -> f64 {
        (self.1 / 100.0).ceil() * 100.0
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Operation] {
        &self.0
    }
}

/// The steps of an automatic renewal, which different functions take.
pub const RENEWAL: [&str; 3] =
    ["renewal: issue, call back, log", "renewal: redeem", "renewal: mail and event of the successor"];

/// All of its steps.
pub const WHOLE_RENEWAL: &str = "a whole automatic renewal";

/// Another redemption of the same request token.
pub const REPEAT: &str = "redeem again";

/// A run of the scheduled function that finds nothing due.
pub const EMPTY_SWEEP: &str = "a sweep that finds nothing";

/// Calls every operation once and records what it consumes.
pub async fn measure(services: &Services) -> Result<Units> {
    let meter = Meter::start(services.dynamodb()?).await?;
    let (environment, clock) = services.metered_environment(&meter.url)?;
    let api = Api::build(&environment).await?;
    let authorizer = keyturn_functions::authorizer::build(&environment).await?;
    let mut units = Units::default();
    let plain = json!({"name": "partner", "rights": "READ", "applications": ["ORDERS"]});

    // Records the use of the management token, so that it is not counted for the operations below.
    api.create(&plain).await?;
    meter.take();
    let created = api.create(&plain).await?;
    units.add("create a token", meter.take());
    let (id, string) = (text(&created, "id")?, text(&created, "token")?);
    let idempotent = Call { headers: &[("idempotency-key", "k")], ..Call::post(&plain) };
    api.call("create-token", idempotent).await?;
    units.add("create a token with Idempotency-Key", meter.take());

    for (name, string) in [
        ("verify (authorizer), the first time in an hour", string),
        ("verify (authorizer)", string),
        ("verify a mistyped string", &string.replace("kat_0", "kat_1")),
    ] {
        authorizer.answer(&serde_json::from_str(&event_text(string))?).await?;
        units.add(name, meter.take());
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let introspection = Call { headers: &form, body: format!("token={string}"), ..Call::post(&Value::Null) };
    let patch = Call { method: Method::PATCH, ..Call::post(&json!({"description": "edited"})) };
    let dry_run = Call::post(&json!({"filter": {"all": true}, "dryRun": true}));
    let manual = json!({"name": "partner", "existingTokenExpiresAt": "2999-12-31"});
    for (name, function, call) in [
        ("introspect", "introspect", introspection),
        ("read a token", "get-token", Call::get().of(id)),
        ("list 4 tokens", "list-tokens", Call::get()),
        ("overview of 4 tokens", "get-overview", Call::get()),
        ("dry run of a mass renewal of 4 tokens", "start-renewals", dry_run),
        ("edit a token", "update-token", patch.of(id)),
        ("copy a token string", "copy-token", Call::get().of(id)),
        ("renew by hand", "renew-token", Call::post(&manual).of(id)),
        ("deactivate a token", "deactivate-token", Call::post(&json!({})).of(id)),
    ] {
        api.call(function, call).await?;
        units.add(name, meter.take());
    }
    let table = Client::new(environment.sdk());
    renew_automatically(&api, (&meter, &table), &clock, plain.clone(), &mut units).await?;
    renew_by_pull(&api, &meter, &clock, plain, &mut units).await?;
    let report = json!({"leaks": [{"token": string}]});
    meter.take();
    api.call("report-leaks", Call::post(&report)).await?;
    units.add("report a leaked string", meter.take());
    start_renewals(&api, &meter, &mut units).await?;
    Ok(units)
}

/// A mass renewal of no token: what its own record costs.
async fn start_renewals(api: &Api, meter: &Meter, units: &mut Units) -> Result<()> {
    api.sweep.run(Part::ALL, None).await;
    // Records the use of the management token.
    api.call("list-tokens", Call::get()).await?;
    meter.take();
    api.sweep.run(Part::ALL, None).await;
    let empty = meter.take();
    let nobody = json!({"filter": {"ids": ["01990000-0000-7000-8000-000000000000"]}});
    let ordered = api.call("start-renewals", Call::post(&nobody)).await?;
    units.add("order a mass renewal", meter.take());
    api.call("start-renewals", Call::get().of(text(&ordered, "id")?)).await?;
    units.add("look at a mass renewal", meter.take());
    api.sweep.run(Part::ALL, None).await;
    units.add("a step of a mass renewal, besides the tokens", meter.take().plus(&empty, -1));
    Ok(())
}

/// What a client calls that fetches its successor.
async fn renew_by_pull(
    api: &Api,
    meter: &Meter,
    clock: &ManualClock,
    mut token: Value,
    units: &mut Units,
) -> Result<()> {
    token["autoRenewal"] = json!({"everyDays": 30, "pull": true});
    let created = api.create(&token).await?;
    clock.advance(TimeDelta::days(30));
    let string = text(&created, "token")?;
    // The use of the day is noted with the first call.
    api.call_as(string, "get-own-token", Call::get()).await?;
    meter.take();
    for (name, function, call) in [
        ("read the own token", "get-own-token", Call::get()),
        ("renewalInfo", "get-renewal-info", Call::get()),
        ("renew by pull", "renew-own-token", Call::post(&Value::Null)),
        ("the same pull again", "renew-own-token", Call::post(&Value::Null)),
    ] {
        api.call_as(string, function, call).await?;
        units.add(name, meter.take());
    }
    Ok(())
}

/// A complete automatic renewal. Each sweep also consumes what an empty one does; that is subtracted from the steps.
async fn renew_automatically(
    api: &Api,
    (meter, table): (&Meter, &Client),
    clock: &ManualClock,
    mut token: Value,
    units: &mut Units,
) -> Result<()> {
    let (url, mut request_tokens) = receive_request_tokens().await?;
    token["autoRenewal"] = json!({"everyDays": 30, "callback": {"url": url}});
    token["renewalMailRecipient"] = json!("ops@example.com");
    // Mails and events of earlier changes are not part of the renewal.
    api.sweep.run(Part::ALL, None).await;
    api.create(&token).await?;
    api.sweep.run(Part::ALL, None).await;
    clock.advance(TimeDelta::days(30));
    // A month later, the use of the management token is recorded again, which is not part of the renewal.
    api.call("list-tokens", Call::get()).await?;
    let before = stored(table).await?;
    meter.take();

    let summary = api.sweep.run(Part::ALL, None).await;
    ensure!(summary.delivered == 1, "the callback was not delivered: {summary:?}");
    let issuing = meter.take();
    api.sweep.run(Part::ALL, None).await;
    let empty = meter.take();
    units.add(RENEWAL[0], issuing.plus(&empty, -1));
    units.add(EMPTY_SWEEP, empty.clone());
    let request_token = request_tokens.recv().await.context("no callback arrived")?;
    // A redemption in the second of the issue would leave the key of the due index as it is.
    clock.advance(TimeDelta::seconds(1));
    api.redeem(&request_token).await?;
    units.add(RENEWAL[1], meter.take());
    api.sweep.run(Part::ALL, None).await;
    units.add(RENEWAL[2], meter.take().plus(&empty, -1));
    let steps = RENEWAL.iter().filter_map(|step| units.of(step));
    let whole = steps.fold(Consumed::default(), |sum, step| sum.plus(step, 1));
    units.add(WHOLE_RENEWAL, whole);
    units.1 = stored(table).await? - before;
    meter.take();
    api.redeem(&request_token).await?;
    units.add(REPEAT, meter.take());
    Ok(())
}

/// Bytes that DynamoDB charges for the table and its indexes: each item with 100 bytes of its own. Without the counts of mails,
/// which are deleted after two days.
async fn stored(client: &Client) -> Result<f64> {
    let mut bytes = 0;
    for index in [None, Some("due"), Some("tokens")] {
        let scan = client.scan().table_name("keyturn").set_index_name(index.map(str::to_owned));
        let items: Vec<HashMap<String, AttributeValue>> =
            scan.into_paginator().items().send().try_collect().await?;
        let lasting = items
            .iter()
            .filter(|item| !item["pk"].as_s().is_ok_and(|partition| partition.starts_with("MAILS#")));
        bytes += lasting.map(|item| 100 + weight(&AttributeValue::M(item.clone()))).sum::<usize>();
    }
    Ok(bytes as f64)
}

/// Bytes of a value, by the rules of
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
fn weight(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + weight(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + weight(value)).sum::<usize>()
        }
        _ => 1,
    }
}

/// A request to a protected API, as API Gateway sends it to the authorizer.
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
