//! A service that protects its own API with Keyturn's tokens: one layer around its routes.

use axum::routing::get;
use axum::{Extension, Router};
use keyturn_verification::{Caller, RequireToken, Verify};

/// This service's name in the deployment's catalogue of applications.
const APPLICATION: &str = "ORDERS";

/// The service, behind any verifier.
pub fn router(verifier: impl Verify + 'static) -> Router {
    Router::new()
        .route("/orders", get(list).post(order))
        .layer(RequireToken::new(verifier).application(APPLICATION))
        // Outside of the layer: whoever asks whether the service is up has no token.
        .route("/health", get(async || "up\n"))
}

async fn list(Extension(caller): Extension<Caller>) -> String {
    format!("the orders of {}\n", caller.company)
}

async fn order(Extension(caller): Extension<Caller>) -> String {
    format!("ordered for {}\n", caller.company)
}
