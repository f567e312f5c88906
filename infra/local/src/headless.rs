//! The functions behind the gateway without the gateway, and an engine for them, in the caller's own process: for tests
//! that hand over events of their own making and look at the table behind.

use std::net::SocketAddr;

use dynoxide::Database;
use keyturn_environment::Environment;
use keyturn_functions::routes;
use lambda_http::Context;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    engine,
    error::StartError,
    functions::{self, Functions},
    template::TableDefinition,
};

/// The name of the table in the engine.
pub const TABLE: &str = engine::TABLE;

/// Every function that a route leads to.
pub struct HeadlessFunctions(Functions);

/// Starts an engine in memory that holds the deployment's table, and serves it at this address for as long as the
/// runtime lives.
pub async fn start_engine() -> Result<(Database, SocketAddr), StartError> {
    let (database, _) = engine::open(None, &TableDefinition::built_in()?)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(StartError::Runtime)?;
    let address = listener.local_addr().map_err(StartError::Runtime)?;
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    Ok((database, address))
}

impl HeadlessFunctions {
    /// Builds all of them.
    pub async fn build(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self(functions::behind_gateway(environment).await?))
    }

    /// Invokes the function of this route with an event as JSON, through the runtime's own conversion. A panic is an
    /// error, and so is an event that is none of the gateway's.
    pub async fn invoke(&self, method: &str, path: &str, event: String) -> Result<Value, String> {
        let route = routes::find(method, path).ok_or_else(|| format!("no route {method} {path}"))?;
        self.0.invoke(route.function, event, Context::default()).await
    }
}
