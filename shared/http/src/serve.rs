//! Runs an API function under the Lambda runtime.

use std::convert::Infallible;

use keyturn_environment::{ConfigurationError, Environment};
use lambda_http::service_fn;

use crate::endpoint::Endpoint;

/// Why a function does not start.
pub type Error = lambda_http::Error;

/// Builds the function once and answers requests until the runtime is shut down.
pub async fn serve(
    build: impl AsyncFnOnce(&Environment) -> Result<Endpoint, ConfigurationError>,
) -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let endpoint = build(&Environment::from_process().await).await?;
    let endpoint = &endpoint;
    lambda_http::run(service_fn(async |request| Ok::<_, Infallible>(endpoint.answer(request).await))).await
}
