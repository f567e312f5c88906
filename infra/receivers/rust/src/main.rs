//! The Lambda function, behind a function URL or an HTTP API.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    keyturn_receiver::serve().await
}
