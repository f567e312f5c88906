//! The Lambda function `refresh-session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::refresh_session::build).await
}
