//! A service that protects its own API with Keyturn's tokens, without an authorizer in front of it.
//!
//! Start the local stack (`cargo run`), then use the endpoint and the token that it prints:
//!
//! ```sh
//! AWS_ENDPOINT_URL_DYNAMODB=… AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any \
//!     cargo run --package keyturn-verification --example service
//! curl -i -H 'Authorization: Bearer kat_…' http://127.0.0.1:8099/orders
//! ```
#![expect(clippy::print_stdout, reason = "prints its address")]

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use keyturn_environment::Environment;
use keyturn_verification::{Credential, Denied, Verifier, VerifyError, presented, rights_for};

/// This service's name in the deployment's catalogue of applications.
const APPLICATION: &str = "ORDERS";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Another service creates its client as usual, for example with the crate `aws-config`.
    let client = aws_sdk_dynamodb::Client::new(Environment::from_process().sdk());
    let verifier = Verifier::new(client, "keyturn");
    verifier.warm_up().await;

    let orders = Router::new()
        .route("/orders", get(async || "the orders\n").post(async || "ordered\n"))
        .layer(middleware::from_fn_with_state(verifier, protect));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, orders).await?;
    Ok(())
}

/// Passes on requests with a sufficient token. Handlers find the caller in the request's extensions.
async fn protect(State(verifier): State<Verifier>, mut request: Request, next: Next) -> Response {
    match authorize(&verifier, request.method(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(VerifyError::Denied(denied @ (Denied::Unauthenticated | Denied::Ended(_)))) => {
            (StatusCode::UNAUTHORIZED, [("WWW-Authenticate", "Bearer")], denied.to_string()).into_response()
        }
        Err(VerifyError::Denied(denied)) => (StatusCode::FORBIDDEN, denied.to_string()).into_response(),
        Err(VerifyError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn authorize(
    verifier: &Verifier,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Credential, VerifyError> {
    let string = presented(|name| headers.get(name)?.to_str().ok());
    #[expect(clippy::disallowed_methods, reason = "a service uses the system clock")]
    let now = chrono::Utc::now();
    verifier.authorize(string, APPLICATION, rights_for(method.as_str()), now).await
}
