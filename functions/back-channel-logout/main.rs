//! The Lambda function `back-channel-logout`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::back_channel_logout::build).await
}
