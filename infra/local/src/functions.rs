//! The functions that the stack runs. Each is invoked as in a deployment: with an event as JSON, answered as JSON, through
//! the Lambda runtime's own conversion.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keyturn_environment::Environment;
use keyturn_functions::ROUTES;
use keyturn_functions::sweep::{self, Part, Summary, Sweep};
use keyturn_http::Endpoint;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Context, LambdaEvent, Request, Response, Service, service_fn};

use crate::time::schedule::ScheduledFunction;

type ResponseFuture = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

#[derive(Clone)]
pub(crate) struct Function(Arc<dyn Fn(Request) -> ResponseFuture + Send + Sync>);

/// All functions behind the gateway, by the names of their binaries.
pub(crate) struct Functions(BTreeMap<&'static str, Function>);

impl Function {
    pub(crate) fn new<F>(answer: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(answer(request))))
    }

    fn of(endpoint: Endpoint) -> Self {
        let endpoint = Arc::new(endpoint);
        Self::new(move |request| {
            let endpoint = Arc::clone(&endpoint);
            async move { endpoint.answer(request).await }
        })
    }

    /// The answer as JSON.
    async fn invoke(self, event: &str, context: Context) -> Result<Vec<u8>> {
        let payload: LambdaRequest = serde_json::from_str(event)?;
        let service = service_fn(move |request| {
            let answer = self.0(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let event = keyturn_http::fit_for_conversion(LambdaEvent::new(payload, context));
        let Ok(response) = Adapter::from(service).call(event).await;
        Ok(serde_json::to_vec(&response)?)
    }
}

impl Functions {
    pub(crate) async fn build(environment: &Environment) -> Result<Self> {
        let mut functions = BTreeMap::new();
        for route in ROUTES {
            if let Entry::Vacant(vacant) = functions.entry(route.function) {
                let endpoint = (route.build)(environment).await?;
                vacant.insert(Function::of(endpoint.with_share_of(environment)?));
            }
        }
        Ok(Self(functions))
    }

    /// Invokes the function with this name; returns its answer as JSON. It runs to its end even if the caller stops waiting, and a panic in it is an error
    /// of this one invocation.
    pub(crate) async fn invoke(&self, name: &str, event: String, context: Context) -> Result<Vec<u8>> {
        let function = self.0.get(name).cloned().with_context(|| format!("there is no function {name}"))?;
        tokio::spawn(async move { function.invoke(&event, context).await }).await?
    }
}

#[cfg(test)]
impl FromIterator<(&'static str, Function)> for Functions {
    fn from_iter<I: IntoIterator<Item = (&'static str, Function)>>(functions: I) -> Self {
        Self(functions.into_iter().collect())
    }
}

/// Builds the scheduled function, without a time limit of its own.
pub(crate) async fn scheduled(environment: &Environment) -> Result<Scheduled> {
    Ok(Scheduled(Arc::new(sweep::build(environment).await?)))
}

pub(crate) struct Scheduled(Arc<Sweep>);

#[async_trait]
impl ScheduledFunction for Scheduled {
    async fn run(&self) -> Result<Summary> {
        let sweep = Arc::clone(&self.0);
        // In a task, so that a panic is one failed run.
        Ok(tokio::spawn(async move { sweep.run(Part::ALL, None).await }).await?)
    }

    async fn next_due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.0.next_due_after(after).await?)
    }
}
