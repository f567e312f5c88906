//! A rehearsal of the rotation function on moto's Secrets Manager: every step, repeated, with lost answers on both sides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use keyturn_environment::Environment;
use keyturn_rotation::{Event, Rotation};
use serde_json::json;
use tempfile::TempDir;

use super::DAY;
use super::secrets::Secrets;
use crate::http::{client, forward, send, serve, text};
use crate::stack::LocalStack;
use crate::tools::start_moto;

const SECRET: &str = "partner";
const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

struct Rehearsal {
    stack: LocalStack,
    secrets: Secrets,
    rotation: Rotation,
    /// Answers until the next one gets lost; none gets lost at 0.
    until_lost: Arc<AtomicUsize>,
    rotations: usize,
}

/// Runs all steps.
pub async fn run() -> Result<()> {
    let folder = TempDir::new()?;
    let stack =
        LocalStack::start(&std::env::current_exe()?, &folder.path().join("keyturn"), &["--no-schedule"])
            .await?;
    let token = json!({
        "name": "rehearsal", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "pull": true},
    });
    let created = stack.api.call(Method::POST, "/apiAccessTokens", Some(token)).await?;
    let (_moto, address) = start_moto().await?;
    let secrets = Secrets::new(&address)?;
    secrets.create(SECRET, text(&created, "token")?).await?;

    let until_lost = Arc::new(AtomicUsize::new(0));
    let keyturn = lossy(&stack.api.address, &until_lost).await?;
    let aws = lossy(&address, &until_lost).await?;
    let variables = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &aws),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let rotation = Rotation::new(&Environment::with_variables(variables), &keyturn)?;
    let mut rehearsal = Rehearsal { stack, secrets, rotation, until_lost, rotations: 0 };
    rehearsal.before_it_is_due().await.context("a rotation before the renewal is due")?;
    rehearsal.repeated().await.context("every step repeated")?;
    rehearsal.lost_answers().await.context("lost answers")?;
    rehearsal.abandoned().await.context("an abandoned rotation")
}

impl Rehearsal {
    async fn before_it_is_due(&mut self) -> Result<()> {
        let before = self.current().await?;
        self.rotate(1).await?;
        ensure!(self.current().await? == before, "it changed the string");
        println!("before the renewal is due: the rotation succeeds and the string stays");
        Ok(())
    }

    async fn repeated(&mut self) -> Result<()> {
        let old = self.due().await?;
        self.rotate(3).await?;
        self.renewed(&old).await?;
        println!("30 days later, each step three times: the successor is current, the old string previous");
        Ok(())
    }

    /// In each rotation, another answer of Keyturn or Secrets Manager gets lost; the step is repeated, as AWS does.
    async fn lost_answers(&mut self) -> Result<()> {
        let mut lost = 0;
        loop {
            let old = self.due().await?;
            self.until_lost.store(lost + 1, Ordering::SeqCst);
            self.rotate(2).await?;
            let left = self.until_lost.swap(0, Ordering::SeqCst);
            self.renewed(&old).await?;
            if left > 0 {
                break;
            }
            lost += 1;
        }
        ensure!(lost >= 8, "only {lost} answers were lost");
        println!("{lost} rotations, in each another answer lost: the successor is current each time");
        Ok(())
    }

    /// A rotation that stops before its end, and the next one after the overlap.
    async fn abandoned(&mut self) -> Result<()> {
        let old = self.due().await?;
        self.rotations += 1;
        self.step("createSecret").await?;
        ensure!(self.current().await? == old, "the pending version is current");
        self.stack.api.call(Method::POST, "/_local/clock/advance", Some(json!({"seconds": 2 * DAY}))).await?;
        self.rotate(1).await?;
        ensure!(self.status(&self.current().await?).await? == 200, "the current string is refused");
        println!("a rotation that stopped halfway for two days: the next one takes the pending string");
        Ok(())
    }

    /// The current string, whose renewal is due.
    async fn due(&self) -> Result<String> {
        let body = json!({"seconds": 31 * DAY});
        self.stack.api.call(Method::POST, "/_local/clock/advance", Some(body)).await?;
        self.current().await
    }

    /// A rotation with a version id of its own, each step so many times.
    async fn rotate(&mut self, times: usize) -> Result<()> {
        self.rotations += 1;
        for step in STEPS {
            let mut good = 0;
            for _ in 0..times + 2 {
                good += usize::from(self.step(step).await.is_ok());
                if good == times {
                    break;
                }
            }
            ensure!(good == times, "{step} succeeded {good} times");
        }
        Ok(())
    }

    async fn step(&self, step: &str) -> Result<()> {
        let client_request_token = format!("00000000-0000-4000-8000-{:012}", self.rotations);
        let event = Event { step: step.to_owned(), secret_id: SECRET.to_owned(), client_request_token };
        self.rotation.run(&event).await
    }

    async fn renewed(&self, old: &str) -> Result<()> {
        let new = self.current().await?;
        ensure!(new != old, "the string is the old one");
        ensure!(self.status(&new).await? == 200, "the current string is refused");
        ensure!(
            self.secrets.held(SECRET, "AWSPREVIOUS").await? == old,
            "the old string is not the previous one"
        );
        Ok(())
    }

    async fn current(&self) -> Result<String> {
        self.secrets.held(SECRET, "AWSCURRENT").await
    }

    async fn status(&self, string: &str) -> Result<u16> {
        let own = self.stack.api.request(Method::GET, "/apiAccessTokens/self", Some(string));
        Ok(send(own).await?.status)
    }
}

/// A proxy that loses the answer at which the counter reaches 0.
async fn lossy(target: &str, until_lost: &Arc<AtomicUsize>) -> Result<String> {
    let (http, target, until_lost) =
        (client()?, target.trim_end_matches('/').to_owned(), Arc::clone(until_lost));
    let pass = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| -> Response {
        let answer = forward(&http, method, &format!("{target}{uri}"), headers, body).await;
        let count = |left: usize| left.checked_sub(1);
        if until_lost.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count) == Ok(1) {
            let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
            return Response::new(Body::from_stream(broken));
        }
        answer.map_or_else(|_| StatusCode::BAD_GATEWAY.into_response(), |answer| answer.into_response())
    };
    serve(Router::new().fallback(pass)).await
}
