//! The Lambda function `signed-in`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::signed_in::build).await
}
