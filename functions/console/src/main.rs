//! The Lambda function `console`.

#[tokio::main]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(console::build).await
}
