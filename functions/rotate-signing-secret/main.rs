//! The Lambda function `rotate-signing-secret`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::rotate_signing_secret::build).await
}
