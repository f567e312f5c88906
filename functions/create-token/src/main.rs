//! The Lambda function `create-token`.

#[tokio::main]
async fn main() -> Result<(), keyturn_http::Error> {
    keyturn_http::serve(create_token::build).await
}
