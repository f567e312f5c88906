//! The Lambda function `introspect`.

#[tokio::main]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(introspect::build).await
}
