//! The service, on the local stack or a deployment.
//!
//! Start the local stack (`cargo run`), then use the addresses and the token that it prints:
//!
//! ```sh
//! # With access to the table
//! AWS_ENDPOINT_URL_DYNAMODB=… AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any \
//!     cargo run --package keyturn-example
//! # Without it, by introspection; the file holds a management token, which the agent keeps fresh
//! KEYTURN_URL=http://127.0.0.1:8080 MANAGEMENT_TOKEN_FILE=management-token cargo run --package keyturn-example
//! curl -i -H 'Authorization: Bearer kat_…' http://127.0.0.1:8099/orders
//! ```

use std::time::Duration;

use anyhow::{Context as _, Result};
use keyturn_environment::Environment;
use keyturn_verification::{RemoteVerifier, Verifier};

/// How late a revocation may take effect where the table can't be read.
const MAX_AGE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a program's settings")]
    let setting = |name: &str| std::env::var(name).ok();
    let router = if let Some(url) = setting("KEYTURN_URL") {
        // Fails only if a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let file = setting("MANAGEMENT_TOKEN_FILE").context("MANAGEMENT_TOKEN_FILE is not set")?;
        let token = move || std::fs::read_to_string(&file).ok();
        keyturn_example::router(RemoteVerifier::new(reqwest::Client::new(), &url, token, MAX_AGE))
    } else {
        // Another service creates its client as usual, for example with the crate `aws-config`.
        let client = aws_sdk_dynamodb::Client::new(Environment::from_process().sdk());
        let table = setting("KEYTURN_TABLE").unwrap_or_else(|| "keyturn".to_owned());
        let verifier = Verifier::new(client, table);
        verifier.warm_up().await;
        keyturn_example::router(verifier)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await?;
    #[expect(clippy::print_stdout, reason = "prints its address")]
    {
        println!("http://{}", listener.local_addr()?);
    }
    axum::serve(listener, router).await?;
    Ok(())
}
