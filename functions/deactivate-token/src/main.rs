//! The Lambda function `deactivate-token`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(deactivate_token::build).await
}
