//! The Lambda function `list-applications`.

#[tokio::main]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(list_applications::build).await
}
