//! The Lambda function `callback-logs`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(callback_logs::build).await
}
