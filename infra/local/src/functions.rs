//! The functions that the stack runs, and how one is invoked: with an event as JSON, answered as JSON, through the
//! runtime's own conversion as in a deployment.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keyturn_environment::Environment;
use keyturn_functions::{
    ROUTES,
    sweep::{self, Part, Summary, Sweep},
};
use keyturn_http::Endpoint;
use lambda_http::{
    Adapter, Body, Context, LambdaEvent, Request, Response, Service, request::LambdaRequest, service_fn,
};
use serde_json::Value;

use crate::{
    error::{StartError, chain},
    time::schedule::{SweepFailure, Sweeping},
};

type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A function behind the gateway.
#[derive(Clone)]
pub(crate) struct Function(Arc<dyn Fn(Request) -> Answering + Send + Sync>);

/// All functions behind the gateway, by the name of their binary.
#[derive(Default)]
pub(crate) struct Functions(BTreeMap<&'static str, Function>);

impl Function {
    /// A function that answers like this.
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

    async fn invoke(self, event: &str, context: Context) -> Result<Value, String> {
        let payload: LambdaRequest = serde_json::from_str(event).map_err(|error| error.to_string())?;
        let service = service_fn(move |request| {
            let answer = self.0(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let event = keyturn_http::fit_for_conversion(LambdaEvent::new(payload, context));
        let answered = Adapter::from(service).call(event).await;
        match answered {
            Ok(response) => serde_json::to_value(response).map_err(|error| error.to_string()),
            Err(never) => match never {},
        }
    }
}

impl Functions {
    /// Invokes the function with this name. It runs to its end even if nobody waits for it any more, and a panic
    /// in it is an error of this one invocation.
    pub(crate) async fn invoke(&self, name: &str, event: String, context: Context) -> Result<Value, String> {
        let function = self.0.get(name).cloned().ok_or_else(|| format!("there is no function {name}"))?;
        let invocation = tokio::spawn(async move { function.invoke(&event, context).await });
        invocation.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}

#[cfg(test)]
impl FromIterator<(&'static str, Function)> for Functions {
    fn from_iter<I: IntoIterator<Item = (&'static str, Function)>>(functions: I) -> Self {
        Self(functions.into_iter().collect())
    }
}

/// Builds every function that a route leads to.
pub(crate) async fn behind_gateway(environment: &Environment) -> Result<Functions, StartError> {
    let mut functions = BTreeMap::new();
    for route in ROUTES {
        if let Entry::Vacant(vacant) = functions.entry(route.function) {
            vacant.insert(Function::of((route.build)(environment).await?));
        }
    }
    Ok(Functions(functions))
}

/// Builds the scheduled function.
pub(crate) async fn scheduled(environment: &Environment) -> Result<Scheduled, StartError> {
    Ok(Scheduled(Arc::new(sweep::build(environment).await?)))
}

/// The scheduled function, without a time limit of its own.
pub(crate) struct Scheduled(Arc<Sweep>);

#[async_trait]
impl Sweeping for Scheduled {
    async fn run(&self) -> Result<Summary, SweepFailure> {
        // A task of its own, so that a panic is one failed run.
        let sweep = Arc::clone(&self.0);
        match tokio::spawn(async move { sweep.run(Part::ALL, None).await }).await {
            Ok(summary) => Ok(summary),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn next_due_after(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, SweepFailure> {
        self.0.next_due_after(after).await.map_err(|error| chain(&error))
    }
}
