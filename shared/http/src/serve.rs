//! Runs an API function under the Lambda runtime.

use std::convert::Infallible;

use keyturn_environment::{ConfigurationError, Environment};
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Adapter, lambda_runtime, service_fn};

use crate::endpoint::Endpoint;
use crate::event::fit_for_conversion;

/// Why a function does not start.
pub type Error = lambda_http::Error;

/// Builds the function once and answers requests until the runtime is shut down.
pub async fn serve(
    build: impl AsyncFnOnce(&Environment) -> Result<Endpoint, ConfigurationError>,
) -> Result<(), Error> {
    let environment = Environment::start();
    let endpoint = build(&environment).await?.with_share_of(&environment)?;
    endpoint.warm_up().await;
    let endpoint = &endpoint;
    let function = service_fn(async |request| Ok::<_, Infallible>(endpoint.answer(request).await));
    lambda_runtime::run(Adapter::from(function).map_request(fit_for_conversion)).await
}
