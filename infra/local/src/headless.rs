//! The functions without the gateway, and an engine for them, in the caller's process: for tests that create events
//! themselves and read the table.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use dynoxide::Database;
use keyturn_application::Clock;
use keyturn_environment::Environment;
use keyturn_functions::routes;
use lambda_http::Context;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::environment::TABLE;
use crate::functions::Functions;

/// The function of every route.
pub struct HeadlessFunctions(Functions);

/// A clock that only tests move.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub const fn at(time: DateTime<Utc>) -> Self {
        Self(Mutex::new(time))
    }

    /// Moves it forward.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts an engine in memory with the deployment's table, which listens at this address until the runtime ends.
///
/// # Errors
/// If no port is free.
pub async fn start_engine() -> Result<(Database, SocketAddr)> {
    let (database, _) = keyturn_engine::open(None, TABLE)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    Ok((database, address))
}

impl HeadlessFunctions {
    /// Builds all of them.
    ///
    /// # Errors
    /// If a function refuses its environment variables.
    pub async fn build(environment: &Environment) -> Result<Self> {
        Ok(Self(Functions::build(environment).await?))
    }

    /// Invokes the function of this route with an event as JSON, through the runtime's own conversion.
    ///
    /// # Errors
    /// If the function panics, or the event is none of API Gateway's.
    pub async fn invoke(&self, method: &str, path: &str, event: String) -> Result<Value> {
        let route = routes::find(method, path).with_context(|| format!("no route {method} {path}"))?;
        Ok(serde_json::from_slice(&self.0.invoke(route.function, event, Context::default()).await?)?)
    }
}
