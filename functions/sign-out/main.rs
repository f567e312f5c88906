//! The Lambda function `sign-out`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(keyturn_functions::sign_out::build).await
}
