//! The Lambda function `renew-own-token`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::renew_own_token::build).await
}
